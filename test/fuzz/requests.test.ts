// Thousands of damaged and odd requests of a fixed seed. `test/soak/fuzz.ts` goes on with others for as long as it is told to.

import assert from "node:assert/strict";
import { after, test } from "node:test";
import { families } from "./support/families.ts";
import { adminClient, fuzz } from "./support/property.ts";
import { ServerProcess } from "./support/server.ts";

const seed = 20_240_611;
/** Resident memory that thousands of requests may add at most: what they left in the store, and what collection has not yet given back. */
const growthLimit = 400 * 2 ** 20;

const server = await ServerProcess.start();
after(() => server.stop());
const { memory: before } = await server.report();

for (const [name, requests] of Object.entries(families)) {
  test(`${name}: each gets a documented answer, and the server stays well`, async () => {
    await fuzz(server, requests, { runs: 300, seed });
  });
}

test("after all of it the server is alive and has not grown", async () => {
  const client = adminClient(server);
  const answer = await client.send({ method: "GET", target: "/livez", headers: [] }, 5000);
  client.close();
  assert.equal(answer?.code, 200);
  assert.equal(answer.body.toString(), "ok");
  const { memory, underWay } = await server.assertWell();
  assert.ok(memory - before < growthLimit, `grew by ${((memory - before) / 2 ** 20).toFixed(0)} MiB`);
  assert.equal(underWay, 0);
});

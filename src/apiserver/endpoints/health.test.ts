import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { answerHealth, type HealthCheck } from "./health.ts";

const good: HealthCheck = { name: "ping", check: () => undefined };
const bad: HealthCheck = { name: "storage", check: async () => "the disk is gone" };

function ask(checks: HealthCheck[], query = "", name = "") {
  return answerHealth("livez", name, checks, new URLSearchParams(query));
}

describe("health", () => {
  test("is one word when all is well", async () => {
    assert.deepEqual(await ask([good]), { code: 200, text: "ok" });
  });

  test("names the checks when asked", async () => {
    assert.deepEqual(await ask([good], "verbose"), { code: 200, text: "[+]ping ok\nlivez check passed\n" });
  });

  test("a failing check fails the whole, and its reason stays inside", async () => {
    const answer = await ask([good, bad]);
    assert.equal(answer?.code, 500);
    assert.equal(answer?.text, "[+]ping ok\n[-]storage failed: reason withheld\nlivez check failed\n");
  });

  test("a check can be left out", async () => {
    assert.equal((await ask([good, bad], "exclude=storage"))?.code, 200);
  });

  test("one check can be asked alone", async () => {
    assert.deepEqual(await ask([good, bad], "", "ping"), { code: 200, text: "ok" });
    assert.equal((await ask([good, bad], "", "storage"))?.code, 500);
    assert.equal(await ask([good], "", "nothing"), undefined);
  });
});

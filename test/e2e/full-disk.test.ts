// A disk that runs full: writes are refused with a clear Status, reads go on, and when there is room again so do writes.

import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { it } from "node:test";
import { Connection } from "../conformance/support/http.ts";
import { atEnd } from "./support/at-end.ts";
import { MusterServer, remove, temporaryDirectory } from "./support/muster.ts";
import { until } from "./support/until.ts";

const path = "/api/v1/namespaces/default/configmaps";

it("a full disk refuses writes with 507, serves reads, and recovers", async (t) => {
  const directory = temporaryDirectory();
  atEnd(t, () => remove(directory));
  const disk = join(directory, "disk");
  mkdirSync(disk);
  try {
    execFileSync("mount", ["-t", "tmpfs", "-o", "size=16m", "muster-e2e", disk], { stdio: "ignore" });
  } catch {
    process.stderr.write("\n!!! THE FULL DISK WAS NOT TESTED: mounting a tmpfs needs more rights.\n\n");
    t.skip("needs the right to mount a tmpfs");
    return;
  }
  atEnd(t, () => execFileSync("umount", [disk]));
  const dataDir = join(disk, "data");
  const ballast = join(disk, "ballast");
  let server = await MusterServer.start({ dataDir });
  atEnd(t, () => server.kill());
  let connection = new Connection(server.access());
  atEnd(t, () => connection.close());
  const create = (name: string, size: number) =>
    connection.send("POST", path, {
      body: { apiVersion: "v1", kind: "ConfigMap", metadata: { name }, data: { value: "x".repeat(size) } },
    });

  writeFileSync(ballast, new Uint8Array(9_000_000));
  const stored: string[] = [];
  let refusal = await create("first", 200_000);
  for (let index = 0; refusal.code === 201; index++) {
    assert.ok(index < 200, "the disk never runs full");
    stored.push(refusal.json.metadata.name);
    refusal = await create(`filler-${index}`, 200_000);
  }
  assert.equal(refusal.code, 507, refusal.text);
  assert.equal(refusal.json.kind, "Status");
  assert.equal(refusal.json.status, "Failure");
  assert.equal(refusal.json.code, 507);
  assert.match(refusal.json.message, /disk is full/);

  const names = async () => {
    const { code, json } = await connection.send("GET", path);
    assert.equal(code, 200);
    return json.items
      .map(({ metadata }: { metadata: { name: string } }) => metadata.name)
      .filter((name: string) => name !== "kube-root-ca.crt")
      .sort();
  };
  assert.deepEqual(await names(), [...stored].sort());
  assert.equal((await connection.send("GET", `${path}/first`)).json.data.value.length, 200_000);
  assert.equal((await connection.send("GET", "/livez")).code, 200);

  rmSync(ballast);
  const recovered = await until("a write succeeds", async () => {
    const answer = await create("recovered", 200_000);
    return answer.code === 201 && answer;
  });
  assert.ok(recovered);
  assert.equal((await connection.send("DELETE", `${path}/first`)).code, 200);

  assert.equal((await server.stop()).code, 0);
  connection.close();
  server = await MusterServer.start({ dataDir });
  connection = new Connection(server.access());
  assert.deepEqual(await names(), [...stored.filter((name) => name !== "first"), "recovered"].sort());
});

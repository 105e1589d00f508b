// kill -9 under load, at random instants: what was acknowledged is there, and what is there is whole.

import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { it } from "node:test";
import { readAll } from "../engine.harness.ts";
import { openSqliteEngine } from "./engine.ts";

const names = ["a", "b", "c"];
const rounds = 10;

/** Runs the load until it is killed; returns the last acknowledged revision of each plane. */
async function runAndKill(directory: string, afterLines: number): Promise<Map<string, number>> {
  const child = spawn(process.execPath, [new URL("./crash.child.ts", import.meta.url).pathname, directory], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  const acknowledged = new Map<string, number>();
  const exited = once(child, "exit");
  let rest = "";
  let lines = 0;
  for await (const text of child.stdout.setEncoding("utf8")) {
    const parts = `${rest}${text}`.split("\n");
    rest = parts.pop()!;
    for (const line of parts) {
      const [name, revision] = line.split(" ");
      if (revision !== undefined) acknowledged.set(name!, Math.max(acknowledged.get(name!) ?? 0, Number(revision)));
      lines += 1;
    }
    if (lines >= afterLines) child.kill("SIGKILL");
  }
  const [code, signal] = await exited;
  assert.deepEqual([code, signal], [null, "SIGKILL"]);
  return acknowledged;
}

it(`sqlite: ${rounds} kills under load lose nothing that was acknowledged`, async () => {
  const directory = mkdtempSync(join(tmpdir(), "muster-crash-"));
  try {
    let engine = await openSqliteEngine({ directory });
    for (const name of names) await engine.create(name, "{}");
    await engine.close();
    const epochs = new Map<string, number>();
    for (let round = 0; round < rounds; round++) {
      const afterLines = Math.floor(Math.random() * 600);
      const acknowledged = await runAndKill(directory, afterLines);
      engine = await openSqliteEngine({ directory });
      for (const name of names) {
        const handle = await engine.open(name);
        const where = `round ${round}, killed after ${afterLines} lines, plane ${name}`;
        assert.ok(handle.revision >= (acknowledged.get(name) ?? 0), where);
        assert.ok(handle.epoch > (epochs.get(name) ?? 0), where);
        epochs.set(name, handle.epoch);
        // Reading checks every checksum, and that no revision above the compacted one is missing.
        const records = await readAll(handle);
        assert.equal(records.at(-1)?.revision ?? 0, handle.revision, where);
        for (const { revision, key, value } of records) {
          assert.equal(key, `key-${revision % 10}`, where);
          assert.equal(value, `${name}:${revision}:`.padEnd((revision * 37) % 3000, "x"), where);
        }
        assert.equal(new Set(records.map(({ key }) => key)).size, Math.min(10, handle.revision), where);
      }
      await engine.close();
    }
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
});

// Full disks, freed space, and the bound of the write-ahead log.

import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { existsSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { describe, it } from "node:test";
import { setTimeout } from "node:timers/promises";
import { put, readRevisions, refuses, remove } from "../engine.harness.ts";
import type { EngineError, PlaneHandle } from "../engine.ts";
import { databaseName } from "./database.ts";
import { openSqliteEngine } from "./engine.ts";
import { check, withPlace } from "./place.harness.ts";

/** Commits values until the engine says it is full; returns the plane's revision then. */
async function fill(handle: PlaneHandle, bytes: number): Promise<number> {
  for (;;) {
    try {
      await handle.commit([
        put(handle.revision + 1, "filler", new Uint8Array(bytes), 0),
        put(handle.revision + 2, "last"),
      ]);
    } catch (error) {
      assert.equal((error as EngineError).code, "full", String(error));
      return handle.revision;
    }
  }
}

describe("sqlite: without room", () => {
  check(
    "a commit is refused whole, smaller ones beside it are not, and it succeeds when there is room",
    async ({ directory, open }) => {
      const engine = await open({ maximumBytes: 2_000_000 });
      for (const name of ["big", "p"]) await engine.create(name, "{}");
      const big = await engine.open("big");
      const handle = await engine.open("p");
      const revision = await fill(big, 200_000);
      assert.ok(revision >= 10);
      const both = await Promise.allSettled([
        big.commit([put(revision + 1, "filler", new Uint8Array(400_000))]),
        handle.commit([put(1, "small")]),
      ]);
      assert.deepEqual(
        both.map(({ status }) => status),
        ["rejected", "fulfilled"],
      );
      assert.equal((await readRevisions(big)).at(-1), revision);
      await engine.drop("big");
      for (let next = 2; ; next++) {
        // Room comes back step by step.
        const done = await handle.commit([put(next, "filler", new Uint8Array(1_000_000))]).then(
          () => true,
          (error: EngineError) => error.code !== "full",
        );
        if (done) break;
        next -= 1;
      }
      assert.equal(handle.revision, 2);
      await engine.close();
    },
  );

  it("on a disk that is full: refuses, keeps what it had, recovers", async (test) => {
    await withPlace(async ({ directory }) => {
      try {
        execFileSync("mount", ["-t", "tmpfs", "-o", "size=10m", "muster-test", directory], { stdio: "ignore" });
      } catch {
        test.skip("needs the right to mount a tmpfs");
        return;
      }
      let engine = await openSqliteEngine({ directory });
      try {
        await engine.create("p", "{}");
        const handle = await engine.open("p");
        const ballast = join(directory, "ballast");
        writeFileSync(ballast, new Uint8Array(7_000_000));
        const revision = await fill(handle, 100_000);
        await refuses(handle.commit([put(revision + 1, "a", new Uint8Array(300_000))]), "full");
        rmSync(ballast);
        await handle.commit([put(revision + 1, "a", new Uint8Array(300_000))]);
        await engine.close();
        engine = await openSqliteEngine({ directory });
        const reopened = await engine.open("p");
        assert.equal(reopened.revision, revision + 1);
        assert.equal((await readRevisions(reopened)).length, revision + 1);
      } finally {
        await engine.close();
        execFileSync("umount", [directory]);
      }
    });
  });

  check("what a dropped or compacted plane left is used again", async ({ directory, open }) => {
    const engine = await open({ maximumBytes: 12_000_000 });
    for (let round = 0; round < 6; round++) {
      await engine.create("p", "{}");
      const handle = await engine.open("p");
      for (let at = 0; at < 40; at += 2) {
        await handle.commit([put(at + 1, "k", new Uint8Array(200_000)), remove(at + 2, "k", at + 1)]);
        await handle.compact(at + 2);
      }
      await handle.commit([put(41, "k", new Uint8Array(5_000_000))]);
      await engine.drop("p");
    }
    assert.ok((await engine.stats()).bytes < 40_000_000);
    await engine.close();
  });

  check("a drop that was cut short goes on after a restart", async ({ directory, open }) => {
    const engine = await open();
    await engine.create("p", "{}");
    const handle = await engine.open("p");
    await handle.commit(Array.from({ length: 3000 }, (_, index) => put(index + 1, `k${index}`, new Uint8Array(1000))));
    await engine.drop("p");
    await engine.close();
    const left = () => {
      const database = new DatabaseSync(join(directory, databaseName));
      const { count } = database.prepare("SELECT count(*) AS count FROM log").get()!;
      database.close();
      return Number(count);
    };
    assert.ok(left() > 0);
    for (let tries = 0; left() > 0; tries++) {
      assert.ok(tries < 100);
      const again = await open();
      await setTimeout(20);
      await again.close();
    }
  });
});

describe("sqlite: the write-ahead log", () => {
  check("stays within its bound under constant load", async ({ directory, open }) => {
    const walBytes = 1024 * 1024;
    const engine = await open({ walBytes });
    await engine.create("p", "{}");
    const handle = await engine.open("p");
    for (let revision = 1; revision <= 200; revision++)
      await handle.commit([put(revision, "k", new Uint8Array(50_000), revision - 1)]);
    assert.ok(statSync(join(directory, `${databaseName}-wal`)).size < 2 * walBytes);
    await engine.close();
    assert.ok(!existsSync(join(directory, `${databaseName}-wal`)));
  });
});

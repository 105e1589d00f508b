// What befalls a file: damage, a full disk, other processes, other programs. Faults are real ones, made on real files.

import assert from "node:assert/strict";
import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { describe, it } from "node:test";
import { put, readAll, readRevisions, refuses, remove } from "../engine.harness.ts";
import { EngineError, type EngineErrorCode, type PlaneHandle } from "../engine.ts";
import { databaseName } from "./database.ts";
import { openSqliteEngine } from "./engine.ts";

async function withDirectory(body: (directory: string) => Promise<void>): Promise<void> {
  const directory = mkdtempSync(join(tmpdir(), "muster-sqlite-"));
  try {
    await body(directory);
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

function check(name: string, body: (directory: string) => Promise<void>): void {
  it(name, () => withDirectory(body));
}

/** Asserts the code and that the message says each of these. */
function refusesSaying(work: Promise<unknown>, code: EngineErrorCode, ...words: string[]): Promise<void> {
  return assert.rejects(work, (error) => {
    assert.ok(error instanceof EngineError, String(error));
    assert.equal(error.code, code, error.message);
    for (const word of words) assert.ok(error.message.includes(word), `${error.message} says ${word}`);
    return true;
  });
}

/** A closed store whose plane `p` has twenty records and `q` one. */
async function seed(directory: string): Promise<void> {
  const engine = await openSqliteEngine({ directory });
  for (const name of ["p", "q"]) await engine.create(name, "{}");
  await (await engine.open("q")).commit([put(1, "other")]);
  const handle = await engine.open("p");
  await handle.commit(
    Array.from({ length: 20 }, (_, index) => put(index + 1, `key-${index + 1}`, `value of ${index + 1};`)),
  );
  await engine.close();
}

/** Changes the bytes of the database file where `before` stands. */
function damage(directory: string, before: string, after: string): void {
  const file = join(directory, databaseName);
  const bytes = readFileSync(file);
  const at = bytes.indexOf(before);
  assert.ok(at > 0);
  bytes.write(after, at);
  writeFileSync(file, bytes);
}

function edit(directory: string, sql: string): void {
  const database = new DatabaseSync(join(directory, databaseName));
  database.exec(sql);
  database.close();
}

describe("sqlite: damage is reported and never served (E5)", () => {
  const damages: [what: string, make: (directory: string) => void, saying: string[]][] = [
    ["a changed value", (directory) => damage(directory, "value of 7;", "value of 8;"), ['"p"', "revision 7 "]],
    ["a changed key", (directory) => damage(directory, "key-12", "key-13"), ['"p"', "revision 12 "]],
    [
      "a changed link",
      (directory) => edit(directory, "UPDATE log SET previous = 2 WHERE revision = 9"),
      ['"p"', "revision 9 "],
    ],
    [
      "a lost deletion",
      (directory) => edit(directory, "UPDATE log SET value = NULL WHERE revision = 3"),
      ["revision 3 "],
    ],
    [
      "a lost record",
      (directory) => edit(directory, "DELETE FROM log WHERE revision = 5"),
      ['"p"', "revision 5 is missing"],
    ],
    [
      "a number beyond all revisions",
      (directory) => edit(directory, `UPDATE log SET previous = ${2n ** 62n} WHERE revision = 4`),
      ['"p"'],
    ],
  ];
  for (const [what, make, saying] of damages) {
    check(what, async (directory) => {
      await seed(directory);
      make(directory);
      const engine = await openSqliteEngine({ directory });
      const handle = await engine.open("p");
      await refusesSaying(readAll(handle), "corrupt", ...saying);
      await refusesSaying(handle.compact(20), "corrupt", ...saying);
      assert.deepEqual(await readRevisions(await engine.open("q")), [1]);
      await engine.close();
    });
  }

  check("a changed plane, without harm to commits on others", async (directory) => {
    await seed(directory);
    const engine = await openSqliteEngine({ directory });
    const handles = await Promise.all(["p", "q"].map((name) => engine.open(name)));
    await engine.close();
    edit(directory, "UPDATE planes SET compacted = 9 WHERE name = 'p'");
    const again = await openSqliteEngine({ directory });
    await refusesSaying(again.open("p"), "corrupt", '"p"');
    await (await again.open("q")).commit([put(2, "x")]);
    await again.close();
    assert.equal(handles.length, 2);
  });

  check("a torn page", async (directory) => {
    await seed(directory);
    const file = join(directory, databaseName);
    const bytes = readFileSync(file);
    const page = Math.floor(bytes.indexOf("value of 7;") / 16384) * 16384;
    bytes.fill(0xa5, page, page + 512);
    writeFileSync(file, bytes);
    await assert.rejects(
      async () => {
        const engine = await openSqliteEngine({ directory });
        try {
          await readAll(await engine.open("p"));
        } finally {
          await engine.close();
        }
      },
      { code: "corrupt" },
    );
  });

  check("a file that is no database", async (directory) => {
    writeFileSync(join(directory, databaseName), "not a database, but long enough to be read as one".repeat(50));
    await refusesSaying(openSqliteEngine({ directory }), "corrupt", directory);
  });
});

describe("sqlite: the file", () => {
  check("is private to its user, in directories made for it", async (directory) => {
    const deep = join(directory, "a", "b");
    await seed(deep);
    assert.equal(statSync(join(deep, databaseName)).mode & 0o777, 0o600);
    assert.equal(statSync(deep).mode & 0o777, 0o700);
  });

  check("of a newer schema or another program is refused and left alone", async (directory) => {
    await seed(directory);
    edit(directory, "PRAGMA user_version = 99");
    await refusesSaying(openSqliteEngine({ directory }), "unavailable", "99", directory);
    edit(directory, "PRAGMA user_version = 1; PRAGMA application_id = 5");
    await refusesSaying(openSqliteEngine({ directory }), "unavailable", "another program");
    edit(directory, "PRAGMA application_id = 0x4d757374");
    await (await openSqliteEngine({ directory })).close();
  });

  check("in a place that is no directory is refused", async (directory) => {
    writeFileSync(join(directory, "file"), "");
    await refusesSaying(openSqliteEngine({ directory: join(directory, "file") }), "unavailable", directory);
  });

  check("is held by one engine, in this process and in others, until its process dies", async (directory) => {
    const script = `
      const { openSqliteEngine } = await import(process.argv[1]);
      await openSqliteEngine({ directory: process.argv[2] });
      console.log("open");`;
    const module = new URL("./engine.ts", import.meta.url).href;
    const child = spawn(process.execPath, ["--input-type=module", "--eval", script, module, directory], {
      stdio: ["ignore", "pipe", "inherit"],
    });
    await once(child.stdout, "data");
    await refusesSaying(openSqliteEngine({ directory }), "locked", directory);
    child.kill("SIGKILL");
    await once(child, "exit");
    const engine = await openSqliteEngine({ directory });
    await refusesSaying(openSqliteEngine({ directory }), "locked", directory);
    await engine.create("p", "{}");
    await engine.close();
    await (await openSqliteEngine({ directory })).close();
  });
});

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
    async (directory) => {
      const engine = await openSqliteEngine({ directory, maximumBytes: 2_000_000 });
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
    await withDirectory(async (directory) => {
      try {
        execFileSync("mount", ["-t", "tmpfs", "-o", "size=3m", "muster-test", directory], { stdio: "ignore" });
      } catch {
        test.skip("needs the right to mount a tmpfs");
        return;
      }
      try {
        const engine = await openSqliteEngine({ directory });
        await engine.create("p", "{}");
        const handle = await engine.open("p");
        const ballast = join(directory, "ballast");
        writeFileSync(ballast, new Uint8Array(1_500_000));
        const revision = await fill(handle, 100_000);
        await refuses(handle.commit([put(revision + 1, "a", new Uint8Array(300_000))]), "full");
        rmSync(ballast);
        await handle.commit([put(revision + 1, "a", new Uint8Array(300_000))]);
        await engine.close();
        const again = await openSqliteEngine({ directory });
        const reopened = await again.open("p");
        assert.equal(reopened.revision, revision + 1);
        assert.equal((await readRevisions(reopened)).length, revision + 1);
        await again.close();
      } finally {
        execFileSync("umount", [directory]);
      }
    });
  });

  check("what a dropped or compacted plane left is used again", async (directory) => {
    const engine = await openSqliteEngine({ directory, maximumBytes: 12_000_000 });
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

  check("a drop that was cut short goes on after a restart", async (directory) => {
    const engine = await openSqliteEngine({ directory });
    await engine.create("p", "{}");
    const handle = await engine.open("p");
    await handle.commit(Array.from({ length: 3000 }, (_, index) => put(index + 1, `k${index}`, new Uint8Array(1000))));
    await engine.drop("p");
    await engine.close();
    const again = await openSqliteEngine({ directory });
    for (let left = 1; left > 0; ) {
      await again.planes();
      await again.close();
      const database = new DatabaseSync(join(directory, databaseName));
      left = Number(database.prepare("SELECT count(*) AS count FROM log").get()?.count);
      database.close();
      if (left === 0) break;
      const next = await openSqliteEngine({ directory });
      await next.stats();
      await next.close();
    }
  });
});

describe("sqlite: the write-ahead log", () => {
  check("stays within its bound under constant load", async (directory) => {
    const walBytes = 1024 * 1024;
    const engine = await openSqliteEngine({ directory, walBytes });
    await engine.create("p", "{}");
    const handle = await engine.open("p");
    for (let revision = 1; revision <= 200; revision++)
      await handle.commit([put(revision, "k", new Uint8Array(50_000), revision - 1)]);
    assert.ok(statSync(join(directory, `${databaseName}-wal`)).size < 2 * walBytes);
    await engine.close();
    assert.ok(!existsSync(join(directory, `${databaseName}-wal`)));
  });
});

const shim = `
#define _GNU_SOURCE
#include <errno.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <unistd.h>
static int fails(void) { return access(getenv("FAIL_SYNC"), F_OK) == 0; }
int fsync(int fd) { if (fails()) { errno = EIO; return -1; } return syscall(SYS_fsync, fd); }
int fdatasync(int fd) { if (fails()) { errno = EIO; return -1; } return syscall(SYS_fdatasync, fd); }
`;

const syncScript = `
import { rmSync, writeFileSync } from "node:fs";
const { openSqliteEngine } = await import(process.argv[1]);
const engine = await openSqliteEngine({ directory: process.argv[2] });
const outcome = (work) => work.then(() => "done", (error) => error.code);
const record = (revision) => [{ revision, key: "k" + revision, previous: 0, value: new Uint8Array(10) }];
for (const name of ["p", "q"]) await engine.create(name, "{}");
const [p, q] = [await engine.open("p"), await engine.open("q")];
const outcomes = [await outcome(p.commit(record(1)))];
writeFileSync(process.env.FAIL_SYNC, "");
outcomes.push(await outcome(p.commit(record(2))));
rmSync(process.env.FAIL_SYNC);
outcomes.push(await outcome(p.commit(record(2))));
outcomes.push(await outcome(q.commit(record(1))));
const again = await engine.open("p");
outcomes.push(again.revision, await outcome(again.commit(record(again.revision + 1))));
console.log(JSON.stringify(outcomes));
process.kill(process.pid, "SIGKILL");
`;

describe("sqlite: when the disk refuses to sync", () => {
  it("rejects the commit, fences the handle, spares other planes, and goes on once opened again", async (test) => {
    await withDirectory(async (directory) => {
      const library = join(directory, "fail-sync.so");
      try {
        execFileSync("cc", ["-shared", "-fPIC", "-xc", "-", "-o", library], {
          input: shim,
          stdio: ["pipe", "ignore", "ignore"],
        });
      } catch {
        test.skip("needs a C compiler");
        return;
      }
      const store = join(directory, "store");
      const child = spawn(
        process.execPath,
        ["--input-type=module", "--eval", syncScript, new URL("./engine.ts", import.meta.url).href, store],
        {
          stdio: ["ignore", "pipe", "inherit"],
          env: { ...process.env, LD_PRELOAD: library, FAIL_SYNC: join(directory, "fail") },
        },
      );
      const [output] = await Promise.all([Array.fromAsync(child.stdout.setEncoding("utf8")), once(child, "exit")]);
      assert.deepEqual(JSON.parse(output.join("")), ["done", "unavailable", "fenced", "done", 1, "done"]);
      const engine = await openSqliteEngine({ directory: store });
      assert.deepEqual(await readRevisions(await engine.open("p")), [1, 2]);
      assert.deepEqual(await readRevisions(await engine.open("q")), [1]);
      await engine.close();
    });
  });
});

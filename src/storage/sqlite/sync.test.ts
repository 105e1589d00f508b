// A disk that refuses to sync, in the child process below: its libc is told to fail while a file exists.

import assert from "node:assert/strict";
import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { describe, it } from "node:test";
import { readRevisions } from "../engine.harness.ts";
import { openSqliteEngine } from "./engine.ts";
import { withPlace } from "./place.harness.ts";

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
    await withPlace(async ({ directory }) => {
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

// Who may open the file, and which file.

import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe } from "node:test";
import { databaseName } from "./database.ts";
import { check, edit, refusesSaying, seed } from "./place.harness.ts";

describe("sqlite: the file", () => {
  check("is private to its user, in directories made for it", async ({ directory, open }) => {
    const deep = join(directory, "a", "b");
    await seed(deep);
    assert.equal(statSync(join(deep, databaseName)).mode & 0o777, 0o600);
    assert.equal(statSync(deep).mode & 0o777, 0o700);
  });

  check("of a newer schema or another program is refused and left alone", async ({ directory, open }) => {
    await seed(directory);
    edit(directory, "PRAGMA user_version = 99");
    await refusesSaying(open(), "unavailable", "99", directory);
    edit(directory, "PRAGMA user_version = 1; PRAGMA application_id = 5");
    await refusesSaying(open(), "unavailable", "another program");
    edit(directory, "PRAGMA application_id = 0x4d757374");
    await (await open()).close();
  });

  check("in a place that is no directory is refused", async ({ directory, open }) => {
    writeFileSync(join(directory, "file"), "");
    await refusesSaying(open({ directory: join(directory, "file") }), "unavailable", directory);
  });

  check("is held by one engine, in this process and in others, until its process dies", async ({ directory, open }) => {
    const script = `
      const { openSqliteEngine } = await import(process.argv[1]);
      await openSqliteEngine({ directory: process.argv[2] });
      console.log("open");`;
    const module = new URL("./engine.ts", import.meta.url).href;
    const child = spawn(process.execPath, ["--input-type=module", "--eval", script, module, directory], {
      stdio: ["ignore", "pipe", "inherit"],
    });
    await once(child.stdout, "data");
    await refusesSaying(open(), "locked", directory);
    child.kill("SIGKILL");
    await once(child, "exit");
    const engine = await open();
    await refusesSaying(open(), "locked", directory);
    await engine.create("p", "{}");
    await engine.close();
    await (await open()).close();
  });
});

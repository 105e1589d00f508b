// Damage to the file is made with real changes to real bytes; see E5 in storage/engine.ts.

import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe } from "node:test";
import { put, readAll, readRevisions } from "../engine.harness.ts";
import { databaseName, pageSize } from "./database.ts";
import { check, edit, refusesSaying, seed } from "./place.harness.ts";

/** Changes the bytes of the database file where `before` stands. */
function damage(directory: string, before: string, after: string): void {
  const file = join(directory, databaseName);
  const bytes = readFileSync(file);
  const at = bytes.indexOf(before);
  assert.ok(at > 0);
  bytes.write(after, at);
  writeFileSync(file, bytes);
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
    check(what, async ({ directory, open }) => {
      await seed(directory);
      make(directory);
      const engine = await open();
      const handle = await engine.open("p");
      await refusesSaying(readAll(handle), "corrupt", ...saying);
      await refusesSaying(handle.compact(20), "corrupt", ...saying);
      assert.deepEqual(await readRevisions(await engine.open("q")), [1]);
      await engine.close();
    });
  }

  check("a changed plane, without harm to commits on others", async ({ directory, open }) => {
    await seed(directory);
    const engine = await open();
    const handles = await Promise.all(["p", "q"].map((name) => engine.open(name)));
    await engine.close();
    edit(directory, "UPDATE planes SET compacted = 9 WHERE name = 'p'");
    const again = await open();
    await refusesSaying(again.open("p"), "corrupt", '"p"');
    await (await again.open("q")).commit([put(2, "x")]);
    await again.close();
    assert.equal(handles.length, 2);
  });

  check("a torn page", async ({ directory, open }) => {
    await seed(directory);
    const file = join(directory, databaseName);
    const bytes = readFileSync(file);
    const page = Math.floor(bytes.indexOf("value of 7;") / pageSize) * pageSize;
    bytes.fill(0xa5, page, page + 512);
    writeFileSync(file, bytes);
    await assert.rejects(
      async () => {
        const engine = await open();
        try {
          await readAll(await engine.open("p"));
        } finally {
          await engine.close();
        }
      },
      { code: "corrupt" },
    );
  });

  check("a file that is no database", async ({ directory, open }) => {
    writeFileSync(join(directory, databaseName), "not a database, but long enough to be read as one".repeat(50));
    await refusesSaying(open(), "corrupt", directory);
  });
});

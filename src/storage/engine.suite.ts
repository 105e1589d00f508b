// What every engine must do, as one suite: each engine's tests call `engineSuite` with a way to open it.
// The invariants E1 to E4 of engine.ts are named where they are proved; E5 needs damage, which each engine's own tests do.

import assert from "node:assert/strict";
import { describe, it } from "node:test";
import {
  type EngineFactory,
  type EngineUnderTest,
  put,
  readAll,
  readRevisions,
  refuses,
  remove,
  withEngine,
} from "./engine.harness.ts";
import { historySuite } from "./engine.history.ts";
import type { PlaneHandle } from "./engine.ts";

export function engineSuite(factory: EngineFactory): void {
  const check = (name: string, body: (test: EngineUnderTest) => Promise<void>) =>
    it(name, () => withEngine(factory, body));
  /** A fresh plane `p`, opened. */
  const checkPlane = (name: string, body: (handle: PlaneHandle, test: EngineUnderTest) => Promise<void>) =>
    check(name, async (test) => {
      await test.engine.create("p", "{}");
      await body(await test.engine.open("p"), test);
    });

  describe(`${factory.name}: planes`, () => {
    check("lists planes by name, with what is known of them", async ({ engine }) => {
      await engine.create("b", '{"profile":"hub"}');
      const created = await engine.create("a", "{}");
      assert.deepEqual(created, { name: "a", epoch: 0, revision: 0, compactedRevision: 0, meta: "{}" });
      const handle = await engine.open("b");
      await handle.commit([put(1, "x"), put(2, "y")]);
      await handle.compact(1);
      assert.deepEqual(await engine.planes(), [
        created,
        { name: "b", epoch: 1, revision: 2, compactedRevision: 1, meta: '{"profile":"hub"}' },
      ]);
    });

    check("refuses a second plane of the same name, and absent planes", async ({ engine }) => {
      await engine.create("a", "{}");
      await refuses(engine.create("a", "{}"), "exists");
      await refuses(engine.open("b"), "missing");
      await refuses(engine.setMeta("b", "{}"), "missing");
    });

    check("replaces meta and keeps it", async (test) => {
      await test.engine.create("a", "{}");
      await test.engine.setMeta("a", '{"n":"ü"}');
      const [plane] = await (await test.restart()).planes();
      assert.equal(plane?.meta, '{"n":"ü"}');
    });

    check("keeps planes apart, also with odd names", async ({ engine }) => {
      const names = ["a", "a/b", "ä", "", "A", "__proto__", "日本", "a b'\"%_"];
      for (const name of names) {
        await engine.create(name, "{}");
        await (await engine.open(name)).commit([put(1, "key", name)]);
      }
      for (const name of names) assert.equal((await readAll(await engine.open(name)))[0]?.value, name);
    });

    check("drops a plane with its data and frees its name", async (test) => {
      await test.engine.create("a", "{}");
      const old = await test.engine.open("a");
      await old.commit([put(1, "x")]);
      await test.engine.drop("a");
      await test.engine.drop("a");
      assert.deepEqual(await test.engine.planes(), []);
      await refuses(old.commit([put(2, "y")]), "missing");
      await refuses(readAll(old), "missing");
      await test.engine.create("a", "{}");
      const fresh = await test.engine.open("a");
      assert.deepEqual([fresh.epoch, fresh.revision, await readAll(fresh)], [1, 0, []]);
      await refuses(old.commit([put(1, "z")]), "missing");
      await refuses(old.compact(1), "missing");
      assert.equal((await (await test.restart()).planes()).length, 1);
    });

    check("counts bytes", async ({ engine }) => {
      await engine.create("a", "{}");
      const before = (await engine.stats()).bytes;
      await (await engine.open("a")).commit([put(1, "x", new Uint8Array(1_000_000))]);
      assert.ok((await engine.stats()).bytes >= before + 900_000);
    });
  });

  describe(`${factory.name}: commits`, () => {
    checkPlane("makes batches readable in order, before and after a restart (E2)", async (handle, test) => {
      await handle.commit([put(1, "a"), put(2, "b")]);
      await handle.commit([put(3, "a", "new", 1), remove(4, "b", 2)]);
      assert.equal(handle.revision, 4);
      const expected = [
        { revision: 1, key: "a", value: "a@1" },
        { revision: 2, key: "b", value: "b@2" },
        { revision: 3, key: "a", value: "new" },
        { revision: 4, key: "b", value: null },
      ];
      assert.deepEqual(await readAll(handle), expected);
      const again = await (await test.restart()).open("p");
      assert.deepEqual([again.epoch, again.revision], [2, 4]);
      assert.deepEqual(await readAll(again), expected);
      for (let after = 0; after <= 4; after++) assert.deepEqual(await readAll(again, after), expected.slice(after));
    });

    checkPlane("refuses a batch that does not begin at the next revision or has a gap (E1)", async (handle) => {
      await handle.commit([put(1, "a")]);
      for (const revision of [1, 3, 100]) await refuses(handle.commit([put(revision, "b")]), "conflict");
      await refuses(handle.commit([put(2, "b"), put(4, "c")]), "conflict");
      await refuses(handle.commit([put(2, "b"), put(2, "c")]), "conflict");
      assert.deepEqual(await readRevisions(handle), [1]);
      await handle.commit([put(2, "b")]);
      assert.deepEqual(await readRevisions(handle), [1, 2]);
    });

    checkPlane("refuses what cannot be stored, before writing any of it", async (handle) => {
      for (const bad of [
        put(2, "a\0b"),
        put(2, "\ud800"),
        put(2, "x", "v", 2),
        put(2, "x", "v", -1),
        put(2, "x", "v", 0.5),
      ]) {
        await assert.rejects(handle.commit([put(1, "a"), bad]), TypeError);
      }
      await assert.rejects(handle.commit([put(0, "a")]), TypeError);
      assert.deepEqual(await readRevisions(handle), []);
    });

    checkPlane("takes an empty batch", async (handle) => {
      await handle.commit([]);
      assert.equal(handle.revision, 0);
    });

    checkPlane("takes overlapping commits in the order of the calls", async (handle) => {
      const commits = Array.from({ length: 200 }, (_, index) => handle.commit([put(index + 1, `k${index % 7}`)]));
      await Promise.all(commits);
      assert.deepEqual(
        await readRevisions(handle),
        Array.from({ length: 200 }, (_, index) => index + 1),
      );
    });

    checkPlane("refuses the calls that follow a refused one", async (handle) => {
      const results = await Promise.allSettled([
        handle.commit([put(1, "a")]),
        handle.commit([put(3, "gap")]),
        handle.commit([put(4, "after")]),
        handle.commit([put(2, "b")]),
      ]);
      assert.deepEqual(
        results.map(({ status }) => status),
        ["fulfilled", "rejected", "rejected", "fulfilled"],
      );
      assert.deepEqual(await readRevisions(handle), [1, 2]);
    });

    check("serves many planes at once, one's refusal leaving the others alone", async (test) => {
      const names = Array.from({ length: 40 }, (_, index) => `plane-${index}`);
      await Promise.all(names.map((name) => test.engine.create(name, "{}")));
      const handles = await Promise.all(names.map((name) => test.engine.open(name)));
      await Promise.all(
        handles.map(async (handle, index) => {
          for (let revision = 1; revision <= 10; revision++) {
            await handle.commit([put(revision, handle.name, `${handle.name}:${revision}`, revision - 1)]);
            if (index % 5 === 0) await refuses(handle.commit([put(revision, "stale")]), "conflict");
          }
        }),
      );
      const engine = await test.restart();
      assert.equal((await engine.planes()).length, 40);
      for (const name of names) {
        const all = await readAll(await engine.open(name));
        assert.deepEqual(
          all.map(({ value }) => value),
          Array.from({ length: 10 }, (_, index) => `${name}:${index + 1}`),
        );
      }
    });

    checkPlane("keeps unicode keys, empty values and every byte", async (handle, test) => {
      const bytes = Uint8Array.from({ length: 256 }, (_, index) => index);
      const keys = ["é/😀/ü", "", "__proto__", "a".repeat(5000), "line\nbreak\u0001"];
      await handle.commit([
        ...keys.map((key, index) => put(index + 1, key, bytes)),
        put(6, "empty", new Uint8Array(0)),
      ]);
      const records = (await Array.fromAsync((await (await test.restart()).open("p")).read(0))).flat();
      assert.deepEqual(
        records.map(({ key }) => key),
        [...keys, "empty"],
      );
      for (const record of records.slice(0, 5)) assert.deepEqual(Buffer.from(record.value!), Buffer.from(bytes));
      assert.equal(records[5]?.value?.byteLength, 0);
    });

    checkPlane("keeps values of 5 MB, and values that are views of a larger buffer", async (handle, test) => {
      const pool = Buffer.alloc(5_000_100, "muster ");
      const big = pool.subarray(50, 5_000_050);
      await handle.commit([put(1, "big", big), put(2, "small", pool.subarray(7, 13))]);
      const records = (await Array.fromAsync((await (await test.restart()).open("p")).read(0))).flat();
      assert.ok(Buffer.from(records[0]!.value!).equals(big));
      assert.equal(Buffer.from(records[1]!.value!).toString(), "muster");
      assert.equal(pool.length, 5_000_100);
    });

    checkPlane("reads a long log in chunks, up to where it stood, and can be left early", async (handle) => {
      await handle.commit(Array.from({ length: 3000 }, (_, index) => put(index + 1, `k${index}`, "v".repeat(300))));
      const reading = handle.read(0);
      await handle.commit([put(3001, "late")]);
      let count = 0;
      let chunks = 0;
      for await (const chunk of reading) {
        count += chunk.length;
        chunks += 1;
      }
      assert.equal(count, 3000);
      assert.ok(chunks > 1);
      for await (const chunk of handle.read(0)) {
        assert.equal(chunk[0]?.revision, 1);
        break;
      }
      assert.deepEqual(await readRevisions(handle, 3000), [3001]);
    });
  });

  describe(`${factory.name}: compaction`, () => {
    checkPlane("forgets exactly what is replaced or deleted by the revision", async (handle, test) => {
      await handle.commit([
        put(1, "a"),
        put(2, "b"),
        put(3, "a", "2", 1),
        remove(4, "b", 2),
        put(5, "c"),
        put(6, "a", "3", 3),
      ]);
      await handle.compact(2);
      assert.deepEqual(await readRevisions(handle), [1, 2, 3, 4, 5, 6]);
      await handle.compact(3);
      assert.deepEqual(await readRevisions(handle), [2, 3, 4, 5, 6]);
      await handle.compact(5);
      assert.deepEqual(await readRevisions(handle), [3, 5, 6]);
      assert.equal(handle.compactedRevision, 5);
      const again = await (await test.restart()).open("p");
      assert.deepEqual([again.revision, again.compactedRevision, await readRevisions(again)], [6, 5, [3, 5, 6]]);
      await again.commit([put(7, "b", "again")]);
      await again.compact(7);
      assert.deepEqual(await readRevisions(again), [5, 6, 7]);
    });

    checkPlane("never goes back nor beyond the revision", async (handle, test) => {
      await handle.commit([put(1, "a"), put(2, "a", "2", 1), remove(3, "a", 2)]);
      await handle.compact(100);
      assert.equal(handle.compactedRevision, 3);
      await handle.compact(1);
      assert.equal(handle.compactedRevision, 3);
      assert.deepEqual(await readRevisions(handle), []);
      const again = await (await test.restart()).open("p");
      assert.equal(again.revision, 3);
      await refuses(again.commit([put(1, "a")]), "conflict");
      await again.commit([put(4, "a")]);
    });

    checkPlane("lets commits through while it works", async (handle) => {
      const count = 5000;
      await handle.commit(Array.from({ length: count }, (_, index) => put(index + 1, "k", "v".repeat(400), index)));
      const compacting = handle.compact(count);
      for (let revision = count + 1; revision <= count + 20; revision++) {
        await handle.commit([put(revision, "k", "w", revision - 1)]);
      }
      await compacting;
      assert.equal(handle.compactedRevision, count);
      assert.deepEqual(
        await readRevisions(handle),
        Array.from({ length: 21 }, (_, index) => count + index),
      );
    });

    checkPlane("jumps: the state stays, every old revision is gone, the next is one above", async (handle, test) => {
      await handle.commit([put(1, "a"), put(2, "a", "2", 1), put(3, "b"), remove(4, "b", 3)]);
      await handle.jump(1000);
      assert.deepEqual([handle.revision, handle.compactedRevision], [1000, 1000]);
      const again = await (await test.restart()).open("p");
      assert.deepEqual([again.revision, again.compactedRevision, await readRevisions(again)], [1000, 1000, [2]]);
      await refuses(again.commit([put(5, "c")]), "conflict");
      await again.commit([put(1001, "c")]);
      await again.jump(7);
      assert.deepEqual([again.revision, again.compactedRevision], [1001, 1001]);
      assert.deepEqual(await readRevisions(again), [2, 1001]);
    });
  });

  describe(`${factory.name}: ownership and closing`, () => {
    checkPlane("fences every handle but the newest (E4)", async (first, { engine }) => {
      await first.commit([put(1, "a")]);
      const second = await engine.open("p");
      assert.deepEqual([first.epoch, second.epoch, second.revision], [1, 2, 1]);
      await refuses(first.commit([put(2, "b")]), "fenced");
      await refuses(first.commit([]), "fenced");
      await refuses(first.compact(1), "fenced");
      await refuses(first.jump(10), "fenced");
      await second.commit([put(2, "b")]);
      assert.deepEqual(await readRevisions(second), [1, 2]);
    });

    checkPlane(
      "a handle opened amid overlapping commits has those that were begun, and no later one",
      async (first, { engine }) => {
        const begun = first.commit([put(1, "a")]);
        const opening = engine.open("p");
        const late = refuses(first.commit([put(2, "b")]), "fenced");
        const second = await opening;
        await begun;
        await late;
        assert.equal(second.revision, 1);
      },
    );

    checkPlane("epochs grow over restarts, without a handle in between being closed", async (handle, test) => {
      const epochs = [handle.epoch];
      for (let round = 0; round < 3; round++) epochs.push((await (await test.restart()).open("p")).epoch);
      assert.deepEqual(epochs, [1, 2, 3, 4]);
    });

    checkPlane("a closed handle finishes what was begun and refuses the rest", async (handle, { engine }) => {
      const begun = handle.commit([put(1, "a")]);
      await handle.close();
      await handle.close();
      await begun;
      await refuses(handle.commit([put(2, "b")]), "closed");
      await refuses(handle.compact(1), "closed");
      await refuses(readAll(handle), "closed");
      assert.equal((await engine.open("p")).revision, 1);
    });

    checkPlane("a closed engine finishes what was begun and refuses the rest", async (handle, { engine }) => {
      const begun = handle.commit([put(1, "a")]);
      await engine.close();
      await engine.close();
      await begun;
      await refuses(handle.commit([put(2, "b")]), "closed");
      await refuses(readAll(handle), "closed");
      await refuses(engine.create("q", "{}"), "closed");
      await refuses(engine.open("p"), "closed");
      await refuses(engine.planes(), "closed");
      await refuses(engine.drop("p"), "closed");
      await refuses(engine.stats(), "closed");
      await handle.close();
    });
  });

  historySuite(factory);
}

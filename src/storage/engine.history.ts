// The property that holds all others: after any history of commits, refusals, compactions, jumps, takeovers and restarts, an engine shows
// what a naive model shows: a list of all records ever written, from which the contract's sentences pick what is kept.

import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { type EngineFactory, refuses, withEngine } from "./engine.harness.ts";
import type { LogRecord, PlaneHandle } from "./engine.ts";

const planeNames = ["one", "two"];

type Step =
  | { do: "write"; plane: number; keys: { key: string; remove: boolean; size: number }[] }
  | { do: "stale"; plane: number; revision: number }
  | { do: "compact"; plane: number; part: number }
  | { do: "jump"; plane: number; by: number }
  | { do: "reopen"; plane: number }
  | { do: "recreate"; plane: number }
  | { do: "restart" };

const plane = fc.nat({ max: planeNames.length - 1 });
const key = fc.constantFrom("a", "b", "c/ü", "d");
const write = fc.record({
  do: fc.constant("write" as const),
  plane,
  keys: fc.array(fc.record({ key, remove: fc.boolean(), size: fc.nat({ max: 40 }) }), { minLength: 1, maxLength: 6 }),
});
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 8, arbitrary: write },
  {
    weight: 1,
    arbitrary: fc.record({ do: fc.constant("stale" as const), plane, revision: fc.integer({ min: 1, max: 30 }) }),
  },
  {
    weight: 3,
    arbitrary: fc.record({ do: fc.constant("compact" as const), plane, part: fc.integer({ min: 0, max: 12 }) }),
  },
  {
    weight: 1,
    arbitrary: fc.record({ do: fc.constant("jump" as const), plane, by: fc.integer({ min: -5, max: 50 }) }),
  },
  { weight: 2, arbitrary: fc.record({ do: fc.constant("reopen" as const), plane }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("recreate" as const), plane }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("restart" as const) }) },
);

/** The contract said naively. */
class Model {
  epoch = 0;
  revision = 0;
  compacted = 0;
  written: LogRecord[] = [];

  /** The newest record of a key, unless that deletes it. */
  latest(key: string): LogRecord | undefined {
    const record = this.written.findLast((one) => one.key === key);
    return record?.value === null ? undefined : record;
  }

  batch(keys: { key: string; remove: boolean; size: number }[]): LogRecord[] {
    const batch: LogRecord[] = [];
    for (const { key, remove, size } of keys) {
      const previous = this.latest(key)?.revision ?? 0;
      if (remove && previous === 0) continue;
      const record = {
        revision: ++this.revision,
        key,
        previous,
        value: remove ? null : new Uint8Array(size).fill(size),
      };
      batch.push(record);
      this.written.push(record);
    }
    return batch;
  }

  compact(revision: number): void {
    this.compacted = Math.max(this.compacted, Math.min(revision, this.revision));
  }

  kept(): LogRecord[] {
    return this.written.filter(({ revision, key, value }) => {
      if (revision > this.compacted) return true;
      const replaced = this.written.some(
        (later) => later.key === key && later.revision > revision && later.revision <= this.compacted,
      );
      return value !== null && !replaced;
    });
  }
}

function comparable(records: LogRecord[]): unknown[] {
  return records.map(({ value, ...rest }) => ({
    ...rest,
    value: value === null ? null : Buffer.from(value).toString("hex"),
  }));
}

async function compare(handle: PlaneHandle, model: Model): Promise<void> {
  assert.deepEqual(
    [handle.epoch, handle.revision, handle.compactedRevision],
    [model.epoch, model.revision, model.compacted],
  );
  const kept = comparable(model.kept());
  assert.deepEqual(comparable((await Array.fromAsync(handle.read(0))).flat()), kept);
  const middle = Math.floor(model.revision / 2);
  assert.deepEqual(
    comparable((await Array.fromAsync(handle.read(middle))).flat()),
    comparable(model.kept().filter(({ revision }) => revision > middle)),
  );
}

export function historySuite(factory: EngineFactory): void {
  describe(`${factory.name}: any history`, () => {
    it("agrees with the naive model", async () => {
      const history = fc.array(step, { minLength: 5, maxLength: 40 });
      await fc.assert(
        fc.asyncProperty(history, (steps) => runHistory(factory, steps)),
        { numRuns: factory.persistent ? 12 : 100 },
      );
    });
  });
}

async function runHistory(factory: EngineFactory, steps: Step[]): Promise<void> {
  await withEngine(factory, async (test) => {
    const models = planeNames.map(() => new Model());
    const handles: PlaneHandle[] = [];
    const open = async (index: number) => {
      handles[index] = await test.engine.open(planeNames[index]!);
      models[index]!.epoch += 1;
    };
    for (const [index, name] of planeNames.entries()) {
      await test.engine.create(name, "{}");
      await open(index);
    }
    for (const one of steps) {
      if (one.do === "restart") {
        await test.restart();
        for (const index of planeNames.keys()) await open(index);
        continue;
      }
      const model = models[one.plane]!;
      const handle = handles[one.plane]!;
      if (one.do === "write") await handle.commit(model.batch(one.keys));
      else if (one.do === "stale" && one.revision !== model.revision + 1) {
        await refuses(handle.commit([{ revision: one.revision, key: "a", previous: 0, value: null }]), "conflict");
      } else if (one.do === "compact") {
        const revision = Math.ceil((model.revision * one.part) / 10);
        await handle.compact(revision);
        model.compact(revision);
      } else if (one.do === "jump") {
        const revision = model.revision + one.by;
        await handle.jump(revision);
        model.revision = Math.max(model.revision, revision);
        model.compact(model.revision);
      } else if (one.do === "reopen") {
        await open(one.plane);
        await refuses(handle.commit([]), "fenced");
      } else if (one.do === "recreate") {
        await test.engine.drop(handle.name);
        await test.engine.create(handle.name, "{}");
        models[one.plane] = new Model();
        await open(one.plane);
        await refuses(handle.commit([]), "missing");
      }
    }
    for (const [index, handle] of handles.entries()) await compare(handle, models[index]!);
    await test.restart();
    for (const index of planeNames.keys()) await open(index);
    for (const [index, handle] of handles.entries()) await compare(handle, models[index]!);
  });
}

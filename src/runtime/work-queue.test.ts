import assert from "node:assert/strict";
import { beforeEach, describe, it } from "node:test";
import fc from "fast-check";
import { ManualClock } from "./clock.ts";
import { type WorkItem, WorkQueue } from "./work-queue.ts";

describe("a work queue", () => {
  let clock: ManualClock;
  let queue: WorkQueue;

  beforeEach(() => {
    clock = new ManualClock();
    queue = new WorkQueue({ clock });
  });

  function take(): WorkItem {
    const item = queue.take();
    assert.ok(item, "a key is there");
    return item;
  }

  function takeAll(): string[] {
    const taken: string[] = [];
    for (let item = queue.take(); item !== undefined; item = queue.take()) {
      taken.push(`${item.plane}/${item.key}`);
      queue.finish(item, { type: "done" });
    }
    return taken;
  }

  it("holds a key once", () => {
    queue.add("p", "a");
    queue.add("p", "b");
    queue.add("p", "a");
    assert.deepEqual(takeAll(), ["p/a", "p/b"]);
  });

  it("hands a key out to one worker at a time, and again when it was added meanwhile", () => {
    queue.add("p", "a");
    const item = take();
    queue.add("p", "a");
    assert.equal(queue.take(), undefined);
    queue.finish(item, { type: "done" });
    assert.deepEqual(takeAll(), ["p/a"]);
  });

  it("lets planes take turns", () => {
    for (let key = 0; key < 4; key++) queue.add("busy", String(key));
    queue.add("calm", "x");
    queue.add("calm", "y");
    assert.deepEqual(takeAll(), ["busy/0", "calm/x", "busy/1", "calm/y", "busy/2", "busy/3"]);
  });

  it("brings a failed key back after delays that double, up to a limit", () => {
    const delays: (number | undefined)[] = [];
    queue.add("p", "a");
    for (let failure = 0; failure < 20; failure++) {
      delays.push(queue.finish(take(), { type: "failed" }));
      clock.advance(delays.at(-1)! - 1);
      assert.equal(queue.take(), undefined);
      clock.advance(1);
    }
    assert.deepEqual(delays.slice(0, 5), [5, 10, 20, 40, 80]);
    assert.deepEqual(delays.slice(-3), [655_360, 1_000_000, 1_000_000]);
    queue.finish(take(), { type: "done" });
    queue.add("p", "a");
    assert.equal(queue.finish(take(), { type: "failed" }), 5, "a success forgets the failures");
  });

  it("brings a key back when it asked for it, at the earliest of its times", () => {
    queue.add("p", "a");
    queue.finish(take(), { type: "again", after: 1000 });
    queue.addAfter("p", "a", 5000);
    queue.addAfter("p", "a", 300);
    clock.advance(299);
    assert.equal(queue.take(), undefined);
    clock.advance(1);
    assert.deepEqual(takeAll(), ["p/a"]);
    clock.advance(10_000);
    assert.deepEqual(takeAll(), []);
  });

  it("keeps the keys of a plane back while it is told to", () => {
    queue.hold("p");
    queue.add("p", "a");
    queue.add("q", "b");
    assert.deepEqual(takeAll(), ["q/b"]);
    queue.release("p");
    assert.deepEqual(takeAll(), ["p/a"]);
  });

  it("forgets a plane with all that waits for it", () => {
    queue.add("p", "a");
    queue.add("p", "b");
    queue.addAfter("p", "c", 100);
    const item = take();
    queue.drop("p");
    queue.add("p", "d");
    assert.equal(queue.finish(item, { type: "failed" }), undefined);
    clock.advance(10_000);
    assert.deepEqual(takeAll(), ["p/d"]);
  });

  it("has nothing of a plane without keys", () => {
    queue.add("p", "a");
    queue.finish(take(), { type: "failed" });
    clock.advance(5);
    assert.equal(queue.planes, 1);
    queue.finish(take(), { type: "done" });
    assert.equal(queue.planes, 0);
  });

  it("loses no key and works on none twice at a time, whatever the order of things", () => {
    const step = fc.oneof(
      fc.record({
        do: fc.constant("add" as const),
        plane: fc.constantFrom("p", "q"),
        key: fc.constantFrom("a", "b", "c"),
      }),
      fc.record({
        do: fc.constant("later" as const),
        plane: fc.constantFrom("p", "q"),
        key: fc.constantFrom("a", "b"),
      }),
      fc.record({ do: fc.constant("take" as const) }),
      fc.record({ do: fc.constant("finish" as const), how: fc.constantFrom("done", "failed") }),
      fc.record({ do: fc.constant("turn" as const) }),
    );
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
        const time = new ManualClock();
        const tried = new WorkQueue({ clock: time });
        const wanted = new Set<string>();
        const working: WorkItem[] = [];
        const taken = (item: WorkItem | undefined) => {
          if (item === undefined) return false;
          assert.ok(!working.some(({ plane, key }) => plane === item.plane && key === item.key));
          wanted.delete(`${item.plane}/${item.key}`);
          working.push(item);
          return true;
        };
        for (const one of steps) {
          if (one.do === "add") tried.add(one.plane, one.key);
          else if (one.do === "later") tried.addAfter(one.plane, one.key, 50);
          else if (one.do === "take") taken(tried.take());
          else if (one.do === "turn") time.advance(30);
          else if (working.length > 0) {
            const item = working.shift()!;
            tried.finish(item, { type: one.how as "done" | "failed" });
            if (one.how === "failed") wanted.add(`${item.plane}/${item.key}`);
          }
          if (one.do === "add" || one.do === "later") wanted.add(`${one.plane}/${one.key}`);
        }
        for (let round = 0; round < 100; round++) {
          for (const item of working.splice(0)) tried.finish(item, { type: "done" });
          while (taken(tried.take()));
          time.advance(1000);
        }
        assert.deepEqual([...wanted], []);
        assert.equal(tried.planes, 0);
      }),
      { numRuns: 200 },
    );
  });
});

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import fc from "fast-check";
import type { KubeObject } from "../../machinery/object.ts";
import { hasReason } from "../../machinery/status-error.ts";
import { type Engine, EngineError, type PlaneHandle } from "../../storage/engine.ts";
import { createMemoryEngine } from "../../storage/memory/engine.ts";
import { ParsedObjectBudget } from "./entry.ts";
import { PlaneStore, type StoreEvent, type Subscriber } from "./plane-store.ts";
import { entriesIn } from "./resource-state.ts";

let time = 0;

async function openStore(
  engine: Engine,
  options: { budget?: number; maximumEventBytes?: number } = {},
): Promise<PlaneStore> {
  if ((await engine.planes()).length === 0) await engine.create("p", "{}");
  const budget = new ParsedObjectBudget(options.budget ?? 16);
  const { maximumEventBytes } = options;
  return PlaneStore.open({ engine, plane: "p", budget, now: () => time, maximumEventBytes });
}

function object(name: string, value: number, namespace = "ns"): KubeObject {
  return { apiVersion: "v1", kind: "ConfigMap", metadata: { name, namespace }, data: { value: String(value) } };
}

function put(store: PlaneStore, name: string, value: number, namespace = "ns") {
  const state = store.resource("", "configmaps");
  return store.write(state, `${namespace}/${name}`, () => ({ action: "put", object: object(name, value, namespace) }));
}

function remove(store: PlaneStore, name: string, namespace = "ns") {
  return store.write(store.resource("", "configmaps"), `${namespace}/${name}`, () => ({ action: "delete" }));
}

class Recorder implements Subscriber {
  readonly events: string[] = [];
  readonly resets: string[] = [];

  deliver({ type, key, revision }: StoreEvent): void {
    this.events.push(`${revision} ${type} ${key}`);
  }

  reset(reason: string): void {
    this.resets.push(reason);
  }
}

/** An object whose methods are another's, but for those given. */
function overriding<T extends object>(target: T, methods: Partial<T>): T {
  return new Proxy(target, {
    get(_, name) {
      if (Object.hasOwn(methods, name)) return methods[name as keyof T];
      const value: unknown = Reflect.get(target, name, target);
      return typeof value === "function" ? value.bind(target) : value;
    },
  });
}

/** An engine whose commits fail as a test says. */
function failing(engine: Engine, failure: () => EngineError | undefined): Engine {
  return overriding(engine, {
    async open(name) {
      const handle = await engine.open(name);
      return overriding<PlaneHandle>(handle, {
        commit(batch) {
          const error = failure();
          return error === undefined ? handle.commit(batch) : Promise.reject(error);
        },
      });
    },
  });
}

describe("the store of a plane", () => {
  test("gives each write the next revision and shows it only when it is durable", async () => {
    const store = await openStore(createMemoryEngine());
    const first = put(store, "a", 1);
    const second = put(store, "b", 2);
    assert.equal(store.revision, 0);
    assert.equal(store.resource("", "configmaps").get("ns", "a"), undefined);
    const [a, b] = await Promise.all([first, second]);
    assert.equal(a.entry?.object.metadata.resourceVersion, "1");
    assert.equal(b.entry?.object.metadata.resourceVersion, "2");
    assert.equal(store.revision, 2);
  });

  test("decides on writes that are still on their way", async () => {
    const store = await openStore(createMemoryEngine());
    const state = store.resource("", "configmaps");
    const first = put(store, "a", 1);
    let seen: string | undefined;
    const second = store.write(state, "ns/a", (current) => {
      seen = current?.object.data.value;
      return { action: "keep" };
    });
    let firstDone = false;
    void first.then(() => {
      firstDone = true;
    });
    assert.equal(seen, "1");
    const result = await second;
    assert.equal(firstDone, true, "who saw a write waits until it is durable");
    assert.equal(result.entry?.revision, 1);
    assert.equal(store.revision, 1, "a write that keeps takes no revision");
  });

  test("a deleted object is answered as it was, at the revision of the deletion", async () => {
    const store = await openStore(createMemoryEngine());
    await put(store, "a", 1);
    const result = await remove(store, "a");
    assert.equal(result.action, "delete");
    assert.equal(result.entry?.object.metadata.resourceVersion, "2");
    assert.equal(result.entry?.object.data.value, "1");
    assert.equal((await remove(store, "a")).action, "keep");
  });

  test("delivers every event once and in order, past ones first", async () => {
    const store = await openStore(createMemoryEngine());
    const state = store.resource("", "configmaps");
    await put(store, "a", 1);
    await put(store, "a", 2);
    const recorder = new Recorder();
    assert.equal(store.subscribe(state, 1, recorder), true);
    await remove(store, "a");
    assert.deepEqual(recorder.events, ["2 MODIFIED ns/a", "3 DELETED ns/a"]);
  });

  test("refuses to replay what is compacted", async () => {
    time = 1000;
    const store = await openStore(createMemoryEngine());
    const state = store.resource("", "configmaps");
    await put(store, "a", 1);
    await put(store, "a", 2);
    time = 2000;
    await put(store, "a", 3);
    await store.compact(1500);
    assert.equal(store.subscribe(state, 1, new Recorder()), false);
    const recorder = new Recorder();
    assert.equal(store.subscribe(state, 2, recorder), true);
    assert.deepEqual(recorder.events, ["3 MODIFIED ns/a"]);
    assert.equal(store.at(state, 1), undefined);
    assert.equal(store.at(state, 2)?.get("ns/a")?.object.data.value, "2");
  });

  test("compacts by itself when its events become too large, and keeps the newest", async () => {
    const maximumEventBytes = 10_000;
    const store = await openStore(createMemoryEngine(), { maximumEventBytes });
    for (let value = 1; value <= 500; value++) await put(store, "a", value);
    const kept = [...store.eventsAfter(store.oldestRevision)];
    const size = kept.reduce((sum, { entry }) => sum + entry.bytes.length, 0);
    assert.ok(size > maximumEventBytes / 2 && size <= maximumEventBytes, `${size} bytes are kept`);
    assert.equal(kept.at(-1)?.revision, 500);
  });

  test("opens again with the same state, events and revision", async () => {
    time = 0;
    const engine = createMemoryEngine();
    const store = await openStore(engine);
    await put(store, "a", 1);
    await put(store, "b", 2);
    await remove(store, "a");
    await store.close();
    const again = await openStore(engine);
    assert.equal(again.revision, 3);
    const state = again.resource("", "configmaps");
    assert.deepEqual(
      [...entriesIn(state.entries, "")].map((entry) => entry.key),
      ["ns/b"],
    );
    const recorder = new Recorder();
    again.subscribe(state, 0, recorder);
    assert.deepEqual(recorder.events, ["1 ADDED ns/a", "2 ADDED ns/b", "3 DELETED ns/a"]);
    const next = await put(again, "c", 3);
    assert.equal(next.entry?.revision, 4);
  });

  test("a full disk fails the writes, keeps the state, and passes", async () => {
    let full = false;
    const engine = failing(createMemoryEngine(), () => (full ? new EngineError("full", "no space left") : undefined));
    const store = await openStore(engine);
    await put(store, "a", 1);
    full = true;
    const writes = await Promise.allSettled([put(store, "b", 1), put(store, "c", 1)]);
    for (const write of writes) {
      assert.equal(write.status, "rejected");
      assert.equal(hasReason(write.reason, "InsufficientStorage"), true);
    }
    assert.equal(store.resource("", "configmaps").get("ns", "a")?.object.data.value, "1");
    full = false;
    assert.equal((await put(store, "d", 1)).entry?.revision, 2, "refused writes took no revision");
  });

  test("after another refusal the plane is read again and its watchers are told", async () => {
    let broken = false;
    const engine = failing(createMemoryEngine(), () => (broken ? new EngineError("unavailable", "gone") : undefined));
    const store = await openStore(engine);
    await put(store, "a", 1);
    const recorder = new Recorder();
    store.subscribe(store.resource("", "configmaps"), 1, recorder);
    broken = true;
    await assert.rejects(put(store, "b", 1), (error) => hasReason(error, "ServiceUnavailable"));
    assert.deepEqual(recorder.resets, ["expired"]);
    broken = false;
    assert.equal((await put(store, "b", 2)).entry?.revision, 2);
  });

  test("who is told that the plane was read again finds the new state", async () => {
    const engine = createMemoryEngine();
    const forgetful = overriding(engine, {
      async open(name) {
        const handle = await engine.open(name);
        return overriding<PlaneHandle>(handle, {
          // Durable, but the answer is lost.
          async commit(batch) {
            await handle.commit(batch);
            throw new EngineError("unavailable", "connection lost");
          },
        });
      },
    });
    const store = await openStore(forgetful);
    const state = store.resource("", "configmaps");
    const seen: number[] = [];
    store.follow(state, { deliver() {}, reset: () => seen.push(store.revision, state.entries.size) });
    await assert.rejects(put(store, "a", 1), (error) => hasReason(error, "ServiceUnavailable"));
    assert.deepEqual(seen, [1, 1]);
  });

  test("a subscriber that throws is reset, and nobody else notices", async () => {
    const engine = createMemoryEngine();
    await engine.create("p", "{}");
    const faults: unknown[] = [];
    const store = await PlaneStore.open({
      engine,
      plane: "p",
      budget: new ParsedObjectBudget(16),
      now: () => time,
      onSubscriberError: (error) => faults.push(String(error)),
    });
    const state = store.resource("", "configmaps");
    const faulty: Subscriber & { resets: number } = {
      resets: 0,
      deliver() {
        throw new Error("fault");
      },
      reset() {
        this.resets++;
        store.follow(state, faulty);
      },
    };
    const recorder = new Recorder();
    store.follow(state, faulty);
    store.follow(state, recorder);
    await put(store, "a", 1);
    await put(store, "b", 2);
    assert.deepEqual(recorder.events, ["1 ADDED ns/a", "2 ADDED ns/b"]);
    assert.deepEqual(faults, ["Error: fault", "Error: fault"]);
    assert.equal(faulty.resets, 2);
  });

  test("a plane that another process took over is not taken back", async () => {
    const engine = createMemoryEngine();
    const store = await openStore(engine);
    await put(store, "a", 1);
    const other = await openStore(engine);
    await assert.rejects(put(store, "b", 1), (error) => hasReason(error, "ServiceUnavailable"));
    await assert.rejects(put(store, "c", 1), (error) => hasReason(error, "ServiceUnavailable"));
    assert.equal((await put(other, "d", 1)).entry?.revision, 2);
  });

  test("a jump ends watches and never goes back", async () => {
    const store = await openStore(createMemoryEngine());
    await put(store, "a", 1);
    const recorder = new Recorder();
    store.subscribe(store.resource("", "configmaps"), 1, recorder);
    await store.jump(1_000_000);
    assert.deepEqual(recorder.resets, ["expired"]);
    assert.equal(store.revision, 1_000_000);
    assert.equal((await put(store, "a", 2)).entry?.revision, 1_000_001);
  });

  test("closing finishes writes and tells the watchers", async () => {
    const store = await openStore(createMemoryEngine());
    const recorder = new Recorder();
    store.subscribe(store.resource("", "configmaps"), 0, recorder);
    const write = put(store, "a", 1);
    await store.close();
    assert.equal((await write).entry?.revision, 1);
    assert.deepEqual(recorder.resets, ["closed"]);
    await assert.rejects(put(store, "b", 1), (error) => hasReason(error, "ServiceUnavailable"));
  });

  test("a state that was asked for stays what it was, while newer ones are written and older ones forgotten", async () => {
    const store = await openStore(createMemoryEngine());
    const state = store.resource("", "configmaps");
    await put(store, "a", 1);
    const keys = () => [...entriesIn(store.at(state, 1)!, "")].map((entry) => entry.key);
    assert.deepEqual(keys(), ["ns/a"]);
    for (let revision = 2; revision < 60; revision++) {
      await put(store, `b${revision}`, revision);
      assert.equal(store.at(state, revision)?.size, revision);
    }
    assert.deepEqual(keys(), ["ns/a"]);
    await store.compact(time + 1);
    assert.equal(store.at(state, 1), undefined);
  });

  test("any past state and any replay is what a naive model says", async () => {
    const names = ["a", "b", "c"];
    const operation = fc.record({
      name: fc.constantFrom(...names),
      namespace: fc.constantFrom("n1", "n2"),
      value: fc.integer({ min: 0, max: 99 }),
      remove: fc.boolean(),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(operation, { maxLength: 40 }), async (operations) => {
        const engine = createMemoryEngine();
        const store = await openStore(engine, { budget: 2 });
        const states: Map<string, string>[] = [new Map()];
        const log: string[] = [];
        await Promise.all(
          operations.map(({ name, namespace, value, remove: removes }) => {
            const key = `${namespace}/${name}`;
            const before = states.at(-1)!;
            if (removes && !before.has(key)) return remove(store, name, namespace);
            const after = new Map(before);
            if (removes) after.delete(key);
            else after.set(key, String(value));
            log.push(`${states.length} ${removes ? "DELETED" : before.has(key) ? "MODIFIED" : "ADDED"} ${key}`);
            states.push(after);
            return removes ? remove(store, name, namespace) : put(store, name, value, namespace);
          }),
        );
        await store.close();
        const again = await openStore(engine, { budget: 2 });
        for (const each of [again]) {
          const state = each.resource("", "configmaps");
          states.forEach((expected, revision) => {
            const tree = each.at(state, revision)!;
            const found = [...tree.entries()].map(([key, entry]) => [key, entry.object.data.value]);
            assert.deepEqual(found, [...expected].sort());
            const recorder = new Recorder();
            each.subscribe(state, revision, recorder);
            assert.deepEqual(recorder.events, log.slice(revision));
          });
        }
      }),
      { numRuns: 60 },
    );
  });
});

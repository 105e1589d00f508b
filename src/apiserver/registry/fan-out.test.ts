import assert from "node:assert/strict";
import { describe, test } from "node:test";
import fc from "fast-check";
import type { Kind } from "../../machinery/kind.ts";
import type { KubeObject } from "../../machinery/object.ts";
import type { Status } from "../../machinery/status-error.ts";
import { createMemoryEngine } from "../../storage/memory/engine.ts";
import { ParsedObjectBudget } from "../store/entry.ts";
import { PlaneStore } from "../store/plane-store.ts";
import { FanOut } from "./fan-out.ts";
import { parseFilter } from "./filter.ts";
import { KindCatalog, type ServedResource } from "./kind-registry.ts";
import { parseWatch } from "./watch.ts";
import type { FrameMaker, ShownEvent, WatchSink } from "./watch-frames.ts";

const kind: Kind = {
  group: "",
  kind: "ConfigMap",
  listKind: "ConfigMapList",
  plural: "configmaps",
  singular: "configmap",
  namespaced: true,
  storageVersion: "v1",
  versions: [{ name: "v1", served: true, schema: { type: "object" } }],
};
const served = new KindCatalog([{ kind }]).resource("", "v1", "configmaps") as ServedResource;

/** Frames are lists of lines such as `3 ADDED ns/a`. */
const lines: FrameMaker<string[]> = {
  id: "lines",
  event: ({ type, entry, revision }: ShownEvent) => [`${revision} ${type} ${entry.key}`],
  bookmark: (revision, initial) => [`${revision} BOOKMARK${initial ? " initial" : ""}`],
  error: (status: Status) => [`ERROR ${status.code}`],
  join: (frames) => frames.flat(),
};

class Sink implements WatchSink<string[]> {
  readonly received: string[] = [];
  readonly chunks: string[][] = [];
  backlog = 0;
  closed = false;
  #onClose: (() => void)[] = [];

  send(frames: string[]): void {
    this.received.push(...frames);
    this.chunks.push(frames);
  }

  async drained(): Promise<void> {}

  end(): void {
    if (this.closed) return;
    this.closed = true;
    for (const callback of this.#onClose) callback();
  }

  cut(): void {
    this.end();
  }

  onClose(callback: () => void): void {
    this.#onClose.push(callback);
  }
}

interface Bench {
  store: PlaneStore;
  fanOut: FanOut;
  put(name: string, labels?: Record<string, string>, namespace?: string): Promise<unknown>;
  remove(name: string, namespace?: string): Promise<unknown>;
  watch(query: string, namespace?: string): Sink;
}

async function bench(now = () => 0): Promise<Bench> {
  const engine = createMemoryEngine();
  await engine.create("p", "{}");
  const store = await PlaneStore.open({ engine, plane: "p", budget: new ParsedObjectBudget(), now });
  const fanOut = new FanOut({ store, now });
  const state = store.resource("", "configmaps");
  return {
    store,
    fanOut,
    put(name, labels = {}, namespace = "ns") {
      const object: KubeObject = { apiVersion: "v1", kind: "ConfigMap", metadata: { name, namespace, labels } };
      return store.write(state, `${namespace}/${name}`, () => ({ action: "put", object }));
    },
    remove(name, namespace = "ns") {
      return store.write(state, `${namespace}/${name}`, () => ({ action: "delete" }));
    },
    watch(text, namespace = "") {
      const query = new URLSearchParams(text);
      const sink = new Sink();
      const filter = parseFilter(served, namespace, query);
      const request = parseWatch(query, filter, query.get("allowWatchBookmarks") === "true", () => 0);
      fanOut.start(state, request, lines, sink);
      return sink;
    },
  };
}

async function until(condition: () => boolean): Promise<void> {
  const deadline = Date.now() + 5000;
  while (!condition()) {
    if (Date.now() > deadline) throw new Error("the condition did not come true");
    await new Promise((resolve) => setImmediate(resolve));
  }
}

async function settle(): Promise<void> {
  for (let turn = 0; turn < 8; turn++) await new Promise((resolve) => setImmediate(resolve));
}

describe("watches", () => {
  test("without a revision begin with the objects that there are", async () => {
    const { put, watch } = await bench();
    await put("a");
    const sink = watch("");
    await put("b");
    await until(() => sink.received.length === 2);
    assert.deepEqual(sink.received, ["1 ADDED ns/a", "2 ADDED ns/b"]);
  });

  test("from a revision replay what came after it", async () => {
    const { put, remove, watch } = await bench();
    await put("a");
    await put("a");
    await remove("a");
    const sink = watch("resourceVersion=1");
    await until(() => sink.received.length === 2);
    assert.deepEqual(sink.received, ["2 MODIFIED ns/a", "3 DELETED ns/a"]);
  });

  test("sendInitialEvents ends the objects with a marked bookmark", async () => {
    const { put, watch } = await bench();
    await put("a");
    const sink = watch("sendInitialEvents=true&resourceVersionMatch=NotOlderThan&allowWatchBookmarks=true");
    await until(() => sink.received.length === 2);
    assert.deepEqual(sink.received, ["1 ADDED ns/a", "1 BOOKMARK initial"]);
    await put("b");
    await until(() => sink.received.length === 3);
    assert.equal(sink.received[2], "2 ADDED ns/b");
  });

  test("objects that begin or cease to match a selector are added and deleted", async () => {
    const { put, remove, watch } = await bench();
    const sink = watch("labelSelector=on%3Dyes");
    await settle();
    await put("a");
    await put("a", { on: "yes" });
    await put("a", { on: "yes", more: "x" });
    await put("a", { on: "no" });
    await remove("a");
    await settle();
    assert.deepEqual(sink.received, ["2 ADDED ns/a", "3 MODIFIED ns/a", "4 DELETED ns/a"]);
  });

  test("what happens in one turn is one chunk, shared by all who want the same", async () => {
    const { put, watch } = await bench();
    const sinks = [watch(""), watch(""), watch("")];
    await settle();
    await Promise.all([put("a"), put("b"), put("c")]);
    await settle();
    for (const sink of sinks) assert.deepEqual(sink.chunks, [["1 ADDED ns/a", "2 ADDED ns/b", "3 ADDED ns/c"]]);
    assert.equal(sinks[0]!.chunks[0], sinks[1]!.chunks[0]);
  });

  test("who comes while events are on their way to others does not get what came before it", async () => {
    const { put, watch } = await bench();
    const first = watch("");
    await settle();
    await put("a");
    const second = watch("resourceVersion=1");
    await put("b");
    await settle();
    assert.deepEqual(first.received, ["1 ADDED ns/a", "2 ADDED ns/b"]);
    assert.deepEqual(second.received, ["2 ADDED ns/b"]);
  });

  test("an old revision is answered with 410", async () => {
    let time = 0;
    const { put, watch, store } = await bench(() => time);
    await put("a");
    await put("a");
    time = 10;
    await store.compact(5);
    const sink = watch("resourceVersion=1");
    await until(() => sink.closed);
    assert.deepEqual(sink.received, ["ERROR 410"]);
  });

  test("a revision of the future is refused with a time to come again", async () => {
    const { watch } = await bench();
    const sink = watch("resourceVersion=99");
    await until(() => sink.closed);
    assert.deepEqual(sink.received, ["ERROR 504"]);
  });

  test("one that does not read is cut off, and the others go on", async () => {
    const { put, watch, fanOut } = await bench();
    const slow = watch("");
    const quick = watch("");
    await settle();
    slow.backlog = 1 << 30;
    await put("a");
    await settle();
    assert.equal(slow.closed, true);
    assert.deepEqual(quick.received, ["1 ADDED ns/a"]);
    assert.equal(fanOut.watchers, 1);
  });

  test("bookmarks come each minute to those who asked", async () => {
    let time = 0;
    const { put, watch, fanOut } = await bench(() => time);
    await put("a");
    const asked = watch("resourceVersion=1&allowWatchBookmarks=true");
    const others = watch("resourceVersion=1");
    await settle();
    fanOut.sendBookmarks();
    time = 60_000;
    fanOut.sendBookmarks();
    fanOut.sendBookmarks();
    assert.deepEqual(asked.received, ["1 BOOKMARK"]);
    assert.deepEqual(others.received, []);
  });

  test("nothing of a resource remains when its last watcher has gone", async () => {
    const { watch, store, fanOut } = await bench();
    const sink = watch("");
    await settle();
    assert.equal(store.resource("", "configmaps").subscribers.size, 1);
    sink.end();
    assert.equal(store.resource("", "configmaps").subscribers.size, 0);
    assert.equal(fanOut.watchers, 0);
  });

  test("an event that cannot be shown ends the watches that it concerns, and those alone", async () => {
    const { fanOut, store, put, watch } = await bench();
    const sink = new Sink();
    const request = parseWatch(new URLSearchParams(), parseFilter(served, "", new URLSearchParams()), false, () => 0);
    const faulty: FrameMaker<string[]> = {
      ...lines,
      id: "faulty",
      event() {
        throw new Error("cannot be shown");
      },
    };
    fanOut.start(store.resource("", "configmaps"), request, faulty, sink);
    const other = watch("");
    await settle();
    await put("a");
    await settle();
    assert.deepEqual(sink.received, ["ERROR 500"]);
    assert.equal(sink.closed, true);
    assert.deepEqual(other.received, ["1 ADDED ns/a"]);
  });

  test("the watches of a resource can be ended, after what they have yet to get", async () => {
    const { fanOut, store, put, watch } = await bench();
    const sink = watch("");
    await settle();
    await put("a");
    fanOut.endOf(store.resource("", "secrets"));
    assert.equal(sink.closed, false);
    fanOut.endOf(store.resource("", "configmaps"));
    assert.equal(sink.closed, true);
    assert.deepEqual(sink.received, ["1 ADDED ns/a"]);
  });

  test("closing ends all", async () => {
    const { watch, fanOut } = await bench();
    const sink = watch("");
    await settle();
    fanOut.close();
    assert.equal(sink.closed, true);
    assert.throws(() => watch(""), { message: "the control plane is shutting down" });
  });

  test("whenever a watcher comes, it sees what a naive model says", async () => {
    const step = fc.oneof(
      fc.record({
        do: fc.constant("put" as const),
        name: fc.constantFrom("a", "b", "c"),
        namespace: fc.constantFrom("n1", "n2"),
        on: fc.boolean(),
      }),
      fc.record({
        do: fc.constant("remove" as const),
        name: fc.constantFrom("a", "b", "c"),
        namespace: fc.constantFrom("n1", "n2"),
      }),
      fc.record({
        do: fc.constant("watch" as const),
        from: fc.nat(),
        namespace: fc.constantFrom("", "n1"),
        selector: fc.boolean(),
      }),
      fc.record({ do: fc.constant("turn" as const) }),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 60 }), async (steps) => {
        const { store, put, remove, watch } = await bench();
        const log: { revision: number; key: string; before: boolean | undefined; after: boolean | undefined }[] = [];
        const current = new Map<string, boolean>();
        const watchers: { sink: Sink; from: number; namespace: string; selector: boolean }[] = [];
        const writes: Promise<unknown>[] = [];
        for (const each of steps) {
          if (each.do === "turn") await new Promise((resolve) => setImmediate(resolve));
          else if (each.do === "watch") {
            // 0 would ask for the state; revisions of the log begin at 1.
            if (store.revision === 0) continue;
            const from = 1 + (each.from % store.revision);
            const query = `resourceVersion=${from}${each.selector ? "&labelSelector=on%3Dyes" : ""}`;
            watchers.push({
              sink: watch(query, each.namespace),
              from,
              namespace: each.namespace,
              selector: each.selector,
            });
          } else {
            const key = `${each.namespace}/${each.name}`;
            const before = current.get(key);
            if (each.do === "remove") {
              if (before === undefined) continue;
              current.delete(key);
              log.push({ revision: log.length + 1, key, before, after: undefined });
              writes.push(remove(each.name, each.namespace));
            } else {
              current.set(key, each.on);
              log.push({ revision: log.length + 1, key, before, after: each.on });
              writes.push(put(each.name, { on: each.on ? "yes" : "no" }, each.namespace));
            }
          }
        }
        await Promise.all(writes);
        const expected = watchers.map(({ from, namespace, selector }) =>
          log
            .filter(({ revision, key }) => revision > from && (namespace === "" || key.startsWith(`${namespace}/`)))
            .map(({ revision, key, before, after }) => {
              const saw = before !== undefined && (!selector || before);
              const sees = after !== undefined && (!selector || after);
              if (!saw && !sees) return "";
              return `${revision} ${!sees ? "DELETED" : saw ? "MODIFIED" : "ADDED"} ${key}`;
            })
            .filter((line) => line !== ""),
        );
        await until(() => watchers.every(({ sink }, index) => sink.received.length >= expected[index]!.length));
        await settle();
        watchers.forEach(({ sink }, index) => {
          assert.deepEqual(sink.received, expected[index]);
        });
      }),
      { numRuns: 150 },
    );
  });
});

import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import type { KubeObject } from "../machinery/object.ts";
import { expired, StatusError } from "../machinery/status-error.ts";
import type { WatchEvent } from "./client.ts";
import { type ObjectChange, ObjectStore } from "./object-store.ts";
import { Reflector } from "./reflector.ts";

/** A server as simple as can be: a log of events, and the objects after each of them. */
class NaiveServer {
  revision = 0;
  compacted = 0;
  streams = true;
  objects = new Map<string, KubeObject>();
  log: WatchEvent[] = [];
  #uid = 0;

  write(name: string, remove: boolean): void {
    const old = this.objects.get(name);
    if (remove && old === undefined) return;
    const resourceVersion = String(++this.revision);
    const uid = old?.metadata.uid ?? `u${++this.#uid}`;
    const metadata = { name, namespace: name.length > 1 ? "b" : "a", uid, resourceVersion };
    const object = { apiVersion: "v1", kind: "ConfigMap", metadata };
    if (remove) this.objects.delete(name);
    else this.objects.set(name, object);
    this.log.push({ type: remove ? "DELETED" : old === undefined ? "ADDED" : "MODIFIED", object });
  }

  bookmark(initialEventsEnd = false): WatchEvent {
    const annotations = initialEventsEnd ? { "k8s.io/initial-events-end": "true" } : undefined;
    const metadata = { resourceVersion: String(this.revision), annotations };
    return { type: "BOOKMARK", object: { apiVersion: "v1", kind: "ConfigMap", metadata } };
  }
}

type Step =
  | { do: "write"; name: string; remove: boolean }
  | { do: "compact" }
  | { do: "restore" }
  /** The client asks and hears at most this many events or pages; then the connection is lost. */
  | { do: "hear"; most: number; bookmark: boolean };

const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 5,
    arbitrary: fc.record({
      do: fc.constant("write" as const),
      name: fc.constantFrom("x", "y", "z", "xx", "yy"),
      remove: fc.boolean(),
    }),
  },
  { weight: 1, arbitrary: fc.constant({ do: "compact" as const }) },
  { weight: 1, arbitrary: fc.constant({ do: "restore" as const }) },
  { weight: 4, arbitrary: fc.record({ do: fc.constant("hear" as const), most: fc.nat(6), bookmark: fc.boolean() }) },
);

/** Connects a reflector with a server until the connection is lost after `most` answers. */
function hear(
  server: NaiveServer,
  reflector: Reflector<KubeObject>,
  most: number,
  bookmark: boolean,
  take: (changes: ObjectChange[]) => void,
): void {
  let left = most;
  while (left-- > 0) {
    const request = reflector.next();
    if (request.type === "page") {
      if (request.continue !== undefined && Number(request.continue.split("/")[0]) < server.compacted) {
        reflector.failed(expired("too old"));
        continue;
      }
      // Pages of two; the list of a page token is that of its revision, which the test keeps in the token.
      const [revision, index, names] = request.continue?.split("/") ?? [String(server.revision), "0", ""];
      const all: KubeObject[] =
        request.continue === undefined ? [...server.objects.values()] : (JSON.parse(atob(names!)) as KubeObject[]);
      const end = request.limit === undefined ? all.length : Number(index) + 2;
      const next = end < all.length ? `${revision}/${end}/${btoa(JSON.stringify(all))}` : undefined;
      const metadata = { resourceVersion: revision, continue: next };
      take(reflector.page({ apiVersion: "v1", kind: "ConfigMapList", metadata, items: all.slice(Number(index), end) }));
      continue;
    }
    if (request.type === "watchList") {
      if (!server.streams) {
        reflector.failed(new StatusError(422, "Invalid", "sendInitialEvents is forbidden"));
        continue;
      }
      for (const object of server.objects.values()) {
        if (left-- <= 0) return;
        take(reflector.event({ type: "ADDED", object }));
      }
      take(reflector.event(server.bookmark(true)));
      continue;
    }
    const from = Number(request.resourceVersion);
    if (from < server.compacted) {
      reflector.failed(expired("too old resource version"));
      continue;
    }
    if (from > server.revision) {
      const causes = [{ reason: "ResourceVersionTooLarge", message: "Too large resource version" }];
      reflector.failed(new StatusError(504, "Timeout", "Too large resource version", { causes }));
      continue;
    }
    for (const event of server.log) {
      if (Number(event.object.metadata.resourceVersion) <= from) continue;
      if (left-- <= 0) return;
      take(reflector.event(event));
    }
    if (bookmark) take(reflector.event(server.bookmark()));
    return;
  }
}

function plain(objects: Iterable<KubeObject>): KubeObject[] {
  return [...objects].sort((a, b) => (a.metadata.name! < b.metadata.name! ? -1 : 1));
}

describe("a reflector", () => {
  it("has what the server has, after whatever happened on the way", () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 40 }), fc.boolean(), (steps, streams) => {
        const server = new NaiveServer();
        server.streams = streams;
        const store = new ObjectStore();
        const reflector = new Reflector(store);
        const folded = new Map<string, KubeObject>();
        const take = (changes: ObjectChange[]) => {
          for (const { type, object, old } of changes) {
            const name = (object ?? old)!.metadata.name!;
            assert.equal(folded.get(name), old, "a change begins where the one before it ended");
            assert.equal(folded.has(name), type !== "ADDED");
            if (object === undefined) folded.delete(name);
            else folded.set(name, object);
            assert.notDeepEqual(object?.metadata, old?.metadata, "what did not change makes no change");
          }
          assert.deepEqual(plain(folded.values()), plain(store.list()));
        };
        for (const one of steps) {
          if (one.do === "write") server.write(one.name, one.remove);
          else if (one.do === "compact") server.compacted = server.revision;
          else if (one.do === "restore") {
            // The server forgets its last writes and comes back at a higher revision with its history gone.
            server.write("x", false);
            server.objects.delete("y");
            server.revision += 10;
            server.compacted = server.revision;
            server.log = [];
          } else hear(server, reflector, one.most, one.bookmark, take);
        }
        hear(server, reflector, 1000, true, take);
        assert.equal(reflector.current, true);
        assert.deepEqual(plain(store.list()), plain(server.objects.values()));
      }),
      { numRuns: 1500 },
    );
  });

  it("goes on from the last event or bookmark that it saw", () => {
    const server = new NaiveServer();
    server.write("x", false);
    const reflector = new Reflector(new ObjectStore());
    const ignore = () => undefined;
    hear(server, reflector, 10, false, ignore);
    assert.deepEqual(reflector.next(), { type: "watch", resourceVersion: "1" });
    server.write("y", false);
    hear(server, reflector, 10, false, ignore);
    assert.deepEqual(reflector.next(), { type: "watch", resourceVersion: "2" });
    server.revision = 7;
    hear(server, reflector, 10, true, ignore);
    assert.deepEqual(reflector.next(), { type: "watch", resourceVersion: "7" });
  });

  it("lists anew when the server went back in time", () => {
    const server = new NaiveServer();
    server.write("x", false);
    server.write("y", false);
    const store = new ObjectStore();
    const reflector = new Reflector(store);
    hear(server, reflector, 10, false, () => undefined);
    server.revision = 1;
    server.objects.delete("y");
    server.log.pop();
    hear(server, reflector, 10, false, () => undefined);
    assert.deepEqual(
      [...store.list()].map(({ metadata }) => metadata.name),
      ["x"],
    );
  });

  it("leaves the objects as they were when the kind is not served any more", () => {
    const server = new NaiveServer();
    server.write("x", false);
    const store = new ObjectStore();
    const reflector = new Reflector(store);
    hear(server, reflector, 10, false, () => undefined);
    assert.equal(reflector.failed(new StatusError(404, "NotFound", "the server could not find it")), "absent");
    assert.equal(store.size, 1);
  });
});

describe("a store of objects", () => {
  const pod = (name: string, node: string, resourceVersion: string): KubeObject => ({
    apiVersion: "v1",
    kind: "Pod",
    metadata: { name, namespace: "a", uid: name, resourceVersion },
    spec: { nodeName: node },
  });

  it("finds objects by index, as they are now", () => {
    const store = new ObjectStore({ node: (object) => [object.spec.nodeName] });
    store.set(pod("p", "n1", "1"));
    store.set(pod("q", "n1", "2"));
    store.set(pod("p", "n2", "3"));
    assert.deepEqual(
      [...store.byIndex("node", "n1")].map(({ metadata }) => metadata.name),
      ["q"],
    );
    assert.deepEqual(
      [...store.byIndex("node", "n2")].map(({ metadata }) => metadata.name),
      ["p"],
    );
    store.delete("q", "a");
    assert.deepEqual([...store.byIndex("node", "n1")], []);
    assert.throws(() => store.byIndex("zone", "x"), /no index "zone"/);
  });

  it("freezes what it holds", () => {
    const store = new ObjectStore();
    store.set(pod("p", "n1", "1"));
    assert.throws(() => {
      store.get("p", "a")!.spec.nodeName = "n9";
    }, TypeError);
  });
});

// `kill -9` at random instants while clients write over HTTPS. Whatever was acknowledged is there after the restart, revisions go on,
// and a watch that is resumed from its last revision loses nothing and repeats nothing.

import assert from "node:assert/strict";
import { randomInt } from "node:crypto";
import { it } from "node:test";
import { setTimeout } from "node:timers/promises";
import type { JsonObject } from "../../src/machinery/object.ts";
import { Connection } from "../conformance/support/http.ts";
import { type Event, Watch } from "../conformance/support/watch.ts";
import { atEnd } from "./support/at-end.ts";
import { MusterServer, remove, temporaryDirectory } from "./support/muster.ts";
import { Writer } from "./support/writers.ts";

const rounds = Number(process.env.MUSTER_CRASH_ROUNDS ?? 12);
const path = "/api/v1/namespaces/kube-public/configmaps";

/** A watcher that reads as long as the server lives, and goes on from its last revision when it lives again. */
class Follower {
  readonly events: Event[] = [];
  revision: string;

  constructor(revision: string) {
    this.revision = revision;
  }

  /** Reads until the connection breaks, or until an event of revision `last` or later has come. */
  async follow(connection: Connection, last?: bigint): Promise<void> {
    const query = `watch=true&resourceVersion=${this.revision}&allowWatchBookmarks=true`;
    const watch = new Watch(connection.open("GET", `${path}?${query}`));
    try {
      while (last === undefined || BigInt(this.revision) < last) {
        const event = await watch.next(60_000);
        if (event === undefined) return;
        assert.notEqual(event.type, "ERROR", JSON.stringify(event.object));
        if (event.type !== "BOOKMARK") this.events.push(event);
        this.revision = event.object.metadata.resourceVersion;
      }
    } catch (error) {
      if (error instanceof assert.AssertionError) throw error;
    } finally {
      watch.close();
    }
  }
}

/** The objects that the events of a watch leave, by name. Fails for an event that cannot follow those before it. */
function replay(events: readonly Event[]): Map<string, JsonObject> {
  const objects = new Map<string, JsonObject>();
  let last = 0n;
  for (const { type, object } of events) {
    const { name, resourceVersion } = object.metadata;
    assert.ok(BigInt(resourceVersion) > last, `revision ${resourceVersion} comes after ${last}`);
    last = BigInt(resourceVersion);
    assert.equal(objects.has(name), type !== "ADDED", `${type} ${name}`);
    if (type === "DELETED") objects.delete(name);
    else objects.set(name, object);
  }
  return objects;
}

async function list(connection: Connection): Promise<{ revision: bigint; objects: Map<string, JsonObject> }> {
  const { json } = await connection.send("GET", path);
  const items: JsonObject[] = json.items;
  return {
    revision: BigInt(json.metadata.resourceVersion),
    objects: new Map(items.map((object) => [object.metadata.name, object])),
  };
}

it(`${rounds} kills under load over HTTPS lose nothing that was acknowledged`, async (t) => {
  const dataDir = temporaryDirectory();
  atEnd(t, () => remove(dataDir));
  let server = await MusterServer.start({ dataDir });
  atEnd(t, () => server.kill());
  let connection = new Connection(server.access());
  atEnd(t, () => connection.close());
  const writers = Array.from({ length: 4 }, (_, index) => new Writer(path, `w${index}`));
  const begin = await list(connection);
  const follower = new Follower(String(begin.revision));
  let revision = begin.revision;

  for (let round = 0; round < rounds; round++) {
    const where = `round ${round}`;
    const stop = new AbortController();
    const following = follower.follow(connection);
    const writing = writers.map((writer) => writer.run(server.access(), stop.signal));
    await setTimeout(randomInt(300));
    await server.kill();
    stop.abort();
    await Promise.all([...writing, following]);
    connection.close();

    server = await MusterServer.start({ dataDir });
    connection = new Connection(server.access());
    const now = await list(connection);
    assert.ok(now.revision >= revision, where);
    revision = now.revision;
    assert.deepEqual(
      writers.flatMap((writer) => writer.settle(now.objects)),
      [],
      where,
    );

    const { code, json } = await connection.send("POST", path, {
      body: { apiVersion: "v1", kind: "ConfigMap", metadata: { name: `round-${round}` } },
    });
    assert.equal(code, 201, where);
    const made = BigInt(json.metadata.resourceVersion);
    assert.ok(made > revision, where);
    await follower.follow(connection, made);
    const shown = replay([
      ...[...begin.objects.values()].map((object) => ({ type: "ADDED", object }) as Event),
      ...follower.events,
    ]);
    const stored = (await list(connection)).objects;
    assert.deepEqual([...shown.keys()].sort(), [...stored.keys()].sort(), where);
    for (const [name, object] of stored)
      assert.deepEqual(shown.get(name), { ...object, kind: "ConfigMap", apiVersion: "v1" }, where);
    revision = made;
  }
  const written = writers.reduce((sum, { acknowledgements }) => sum + acknowledgements, 0);
  assert.ok(written > rounds, `only ${written} writes were acknowledged`);
  t.diagnostic(`${written} acknowledged writes, ${follower.events.length} events`);
});

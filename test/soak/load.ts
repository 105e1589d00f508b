// Mixed load with its invariants checked: `sh scripts/node.sh test/soak/load.ts --minutes 10 [--seed 1] [--writers 8]`.
//
// Writers create, update, patch and delete config maps and custom objects; definitions come and go; watchers follow all of it and are
// broken off at random instants, after which they go on from their last revision. What a watcher has seen is compared with a list.
//   L1 the events of a watcher have rising revisions, none comes twice, none is missing: its model equals a list of the same revision
//   L2 each acknowledged write has a revision of its own
//   L3 the server has no unforeseen errors, does not hold its loop, and gives memory and handles back

import assert from "node:assert/strict";
import { randomInt } from "node:crypto";
import { type ClientHttp2Session, type ClientHttp2Stream, connect } from "node:http2";
import { parseArgs } from "node:util";
import type { JsonObject } from "../../src/machinery/object.ts";
import { type Random, randomFrom } from "../../src/machinery/protobuf/sample.ts";
import { ServerProcess } from "../fuzz/support/server.ts";

const { values } = parseArgs({
  options: {
    minutes: { type: "string", default: "1" },
    seed: { type: "string" },
    writers: { type: "string", default: "8" },
  },
});
const seed = values.seed === undefined ? randomInt(2 ** 31) : Number(values.seed);
const until = Date.now() + Number(values.minutes) * 60_000;
console.log(`seed ${seed}`);

const server = await ServerProcess.start();
const { clientCertificate: cert, clientKey: key } = server.access;
const configMaps = "/api/v1/namespaces/default/configmaps";
const group = "soak.example.com";
const definitions = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions";
/** Revisions of acknowledged writes. */
const revisions = new Set<string>();
let writes = 0;

function openSession(): ClientHttp2Session {
  const session = connect(`https://127.0.0.1:${server.port}`, { cert, key, rejectUnauthorized: false });
  session.setMaxListeners(0);
  session.on("error", (error) => console.error(`session: ${error.message}`));
  return session;
}

async function send(
  session: ClientHttp2Session,
  method: string,
  path: string,
  body?: JsonObject,
  contentType = "application/json",
): Promise<{ code: number; object: JsonObject }> {
  const stream = session.request({ ":method": method, ":path": path, "content-type": contentType });
  stream.end(body === undefined ? undefined : JSON.stringify(body));
  let code = 0;
  stream.on("response", (headers) => {
    code = Number(headers[":status"]);
  });
  let text = "";
  stream.setEncoding("utf8");
  for await (const chunk of stream) text += chunk;
  assert.ok(code < 500 || code === 503 || code === 504, `${method} ${path}: ${code} ${text}`);
  return { code, object: JSON.parse(text) };
}

async function write(session: ClientHttp2Session, random: Random): Promise<void> {
  const name = `soak-${random(40)}`;
  const path = `${configMaps}/${name}`;
  const body = { metadata: { name }, data: { value: String(random(1_000_000)), padding: "x".repeat(random(4000)) } };
  const choice = random(10);
  const answer =
    choice < 4
      ? await send(session, "POST", configMaps, body)
      : choice < 6
        ? await send(session, "PUT", path, body)
        : choice < 8
          ? await send(
              session,
              "PATCH",
              path,
              { data: { value: String(random(1_000_000)) } },
              "application/merge-patch+json",
            )
          : await send(session, "DELETE", path);
  if (answer.code >= 300 || choice >= 8) return;
  writes++;
  const { resourceVersion } = answer.object.metadata;
  assert.ok(!revisions.has(resourceVersion), `L2: revision ${resourceVersion} was given twice`);
  revisions.add(resourceVersion);
}

/** A definition comes, gets an object, and goes. */
async function churn(session: ClientHttp2Session, random: Random): Promise<void> {
  const plural = `soaks${random(3)}`;
  const name = `${plural}.${group}`;
  const schema = { openAPIV3Schema: { type: "object", properties: { spec: { type: "object", properties: {} } } } };
  await send(session, "POST", definitions, {
    metadata: { name },
    spec: {
      group,
      scope: "Cluster",
      names: { plural, kind: `Soak${plural}` },
      versions: [{ name: "v1", served: true, storage: true, schema }],
    },
  });
  const path = `/apis/${group}/v1/${plural}`;
  await send(session, "POST", path, { apiVersion: `${group}/v1`, kind: `Soak${plural}`, metadata: { name: "a" } });
  await send(session, "GET", path);
  if (random(2) === 0) await send(session, "DELETE", `${definitions}/${name}`);
}

interface Watched {
  objects: Map<string, string>;
  revision: number;
}

async function list(session: ClientHttp2Session): Promise<Watched> {
  const { object } = await send(session, "GET", configMaps);
  const objects = new Map<string, string>();
  for (const { metadata } of object.items) objects.set(metadata.name, metadata.resourceVersion);
  return { objects, revision: Number(object.metadata.resourceVersion) };
}

/** Follows the config maps with one watch after the other, and compares what it has seen with a list now and then. */
async function watch(session: ClientHttp2Session, random: Random): Promise<void> {
  let seen = await list(session);
  while (Date.now() < until) {
    const stream = session.request({
      ":path": `${configMaps}?watch=true&allowWatchBookmarks=true&resourceVersion=${seen.revision}`,
    });
    // Broken off in the middle of whatever is under way.
    const timer = setTimeout(() => stream.destroy(), 50 + random(1500));
    seen = await follow(stream, seen);
    clearTimeout(timer);
    if (random(4) === 0) seen = await compare(session, seen);
  }
  await compare(session, seen);
}

async function follow(stream: ClientHttp2Stream, seen: Watched): Promise<Watched> {
  let rest = "";
  stream.setEncoding("utf8");
  stream.on("data", (chunk: string) => {
    const lines = (rest + chunk).split("\n");
    rest = lines.pop()!;
    for (const line of lines) seen = apply(seen, JSON.parse(line));
  });
  await new Promise((resolve) => {
    stream.on("error", resolve);
    stream.on("close", resolve);
  });
  return seen;
}

function apply({ objects, revision }: Watched, { type, object }: { type: string; object: JsonObject }): Watched {
  const { name, resourceVersion } = object.metadata ?? {};
  assert.notEqual(type, "ERROR", JSON.stringify(object));
  const next = Number(resourceVersion);
  if (type === "BOOKMARK") {
    assert.ok(next >= revision, `L1: a bookmark of ${next} after ${revision}`);
    return { objects, revision: next };
  }
  assert.ok(next > revision, `L1: ${type} ${name} of revision ${next} came after ${revision}`);
  assert.equal(objects.has(name), type !== "ADDED", `L1: ${type} ${name} does not fit what was seen before`);
  if (type === "DELETED") objects.delete(name);
  else objects.set(name, resourceVersion);
  return { objects, revision: next };
}

/** Catches up to a list's revision with a watch of its own, and compares. */
async function compare(session: ClientHttp2Session, seen: Watched): Promise<Watched> {
  const wanted = await list(session);
  const newest = Math.max(0, ...[...wanted.objects.values()].map(Number));
  const stream = session.request({
    ":path": `${configMaps}?watch=true&resourceVersion=${seen.revision}&timeoutSeconds=1`,
  });
  let state = seen;
  let rest = "";
  stream.setEncoding("utf8");
  for await (const chunk of stream) {
    const lines = (rest + chunk).split("\n");
    rest = lines.pop()!;
    for (const line of lines) {
      const event = JSON.parse(line);
      // What comes later than the list is left to the next watch.
      if (Number(event.object.metadata?.resourceVersion) <= wanted.revision) state = apply(state, event);
    }
  }
  assert.deepEqual(
    new Map([...state.objects].sort()),
    new Map([...wanted.objects].sort()),
    `L1: the model at ${state.revision} is not the list at ${wanted.revision} (newest object ${newest})`,
  );
  return { objects: state.objects, revision: wanted.revision };
}

// Controllers watch, too; the count is theirs once they all do.
await new Promise((resolve) => setTimeout(resolve, 2000));
const before = await server.report();
const sessions = Array.from({ length: 4 }, openSession);
let turn = seed;
const workers: Promise<void>[] = [];
const repeat = async (work: (session: ClientHttp2Session, random: Random) => Promise<void>) => {
  const random = randomFrom(turn++);
  while (Date.now() < until) await work(sessions[random(sessions.length)]!, random);
};
for (let count = 0; count < Number(values.writers); count++) workers.push(repeat(write));
workers.push(repeat(churn));
for (let count = 0; count < 4; count++) workers.push(watch(sessions[count % sessions.length]!, randomFrom(turn++)));
workers.push(
  (async () => {
    while (Date.now() < until) {
      await new Promise((resolve) => setTimeout(resolve, 10_000));
      const { heap, memory, watchers } = await server.assertWell();
      const sizes = `heap ${(heap / 2 ** 20).toFixed(0)} MiB, resident ${(memory / 2 ** 20).toFixed(0)} MiB`;
      console.log(`${writes} writes, ${watchers} watchers, ${sizes}`);
    }
  })(),
);
await Promise.all(workers);
for (let count = 0; count < 3; count++) await send(sessions[0]!, "DELETE", `${definitions}/soaks${count}.${group}`);
for (const session of sessions) session.destroy();
await new Promise((resolve) => setTimeout(resolve, 3000));
const end = await server.assertWell();
assert.equal(end.watchers, before.watchers, "L3: watches of clients that have gone remain");
assert.equal(end.underWay, 0, "L3: requests are still under way");
assert.ok(end.handles <= before.handles + 10, `L3: ${end.handles} handles, ${before.handles} at the beginning`);
console.log(`${writes} acknowledged writes; all invariants hold`);
await server.stop();

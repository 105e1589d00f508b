// Watches: every change once, in order, from the revision that the client names.

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { api, expectObject, expectStatus, namespace, uniqueName } from "./support/api.ts";

const initialEventsEnd = "k8s.io/initial-events-end";

async function start(t: Parameters<typeof namespace>[0]) {
  const ns = await namespace(t);
  // A kind of which a new namespace gets no objects by itself.
  const path = `/api/v1/namespaces/${ns}/endpoints`;
  const make = (name: string, labels: Record<string, string> = {}) => api.make(path, { metadata: { name, labels } });
  const label = async (name: string, labels: Record<string, string | null>) =>
    expectObject(await api.patch(`${path}/${name}`, "merge", { metadata: { labels } }));
  const { metadata } = await api.read(path);
  return { ns, path, make, label, revision: metadata.resourceVersion as string };
}

describe("watch", { concurrency: 8 }, () => {
  test("creations, changes and deletions come in their order, with the objects as they then were", async (t) => {
    const { path, make, label, revision } = await start(t);
    const watch = api.watch(t, `${path}?resourceVersion=${revision}`);
    const made = await make("a");
    const changed = await label("a", { step: "two" });
    expectObject(await api.delete(`${path}/a`));
    assert.deepEqual(await watch.expect(), { type: "ADDED", object: made });
    assert.deepEqual(await watch.expect(), { type: "MODIFIED", object: changed });
    const deleted = await watch.expect();
    assert.equal(deleted.type, "DELETED");
    assert.deepEqual(deleted.object.metadata.labels, { step: "two" });
    assert.ok(BigInt(deleted.object.metadata.resourceVersion) > BigInt(changed.metadata.resourceVersion));
  });

  test("a watch from a revision replays what has happened since", async (t) => {
    const { path, make, label } = await start(t);
    const first = await make("a");
    await label("a", { step: "two" });
    await make("b");
    const watch = api.watch(t, `${path}?resourceVersion=${first.metadata.resourceVersion}`);
    const events = [await watch.expect(), await watch.expect()];
    assert.deepEqual(
      events.map(({ type, object }) => `${type} ${object.metadata.name}`),
      ["MODIFIED a", "ADDED b"],
    );
  });

  test("a watch without a revision, or from 0, begins with the objects that there are", async (t) => {
    const { path, make } = await start(t);
    await make("a");
    await make("b");
    for (const query of ["", "?resourceVersion=0"]) {
      const watch = api.watch(t, path + query);
      assert.deepEqual(
        [(await watch.expect()).object.metadata.name, (await watch.expect()).object.metadata.name].sort(),
        ["a", "b"],
      );
      await make(uniqueName("c"));
      const next = await watch.expect();
      assert.equal(next.type, "ADDED");
      assert.match(next.object.metadata.name, /^c-/);
      watch.close();
      expectObject(await api.delete(`${path}/${next.object.metadata.name}`));
    }
  });

  test("one object is watched by its name", async (t) => {
    const { path, make, revision } = await start(t);
    const byField = api.watch(t, `${path}?resourceVersion=${revision}&fieldSelector=metadata.name%3Dwanted`);
    await make("other");
    await make("wanted");
    assert.equal((await byField.expect()).object.metadata.name, "wanted");
    const byPath = api.watch(t, `${path}/wanted`);
    assert.equal((await byPath.expect()).object.metadata.name, "wanted");
  });

  test("an object that begins to match a selector is added, and one that ceases to is deleted", async (t) => {
    const { path, make, label, revision } = await start(t);
    const watch = api.watch(t, `${path}?resourceVersion=${revision}&labelSelector=shown%3Dyes`);
    await make("a", { shown: "no" });
    const shown = await label("a", { shown: "yes" });
    await label("a", { more: "yes" });
    const hidden = await label("a", { shown: "no" });
    assert.deepEqual(await watch.expect(), { type: "ADDED", object: shown });
    assert.equal((await watch.expect()).type, "MODIFIED");
    const gone = await watch.expect();
    assert.equal(gone.type, "DELETED");
    // The object is shown as it last matched, at the revision at which it ceased to.
    assert.equal(gone.object.metadata.labels.shown, "yes");
    assert.equal(gone.object.metadata.resourceVersion, hidden.metadata.resourceVersion);
  });

  test("timeoutSeconds ends the watch in an orderly way", async (t) => {
    const { path } = await start(t);
    const watch = api.watch(t, `${path}?timeoutSeconds=1`);
    assert.equal((await watch.opened).code, 200);
    await watch.ended();
  });

  test("the answer is a stream of JSON", async (t) => {
    const { path } = await start(t);
    const { code, headers } = await api.watch(t, path).opened;
    assert.equal(code, 200);
    assert.match(headers["content-type"]!, /^application\/json/);
  });

  test("a streaming list sends the objects and then a bookmark that says so", async (t) => {
    const { path, make } = await start(t);
    await make("a");
    await make("b");
    const watch = api.watch(
      t,
      `${path}?sendInitialEvents=true&resourceVersionMatch=NotOlderThan&allowWatchBookmarks=true`,
    );
    const events = await watch.until(({ type }) => type === "BOOKMARK");
    assert.deepEqual(
      events.map(({ type, object }) => `${type} ${object.metadata.name ?? ""}`.trim()),
      ["ADDED a", "ADDED b", "BOOKMARK"],
    );
    const { object } = events[2]!;
    assert.equal(object.kind, "Endpoints");
    assert.equal(object.apiVersion, "v1");
    assert.deepEqual(object.metadata.annotations, { [initialEventsEnd]: "true" });
    assert.match(object.metadata.resourceVersion, /^[1-9][0-9]*$/);
    const later = await make("c");
    assert.deepEqual(await watch.expect(), { type: "ADDED", object: later });
  });

  test("a watch can go on from the revision of a bookmark", async (t) => {
    const { path, make } = await start(t);
    await make("a");
    const first = api.watch(
      t,
      `${path}?sendInitialEvents=true&resourceVersionMatch=NotOlderThan&allowWatchBookmarks=true`,
    );
    const bookmark = (await first.until(({ type }) => type === "BOOKMARK")).at(-1)!;
    first.close();
    await make("b");
    const second = api.watch(t, `${path}?resourceVersion=${bookmark.object.metadata.resourceVersion}`);
    assert.equal((await second.expect()).object.metadata.name, "b");
  });

  test("sendInitialEvents needs resourceVersionMatch and bookmarks", async (t) => {
    const { path } = await start(t);
    expectStatus(
      await api.watch(t, `${path}?sendInitialEvents=true&allowWatchBookmarks=true`).refusal(),
      422,
      "Invalid",
      /resourceVersionMatch: Forbidden: sendInitialEvents requires setting resourceVersionMatch to NotOlderThan/,
    );
    expectStatus(
      await api.watch(t, `${path}?sendInitialEvents=true&resourceVersionMatch=NotOlderThan`).refusal(),
      422,
      "Invalid",
      /allowWatchBookmarks: Forbidden: sendInitialEvents requires setting allowWatchBookmarks to true/,
    );
  });

  test("resourceVersionMatch is for watches with initial events only", async (t) => {
    const { path, revision } = await start(t);
    expectStatus(
      await api.watch(t, `${path}?resourceVersion=${revision}&resourceVersionMatch=NotOlderThan`).refusal(),
      422,
      "Invalid",
      /resourceVersionMatch is forbidden for watch unless sendInitialEvents is provided/,
    );
  });

  test("a revision that is no longer kept is gone", async (t) => {
    const { path } = await start(t);
    const watch = api.watch(t, `${path}?resourceVersion=1`);
    const { code } = await watch.opened;
    // A young server may still know all that ever happened; an old one says so, in the stream or before it.
    if (code === 410) expectStatus(await watch.refusal(), 410, "Expired");
    else assert.equal(code, 200);
  });

  test("watches give metadata alone to those who ask for it", async (t) => {
    const { path, make, revision } = await start(t);
    const watch = api.watch(t, `${path}?resourceVersion=${revision}`, {
      accept: "application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1",
    });
    await make("a", { shown: "yes" });
    const { type, object } = await watch.expect();
    assert.equal(type, "ADDED");
    assert.equal(object.kind, "PartialObjectMetadata");
    assert.equal(object.apiVersion, "meta.k8s.io/v1");
    assert.deepEqual(object.metadata.labels, { shown: "yes" });
    assert.deepEqual(Object.keys(object).sort(), ["apiVersion", "kind", "metadata"]);
  });

  test("watches give table rows to those who ask for them, columns with the first one", async (t) => {
    const { path, make, revision } = await start(t);
    const watch = api.watch(t, `${path}?resourceVersion=${revision}`, {
      accept: "application/json;as=Table;g=meta.k8s.io;v=v1",
    });
    await make("a");
    const first = await watch.expect();
    assert.equal(first.object.kind, "Table");
    assert.equal(first.object.columnDefinitions[0].name, "Name");
    assert.equal(first.object.rows.length, 1);
    assert.equal(first.object.rows[0].cells[0], "a");
    await make("b");
    const second = await watch.expect();
    assert.equal(second.object.rows[0].cells[0], "b");
    assert.equal(second.object.rows[0].object.kind, "PartialObjectMetadata");
  });

  test("the old watch path serves a watch as well", async (t) => {
    const { ns, make, revision } = await start(t);
    const watch = api.watch(t, `/api/v1/watch/namespaces/${ns}/endpoints?resourceVersion=${revision}&watch=true`);
    await make("a");
    assert.equal((await watch.expect()).object.metadata.name, "a");
  });

  test("a watch of a resource version in the future waits for it or refuses", async (t) => {
    const { path } = await start(t);
    const watch = api.watch(t, `${path}?resourceVersion=9000000000000000000&timeoutSeconds=1`);
    const { code } = await watch.opened;
    if (code === 200) await watch.ended();
    else expectStatus(await watch.refusal(), 504, "Timeout", /Too large resource version/);
  });

  test("many watchers see the same events in the same order", async (t) => {
    const { path, make, revision } = await start(t);
    const watches = Array.from({ length: 20 }, () => api.watch(t, `${path}?resourceVersion=${revision}`));
    await Promise.all(watches.map(({ opened }) => opened));
    await Promise.all(["a", "b", "c", "d"].map((name) => make(name)));
    const orders = await Promise.all(
      watches.map(async (watch) =>
        (await watch.until(({ object }) => seen(watch, object.metadata.name) === 4))
          .map(({ object }) => object.metadata.name)
          .join(),
      ),
    );
    assert.equal(new Set(orders).size, 1);
  });
});

const counts = new WeakMap<object, Set<string>>();

/** How many names this watch has shown. */
function seen(watch: object, name: string): number {
  const names = counts.get(watch) ?? new Set();
  counts.set(watch, names.add(name));
  return names.size;
}

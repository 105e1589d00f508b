// Deletion: at once, with preconditions, held by finalizers or a grace, one object or a collection.
// What becomes of dependents is in controllers.test.ts.

import assert from "node:assert/strict";
import { describe, type TestContext, test } from "node:test";
import { api, expectObject, expectStatus, namespace, namespaceForPods, uniqueName } from "./support/api.ts";
import { configMap, deployment, pod } from "./support/objects.ts";

async function start(t: TestContext) {
  const path = `/api/v1/namespaces/${await namespace(t)}/configmaps`;
  return { path, make: (name: string, metadata = {}) => api.make(path, configMap(name, {}, metadata)) };
}

/** Lets an object go that a finalizer would hold after the case. */
function releaseAfter(t: TestContext, path: string): void {
  t.after(() => api.patch(path, "merge", { metadata: { finalizers: null } }));
}

describe("delete", { concurrency: 8 }, () => {
  test("a deleted object is gone, and the answer names it", async (t) => {
    const { path, make } = await start(t);
    const { metadata } = await make("a");
    const status = expectObject(await api.delete(`${path}/a`));
    assert.equal(status.kind, "Status");
    assert.equal(status.status, "Success");
    assert.deepEqual(status.details, { name: "a", kind: "configmaps", uid: metadata.uid });
    expectStatus(await api.get(`${path}/a`), 404, "NotFound");
  });

  test("deleting an absent object is not found", async (t) => {
    const { path } = await start(t);
    expectStatus(await api.delete(`${path}/a`), 404, "NotFound", 'configmaps "a" not found');
  });

  test("a uid as precondition protects the next object of the name", async (t) => {
    const { path, make } = await start(t);
    const { metadata } = await make("a");
    const other = "00000000-0000-4000-8000-000000000000";
    expectStatus(
      await api.delete(`${path}/a`, { preconditions: { uid: other } }),
      409,
      "Conflict",
      `Operation cannot be fulfilled on ConfigMap "a": the UID in the precondition (${other}) does not match the UID in record (${metadata.uid}). The object might have been deleted and then recreated`,
    );
    expectObject(await api.delete(`${path}/a`, { preconditions: { uid: metadata.uid } }));
  });

  test("a precondition that cannot be understood deletes nothing, and null asks for nothing", async (t) => {
    const { path, make } = await start(t);
    await make("a");
    assert.equal((await api.delete(`${path}/a`, { preconditions: { uid: 5 } })).code, 422);
    expectObject(await api.delete(`${path}/a`, { preconditions: null, propagationPolicy: null, dryRun: null }));
  });

  test("a resourceVersion as precondition protects changes that the client has not seen", async (t) => {
    const { path, make } = await start(t);
    const first = await make("a");
    const { metadata } = expectObject(await api.patch(`${path}/a`, "merge", { data: { new: "yes" } }));
    expectStatus(
      await api.delete(`${path}/a`, { preconditions: { resourceVersion: first.metadata.resourceVersion } }),
      409,
      "Conflict",
      `Operation cannot be fulfilled on ConfigMap "a": the ResourceVersion in the precondition (${first.metadata.resourceVersion}) does not match the ResourceVersion in record (${metadata.resourceVersion}). The object might have been modified`,
    );
    expectObject(await api.delete(`${path}/a`, { preconditions: { resourceVersion: metadata.resourceVersion } }));
  });

  test("an object with finalizers is marked and stays until the last one is gone", async (t) => {
    const { path, make } = await start(t);
    releaseAfter(t, `${path}/a`);
    await make("a", { finalizers: ["example.com/one", "example.com/two"] });
    const marked = expectObject(await api.delete(`${path}/a`));
    assert.equal(marked.kind, "ConfigMap");
    assert.match(marked.metadata.deletionTimestamp, /^\d{4}-/);
    assert.equal(marked.metadata.deletionGracePeriodSeconds, 0);
    expectObject(await api.patch(`${path}/a`, "merge", { metadata: { finalizers: ["example.com/two"] } }));
    expectObject(await api.patch(`${path}/a`, "merge", { metadata: { finalizers: null } }));
    expectStatus(await api.get(`${path}/a`), 404, "NotFound");
  });

  test("a marked object can be deleted again without effect", async (t) => {
    const { path, make } = await start(t);
    releaseAfter(t, `${path}/a`);
    await make("a", { finalizers: ["example.com/one"] });
    const first = expectObject(await api.delete(`${path}/a`));
    const second = expectObject(await api.delete(`${path}/a`));
    assert.equal(second.metadata.deletionTimestamp, first.metadata.deletionTimestamp);
    assert.equal(second.metadata.resourceVersion, first.metadata.resourceVersion);
  });

  test("a marked object takes no further finalizers", async (t) => {
    const { path, make } = await start(t);
    releaseAfter(t, `${path}/a`);
    await make("a", { finalizers: ["example.com/one"] });
    await api.delete(`${path}/a`);
    expectStatus(
      await api.patch(`${path}/a`, "merge", { metadata: { finalizers: ["example.com/one", "example.com/two"] } }),
      422,
      "Invalid",
      /metadata\.finalizers: Forbidden: no new finalizers can be added if the object is being deleted, found new finalizers \[\]string\{"example\.com\/two"\}/,
    );
  });

  test("a mark cannot be taken back", async (t) => {
    const { path, make } = await start(t);
    releaseAfter(t, `${path}/a`);
    await make("a", { finalizers: ["example.com/one"] });
    const { metadata } = expectObject(await api.delete(`${path}/a`));
    const object = expectObject(await api.patch(`${path}/a`, "merge", { metadata: { deletionTimestamp: null } }));
    assert.equal(object.metadata.deletionTimestamp, metadata.deletionTimestamp);
  });

  test("finalizers have qualified names", async (t) => {
    const { path } = await start(t);
    expectStatus(
      await api.post(path, configMap("a", {}, { finalizers: ["unqualified"] })),
      422,
      "Invalid",
      /metadata\.finalizers(\[0\])?: Invalid value: "unqualified": name is neither a standard finalizer name nor is it fully qualified/,
    );
  });

  test("deleting with Foreground holds the object by a finalizer of its own", async (t) => {
    const { path, make } = await start(t);
    releaseAfter(t, `${path}/a`);
    // Another finalizer keeps the garbage collector from being faster than this case.
    await make("a", { finalizers: ["example.com/hold"] });
    const marked = expectObject(await api.delete(`${path}/a?propagationPolicy=Foreground`));
    assert.deepEqual([...marked.metadata.finalizers].sort(), ["example.com/hold", "foregroundDeletion"]);
  });

  test("deleting with Orphan holds the object by a finalizer of its own", async (t) => {
    const { path, make } = await start(t);
    releaseAfter(t, `${path}/a`);
    await make("a", { finalizers: ["example.com/hold"] });
    const marked = expectObject(
      await api.delete(`${path}/a`, { kind: "DeleteOptions", apiVersion: "v1", propagationPolicy: "Orphan" }),
    );
    assert.deepEqual([...marked.metadata.finalizers].sort(), ["example.com/hold", "orphan"]);
  });

  test("options that contradict each other, or that nobody knows, are refused", async (t) => {
    const { path, make } = await start(t);
    await make("a");
    expectStatus(
      await api.delete(`${path}/a`, { propagationPolicy: "Sometimes" }),
      422,
      "Invalid",
      /propagationPolicy: (Unsupported|Invalid) value: "Sometimes"/,
    );
    expectStatus(
      await api.delete(`${path}/a`, { propagationPolicy: "Orphan", orphanDependents: true }),
      422,
      "Invalid",
      /orphanDependents and deletionPropagation cannot be both set/,
    );
    assert.equal((await api.get(`${path}/a`)).code, 200);
  });

  test("a body that is no DeleteOptions is refused", async (t) => {
    const { path, make } = await start(t);
    await make("a");
    expectStatus(await api.delete(`${path}/a`, "{"), 400, "BadRequest");
    assert.equal((await api.get(`${path}/a`)).code, 200);
  });

  test("a collection is deleted by its selectors, and the answer lists what was there", async (t) => {
    const { path, make } = await start(t);
    await make("a", { labels: { go: "yes" } });
    await make("b", { labels: { go: "yes" } });
    await make("c", { labels: { go: "no" } });
    const list = expectObject(await api.delete(`${path}?labelSelector=go%3Dyes`));
    assert.equal(list.kind, "ConfigMapList");
    assert.deepEqual(
      list.items.map(({ metadata }: { metadata: { name: string } }) => metadata.name),
      ["a", "b"],
    );
    const { items } = await api.read(`${path}?labelSelector=go`);
    assert.deepEqual(
      items.map(({ metadata }: { metadata: { name: string } }) => metadata.name),
      ["c"],
    );
  });

  test("kinds whose collection cannot be deleted say so", async (t) => {
    expectStatus(
      await api.delete("/api/v1/namespaces"),
      405,
      "MethodNotAllowed",
      "the server does not allow this method on the requested resource",
    );
    const ns = await namespace(t);
    assert.ok((await api.get(`/api/v1/namespaces/${ns}`)).code === 200);
  });

  test("a pod that no node runs is deleted at once, grace or not", async (t) => {
    const ns = await namespaceForPods(t);
    const path = `/api/v1/namespaces/${ns}/pods`;
    await api.make(path, pod("a"));
    expectObject(await api.delete(`${path}/a`));
    expectStatus(await api.get(`${path}/a`), 404, "NotFound", 'pods "a" not found');
  });

  test("a pod of a node is given its grace, which can be shortened", async (t) => {
    const ns = await namespaceForPods(t);
    const path = `/api/v1/namespaces/${ns}/pods`;
    const object = pod("a");
    object.spec.nodeName = uniqueName("no-such-node");
    object.spec.terminationGracePeriodSeconds = 3000;
    await api.make(path, object);
    const marked = expectObject(await api.delete(`${path}/a`));
    assert.equal(marked.metadata.deletionGracePeriodSeconds, 3000);
    assert.ok(Date.parse(marked.metadata.deletionTimestamp) > Date.now() + 2_000_000);
    const again = expectObject(await api.delete(`${path}/a?dryRun=All`));
    assert.deepEqual(again.metadata, marked.metadata);
    assert.deepEqual(expectObject(await api.delete(`${path}/a`)).metadata, marked.metadata);
    const shorter = expectObject(await api.delete(`${path}/a?gracePeriodSeconds=1000`));
    assert.equal(shorter.metadata.deletionGracePeriodSeconds, 1000);
    const saved = Date.parse(marked.metadata.deletionTimestamp) - Date.parse(shorter.metadata.deletionTimestamp);
    assert.equal(saved, 2_000_000);
    const negative = expectObject(await api.delete(`${path}/a?gracePeriodSeconds=-5&dryRun=All`));
    assert.equal(negative.metadata.deletionGracePeriodSeconds, 1);
    expectObject(await api.delete(`${path}/a`, { gracePeriodSeconds: 0 }));
    expectStatus(await api.get(`${path}/a`), 404, "NotFound");
  });

  test("the deleted event carries the revision of the deletion", async (t) => {
    const { path, make } = await start(t);
    const { metadata } = await make("a");
    const watch = api.watch(t, `${path}?resourceVersion=${metadata.resourceVersion}&fieldSelector=metadata.name%3Da`);
    expectObject(await api.delete(`${path}/a`));
    const event = await watch.expect();
    assert.equal(event.type, "DELETED");
    assert.ok(BigInt(event.object.metadata.resourceVersion) > BigInt(metadata.resourceVersion));
  });

  test("a deletion raises the generation of kinds that have one", async (t) => {
    const path = `/apis/apps/v1/namespaces/${await namespace(t)}/deployments`;
    const object = deployment("a");
    object.metadata.finalizers = ["example.com/hold"];
    releaseAfter(t, `${path}/a`);
    const created = await api.make(path, object);
    const marked = expectObject(await api.delete(`${path}/a`));
    assert.equal(marked.metadata.generation, created.metadata.generation + 1);
  });
});

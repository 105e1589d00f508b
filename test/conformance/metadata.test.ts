// What all objects have in common: labels, annotations, owners, generation.

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { api, expectObject, expectStatus, namespace } from "./support/api.ts";
import { configMap, deployment } from "./support/objects.ts";

const someUid = "00000000-0000-4000-8000-000000000000";

describe("metadata", { concurrency: 8 }, () => {
  test("the generation begins at one and grows with the spec alone", async (t) => {
    const path = `/apis/apps/v1/namespaces/${await namespace(t)}/deployments`;
    const created = await api.make(path, deployment("a"));
    assert.equal(created.metadata.generation, 1);
    const labelled = expectObject(await api.patch(`${path}/a`, "merge", { metadata: { labels: { new: "yes" } } }));
    assert.equal(labelled.metadata.generation, 1);
    const paused = expectObject(await api.patch(`${path}/a`, "merge", { spec: { paused: true } }));
    assert.equal(paused.metadata.generation, 2);
    const reported = expectObject(await api.patch(`${path}/a/status`, "merge", { status: { observedGeneration: 2 } }));
    assert.equal(reported.metadata.generation, 2);
  });

  test("an owner that is named twice is taken once, with a warning", async (t) => {
    const path = `/api/v1/namespaces/${await namespace(t)}/configmaps`;
    const { metadata } = await api.make(path, configMap("owner"));
    const owner = { apiVersion: "v1", kind: "ConfigMap", name: "owner", uid: metadata.uid };
    const twice = configMap("a", {}, { ownerReferences: [owner, owner] });
    const created = await api.post(path, twice);
    assert.deepEqual(expectObject(created, 201).metadata.ownerReferences, [owner]);
    const told = (where: string) =>
      `.metadata.ownerReferences contains duplicate entries${where}; API server dedups owner references in 1.20+, and may reject such requests as early as 1.24; please fix your requests; duplicate UID(s) observed: ${metadata.uid}`;
    assert.deepEqual(created.warnings, [told("")]);
    assert.deepEqual((await api.put(`${path}/a`, twice)).warnings, [told("")]);
    const patch = { metadata: { ownerReferences: [owner, owner] } };
    const patched = await api.patch(`${path}/a`, "merge", patch);
    assert.deepEqual(expectObject(patched).metadata.ownerReferences, [owner]);
    assert.deepEqual(patched.warnings, [told(" after mutating admission happens")]);
  });

  test("kinds without a spec have no generation", async (t) => {
    const ns = await namespace(t);
    const { metadata } = await api.make(`/api/v1/namespaces/${ns}/configmaps`, configMap("a"));
    assert.equal(metadata.generation, undefined);
  });

  test("labels have qualified names and short values", async (t) => {
    const path = `/api/v1/namespaces/${await namespace(t)}/configmaps`;
    expectObject(
      await api.post(path, configMap("a", {}, { labels: { "example.com/role": "web_1.x-y", empty: "" } })),
      201,
    );
    expectStatus(
      await api.post(path, configMap("b", {}, { labels: { "no good": "x" } })),
      422,
      "Invalid",
      /metadata\.labels: Invalid value: "no good": name part must consist of alphanumeric characters, '-', '_' or '\.'/,
    );
    expectStatus(
      await api.post(path, configMap("b", {}, { labels: { key: "-x" } })),
      422,
      "Invalid",
      /metadata\.labels: Invalid value: "-x": a valid label must be an empty string or consist of alphanumeric characters/,
    );
    expectStatus(
      await api.post(path, configMap("b", {}, { labels: { key: "x".repeat(64) } })),
      422,
      "Invalid",
      /must be no more than 63 (characters|bytes)/,
    );
  });

  test("annotations may be large, but not without end", async (t) => {
    const path = `/api/v1/namespaces/${await namespace(t)}/configmaps`;
    expectObject(await api.post(path, configMap("a", {}, { annotations: { text: "x".repeat(200_000) } })), 201);
    expectStatus(
      await api.post(path, configMap("b", {}, { annotations: { text: "x".repeat(262_145) } })),
      422,
      "Invalid",
      /metadata\.annotations: Too long: may not be more than 262144 bytes/,
    );
  });

  test("an owner is named in full", async (t) => {
    const path = `/api/v1/namespaces/${await namespace(t)}/configmaps`;
    expectStatus(
      await api.post(
        path,
        configMap("a", {}, { ownerReferences: [{ apiVersion: "v1", kind: "ConfigMap", name: "o", uid: "" }] }),
      ),
      422,
      "Invalid",
      /metadata\.ownerReferences\.uid: Invalid value: "": must not be empty/,
    );
  });

  test("an object has at most one owner that controls it", async (t) => {
    const path = `/api/v1/namespaces/${await namespace(t)}/configmaps`;
    const owner = (name: string) => ({ apiVersion: "v1", kind: "Secret", name, uid: someUid, controller: true });
    expectStatus(
      await api.post(path, configMap("a", {}, { ownerReferences: [owner("one"), owner("two")] })),
      422,
      "Invalid",
      /metadata\.ownerReferences: Invalid value: .*Only one reference can have Controller set to true\. Found "true" in references for/,
    );
  });

  test("an event cannot own", async (t) => {
    const path = `/api/v1/namespaces/${await namespace(t)}/configmaps`;
    expectStatus(
      await api.post(
        path,
        configMap("a", {}, { ownerReferences: [{ apiVersion: "v1", kind: "Event", name: "e", uid: someUid }] }),
      ),
      422,
      "Invalid",
      /metadata\.ownerReferences: Invalid value: .*is disallowed from being an owner/,
    );
  });

  test("one object has one uid for its life, and the next of the same name another", async (t) => {
    const path = `/api/v1/namespaces/${await namespace(t)}/configmaps`;
    const first = await api.make(path, configMap("a"));
    expectObject(await api.patch(`${path}/a`, "merge", { data: { x: "y" } }));
    assert.equal((await api.read(`${path}/a`)).metadata.uid, first.metadata.uid);
    await api.delete(`${path}/a`);
    assert.notEqual((await api.make(path, configMap("a"))).metadata.uid, first.metadata.uid);
  });

  test("a uid cannot be changed by a patch", async (t) => {
    const path = `/api/v1/namespaces/${await namespace(t)}/configmaps`;
    await api.make(path, configMap("a"));
    expectStatus(await api.patch(`${path}/a`, "merge", { metadata: { uid: someUid } }), 409, "Conflict");
  });

  test("revisions grow over all kinds of a server", async (t) => {
    const ns = await namespace(t);
    const one = await api.make(`/api/v1/namespaces/${ns}/configmaps`, configMap("a"));
    const two = await api.make(`/api/v1/namespaces/${ns}/secrets`, { metadata: { name: "a" } });
    assert.ok(BigInt(two.metadata.resourceVersion) > BigInt(one.metadata.resourceVersion));
  });

  test("a new namespace is labelled with its name", async (t) => {
    const ns = await namespace(t);
    const { metadata, spec, status } = await api.read(`/api/v1/namespaces/${ns}`);
    assert.equal(metadata.labels["kubernetes.io/metadata.name"], ns);
    assert.deepEqual(spec.finalizers, ["kubernetes"]);
    assert.equal(status.phase, "Active");
  });

  test("names that mean something to JavaScript are keys like any others", async (t) => {
    const path = `/api/v1/namespaces/${await namespace(t)}/configmaps`;
    const body = `{"metadata":{"name":"a","annotations":{"constructor":"c"}},"data":{"__proto__":"p","toString":"s"}}`;
    const { metadata, data } = expectObject(await api.post(path, body), 201);
    assert.deepEqual(metadata.annotations, { constructor: "c" });
    assert.equal(data.toString, "s");
    assert.ok(!Object.hasOwn(Object.prototype, "p"));
  });
});

// PUT: an object is replaced, unless somebody else was faster.

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { api, expectObject, expectStatus, namespace, uniqueName } from "./support/api.ts";
import { configMap, deployment } from "./support/objects.ts";

const modified = "the object has been modified; please apply your changes to the latest version and try again";

describe("update", { concurrency: 8 }, () => {
  test("a replacement has to name its object, whether or not there is one", async (t) => {
    const path = `/api/v1/namespaces/${await namespace(t)}/configmaps/a`;
    const nameless = { apiVersion: "v1", kind: "ConfigMap", metadata: {} };
    expectStatus(
      await api.put(path, nameless),
      400,
      "BadRequest",
      "the name of the object (a based on URL) was undeterminable: name must be provided",
    );
    expectStatus(await api.put(path, { ...nameless, metadata: { name: "b" } }), 400, "BadRequest");
  });

  test("an update replaces the object and raises its revision", async (t) => {
    const ns = await namespace(t);
    const created = await api.make(`/api/v1/namespaces/${ns}/configmaps`, configMap("a", { one: "1", two: "2" }));
    const path = `/api/v1/namespaces/${ns}/configmaps/a`;
    const updated = expectObject(await api.put(path, { ...created, data: { three: "3" } }));
    assert.deepEqual(updated.data, { three: "3" });
    assert.ok(BigInt(updated.metadata.resourceVersion) > BigInt(created.metadata.resourceVersion));
    assert.equal(updated.metadata.uid, created.metadata.uid);
    assert.equal(updated.metadata.creationTimestamp, created.metadata.creationTimestamp);
    assert.deepEqual(await api.read(path), updated);
  });

  test("an update of an old revision is a conflict", async (t) => {
    const ns = await namespace(t);
    const created = await api.make(`/api/v1/namespaces/${ns}/configmaps`, configMap("a", { count: "1" }));
    const path = `/api/v1/namespaces/${ns}/configmaps/a`;
    expectObject(await api.put(path, { ...created, data: { count: "2" } }));
    const status = expectStatus(
      await api.put(path, { ...created, data: { count: "3" } }),
      409,
      "Conflict",
      `Operation cannot be fulfilled on configmaps "a": ${modified}`,
    );
    assert.deepEqual(status.details, { name: "a", kind: "configmaps" });
    assert.equal((await api.read(path)).data.count, "2");
  });

  test("an update without a revision wins over whatever there is", async (t) => {
    const ns = await namespace(t);
    await api.make(`/api/v1/namespaces/${ns}/configmaps`, configMap("a", { count: "1" }));
    const path = `/api/v1/namespaces/${ns}/configmaps/a`;
    assert.equal(expectObject(await api.put(path, configMap("a", { count: "2" }))).data.count, "2");
  });

  test("kinds that others coordinate on demand a revision", async (t) => {
    const ns = await namespace(t);
    const path = `/apis/coordination.k8s.io/v1/namespaces/${ns}/leases`;
    const lease = { apiVersion: "coordination.k8s.io/v1", kind: "Lease", metadata: { name: "a" }, spec: {} };
    await api.make(path, lease);
    expectStatus(
      await api.put(`${path}/a`, lease),
      422,
      "Invalid",
      /metadata\.resourceVersion: Invalid value: (0|"0"|""): must be specified for an update/,
    );
  });

  test("the uid of another incarnation is a conflict", async (t) => {
    const ns = await namespace(t);
    const created = await api.make(`/api/v1/namespaces/${ns}/configmaps`, configMap("a"));
    const uid = "00000000-0000-4000-8000-000000000000";
    expectStatus(
      await api.put(`/api/v1/namespaces/${ns}/configmaps/a`, configMap("a", {}, { uid })),
      409,
      "Conflict",
      `Operation cannot be fulfilled on configmaps "a": Precondition failed: UID in precondition: ${uid}, UID in object meta: ${created.metadata.uid}`,
    );
  });

  test("an update of an absent object is not found", async (t) => {
    const ns = await namespace(t);
    expectStatus(
      await api.put(`/api/v1/namespaces/${ns}/configmaps/a`, configMap("a")),
      404,
      "NotFound",
      'configmaps "a" not found',
    );
  });

  test("the name of the body has to be that of the path", async (t) => {
    const ns = await namespace(t);
    await api.make(`/api/v1/namespaces/${ns}/configmaps`, configMap("a"));
    expectStatus(
      await api.put(`/api/v1/namespaces/${ns}/configmaps/a`, configMap("b")),
      400,
      "BadRequest",
      "the name of the object (b) does not match the name on the URL (a)",
    );
  });

  test("an update that changes nothing takes no revision and sends no event", async (t) => {
    const ns = await namespace(t);
    const created = await api.make(`/api/v1/namespaces/${ns}/configmaps`, configMap("a", { one: "1" }));
    const collection = `/api/v1/namespaces/${ns}/configmaps`;
    const watch = api.watch(
      t,
      `${collection}?resourceVersion=${created.metadata.resourceVersion}&fieldSelector=metadata.name%3Da`,
    );
    const same = expectObject(await api.put(`${collection}/a`, created));
    assert.equal(same.metadata.resourceVersion, created.metadata.resourceVersion);
    const changed = expectObject(await api.put(`${collection}/a`, { ...created, data: { one: "2" } }));
    assert.deepEqual(await watch.expect(), { type: "MODIFIED", object: changed });
  });

  test("of many updates of one revision exactly one succeeds", async (t) => {
    const ns = await namespace(t);
    const created = await api.make(`/api/v1/namespaces/${ns}/configmaps`, configMap("a"));
    const path = `/api/v1/namespaces/${ns}/configmaps/a`;
    const answers = await Promise.all(
      Array.from({ length: 10 }, (_, index) => api.put(path, { ...created, data: { winner: String(index) } })),
    );
    assert.equal(answers.filter(({ code }) => code === 200).length, 1);
    assert.equal(answers.filter(({ code }) => code === 409).length, 9);
    const winner = answers.findIndex(({ code }) => code === 200);
    assert.equal((await api.read(path)).data.winner, String(winner));
  });

  test("fields that may not change are refused with their paths", async (t) => {
    const ns = await namespace(t);
    const path = `/apis/apps/v1/namespaces/${ns}/deployments`;
    const created = await api.make(path, deployment("a"));
    const changed = structuredClone(created);
    changed.spec.selector.matchLabels = { app: "other" };
    changed.spec.template.metadata.labels = { app: "other" };
    const status = expectStatus(await api.put(`${path}/a`, changed), 422, "Invalid");
    assert.equal(status.details.causes.length, 1);
    assert.equal(status.details.causes[0].field, "spec.selector");
    assert.match(status.details.causes[0].message, /: field is immutable$/);
  });

  test("an immutable config map stays as it is", async (t) => {
    const ns = await namespace(t);
    const path = `/api/v1/namespaces/${ns}/configmaps`;
    const created = await api.make(path, { ...configMap("a", { one: "1" }), immutable: true });
    expectStatus(
      await api.put(`${path}/a`, { ...created, data: { one: "2" } }),
      422,
      "Invalid",
      /data: Forbidden: field is immutable when `immutable` is set/,
    );
    expectStatus(
      await api.put(`${path}/a`, { ...created, immutable: false }),
      422,
      "Invalid",
      /immutable: Forbidden: field is immutable when `immutable` is set/,
    );
  });

  test("metadata that is set once cannot be changed", async (t) => {
    const ns = await namespace(t);
    const created = await api.make(`/api/v1/namespaces/${ns}/configmaps`, configMap("a"));
    const updated = expectObject(
      await api.put(`/api/v1/namespaces/${ns}/configmaps/a`, {
        ...created,
        metadata: { ...created.metadata, creationTimestamp: "2001-01-01T00:00:00Z", generation: 99 },
      }),
    );
    assert.equal(updated.metadata.creationTimestamp, created.metadata.creationTimestamp);
    assert.equal(updated.metadata.generation, undefined);
  });

  test("kinds that are made by their first update exist afterwards", async (t) => {
    const ns = await namespace(t);
    const name = uniqueName("lease");
    const answer = await api.put(`/apis/coordination.k8s.io/v1/namespaces/${ns}/leases/${name}`, {
      apiVersion: "coordination.k8s.io/v1",
      kind: "Lease",
      metadata: { name },
      spec: { holderIdentity: "me" },
    });
    assert.equal(answer.code, 201, answer.text);
    assert.equal(answer.json.spec.holderIdentity, "me");
  });

  test("a method that the path does not take is refused", async (t) => {
    const ns = await namespace(t);
    const collection = `/api/v1/namespaces/${ns}/configmaps`;
    const message = "the server does not allow this method on the requested resource";
    expectStatus(await api.put(collection, configMap("a")), 405, "MethodNotAllowed", message);
    expectStatus(await api.patch(collection, "merge", {}), 405, "MethodNotAllowed", message);
    expectStatus(await api.post(`${collection}/a`, configMap("a")), 405, "MethodNotAllowed", message);
    expectStatus(await api.send("PURGE", `${collection}/a`), 405, "MethodNotAllowed", message);
  });
});

// dryRun=All: everything happens except that it happens.

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { api, expectObject, expectStatus, namespace } from "./support/api.ts";
import { configMap, deployment } from "./support/objects.ts";

describe("dry run", { concurrency: 8 }, () => {
  test("a create is answered as if it were made, and is not", async (t) => {
    const path = `/apis/apps/v1/namespaces/${await namespace(t)}/deployments`;
    const object = expectObject(await api.post(`${path}?dryRun=All`, deployment("a")), 201);
    assert.equal(object.spec.strategy.type, "RollingUpdate", "defaults are set");
    assert.match(object.metadata.uid, /^[0-9a-f-]{36}$/);
    assert.equal(object.metadata.resourceVersion, undefined);
    expectStatus(await api.get(`${path}/a`), 404, "NotFound");
  });

  test("an update, a patch and a status are answered as if they were made, and are not", async (t) => {
    const path = `/apis/apps/v1/namespaces/${await namespace(t)}/deployments`;
    const created = await api.make(path, deployment("a"));
    const updated = expectObject(
      await api.put(`${path}/a?dryRun=All`, { ...created, spec: { ...created.spec, paused: true } }),
    );
    assert.equal(updated.spec.paused, true);
    assert.equal(updated.metadata.generation, 2);
    const patched = expectObject(await api.patch(`${path}/a?dryRun=All`, "merge", { spec: { replicas: 3 } }));
    assert.equal(patched.spec.replicas, 3);
    const scaled = expectObject(await api.patch(`${path}/a/scale?dryRun=All`, "merge", { spec: { replicas: 4 } }));
    assert.equal(scaled.spec.replicas, 4);
    const conditions = [{ type: "Tested", status: "True" }];
    expectObject(await api.patch(`${path}/a/status?dryRun=All`, "merge", { status: { conditions } }));
    const stored = await api.read(`${path}/a`);
    assert.equal(stored.spec.paused, undefined);
    assert.equal(stored.spec.replicas, 0);
    assert.equal(stored.metadata.generation, 1);
    assert.ok(!JSON.stringify(stored.status ?? {}).includes("Tested"));
  });

  test("a delete is answered as if it were made, and is not", async (t) => {
    const path = `/api/v1/namespaces/${await namespace(t)}/configmaps`;
    await api.make(path, configMap("a"));
    assert.equal(expectObject(await api.delete(`${path}/a?dryRun=All`)).status, "Success");
    expectObject(await api.delete(`${path}/a`, { dryRun: ["All"] }));
    expectObject(await api.delete(`${path}?dryRun=All`));
    assert.equal((await api.get(`${path}/a`)).code, 200);
  });

  test("a delete of a kind that answers with its object does so in a dry run", async (t) => {
    const path = `/api/v1/namespaces/${await namespace(t)}/serviceaccounts`;
    await api.make(path, { apiVersion: "v1", kind: "ServiceAccount", metadata: { name: "a" } });
    assert.equal(expectObject(await api.delete(`${path}/a?dryRun=All`)).kind, "ServiceAccount");
    assert.equal((await api.get(`${path}/a`)).code, 200);
  });

  test("a dry run refuses what would be refused", async (t) => {
    const path = `/api/v1/namespaces/${await namespace(t)}/configmaps`;
    await api.make(path, configMap("a"));
    expectStatus(await api.post(`${path}?dryRun=All`, configMap("a")), 409, "AlreadyExists");
    expectStatus(await api.post(`${path}?dryRun=All`, configMap("Bad_Name")), 422, "Invalid");
    expectStatus(await api.delete(`${path}/b?dryRun=All`), 404, "NotFound");
  });

  test("generateName makes a name that is not taken", async (t) => {
    const path = `/api/v1/namespaces/${await namespace(t)}/configmaps`;
    const object = expectObject(await api.post(`${path}?dryRun=All`, { metadata: { generateName: "made-" } }), 201);
    assert.match(object.metadata.name, /^made-.{5}$/);
    assert.equal((await api.get(`${path}/${object.metadata.name}`)).code, 404);
  });

  test("a service is shown with addresses that it does not keep", async (t) => {
    const path = `/api/v1/namespaces/${await namespace(t)}/services`;
    const service = { metadata: { name: "a" }, spec: { ports: [{ port: 80 }] } };
    const object = expectObject(await api.post(`${path}?dryRun=All`, service), 201);
    assert.equal(object.spec.type, "ClusterIP");
    assert.equal((await api.get(`${path}/a`)).code, 404);
  });

  test("only All is known", async (t) => {
    const path = `/api/v1/namespaces/${await namespace(t)}/configmaps`;
    for (const answer of [
      await api.post(`${path}?dryRun=Some`, configMap("a")),
      await api.post(`${path}?dryRun=true`, configMap("a")),
    ]) {
      expectStatus(answer, 422, "Invalid", /dryRun: Unsupported value: .*: supported values: "All"/);
    }
    assert.equal((await api.get(`${path}/a`)).code, 404);
  });

  test("a watch shows nothing of a dry run", async (t) => {
    const path = `/api/v1/namespaces/${await namespace(t)}/configmaps`;
    const { metadata } = await api.make(path, configMap("marker"));
    const watch = api.watch(t, `${path}?resourceVersion=${metadata.resourceVersion}`);
    expectObject(await api.post(`${path}?dryRun=All`, configMap("a")), 201);
    expectObject(await api.delete(`${path}/marker?dryRun=All`));
    await api.make(path, configMap("b"));
    const events = await watch.until(({ object }) => object.metadata.name === "b");
    assert.ok(!events.some(({ type, object }) => type === "DELETED" || object.metadata.name === "a"));
  });
});

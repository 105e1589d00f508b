// Parts of an object that have paths of their own: status, scale and the actions.

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { JsonObject } from "../../src/machinery/object.ts";
import {
  api,
  expectObject,
  expectStatus,
  namespace,
  namespaceForPods,
  removeAfter,
  uniqueName,
} from "./support/api.ts";
import { deployment, pod } from "./support/objects.ts";

describe("subresources", { concurrency: 8 }, () => {
  test("status is written by its own path only", async (t) => {
    const path = `/apis/apps/v1/namespaces/${await namespace(t)}/deployments`;
    const created = await api.make(path, { ...deployment("a"), status: { replicas: 5 } });
    assert.notEqual(created.status?.replicas, 5);
    const main = expectObject(await api.patch(`${path}/a`, "merge", { status: { readyReplicas: 5 } }));
    assert.notEqual(main.status?.readyReplicas, 5);
    const conditions = [{ type: "Tested", status: "True" }];
    const status = expectObject(await api.patch(`${path}/a/status`, "merge", { status: { conditions } }));
    assert.equal(status.status.conditions[0].type, "Tested");
    assert.equal((await api.read(`${path}/a/status`)).status.conditions[0].status, "True");
  });

  test("a write of the status leaves the rest alone", async (t) => {
    const path = `/apis/apps/v1/namespaces/${await namespace(t)}/deployments`;
    await api.make(path, deployment("a"));
    const object = expectObject(
      await api.patch(`${path}/a/status`, "merge", {
        metadata: { labels: { from: "status" } },
        spec: { paused: true },
        status: { conditions: [{ type: "Tested", status: "True" }] },
      }),
    );
    assert.equal(object.spec.paused, undefined);
    assert.equal(object.metadata.generation, 1);
  });

  test("a status is replaced by PUT", async (t) => {
    const path = `/api/v1/namespaces/${await namespace(t)}/services`;
    const created = await api.make(path, {
      metadata: { name: "a" },
      spec: { type: "LoadBalancer", ports: [{ port: 80 }], loadBalancerClass: "example.com/none" },
    });
    const ingress = [{ ip: "192.0.2.1" }];
    const object = expectObject(
      await api.put(`${path}/a/status`, { ...created, status: { loadBalancer: { ingress } } }),
    );
    assert.equal(object.status.loadBalancer.ingress[0].ip, "192.0.2.1");
    assert.equal((await api.read(`${path}/a`)).status.loadBalancer.ingress[0].ip, "192.0.2.1");
  });

  test("scale reads and writes the replicas of a workload", async (t) => {
    const ns = await namespace(t);
    const path = `/apis/apps/v1/namespaces/${ns}/deployments/a`;
    const created = await api.make(`/apis/apps/v1/namespaces/${ns}/deployments`, { ...deployment("a") });
    const scale = await api.read(`${path}/scale`);
    assert.equal(scale.kind, "Scale");
    assert.equal(scale.apiVersion, "autoscaling/v1");
    assert.equal(scale.metadata.name, "a");
    assert.equal(scale.metadata.uid, created.metadata.uid);
    assert.equal(scale.spec.replicas ?? 0, 0);
    assert.equal(scale.status.selector, "app=a");
    const written = expectObject(await api.put(`${path}/scale`, { ...scale, spec: { replicas: 2 } }));
    assert.equal(written.spec.replicas, 2);
    assert.equal((await api.read(path)).spec.replicas, 2);
    assert.equal(expectObject(await api.patch(`${path}/scale`, "merge", { spec: { replicas: 1 } })).spec.replicas, 1);
  });

  test("who applies a scale owns the replicas, and takes them from another only by force", async (t) => {
    const ns = await namespace(t);
    const path = `/apis/apps/v1/namespaces/${ns}/deployments/a`;
    const { apiVersion, kind } = deployment("a");
    const owned = { apiVersion, kind, metadata: { name: "a" }, spec: { ...deployment("a").spec, replicas: 0 } };
    expectObject(await api.apply(path, "author", owned), 201);
    const scale = { apiVersion: "autoscaling/v1", kind: "Scale", metadata: { name: "a" }, spec: { replicas: 1 } };
    expectStatus(await api.patch(`${path}/scale`, "apply", scale), 422, "Invalid", /fieldManager/);
    expectStatus(
      await api.apply(`${path}/scale`, "scaler", scale),
      409,
      "Conflict",
      'Apply failed with 1 conflict: conflict with "author": .spec.replicas',
    );
    const scaled = expectObject(await api.apply(`${path}/scale`, "scaler", scale, "force=true"));
    assert.equal(scaled.spec.replicas, 1);
    assert.equal(scaled.metadata.managedFields, undefined);
    const { metadata, spec } = await api.read(path);
    assert.equal(spec.replicas, 1);
    const entries: JsonObject[] = metadata.managedFields;
    const scaler = entries.find(({ manager }) => manager === "scaler");
    assert.equal(scaler?.operation, "Apply");
    assert.equal(scaler?.subresource, "scale");
    assert.equal(scaler?.apiVersion, "apps/v1");
    assert.deepEqual(scaler?.fieldsV1, { "f:spec": { "f:replicas": {} } });
    assert.equal(entries.find(({ manager }) => manager === "author")?.fieldsV1["f:spec"]["f:replicas"], undefined);
  });

  test("a scale of an old revision is a conflict, and a negative one is invalid", async (t) => {
    const ns = await namespace(t);
    const path = `/apis/apps/v1/namespaces/${ns}/deployments/a`;
    await api.make(`/apis/apps/v1/namespaces/${ns}/deployments`, deployment("a"));
    const scale = await api.read(`${path}/scale`);
    expectObject(await api.patch(path, "merge", { metadata: { labels: { moved: "on" } } }));
    expectStatus(await api.put(`${path}/scale`, { ...scale, spec: { replicas: 1 } }), 409, "Conflict");
    expectStatus(
      await api.patch(`${path}/scale`, "merge", { spec: { replicas: -1 } }),
      422,
      "Invalid",
      /spec\.replicas: Invalid value: -1: must be greater than or equal to 0/,
    );
  });

  test("binding a pod writes its node, once", async (t) => {
    const ns = await namespaceForPods(t);
    const path = `/api/v1/namespaces/${ns}/pods`;
    await api.make(path, pod("a"));
    const target = uniqueName("no-such-node");
    const binding = {
      apiVersion: "v1",
      kind: "Binding",
      metadata: { name: "a" },
      target: { kind: "Node", name: target },
    };
    const answer = expectObject(await api.post(`${path}/a/binding`, binding), 201);
    assert.equal(answer.kind, "Status");
    assert.equal(answer.status, "Success");
    const bound = await api.read(`${path}/a`);
    assert.equal(bound.spec.nodeName, target);
    assert.equal(bound.status.conditions.find(({ type }: JsonObject) => type === "PodScheduled").status, "True");
    expectStatus(await api.post(`${path}/a/binding`, binding), 409, "Conflict", /is already assigned to node/);
    await api.delete(`${path}/a?gracePeriodSeconds=0`);
  });

  test("evicting a pod deletes it", async (t) => {
    const ns = await namespaceForPods(t);
    const path = `/api/v1/namespaces/${ns}/pods`;
    await api.make(path, pod("a"));
    const eviction = { apiVersion: "policy/v1", kind: "Eviction", metadata: { name: "a", namespace: ns } };
    const answer = expectObject(await api.post(`${path}/a/eviction`, eviction), 201);
    assert.equal(answer.status, "Success");
    expectStatus(await api.get(`${path}/a`), 404, "NotFound");
  });

  test("an eviction that a disruption budget forbids is to be tried again", async (t) => {
    const ns = await namespaceForPods(t);
    const path = `/api/v1/namespaces/${ns}/pods`;
    const object = pod("a", { labels: { app: "guarded" } });
    object.spec.nodeName = uniqueName("no-such-node");
    await api.make(path, object);
    await api.make(`/apis/policy/v1/namespaces/${ns}/poddisruptionbudgets`, {
      metadata: { name: "guard" },
      spec: { minAvailable: 1, selector: { matchLabels: { app: "guarded" } } },
    });
    expectObject(
      await api.patch(`${path}/a/status`, "merge", {
        status: { phase: "Running", conditions: [{ type: "Ready", status: "True" }] },
      }),
    );
    const answer = await api.post(`${path}/a/eviction`, { metadata: { name: "a" } });
    expectStatus(
      answer,
      429,
      "TooManyRequests",
      /^Cannot evict pod as it would violate the pod's disruption budget\.$/,
    );
    await api.delete(`${path}/a?gracePeriodSeconds=0`);
  });

  test("ephemeral containers are added to a running pod and never taken away", async (t) => {
    const ns = await namespaceForPods(t);
    const path = `/api/v1/namespaces/${ns}/pods`;
    await api.make(path, pod("a"));
    const ephemeralContainers = [{ name: "look", image: "busybox" }];
    const object = expectObject(
      await api.patch(`${path}/a/ephemeralcontainers`, "strategic", { spec: { ephemeralContainers } }),
    );
    assert.equal(object.spec.ephemeralContainers[0].name, "look");
    expectStatus(
      await api.patch(`${path}/a/ephemeralcontainers`, "merge", { spec: { ephemeralContainers: [] } }),
      422,
      "Invalid",
      /existing ephemeral containers "look" may not be removed/,
    );
    expectStatus(
      await api.patch(`${path}/a`, "strategic", {
        spec: { ephemeralContainers: [{ name: "more", image: "busybox" }] },
      }),
      422,
      "Invalid",
    );
  });

  test("a namespace is finalized through its own subresource", async (t) => {
    const ns = await namespace(t);
    const object = await api.read(`/api/v1/namespaces/${ns}`);
    const finalized = expectObject(
      await api.put(`/api/v1/namespaces/${ns}/finalize`, {
        ...object,
        spec: { finalizers: [...object.spec.finalizers, "example.com/own"] },
      }),
    );
    assert.deepEqual(finalized.spec.finalizers, ["kubernetes", "example.com/own"]);
    const reset = expectObject(
      await api.put(`/api/v1/namespaces/${ns}/finalize`, { ...finalized, spec: { finalizers: ["kubernetes"] } }),
    );
    assert.deepEqual(reset.spec.finalizers, ["kubernetes"]);
  });

  test("a token is requested for a service account", async (t) => {
    const ns = await namespace(t);
    const accounts = `/api/v1/namespaces/${ns}/serviceaccounts`;
    await api.make(accounts, { metadata: { name: "a" } });
    const request = { apiVersion: "authentication.k8s.io/v1", kind: "TokenRequest", spec: { expirationSeconds: 1200 } };
    const answer = expectObject(await api.post(`${accounts}/a/token`, request), 201);
    assert.equal(answer.kind, "TokenRequest");
    assert.equal(answer.status.token.split(".").length, 3);
    assert.ok(Math.abs(Date.parse(answer.status.expirationTimestamp) - Date.now() - 1_200_000) < 60_000);
    expectStatus(
      await api.post(`${accounts}/a/token`, { ...request, spec: { expirationSeconds: 1 } }),
      422,
      "Invalid",
      /spec\.expirationSeconds: Invalid value: 1: may not specify a duration less than 10 minutes/,
    );
    expectStatus(
      await api.post(`${accounts}/none/token`, request),
      404,
      "NotFound",
      'serviceaccounts "none" not found',
    );
  });

  test("a certificate signing request is approved through its own subresource", async (t) => {
    const path = "/apis/certificates.k8s.io/v1/certificatesigningrequests";
    const name = uniqueName("conformance");
    removeAfter(t, `${path}/${name}`);
    const created = await api.make(path, {
      apiVersion: "certificates.k8s.io/v1",
      kind: "CertificateSigningRequest",
      metadata: { name },
      spec: { signerName: "example.com/nobody", usages: ["client auth"], request: certificateRequest },
    });
    assert.ok(created.spec.username, "the server writes who asked");
    const condition = { type: "Approved", status: "True", reason: "Tested", message: "approved in a case" };
    const ignored = expectObject(
      await api
        .put(`${path}/${name}/status`, { ...created, status: { conditions: [condition] } })
        .then(async (answer) => (answer.code === 200 ? answer : api.get(`${path}/${name}`))),
    );
    assert.deepEqual(ignored.status?.conditions ?? [], []);
    const current = await api.read(`${path}/${name}`);
    const approved = expectObject(
      await api.put(`${path}/${name}/approval`, { ...current, status: { conditions: [condition] } }),
    );
    assert.equal(approved.status.conditions[0].type, "Approved");
  });

  test("a subresource that a kind does not have is not found", async (t) => {
    const ns = await namespace(t);
    await api.make(`/api/v1/namespaces/${ns}/configmaps`, { metadata: { name: "a" } });
    expectStatus(
      await api.get(`/api/v1/namespaces/${ns}/configmaps/a/status`),
      404,
      "NotFound",
      "the server could not find the requested resource",
    );
    expectStatus(await api.get(`/api/v1/namespaces/${ns}/configmaps/a/nonsense`), 404, "NotFound");
  });

  test("a subresource of an absent object is not found", async (t) => {
    const ns = await namespace(t);
    expectStatus(
      await api.get(`/apis/apps/v1/namespaces/${ns}/deployments/a/scale`),
      404,
      "NotFound",
      'deployments.apps "a" not found',
    );
    expectStatus(await api.patch(`/apis/apps/v1/namespaces/${ns}/deployments/a/status`, "merge", {}), 404, "NotFound");
  });
});

/** A request for CN=conformance with a P-256 key, in base64. */
const certificateRequest =
  "LS0tLS1CRUdJTiBDRVJUSUZJQ0FURSBSRVFVRVNULS0tLS0KTUlIUE1IZ0NBUUF3RmpFVU1CSUdBMVVFQXd3TFkyOXVabTl5YldGdVkyVXdXVEFUQmdjcWhrak9QUUlCQmdncQpoa2pPUFFNQkJ3TkNBQVJGNXBGOVhZcENvSFJhQzg5ZjJUV1NtMS9FS0xKY2pPVUVtYWNvekNpMm1KQk5kN2pFClVJb3JTdU9iR05XQnBIUk5nZnhNSUJQbC9meVNPSGRVclE5dm9BQXdDZ1lJS29aSXpqMEVBd0lEUndBd1JBSWcKT1g2cVN0TE82Rms4ZmV0MlB2ajdvYnVnVmJ4T0NpTjhMOVVFaEYvSmlWY0NJSFBjZXRxbDBlZkx5anFQSklaVworUHdzYmVZZDJSTUYxZ1ZHRXZyMGphaGsKLS0tLS1FTkQgQ0VSVElGSUNBVEUgUkVRVUVTVC0tLS0tCg==";

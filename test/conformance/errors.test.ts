// Bad input, one request at a time: the Status that a user of Kubernetes expects, and a server that goes on.

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { api, expectObject, expectStatus, namespace } from "./support/api.ts";
import { configMap } from "./support/objects.ts";

const collection = async (t: Parameters<typeof namespace>[0]) => `/api/v1/namespaces/${await namespace(t)}/configmaps`;

describe("bad input", { concurrency: 8 }, () => {
  test("JSON that ends early, or is none", async (t) => {
    const path = await collection(t);
    for (const body of ["{", '{"metadata":', "nonsense", '{"a":1}}', "\u0000", '{"a":01}', "{'a':1}"]) {
      expectStatus(await api.post(path, body), 400, "BadRequest");
    }
  });

  test("JSON that is no object", async (t) => {
    const path = await collection(t);
    for (const body of ["[]", '"text"', "5", "true", "null"]) {
      const answer = await api.post(path, body);
      assert.ok(answer.code === 400 || answer.code === 422, `${body}: ${answer.text}`);
    }
  });

  test("an empty body", async (t) => {
    const path = await collection(t);
    const answer = await api.send("POST", path);
    assert.ok(answer.code === 400 || answer.code === 422, answer.text);
    expectStatus(await api.send("PUT", `${path}/a`), 400, "BadRequest");
  });

  test("text that is not UTF-8", async (t) => {
    const path = await collection(t);
    const body = Buffer.concat([
      Buffer.from('{"metadata":{"name":"a"},"data":{"k":"'),
      Buffer.from([0xff, 0xfe]),
      Buffer.from('"}}'),
    ]);
    const answer = await api.post(path, body);
    // What Go's decoder does, replacing what it cannot read, is as good as a refusal; broken text never comes back.
    if (answer.code === 201) assert.equal(answer.json.data.k, "\ufffd\ufffd");
    else expectStatus(answer, 400, "BadRequest");
  });

  test("deep nesting", async (t) => {
    const path = await collection(t);
    const deep = `{"metadata":{"name":"a"},"data":${'{"a":'.repeat(200_000)}1${"}".repeat(200_000)}}`;
    expectStatus(await api.post(path, deep), 400, "BadRequest");
    const list = `{"metadata":{"name":"a"},"data":${"[".repeat(500_000)}${"]".repeat(500_000)}}`;
    expectStatus(await api.post(path, list), 400, "BadRequest");
    expectObject(await api.post(path, configMap("alive")), 201);
  });

  test("a media type that nobody reads", async (t) => {
    expectStatus(
      await api.post(await collection(t), "<a/>", { contentType: "application/xml" }),
      415,
      "UnsupportedMediaType",
      /^the body of the request was in an unknown format - accepted media types include: application\/json, application\/yaml, application\/vnd\.kubernetes\.protobuf/,
    );
  });

  test("a body of another apiVersion", async (t) => {
    expectStatus(
      await api.post(await collection(t), { apiVersion: "apps/v1", kind: "Deployment", metadata: { name: "a" } }),
      400,
      "BadRequest",
    );
    expectStatus(
      await api.post(await collection(t), { apiVersion: "v9", kind: "ConfigMap", metadata: { name: "a" } }),
      400,
      "BadRequest",
    );
  });

  test("a list as an object", async (t) => {
    expectStatus(await api.post(await collection(t), { apiVersion: "v1", kind: "List", items: [] }), 400, "BadRequest");
  });

  test("paths that name nothing", async () => {
    for (const path of [
      "/api/v1/nonsense",
      "/apis/apps/v1/nonsense",
      "/apis/nonsense/v1/things",
      "/api/v1/namespaces/default/nonsense/name",
      "/nonsense",
      "/api/v1/namespaces/default/pods/a/b/c/d",
    ]) {
      expectStatus(await api.get(path), 404, "NotFound", "the server could not find the requested resource");
    }
  });

  test("paths with strange characters", async () => {
    for (const path of [
      "/api/v1/namespaces/%2e%2e",
      "/api/v1/namespaces/%00",
      "/api/v1/namespaces/%zz",
      "//api//v1",
      "/api/v1/namespaces/%F0%9F%98%80",
    ]) {
      const answer = await api.get(path);
      assert.ok(answer.code >= 300 && answer.code < 500, `${path}: ${answer.code} ${answer.text}`);
    }
  });

  test("a namespace that lies in a namespace", async () => {
    expectStatus(
      await api.get("/apis/rbac.authorization.k8s.io/v1/namespaces/default/clusterroles/cluster-admin"),
      404,
      "NotFound",
    );
  });

  test("an invalid object is refused with every fault at once", async (t) => {
    const ns = await namespace(t);
    const status = expectStatus(
      await api.post(`/api/v1/namespaces/${ns}/services`, {
        metadata: { name: "Bad_Name", labels: { "not a key": "x" } },
        spec: { ports: [{ port: 0 }, { port: 70_000, name: "p" }] },
      }),
      422,
      "Invalid",
      /^Service "Bad_Name" is invalid: \[/,
    );
    const fields = status.details.causes.map(({ field }: { field: string }) => field);
    for (const field of [
      "metadata.name",
      "metadata.labels",
      "spec.ports[0].port",
      "spec.ports[1].port",
      "spec.ports[0].name",
    ]) {
      assert.ok(fields.includes(field), `${field} in ${fields}`);
    }
    assert.deepEqual(
      [status.details.name, status.details.kind, status.details.group],
      ["Bad_Name", "Service", undefined],
    );
  });

  test("a container without what it needs", async (t) => {
    const ns = await namespace(t);
    const status = expectStatus(
      await api.post(`/apis/apps/v1/namespaces/${ns}/deployments`, {
        metadata: { name: "a" },
        spec: {
          selector: { matchLabels: { a: "b" } },
          template: { metadata: { labels: { a: "c" } }, spec: { containers: [{}] } },
        },
      }),
      422,
      "Invalid",
    );
    assert.equal(status.details.group, "apps");
    const causes = status.details.causes.map(
      ({ field, reason }: { field: string; reason: string }) => `${field} ${reason}`,
    );
    for (const cause of [
      "spec.template.spec.containers[0].name FieldValueRequired",
      "spec.template.spec.containers[0].image FieldValueRequired",
      "spec.template.metadata.labels FieldValueInvalid",
    ]) {
      assert.ok(causes.includes(cause), `${cause} in ${causes.join("; ")}`);
    }
  });

  test("quantities and numbers out of range", async (t) => {
    const ns = await namespace(t);
    const claim = (storage: unknown) => ({
      metadata: { name: "a" },
      spec: { accessModes: ["ReadWriteOnce"], resources: { requests: { storage } } },
    });
    const path = `/api/v1/namespaces/${ns}/persistentvolumeclaims`;
    expectStatus(
      await api.post(path, claim("much")),
      400,
      "BadRequest",
      /quantities must match the regular expression/,
    );
    expectStatus(await api.post(path, claim("-1Gi")), 422, "Invalid", /must be greater than (or equal to )?(0|zero)/);
    expectStatus(
      await api.post(
        `/apis/apps/v1/namespaces/${ns}/deployments`,
        '{"metadata":{"name":"a"},"spec":{"replicas":99999999999}}',
      ),
      400,
      "BadRequest",
      /cannot unmarshal number 99999999999 into Go struct field .*replicas of type int32/,
    );
  });

  test("options with nonsense", async (t) => {
    const path = await collection(t);
    expectStatus(await api.delete(`${path}/a?gracePeriodSeconds=soon`), 400, "BadRequest");
    expectStatus(await api.get(`${path}?limit=x`), 400, "BadRequest");
    expectStatus(await api.get(`${path}?watch=true&timeoutSeconds=x`), 400, "BadRequest");
  });

  test("a field manager with characters that cannot be seen, or too many of them", async (t) => {
    const path = await collection(t);
    expectStatus(
      await api.post(`${path}?fieldManager=a%00b`, configMap("a")),
      422,
      "Invalid",
      /fieldManager: Invalid value/,
    );
    expectStatus(
      await api.post(`${path}?fieldManager=${"x".repeat(129)}`, configMap("a")),
      422,
      "Invalid",
      /fieldManager: Too long: may not be more than 128 bytes/,
    );
  });

  test("a Status of failure has a message, a reason and a code, and says what it is about", async () => {
    const status = expectStatus(await api.get("/apis/apps/v1/namespaces/default/deployments/nobody"), 404, "NotFound");
    assert.deepEqual(Object.keys(status).sort(), [
      "apiVersion",
      "code",
      "details",
      "kind",
      "message",
      "metadata",
      "reason",
      "status",
    ]);
    assert.deepEqual(status.metadata, {});
  });
});

// Bodies in JSON, YAML and Kubernetes protobuf.

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { api, expectObject, expectStatus, namespace } from "./support/api.ts";
import { defineKind } from "./support/definitions.ts";
import { field, map, message, text, wrapped } from "./support/protobuf.ts";

const yaml = { contentType: "application/yaml" };
const protobuf = { contentType: "application/vnd.kubernetes.protobuf" };

describe("body formats", { concurrency: 8 }, () => {
  test("JSON is taken, also when no type is named", async (t) => {
    const path = `/api/v1/namespaces/${await namespace(t)}/configmaps`;
    expectObject(
      await api.post(path, '{"metadata":{"name":"a"}}', { contentType: "application/json; charset=utf-8" }),
      201,
    );
    expectObject(await api.post(path, '{"metadata":{"name":"b"}}', { contentType: null }), 201);
  });

  test("YAML is taken", async (t) => {
    const path = `/api/v1/namespaces/${await namespace(t)}/configmaps`;
    const body = `# a comment
apiVersion: v1
kind: ConfigMap
metadata:
  name: a
  labels: {one: "1"}
data:
  lines: |
    first
    second
  yes: "no"
`;
    const object = expectObject(await api.post(path, body, yaml), 201);
    assert.deepEqual(object.data, { lines: "first\nsecond\n", true: "no" }, "YAML 1.1 has more words for true");
    assert.deepEqual(object.metadata.labels, { one: "1" });
  });

  test("YAML anchors and merges are resolved", async (t) => {
    const path = `/api/v1/namespaces/${await namespace(t)}/configmaps`;
    const body = "metadata: {name: a}\ndata: &d {one: '1'}\nbinaryData: {}\n";
    assert.deepEqual(expectObject(await api.post(path, body, yaml), 201).data, { one: "1" });
  });

  test("YAML that nobody can read is refused", async (t) => {
    const path = `/api/v1/namespaces/${await namespace(t)}/configmaps`;
    expectStatus(await api.post(path, "a: [", yaml), 400, "BadRequest");
    expectStatus(await api.post(path, "a: b: c", yaml), 400, "BadRequest");
  });

  test("YAML keys that stand twice are told", async (t) => {
    const path = `/api/v1/namespaces/${await namespace(t)}/configmaps?fieldValidation=Strict`;
    expectStatus(
      await api.post(path, "metadata: {name: a}\ndata:\n  k: one\n  k: two\n", yaml),
      400,
      "BadRequest",
      /strict decoding error: .*k.* already (set|defined)|duplicate field "data\.k"/,
    );
  });

  test("protobuf is taken for built-in kinds", async (t) => {
    const ns = await namespace(t);
    const raw = message(
      field(1, message(text(1, "a"), map(11, { app: "x" }))),
      map(2, { key: "value", other: "wörld" }),
    );
    const object = expectObject(
      await api.post(`/api/v1/namespaces/${ns}/configmaps`, wrapped("v1", "ConfigMap", raw), protobuf),
      201,
    );
    assert.deepEqual(object.data, { key: "value", other: "wörld" });
    assert.deepEqual(object.metadata.labels, { app: "x" });
  });

  test("protobuf carries bytes, numbers, int-or-string, quantities and times", async (t) => {
    const ns = await namespace(t);
    const secret = message(
      field(1, message(text(1, "a"))),
      field(2, message(text(1, "k"), field(2, Buffer.from([0, 255, 1])))),
      text(3, "Opaque"),
    );
    const made = expectObject(
      await api.post(`/api/v1/namespaces/${ns}/secrets`, wrapped("v1", "Secret", secret), protobuf),
      201,
    );
    assert.deepEqual(made.data, { k: "AP8B" });

    const port = message(text(1, "web"), text(2, "TCP"), field(3, 80), field(4, message(field(1, 1), text(3, "http"))));
    const numbered = message(
      text(1, "raw"),
      text(2, "TCP"),
      field(3, 81),
      field(4, message(field(1, 0), field(2, 8081))),
    );
    const service = message(
      field(1, message(text(1, "a"))),
      field(2, message(field(1, port), field(1, numbered), text(3, "None"))),
    );
    const { spec } = expectObject(
      await api.post(`/api/v1/namespaces/${ns}/services`, wrapped("v1", "Service", service), protobuf),
      201,
    );
    assert.deepEqual(
      spec.ports.map((each: { port: number; targetPort: unknown }) => [each.port, each.targetPort]),
      [
        [80, "http"],
        [81, 8081],
      ],
    );
    assert.equal(spec.clusterIP, "None");

    const time = message(field(1, 1_700_000_000), field(2, 123_456_000));
    const lease = message(
      field(1, message(text(1, "a"))),
      field(2, message(text(1, "me"), field(2, 15), field(4, time))),
    );
    const leased = expectObject(
      await api.post(
        `/apis/coordination.k8s.io/v1/namespaces/${ns}/leases`,
        wrapped("coordination.k8s.io/v1", "Lease", lease),
        protobuf,
      ),
      201,
    );
    assert.equal(leased.spec.leaseDurationSeconds, 15);
    assert.equal(leased.spec.renewTime, "2023-11-14T22:13:20.123456Z");

    const resources = message(field(2, message(text(1, "storage"), field(2, message(text(1, "1Gi"))))));
    const claim = message(
      field(1, message(text(1, "a"))),
      field(2, message(text(1, "ReadWriteOnce"), field(2, resources))),
    );
    const claimed = expectObject(
      await api.post(
        `/api/v1/namespaces/${ns}/persistentvolumeclaims`,
        wrapped("v1", "PersistentVolumeClaim", claim),
        protobuf,
      ),
      201,
    );
    assert.equal(claimed.spec.resources.requests.storage, "1Gi");
  });

  test("updates and deletes take protobuf too", async (t) => {
    const path = `/api/v1/namespaces/${await namespace(t)}/configmaps`;
    await api.make(path, { metadata: { name: "a" }, data: { key: "old" } });
    const raw = message(field(1, message(text(1, "a"))), map(2, { key: "new" }));
    assert.equal(expectObject(await api.put(`${path}/a`, wrapped("v1", "ConfigMap", raw), protobuf)).data.key, "new");
    const uid = "00000000-0000-4000-8000-000000000000";
    const options = wrapped("v1", "DeleteOptions", message(field(2, message(text(1, uid)))));
    expectStatus(await api.delete(`${path}/a`, options, protobuf), 409, "Conflict", /the UID in the precondition \(/);
    expectObject(
      await api.delete(`${path}/a`, wrapped("v1", "DeleteOptions", message(text(4, "Background"))), protobuf),
    );
  });

  test("protobuf without its envelope, or cut off, is refused", async (t) => {
    const path = `/api/v1/namespaces/${await namespace(t)}/configmaps`;
    expectStatus(await api.post(path, Buffer.from("nonsense"), protobuf), 400, "BadRequest");
    const whole = wrapped("v1", "ConfigMap", message(field(1, message(text(1, "a"))), map(2, { key: "value" })));
    for (let length = 4; length < whole.length; length += 7) {
      const answer = await api.post(path, whole.subarray(0, length), protobuf);
      assert.ok(
        answer.code === 400 || answer.code === 422 || answer.code === 201,
        `${length}: ${answer.code} ${answer.text}`,
      );
      if (answer.code === 201) await api.delete(`${path}/${answer.json.metadata.name}`);
    }
  });

  test("protobuf of another kind is refused", async (t) => {
    const path = `/api/v1/namespaces/${await namespace(t)}/configmaps`;
    const raw = message(field(1, message(text(1, "a"))));
    expectStatus(await api.post(path, wrapped("v1", "Secret", raw), protobuf), 400, "BadRequest");
  });

  test("custom resources are not taken in protobuf", async (t) => {
    const kind = await defineKind(t);
    const ns = await namespace(t);
    const raw = message(field(1, message(text(1, "a"))));
    expectStatus(
      await api.post(kind.path(ns), wrapped(kind.apiVersion, "Widget", raw), protobuf),
      415,
      "UnsupportedMediaType",
    );
    const body = `apiVersion: ${kind.apiVersion}\nkind: Widget\nmetadata: {name: a}\nspec: {size: 1}\n`;
    assert.equal(expectObject(await api.post(kind.path(ns), body, yaml), 201).spec.size, 1);
  });

  test("who accepts protobuf or JSON gets one of them", async () => {
    const answer = await api.get("/api/v1/namespaces/default", {
      accept: "application/vnd.kubernetes.protobuf,application/json",
    });
    assert.equal(answer.code, 200);
    assert.match(answer.headers["content-type"]!, /^application\/(json|vnd\.kubernetes\.protobuf)/);
  });

  test("HTTP/1.1 bodies in pieces are read whole", async (t) => {
    const path = `/api/v1/namespaces/${await namespace(t)}/configmaps`;
    const value = "x".repeat(500_000);
    const answer = await api.connection.sendHttp1("POST", path, { body: { metadata: { name: "a" }, data: { value } } });
    assert.equal(expectObject(answer, 201).data.value.length, value.length);
  });
});

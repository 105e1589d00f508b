// fieldValidation: what becomes of fields that are unknown or stand twice.

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { api, expectObject, expectStatus, namespace } from "./support/api.ts";

const unknown = { apiVersion: "v1", kind: "ConfigMap", metadata: { name: "a", nonsense: 1 }, dat: {} };
const twice = `{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"a","name":"a"},"data":{"key":"one","key":"two"}}`;

describe("field validation", { concurrency: 8 }, () => {
  test("Strict refuses unknown fields and names them all", async (t) => {
    const path = `/api/v1/namespaces/${await namespace(t)}/configmaps?fieldValidation=Strict`;
    expectStatus(
      await api.post(path, unknown),
      400,
      "BadRequest",
      'ConfigMap in version "v1" cannot be handled as a ConfigMap: strict decoding error: unknown field "metadata.nonsense", unknown field "dat"',
    );
  });

  test("Strict refuses fields that stand twice", async (t) => {
    const path = `/api/v1/namespaces/${await namespace(t)}/configmaps?fieldValidation=Strict`;
    expectStatus(
      await api.post(path, twice),
      400,
      "BadRequest",
      /strict decoding error: duplicate field "metadata\.name", duplicate field "data\.key"$/,
    );
  });

  test("Warn takes the object without them and warns of each", async (t) => {
    const path = `/api/v1/namespaces/${await namespace(t)}/configmaps?fieldValidation=Warn`;
    const answer = await api.post(path, unknown);
    const object = expectObject(answer, 201);
    assert.equal(object.dat, undefined);
    assert.equal(object.metadata.nonsense, undefined);
    assert.deepEqual(answer.warnings, ['unknown field "metadata.nonsense"', 'unknown field "dat"']);
  });

  test("of a field that stands twice the last one counts", async (t) => {
    const answer = await api.post(`/api/v1/namespaces/${await namespace(t)}/configmaps?fieldValidation=Warn`, twice);
    assert.deepEqual(expectObject(answer, 201).data, { key: "two" });
    assert.deepEqual(answer.warnings, ['duplicate field "metadata.name"', 'duplicate field "data.key"']);
  });

  test("Ignore says nothing", async (t) => {
    const answer = await api.post(
      `/api/v1/namespaces/${await namespace(t)}/configmaps?fieldValidation=Ignore`,
      unknown,
    );
    expectObject(answer, 201);
    assert.equal(answer.headers.warning, undefined);
  });

  test("who says nothing is warned", async (t) => {
    const answer = await api.post(`/api/v1/namespaces/${await namespace(t)}/configmaps`, unknown);
    expectObject(answer, 201);
    assert.equal(answer.warnings.length, 2);
  });

  test("updates and patches are held to the same", async (t) => {
    const path = `/api/v1/namespaces/${await namespace(t)}/configmaps`;
    const created = await api.make(path, { apiVersion: "v1", kind: "ConfigMap", metadata: { name: "a" } });
    expectStatus(
      await api.put(`${path}/a?fieldValidation=Strict`, { ...created, dat: {} }),
      400,
      "BadRequest",
      /strict decoding error: unknown field "dat"$/,
    );
    for (const type of ["merge", "strategic"] as const) {
      const answer = await api.patch(`${path}/a?fieldValidation=Strict`, type, { dat: {} });
      assert.ok(answer.code === 400 || answer.code === 422, answer.text);
      assert.match(answer.json.message, /unknown field "dat"/);
      const warned = await api.patch(`${path}/a?fieldValidation=Warn`, type, { dat: {} });
      expectObject(warned);
      assert.deepEqual(warned.warnings, ['unknown field "dat"']);
    }
  });

  test("unknown fields deep inside are named with their paths", async (t) => {
    const path = `/apis/apps/v1/namespaces/${await namespace(t)}/deployments?fieldValidation=Strict&dryRun=All`;
    const body = {
      metadata: { name: "a" },
      spec: {
        selector: { matchLabels: { a: "b" } },
        template: {
          metadata: { labels: { a: "b" } },
          spec: { containers: [{ name: "c", image: "i", imagePull: "x" }] },
        },
      },
    };
    expectStatus(
      await api.post(path, body),
      400,
      "BadRequest",
      /strict decoding error: unknown field "spec\.template\.spec\.containers\[0\]\.imagePull"$/,
    );
  });

  test("another word is refused", async (t) => {
    const path = `/api/v1/namespaces/${await namespace(t)}/configmaps?fieldValidation=Maybe`;
    expectStatus(
      await api.post(path, unknown),
      422,
      "Invalid",
      /fieldValidation: Unsupported value: "Maybe": supported values: "", "Ignore", "Strict", "Warn"/,
    );
  });

  test("a value of the wrong type is refused whatever is asked", async (t) => {
    const path = `/api/v1/namespaces/${await namespace(t)}/configmaps?fieldValidation=Ignore`;
    expectStatus(
      await api.post(path, { metadata: { name: "a" }, data: { key: 5 } }),
      400,
      "BadRequest",
      /^ConfigMap in version "v1" cannot be handled as a ConfigMap: json: cannot unmarshal number into Go struct field ConfigMap\.data of type string$/,
    );
    expectStatus(
      await api.post(path, { metadata: { name: "a" }, data: "text" }),
      400,
      "BadRequest",
      /cannot unmarshal string into Go struct field ConfigMap\.data of type map\[string\]string/,
    );
  });

  test("null is the same as absent", async (t) => {
    const path = `/api/v1/namespaces/${await namespace(t)}/configmaps?fieldValidation=Strict`;
    const object = expectObject(
      await api.post(path, { metadata: { name: "a", labels: null, annotations: null }, data: null, immutable: null }),
      201,
    );
    assert.equal(object.data, undefined);
    assert.equal(object.metadata.labels, undefined);
  });
});

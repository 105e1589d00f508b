// PATCH: JSON patch, merge patch and strategic merge patch. Server-side apply has a file of its own.

import assert from "node:assert/strict";
import { describe, type TestContext, test } from "node:test";
import { api, expectObject, expectStatus, namespace } from "./support/api.ts";
import { configMap, deployment } from "./support/objects.ts";

async function startWithConfigMap(t: TestContext, data: Record<string, string>): Promise<string> {
  const path = `/api/v1/namespaces/${await namespace(t)}/configmaps`;
  await api.make(path, configMap("a", data, { labels: { keep: "yes" } }));
  return `${path}/a`;
}

async function startWithDeployment(t: TestContext): Promise<string> {
  const path = `/apis/apps/v1/namespaces/${await namespace(t)}/deployments`;
  const object = deployment("a");
  object.spec.template.spec.containers[0].env = [
    { name: "ONE", value: "1" },
    { name: "TWO", value: "2" },
  ];
  object.spec.template.spec.containers[0].ports = [{ containerPort: 80 }, { containerPort: 443 }];
  object.spec.template.spec.containers.push({ name: "side", image: "registry.k8s.io/pause:3.10" });
  await api.make(path, object);
  return `${path}/a`;
}

describe("patch", { concurrency: 8 }, () => {
  test("a merge patch sets fields and removes those that are null", async (t) => {
    const path = await startWithConfigMap(t, { one: "1", two: "2" });
    const object = expectObject(await api.patch(path, "merge", { data: { two: null, three: "3" } }));
    assert.deepEqual(object.data, { one: "1", three: "3" });
    assert.deepEqual(object.metadata.labels, { keep: "yes" });
  });

  test("a merge patch replaces lists whole", async (t) => {
    const path = await startWithDeployment(t);
    const containers = [{ name: "only", image: "example" }];
    const object = expectObject(await api.patch(path, "merge", { spec: { template: { spec: { containers } } } }));
    assert.deepEqual(
      object.spec.template.spec.containers.map(({ name }: { name: string }) => name),
      ["only"],
    );
  });

  test("a JSON patch adds, replaces, removes, moves, copies and tests", async (t) => {
    const path = await startWithConfigMap(t, { one: "1", two: "2", three: "3" });
    const object = expectObject(
      await api.patch(path, "json", [
        { op: "test", path: "/data/one", value: "1" },
        { op: "add", path: "/data/four", value: "4" },
        { op: "replace", path: "/data/one", value: "uno" },
        { op: "remove", path: "/data/two" },
        { op: "move", from: "/data/three", path: "/data/tres" },
        { op: "copy", from: "/data/one", path: "/data/again" },
        { op: "add", path: "/metadata/labels/example.com~1owner", value: "me" },
      ]),
    );
    assert.deepEqual(object.data, { one: "uno", four: "4", tres: "3", again: "uno" });
    assert.deepEqual(object.metadata.labels, { keep: "yes", "example.com/owner": "me" });
  });

  test("a JSON patch whose test fails changes nothing", async (t) => {
    const path = await startWithConfigMap(t, { one: "1" });
    expectStatus(
      await api.patch(path, "json", [
        { op: "replace", path: "/data/one", value: "2" },
        { op: "test", path: "/data/one", value: "1" },
      ]),
      422,
      "Invalid",
      /^the server rejected our request due to an error in our request/,
    );
    assert.deepEqual((await api.read(path)).data, { one: "1" });
  });

  test("a JSON patch that points nowhere is refused", async (t) => {
    const path = await startWithConfigMap(t, { one: "1" });
    expectStatus(await api.patch(path, "json", [{ op: "remove", path: "/data/nothing" }]), 422, "Invalid");
  });

  test("a JSON patch that is no list, or knows another operation, is refused", async (t) => {
    const path = await startWithConfigMap(t, { one: "1" });
    expectStatus(await api.patch(path, "json", { data: {} }), 400, "BadRequest");
    const unknown = await api.patch(path, "json", [{ op: "multiply", path: "/data/one" }]);
    assert.ok(unknown.code === 400 || unknown.code === 422, unknown.text);
  });

  test("a strategic merge patch merges lists by their keys", async (t) => {
    const path = await startWithDeployment(t);
    const object = expectObject(
      await api.patch(path, "strategic", {
        spec: {
          template: {
            spec: {
              containers: [
                {
                  name: "main",
                  env: [
                    { name: "TWO", value: "zwei" },
                    { name: "THREE", value: "3" },
                  ],
                },
              ],
            },
          },
        },
      }),
    );
    const { containers } = object.spec.template.spec;
    assert.deepEqual(containers.map(({ name }: { name: string }) => name).sort(), ["main", "side"]);
    const main = containers.find(({ name }: { name: string }) => name === "main");
    assert.equal(main.image, "registry.k8s.io/pause:3.10");
    assert.deepEqual(main.env.map(({ name, value }: { name: string; value: string }) => `${name}=${value}`).sort(), [
      "ONE=1",
      "THREE=3",
      "TWO=zwei",
    ]);
  });

  test("a strategic merge patch deletes items and replaces maps by directives", async (t) => {
    const path = await startWithDeployment(t);
    const object = expectObject(
      await api.patch(path, "strategic", {
        metadata: { annotations: { $patch: "replace", only: "this" } },
        spec: { template: { spec: { containers: [{ name: "side", $patch: "delete" }] } } },
      }),
    );
    assert.deepEqual(
      object.spec.template.spec.containers.map(({ name }: { name: string }) => name),
      ["main"],
    );
    assert.deepEqual(object.metadata.annotations, { only: "this" });
  });

  test("a strategic merge patch deletes from lists of plain values and orders by setElementOrder", async (t) => {
    const path = await startWithConfigMap(t, {});
    expectObject(await api.patch(path, "merge", { metadata: { finalizers: ["example.com/a", "example.com/b"] } }));
    t.after(() => api.patch(path, "merge", { metadata: { finalizers: null } }));
    const object = expectObject(
      await api.patch(path, "strategic", {
        metadata: { "$deleteFromPrimitiveList/finalizers": ["example.com/a"], finalizers: ["example.com/c"] },
      }),
    );
    assert.deepEqual(object.metadata.finalizers.sort(), ["example.com/b", "example.com/c"]);
  });

  test("an unknown directive of a strategic merge patch is refused", async (t) => {
    const path = await startWithConfigMap(t, {});
    const answer = await api.patch(path, "strategic", { metadata: { labels: { $patch: "explode" } } });
    assert.ok(answer.code >= 400 && answer.code < 500, answer.text);
  });

  test("a patch of an absent object is not found", async (t) => {
    const ns = await namespace(t);
    expectStatus(
      await api.patch(`/api/v1/namespaces/${ns}/configmaps/a`, "merge", { data: {} }),
      404,
      "NotFound",
      'configmaps "a" not found',
    );
  });

  test("an unknown patch type is refused with those that are known", async (t) => {
    const path = await startWithConfigMap(t, {});
    expectStatus(
      await api.send("PATCH", path, { body: {}, contentType: "application/json" }),
      415,
      "UnsupportedMediaType",
      /^the body of the request was in an unknown format - accepted media types include: application\/json-patch\+json, application\/merge-patch\+json, application\/strategic-merge-patch\+json, application\/apply-patch\+yaml/,
    );
  });

  test("a patch that names a revision fails when the object has moved on", async (t) => {
    const path = await startWithConfigMap(t, { one: "1" });
    const { metadata } = await api.read(path);
    expectObject(await api.patch(path, "merge", { data: { one: "2" } }));
    expectStatus(
      await api.patch(path, "merge", { metadata: { resourceVersion: metadata.resourceVersion }, data: { one: "3" } }),
      409,
      "Conflict",
    );
  });

  test("patches that do not name a revision never conflict with each other", async (t) => {
    const path = await startWithConfigMap(t, {});
    const answers = await Promise.all(
      Array.from({ length: 12 }, (_, index) => api.patch(path, "merge", { data: { [`key${index}`]: "set" } })),
    );
    assert.deepEqual(new Set(answers.map(({ code }) => code)), new Set([200]));
    assert.equal(Object.keys((await api.read(path)).data).length, 12);
  });

  test("a patch cannot rename an object or move it", async (t) => {
    const path = await startWithConfigMap(t, {});
    expectStatus(await api.patch(path, "merge", { metadata: { name: "b" } }), 400, "BadRequest");
    expectStatus(await api.patch(path, "merge", { metadata: { namespace: "elsewhere" } }), 400, "BadRequest");
  });

  test("what a patch makes of an object is validated", async (t) => {
    const path = await startWithDeployment(t);
    const status = expectStatus(await api.patch(path, "merge", { spec: { replicas: -1 } }), 422, "Invalid");
    assert.deepEqual(status.details.causes, [
      {
        reason: "FieldValueInvalid",
        message: "Invalid value: -1: must be greater than or equal to 0",
        field: "spec.replicas",
      },
    ]);
  });

  test("an empty patch changes nothing and takes no revision", async (t) => {
    const path = await startWithConfigMap(t, { one: "1" });
    const before = await api.read(path);
    for (const [type, body] of [
      ["merge", {}],
      ["json", []],
      ["strategic", {}],
    ] as const) {
      const object = expectObject(await api.patch(path, type, body));
      assert.equal(object.metadata.resourceVersion, before.metadata.resourceVersion);
    }
  });

  test("a patch with a body that is no JSON is refused", async (t) => {
    const path = await startWithConfigMap(t, {});
    expectStatus(await api.patch(path, "merge", "{"), 400, "BadRequest");
    expectStatus(await api.patch(path, "strategic", "[1]"), 400, "BadRequest");
  });

  test("force is for apply alone", async (t) => {
    const path = await startWithConfigMap(t, {});
    expectStatus(
      await api.patch(`${path}?force=true`, "merge", {}),
      422,
      "Invalid",
      /force: Forbidden: may not be specified for non-apply patch/,
    );
  });
});

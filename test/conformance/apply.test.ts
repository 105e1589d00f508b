// Server-side apply: every manager owns the fields that it applies, and nobody takes another's by accident.

import assert from "node:assert/strict";
import { describe, type TestContext, test } from "node:test";
import type { JsonObject } from "../../src/machinery/object.ts";
import { api, expectObject, expectStatus, namespace, namespaceForPods } from "./support/api.ts";
import { deployment, pod } from "./support/objects.ts";

function applied(data: Record<string, string>, metadata: JsonObject = {}): JsonObject {
  return { apiVersion: "v1", kind: "ConfigMap", metadata: { name: "a", ...metadata }, data };
}

async function target(t: TestContext): Promise<string> {
  return `/api/v1/namespaces/${await namespace(t)}/configmaps/a`;
}

function managers(object: JsonObject): string[] {
  return (object.metadata.managedFields ?? []).map(
    ({ manager, operation, subresource }: JsonObject) =>
      `${manager} ${operation}${subresource ? ` ${subresource}` : ""}`,
  );
}

const fieldsOf = (object: JsonObject, manager: string) =>
  object.metadata.managedFields.find((entry: JsonObject) => entry.manager === manager);

describe("server-side apply", { concurrency: 8 }, () => {
  test("applying an absent object creates it, owned by the manager", async (t) => {
    const object = expectObject(await api.apply(await target(t), "me", applied({ one: "1" })), 201);
    assert.deepEqual(object.data, { one: "1" });
    const [entry, ...others] = object.metadata.managedFields;
    assert.equal(others.length, 0);
    assert.match(entry.time, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/);
    assert.deepEqual(entry, {
      manager: "me",
      operation: "Apply",
      apiVersion: "v1",
      time: entry.time,
      fieldsType: "FieldsV1",
      fieldsV1: { "f:data": { "f:one": {} } },
    });
  });

  test("fields that are no longer applied are removed", async (t) => {
    const path = await target(t);
    await api.apply(path, "me", applied({ one: "1", two: "2" }));
    assert.deepEqual(expectObject(await api.apply(path, "me", applied({ two: "2" }))).data, { two: "2" });
  });

  test("fields of others stay when they are not applied", async (t) => {
    const path = await target(t);
    await api.apply(path, "me", applied({ one: "1" }));
    await api.apply(path, "you", applied({ two: "2" }));
    const object = expectObject(await api.apply(path, "me", applied({ three: "3" })));
    assert.deepEqual(object.data, { two: "2", three: "3" });
    assert.deepEqual(managers(object).sort(), ["me Apply", "you Apply"]);
  });

  test("a field of another manager with another value is a conflict that names it", async (t) => {
    const path = await target(t);
    await api.apply(path, "me", applied({ one: "1" }));
    const status = expectStatus(
      await api.apply(path, "you", applied({ one: "2" })),
      409,
      "Conflict",
      'Apply failed with 1 conflict: conflict with "me": .data.one',
    );
    assert.deepEqual(status.details.causes, [
      { reason: "FieldManagerConflict", message: 'conflict with "me"', field: ".data.one" },
    ]);
    assert.equal((await api.read(path)).data.one, "1");
  });

  test("a conflict with an update names the version and time of the write", async (t) => {
    const path = await target(t);
    await api.apply(path, "me", applied({ one: "1" }));
    expectObject(await api.patch(`${path}?fieldManager=editor`, "merge", { data: { one: "2" } }));
    expectStatus(
      await api.apply(path, "me", applied({ one: "1" })),
      409,
      "Conflict",
      /^Apply failed with 1 conflict: conflict with "editor" using v1: \.data\.one$/,
    );
  });

  test("force takes the field over", async (t) => {
    const path = await target(t);
    await api.apply(path, "me", applied({ one: "1", mine: "yes" }));
    const object = expectObject(await api.apply(path, "you", applied({ one: "2" }), "force=true"));
    assert.deepEqual(object.data, { one: "2", mine: "yes" });
    assert.deepEqual(fieldsOf(object, "me").fieldsV1, { "f:data": { "f:mine": {} } });
    assert.deepEqual(fieldsOf(object, "you").fieldsV1, { "f:data": { "f:one": {} } });
  });

  test("several managers own a field that all of them apply with one value", async (t) => {
    const path = await target(t);
    await api.apply(path, "me", applied({ one: "1" }));
    expectObject(await api.apply(path, "you", applied({ one: "1" })));
    const object = expectObject(await api.apply(path, "me", applied({})));
    assert.deepEqual(object.data, { one: "1" });
  });

  test("applying the same again takes no revision", async (t) => {
    const path = await target(t);
    const first = expectObject(await api.apply(path, "me", applied({ one: "1" })), 201);
    const second = expectObject(await api.apply(path, "me", applied({ one: "1" })));
    assert.deepEqual(second, first);
  });

  test("a field manager has to be named", async (t) => {
    const status = expectStatus(await api.patch(await target(t), "apply", applied({ one: "1" })), 422, "Invalid");
    assert.deepEqual(status.details.causes, [
      { reason: "FieldValueRequired", message: "Required value: is required for apply patch", field: "fieldManager" },
    ]);
  });

  test("the configuration says its apiVersion and kind", async (t) => {
    const path = await target(t);
    expectStatus(await api.apply(path, "me", { metadata: { name: "a" } }), 400, "BadRequest");
    expectStatus(
      await api.apply(path, "me", { apiVersion: "v1", kind: "Secret", metadata: { name: "a" } }),
      400,
      "BadRequest",
    );
  });

  test("the configuration has no managedFields", async (t) => {
    expectStatus(
      await api.apply(await target(t), "me", applied({}, { managedFields: [{ manager: "x", operation: "Apply" }] })),
      400,
      "BadRequest",
      /metadata\.managedFields must be nil/,
    );
  });

  test("the configuration may be YAML", async (t) => {
    const yaml = "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: a\ndata:\n  one: '1'\n";
    assert.deepEqual(expectObject(await api.apply(await target(t), "me", yaml), 201).data, { one: "1" });
  });

  test("items of a list with keys are owned one by one", async (t) => {
    const path = `/apis/apps/v1/namespaces/${await namespace(t)}/deployments/a`;
    const env = (list: JsonObject[]) => {
      const object = deployment("a");
      object.spec.template.spec.containers[0].env = list;
      return object;
    };
    await api.apply(path, "me", env([{ name: "ONE", value: "1" }]));
    const other: JsonObject = {
      apiVersion: "apps/v1",
      kind: "Deployment",
      metadata: { name: "a" },
      spec: { template: { spec: { containers: [{ name: "main", env: [{ name: "TWO", value: "2" }] }] } } },
    };
    const both = expectObject(await api.apply(path, "you", other));
    const names = (object: JsonObject) =>
      (object.spec.template.spec.containers[0].env ?? []).map(({ name }: JsonObject) => name);
    assert.deepEqual(names(both).sort(), ["ONE", "TWO"]);
    assert.deepEqual(fieldsOf(both, "you").fieldsV1, {
      "f:spec": {
        "f:template": {
          "f:spec": {
            "f:containers": {
              'k:{"name":"main"}': {
                ".": {},
                "f:name": {},
                "f:env": { 'k:{"name":"TWO"}': { ".": {}, "f:name": {}, "f:value": {} } },
              },
            },
          },
        },
      },
    });
    const mine = expectObject(await api.apply(path, "me", env([])));
    assert.deepEqual(names(mine), ["TWO"]);
  });

  test("an atomic list belongs to one manager as a whole", async (t) => {
    const path = `/apis/rbac.authorization.k8s.io/v1/namespaces/${await namespace(t)}/roles/a`;
    const role = (verb: string) => ({
      apiVersion: "rbac.authorization.k8s.io/v1",
      kind: "Role",
      metadata: { name: "a" },
      rules: [{ apiGroups: [""], resources: ["pods"], verbs: [verb] }],
    });
    expectObject(await api.apply(path, "me", role("get")), 201);
    expectStatus(
      await api.apply(path, "you", role("list")),
      409,
      "Conflict",
      'Apply failed with 1 conflict: conflict with "me": .rules',
    );
  });

  test("an update takes over the fields that it changes, and only those", async (t) => {
    const path = await target(t);
    await api.apply(path, "me", applied({ one: "1", two: "2" }));
    const object = expectObject(await api.patch(`${path}?fieldManager=editor`, "merge", { data: { one: "uno" } }));
    assert.deepEqual(fieldsOf(object, "me").fieldsV1, { "f:data": { "f:two": {} } });
    assert.deepEqual(fieldsOf(object, "editor").fieldsV1, { "f:data": { "f:one": {} } });
    assert.equal(fieldsOf(object, "editor").operation, "Update");
  });

  test("a plain write is tracked under the name of the client's program", async (t) => {
    const ns = await namespace(t);
    const { metadata } = await api.make(`/api/v1/namespaces/${ns}/configmaps`, applied({ one: "1" }));
    assert.equal(metadata.managedFields[0].manager, "conformance");
    assert.equal(metadata.managedFields[0].operation, "Update");
  });

  test("a status that is applied belongs to the subresource", async (t) => {
    const base = `/apis/apps/v1/namespaces/${await namespace(t)}/deployments/a`;
    expectObject(await api.apply(base, "me", deployment("a")), 201);
    const object = expectObject(
      await api.apply(`${base}/status`, "controller", {
        apiVersion: "apps/v1",
        kind: "Deployment",
        metadata: { name: "a" },
        status: { conditions: [{ type: "Tested", status: "True" }] },
      }),
    );
    assert.ok(managers(object).includes("controller Apply status"));
    assert.equal(object.status.conditions.find(({ type }: JsonObject) => type === "Tested").status, "True");
    const again = expectObject(await api.apply(base, "me", { ...deployment("a"), status: { replicas: 7 } }));
    assert.notEqual(again.status.replicas, 7);
  });

  test("the scale subresource owns the field that it writes", async (t) => {
    const base = `/apis/apps/v1/namespaces/${await namespace(t)}/deployments/a`;
    expectObject(await api.apply(base, "me", deployment("a")), 201);
    expectObject(
      await api.patch(`${base}/scale?fieldManager=scaler`, "merge", {
        spec: { replicas: 0 },
        metadata: { annotations: {} },
      }),
    );
    expectObject(await api.patch(`${base}/scale?fieldManager=scaler`, "merge", { spec: { replicas: 1 } }));
    const object = await api.read(base);
    assert.deepEqual(fieldsOf(object, "scaler").fieldsV1, { "f:spec": { "f:replicas": {} } });
    assert.equal(fieldsOf(object, "scaler").subresource, "scale");
    expectStatus(
      await api.apply(base, "me", deployment("a")),
      409,
      "Conflict",
      /conflict with "scaler" with subresource "scale" using apps\/v1: \.spec\.replicas/,
    );
  });

  test("who writes owns what was sent and its defaults, not what the server adds", async (t) => {
    const created = await api.make(`/api/v1/namespaces/${await namespaceForPods(t)}/pods`, pod("a"));
    assert.ok(created.spec.tolerations.length > 0, "admission added to the pod");
    const { fieldsV1 } = created.metadata.managedFields[0];
    assert.ok(fieldsV1["f:spec"]["f:restartPolicy"], "a default is owned");
    for (const added of ["f:tolerations", "f:serviceAccountName", "f:priority"]) {
      assert.equal(fieldsV1["f:spec"][added], undefined, added);
    }
    assert.equal(fieldsV1["f:status"], undefined);
  });

  test("managedFields can be emptied; what is there then belongs to nobody in particular", async (t) => {
    const path = await target(t);
    await api.apply(path, "me", applied({ one: "1" }));
    const object = expectObject(await api.patch(path, "merge", { metadata: { managedFields: [{}] } }));
    assert.deepEqual(object.metadata.managedFields ?? [], []);
    expectObject(await api.apply(path, "you", applied({ one: "1" })));
    expectStatus(
      await api.apply(path, "you", applied({ one: "2" })),
      409,
      "Conflict",
      'Apply failed with 1 conflict: conflict with "before-first-apply" using v1: .data.one',
    );
  });

  test("an unknown field of a configuration is refused", async (t) => {
    const path = await target(t);
    const answer = await api.apply(path, "me", { ...applied({}), nonsense: true });
    assert.ok(answer.code >= 400 && answer.code < 500, answer.text);
    assert.match(answer.json.message, /nonsense/);
  });

  test("a dry run shows what would be, and stores nothing", async (t) => {
    const path = await target(t);
    const object = expectObject(await api.apply(path, "me", applied({ one: "1" }), "dryRun=All"), 201);
    assert.deepEqual(object.data, { one: "1" });
    assert.equal((await api.get(path)).code, 404);
  });
});

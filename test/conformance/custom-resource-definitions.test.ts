// Definitions of custom resources: from creation to the deletion of the last object.

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { JsonObject } from "../../src/machinery/object.ts";
import { api, eventually, expectObject, expectStatus, namespace } from "./support/api.ts";
import { conditionOf, defineKind, definition, definitions, uniqueGroup } from "./support/definitions.ts";

const causes = (status: JsonObject): string[] => status.details.causes.map(({ field }: JsonObject) => field);

describe("custom resource definitions", { concurrency: 8 }, () => {
  test("a definition becomes established, and its kind is served", async (t) => {
    const kind = await defineKind(t);
    const object = await api.read(`${definitions}/${kind.definition}`);
    assert.equal(conditionOf(object, "NamesAccepted")?.status, "True");
    assert.equal(conditionOf(object, "NamesAccepted")?.reason, "NoConflicts");
    assert.equal(conditionOf(object, "Established")?.status, "True");
    assert.equal(conditionOf(object, "Established")?.reason, "InitialNamesAccepted");
    assert.deepEqual(object.status.acceptedNames, {
      plural: "widgets",
      singular: "widget",
      kind: "Widget",
      listKind: "WidgetList",
    });
    assert.deepEqual(object.status.storedVersions, ["v1"]);
    assert.equal(object.spec.conversion.strategy, "None");
  });

  test("custom objects are created, read, changed, listed, watched and deleted as others are", async (t) => {
    const kind = await defineKind(t);
    const ns = await namespace(t);
    const path = kind.path(ns);
    const { metadata } = await api.read(path);
    const watch = api.watch(t, `${path}?resourceVersion=${metadata.resourceVersion}`);
    const created = await api.make(path, kind.widget("a", { size: 1 }));
    assert.equal(created.kind, "Widget");
    assert.equal(created.metadata.generation, 1);
    const updated = expectObject(await api.put(`${path}/a`, { ...created, spec: { size: 2 } }));
    assert.equal(updated.metadata.generation, 2);
    const list = await api.read(path);
    assert.equal(list.kind, "WidgetList");
    assert.equal(list.apiVersion, kind.apiVersion);
    assert.deepEqual(list.items, [updated]);
    assert.deepEqual(expectObject(await api.delete(`${path}/a`)).details, {
      name: "a",
      group: kind.group,
      kind: "widgets",
      uid: created.metadata.uid,
    });
    const types = [await watch.expect(), await watch.expect(), await watch.expect()].map(({ type }) => type);
    assert.deepEqual(types, ["ADDED", "MODIFIED", "DELETED"]);
  });

  test("a custom kind is discovered with its names", async (t) => {
    const kind = await defineKind(t, {
      more: {
        names: {
          plural: "widgets",
          singular: "widget",
          kind: "Widget",
          listKind: "WidgetList",
          shortNames: ["wdg"],
          categories: ["all", "toys"],
        },
      },
      version: {
        subresources: {
          status: {},
          scale: { specReplicasPath: ".spec.replicas", statusReplicasPath: ".status.replicas" },
        },
      },
    });
    const list = await api.read(`/apis/${kind.group}/v1`);
    const [widgets, ...subresources] = list.resources;
    assert.equal(widgets.name, "widgets");
    assert.equal(widgets.singularName, "widget");
    assert.equal(widgets.kind, "Widget");
    assert.equal(widgets.namespaced, true);
    assert.deepEqual(widgets.shortNames, ["wdg"]);
    assert.deepEqual(widgets.categories, ["all", "toys"]);
    assert.deepEqual([...widgets.verbs].sort(), [
      "create",
      "delete",
      "deletecollection",
      "get",
      "list",
      "patch",
      "update",
      "watch",
    ]);
    assert.deepEqual(subresources.map(({ name }: JsonObject) => name).sort(), ["widgets/scale", "widgets/status"]);
    const { groups } = await api.read("/apis");
    assert.ok(groups.some(({ name }: JsonObject) => name === kind.group));
  });

  test("a custom kind is published in OpenAPI", async (t) => {
    const kind = await defineKind(t, {
      spec: { type: "object", properties: { size: { type: "integer", description: "how large it is" } } },
    });
    const document = await eventually(async () => await api.read(`/openapi/v3/apis/${kind.group}/v1`));
    const schema = Object.values<JsonObject>(document.components.schemas).find(
      (each) => each.properties?.spec?.properties?.size,
    );
    assert.equal(schema!.properties.spec.properties.size.description, "how large it is");
    assert.deepEqual(schema!["x-kubernetes-group-version-kind"], [
      { group: kind.group, version: "v1", kind: "Widget" },
    ]);
  });

  test("a cluster-scoped kind has no namespaces", async (t) => {
    const kind = await defineKind(t, { scope: "Cluster" });
    const created = await api.make(kind.path(), kind.widget("a"));
    assert.equal(created.metadata.namespace, undefined);
    expectStatus(await api.get(`/apis/${kind.group}/v1/namespaces/default/widgets`), 404, "NotFound");
  });

  test("a definition says what is wrong with it", async () => {
    const group = uniqueGroup();
    const wrongName = definition(group);
    wrongName.metadata.name = `gadgets.${group}`;
    expectStatus(
      await api.post(definitions, wrongName),
      422,
      "Invalid",
      new RegExp(
        `metadata\\.name: Invalid value: "gadgets\\.${group}": must be spec\\.names\\.plural\\+"\\."\\+spec\\.group`,
      ),
    );

    const noStorage = definition(group);
    noStorage.spec.versions[0].storage = false;
    expectStatus(
      await api.post(definitions, noStorage),
      422,
      "Invalid",
      /must have exactly one version marked as storage version/,
    );

    const noSchema = definition(group);
    delete noSchema.spec.versions[0].schema;
    expectStatus(await api.post(definitions, noSchema), 422, "Invalid", /schemas are required/);

    const notStructural = definition(group, { spec: { properties: { size: { type: "integer" } } } });
    assert.ok(
      causes(expectStatus(await api.post(definitions, notStructural), 422, "Invalid")).some((field) =>
        field.startsWith("spec.validation.openAPIV3Schema.properties[spec].type"),
      ),
    );

    const badDefault = definition(group, {
      spec: { type: "object", properties: { size: { type: "integer", default: "large" } } },
    });
    expectStatus(
      await api.post(definitions, badDefault),
      422,
      "Invalid",
      /properties\[size\]\.default in body must be of type integer: "string"/,
    );

    const keptGroup = definition("widgets.k8s.io");
    expectStatus(await api.post(definitions, keptGroup), 422, "Invalid", /api-approved\.kubernetes\.io/);
  });

  test("scope, group and names cannot be changed to another kind", async (t) => {
    const kind = await defineKind(t);
    expectStatus(
      await api.patch(`${definitions}/${kind.definition}`, "merge", { spec: { scope: "Cluster" } }),
      422,
      "Invalid",
      /spec\.scope: Invalid value: "Cluster": field is immutable/,
    );
    expectStatus(
      await api.patch(`${definitions}/${kind.definition}`, "merge", { spec: { group: "other.example.com" } }),
      422,
      "Invalid",
      /spec\.group: Invalid value: "other\.example\.com": field is immutable/,
    );
  });

  test("names that another definition of the group has are not accepted", async (t) => {
    const kind = await defineKind(t);
    const second = definition(kind.group);
    second.metadata.name = `others.${kind.group}`;
    second.spec.names = { plural: "others", singular: "other", kind: "Widget", listKind: "OtherList" };
    await api.make(definitions, second);
    t.after(() => api.delete(`${definitions}/others.${kind.group}`));
    const object = await eventually(async () => {
      const current = await api.read(`${definitions}/others.${kind.group}`);
      assert.equal(conditionOf(current, "NamesAccepted")?.status, "False");
      return current;
    });
    assert.equal(conditionOf(object, "NamesAccepted")?.reason, "KindConflict");
    assert.equal(conditionOf(object, "Established")?.status, "False");
    assert.equal((await api.get(`/apis/${kind.group}/v1/others`)).code, 404);
  });

  test("a changed schema takes effect, and old objects stay readable", async (t) => {
    const kind = await defineKind(t, { spec: { type: "object", properties: { size: { type: "integer" } } } });
    const ns = await namespace(t);
    await api.make(kind.path(ns), kind.widget("old", { size: 1 }));
    expectObject(
      await api.patch(`${definitions}/${kind.definition}`, "json", [
        {
          op: "replace",
          path: "/spec/versions/0/schema/openAPIV3Schema/properties/spec",
          value: {
            type: "object",
            required: ["color"],
            properties: { size: { type: "integer" }, color: { type: "string" } },
          },
        },
      ]),
    );
    await eventually(async () => {
      expectStatus(
        await api.post(kind.path(ns), kind.widget("new", { size: 1 })),
        422,
        "Invalid",
        /spec\.color: Required value/,
      );
    });
    assert.equal((await api.read(`${kind.path(ns)}/old`)).spec.size, 1);
  });

  test("deleting a definition deletes its objects and ends its service", async (t) => {
    const kind = await defineKind(t);
    const ns = await namespace(t);
    await api.make(kind.path(ns), kind.widget("a"));
    expectObject(await api.delete(`${definitions}/${kind.definition}`));
    await eventually(async () => {
      assert.equal((await api.get(`${definitions}/${kind.definition}`)).code, 404);
      assert.equal((await api.get(kind.path(ns))).code, 404);
    });
    await api.make(definitions, definition(kind.group));
    await eventually(async () => assert.deepEqual((await api.read(kind.path(ns))).items, []));
  });

  test("a definition waits for objects that are held by finalizers", async (t) => {
    const kind = await defineKind(t);
    const ns = await namespace(t);
    const held = kind.widget("a");
    held.metadata.finalizers = ["example.com/hold"];
    await api.make(kind.path(ns), held);
    expectObject(await api.delete(`${definitions}/${kind.definition}`));
    const object = await eventually(async () => {
      const current = await api.read(`${definitions}/${kind.definition}`);
      assert.equal(conditionOf(current, "Terminating")?.status, "True");
      return current;
    });
    assert.deepEqual(object.metadata.finalizers, ["customresourcecleanup.apiextensions.k8s.io"]);
    expectStatus(await api.post(kind.path(ns), kind.widget("late")), 405, "MethodNotAllowed");
    await eventually(async () => assert.ok((await api.read(`${kind.path(ns)}/a`)).metadata.deletionTimestamp));
    expectObject(await api.patch(`${kind.path(ns)}/a`, "merge", { metadata: { finalizers: null } }));
    await eventually(async () => assert.equal((await api.get(`${definitions}/${kind.definition}`)).code, 404));
  });

  test("watches of custom objects end with their definition, after the last event", async (t) => {
    const kind = await defineKind(t);
    const ns = await namespace(t);
    const { metadata } = await api.make(kind.path(ns), kind.widget("a"));
    const watch = api.watch(t, `${kind.path(ns)}?resourceVersion=${metadata.resourceVersion}`);
    assert.equal((await watch.opened).code, 200);
    expectObject(await api.delete(`${definitions}/${kind.definition}`));
    assert.equal((await watch.expect()).type, "DELETED");
    assert.equal(await watch.next(), undefined);
  });

  test("watches of custom objects end when their definition says something else, and not before", async (t) => {
    const kind = await defineKind(t);
    const ns = await namespace(t);
    const watch = api.watch(t, `${kind.path(ns)}?resourceVersion=0`);
    assert.equal((await watch.opened).code, 200);
    const path = `${definitions}/${kind.definition}`;
    expectObject(await api.patch(path, "merge", { metadata: { annotations: { note: "says nothing new" } } }));
    await api.make(kind.path(ns), kind.widget("a"));
    assert.equal((await watch.expect()).type, "ADDED");
    expectObject(await api.patch(path, "merge", { spec: { names: { shortNames: ["wd"] } } }));
    await watch.ended();
  });

  test("the status of a definition belongs to the server", async (t) => {
    const kind = await defineKind(t);
    const object = expectObject(
      await api.patch(`${definitions}/${kind.definition}`, "merge", { status: { storedVersions: ["v9"] } }),
    );
    assert.deepEqual(object.status.storedVersions, ["v1"]);
  });
});

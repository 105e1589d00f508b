// What a definition adds to its kind: status, scale, columns, names and selectable fields.

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { JsonObject } from "../../src/machinery/object.ts";
import { api, expectObject, expectStatus, namespace } from "./support/api.ts";
import { defineKind } from "./support/definitions.ts";

const asTable = { accept: "application/json;as=Table;g=meta.k8s.io;v=v1" };
const integer = { type: "integer" };
const text = { type: "string" };
const status = { status: { type: "object", properties: { replicas: integer, phase: text, selector: text } } };

describe("parts of custom resources", { concurrency: 8 }, () => {
  test("without a status subresource the status is a field like any other", async (t) => {
    const kind = await defineKind(t, { properties: status });
    const path = kind.path(await namespace(t));
    const created = await api.make(path, kind.widget("a", {}, { status: { phase: "New" } }));
    assert.equal(created.status.phase, "New");
    const changed = expectObject(await api.patch(`${path}/a`, "merge", { status: { phase: "Old" } }));
    assert.equal(changed.metadata.generation, 2);
    expectStatus(await api.get(`${path}/a/status`), 404, "NotFound");
  });

  test("with one it is written by its own path only", async (t) => {
    const kind = await defineKind(t, { properties: status, version: { subresources: { status: {} } } });
    const path = kind.path(await namespace(t));
    const created = await api.make(path, kind.widget("a", { size: 1 }, { status: { phase: "New" } }));
    assert.equal(created.status, undefined);
    const main = expectObject(await api.patch(`${path}/a`, "merge", { status: { phase: "Old" } }));
    assert.equal(main.status, undefined);
    const own = expectObject(
      await api.patch(`${path}/a/status`, "merge", {
        spec: { size: 9 },
        metadata: { labels: { x: "y" } },
        status: { phase: "Ready" },
      }),
    );
    assert.equal(own.status.phase, "Ready");
    assert.equal(own.spec.size, 1);
    assert.equal(own.metadata.labels, undefined);
    assert.equal(own.metadata.generation, 1);
    const replaced = expectObject(await api.put(`${path}/a/status`, { ...own, status: { phase: "Gone" } }));
    assert.equal(replaced.status.phase, "Gone");
  });

  test("a scale subresource reads and writes where the definition says", async (t) => {
    const scale = {
      specReplicasPath: ".spec.count",
      statusReplicasPath: ".status.replicas",
      labelSelectorPath: ".status.selector",
    };
    const kind = await defineKind(t, {
      spec: { type: "object", properties: { count: integer } },
      properties: status,
      version: { subresources: { status: {}, scale } },
    });
    const path = kind.path(await namespace(t));
    await api.make(path, kind.widget("a", { count: 2 }));
    expectObject(await api.patch(`${path}/a/status`, "merge", { status: { replicas: 1, selector: "app=a" } }));
    const shown = await api.read(`${path}/a/scale`);
    assert.equal(shown.kind, "Scale");
    assert.equal(shown.apiVersion, "autoscaling/v1");
    assert.deepEqual(shown.spec, { replicas: 2 });
    assert.deepEqual(shown.status, { replicas: 1, selector: "app=a" });
    expectObject(await api.patch(`${path}/a/scale`, "merge", { spec: { replicas: 5 } }));
    assert.equal((await api.read(`${path}/a`)).spec.count, 5);
    expectStatus(await api.patch(`${path}/a/scale`, "merge", { spec: { replicas: -1 } }), 422, "Invalid");
  });

  test("printer columns fill tables", async (t) => {
    const kind = await defineKind(t, {
      properties: status,
      version: {
        subresources: { status: {} },
        additionalPrinterColumns: [
          { name: "Size", type: "integer", jsonPath: ".spec.size", description: "how large" },
          { name: "Phase", type: "string", jsonPath: ".status.phase", priority: 1 },
          { name: "Second", type: "string", jsonPath: ".spec.list[1].name" },
          { name: "Age", type: "date", jsonPath: ".metadata.creationTimestamp" },
        ],
      },
    });
    const path = kind.path(await namespace(t));
    await api.make(path, kind.widget("a", { size: 3, list: [{ name: "x" }, { name: "y" }] }));
    await api.make(path, kind.widget("b"));
    const table = expectObject(await api.get(path, asTable));
    assert.deepEqual(
      table.columnDefinitions.map(({ name, type, priority }: JsonObject) => [name, type, priority]),
      [
        ["Name", "string", 0],
        ["Size", "integer", 0],
        ["Phase", "string", 1],
        ["Second", "string", 0],
        ["Age", "date", 0],
      ],
    );
    assert.equal(table.columnDefinitions[1].description, "how large");
    const [a, b] = table.rows;
    assert.deepEqual(a.cells.slice(0, 4), ["a", 3, null, "y"]);
    assert.match(a.cells[4], /^\d+s$/);
    assert.deepEqual(b.cells.slice(0, 4), ["b", null, null, null]);
  });

  test("without columns a table has name and age", async (t) => {
    const kind = await defineKind(t);
    const path = kind.path(await namespace(t));
    await api.make(path, kind.widget("a"));
    const table = expectObject(await api.get(path, asTable));
    assert.deepEqual(
      table.columnDefinitions.map(({ name }: JsonObject) => name),
      ["Name", "Age"],
    );
  });

  test("selectable fields select in lists, watches and collections", async (t) => {
    const kind = await defineKind(t, {
      spec: { type: "object", properties: { color: text, size: integer } },
      version: { selectableFields: [{ jsonPath: ".spec.color" }, { jsonPath: ".spec.size" }] },
    });
    const path = kind.path(await namespace(t));
    const { metadata } = await api.read(path);
    const watch = api.watch(t, `${path}?resourceVersion=${metadata.resourceVersion}&fieldSelector=spec.color%3Dblue`);
    await api.make(path, kind.widget("a", { color: "red", size: 1 }));
    await api.make(path, kind.widget("b", { color: "blue", size: 2 }));
    assert.equal((await watch.expect()).object.metadata.name, "b");
    const names = async (selector: string) =>
      (await api.read(`${path}?fieldSelector=${encodeURIComponent(selector)}`)).items.map(
        (item: JsonObject) => item.metadata.name,
      );
    assert.deepEqual(await names("spec.color=blue"), ["b"]);
    assert.deepEqual(await names("spec.size=1"), ["a"]);
    assert.deepEqual(await names("spec.color!=blue,metadata.name=a"), ["a"]);
    expectStatus(
      await api.get(`${path}?fieldSelector=spec.other%3Dx`),
      400,
      "BadRequest",
      /field label not supported: spec\.other/,
    );
    expectObject(await api.delete(`${path}?fieldSelector=spec.color%3Dred`));
    assert.equal((await api.get(`${path}/a`)).code, 404);
    assert.equal((await api.get(`${path}/b`)).code, 200);
  });

  test("custom objects know revisions, dry runs, metadata alone and pages as built-in ones do", async (t) => {
    const kind = await defineKind(t);
    const path = kind.path(await namespace(t));
    const created = await api.make(path, kind.widget("a"));
    await api.make(path, kind.widget("b"));
    expectObject(await api.post(`${path}?dryRun=All`, kind.widget("c")), 201);
    assert.equal((await api.get(`${path}/c`)).code, 404);
    const page = await api.read(`${path}?limit=1`);
    assert.equal(page.metadata.remainingItemCount, 1);
    const accept = "application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1";
    assert.deepEqual(expectObject(await api.get(`${path}/a`, { accept })).metadata, created.metadata);
    const changed = expectObject(await api.patch(`${path}/a`, "merge", { spec: { x: 1 } }));
    expectStatus(
      await api.put(`${path}/a`, created),
      409,
      "Conflict",
      new RegExp(`^Operation cannot be fulfilled on widgets\\.${kind.group} "a": `),
    );
    expectStatus(
      await api.put(`${path}/a`, { ...changed, metadata: { name: "a" } }),
      422,
      "Invalid",
      /metadata\.resourceVersion: Invalid value: (0|"0"|0x0|""): must be specified for an update/,
    );
  });

  test("names of custom objects are DNS subdomains", async (t) => {
    const kind = await defineKind(t);
    expectStatus(
      await api.post(kind.path(await namespace(t)), kind.widget("Not_A_Name")),
      422,
      "Invalid",
      /metadata\.name: Invalid value: "Not_A_Name": a lowercase RFC 1123 subdomain must consist of/,
    );
  });
});

// Answers in other shapes: tables for people, metadata alone for controllers.

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { JsonObject } from "../../src/machinery/object.ts";
import { api, expectObject, expectStatus, namespace, namespaceForPods } from "./support/api.ts";
import { configMap, deployment, pod } from "./support/objects.ts";

const asTable = "application/json;as=Table;g=meta.k8s.io;v=v1";
const asPartial = "application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1";
const asPartialList = "application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1";

const headings = (table: JsonObject): string[] => table.columnDefinitions.map(({ name }: JsonObject) => name);

describe("tables and metadata", { concurrency: 8 }, () => {
  test("a list as a table has the columns that kubectl shows", async (t) => {
    const ns = await namespaceForPods(t);
    await api.make(`/api/v1/namespaces/${ns}/pods`, pod("a"));
    const table = expectObject(await api.get(`/api/v1/namespaces/${ns}/pods`, { accept: asTable }));
    assert.equal(table.kind, "Table");
    assert.equal(table.apiVersion, "meta.k8s.io/v1");
    assert.match(table.metadata.resourceVersion, /^[0-9]+$/);
    assert.deepEqual(headings(table), [
      "Name",
      "Ready",
      "Status",
      "Restarts",
      "Age",
      "IP",
      "Node",
      "Nominated Node",
      "Readiness Gates",
    ]);
    const [name] = table.columnDefinitions;
    assert.equal(name.type, "string");
    assert.equal(name.format, "name");
    assert.equal(name.priority, 0);
    assert.equal(table.columnDefinitions[5].priority, 1, "columns of -o wide have a priority");
    const [row] = table.rows;
    assert.deepEqual(row.cells.slice(0, 3), ["a", "0/1", "Pending"]);
  });

  test("one object as a table is one row", async (t) => {
    const ns = await namespace(t);
    await api.make(`/apis/apps/v1/namespaces/${ns}/deployments`, deployment("a"));
    const table = expectObject(await api.get(`/apis/apps/v1/namespaces/${ns}/deployments/a`, { accept: asTable }));
    assert.deepEqual(headings(table).slice(0, 5), ["Name", "Ready", "Up-to-date", "Available", "Age"]);
    assert.equal(table.rows.length, 1);
    assert.deepEqual(table.rows[0].cells.slice(0, 4), ["a", "0/0", 0, 0]);
  });

  test("rows carry the metadata of their objects, or all of them, or nothing", async (t) => {
    const path = `/api/v1/namespaces/${await namespace(t)}/configmaps`;
    await api.make(path, configMap("a", { key: "value" }, { labels: { show: "a" } }));
    const query = `${path}?labelSelector=show`;
    const [partial] = expectObject(await api.get(query, { accept: asTable })).rows;
    assert.equal(partial.object.kind, "PartialObjectMetadata");
    assert.equal(partial.object.metadata.name, "a");
    assert.equal(partial.object.data, undefined);
    const [whole] = expectObject(await api.get(`${query}&includeObject=Object`, { accept: asTable })).rows;
    assert.equal(whole.object.kind, "ConfigMap");
    assert.deepEqual(whole.object.data, { key: "value" });
    const [none] = expectObject(await api.get(`${query}&includeObject=None`, { accept: asTable })).rows;
    assert.equal(none.object ?? null, null);
    expectStatus(await api.get(`${query}&includeObject=Some`, { accept: asTable }), 400, "BadRequest");
  });

  test("tables come in pages as lists do", async (t) => {
    const path = `/api/v1/namespaces/${await namespace(t)}/secrets`;
    for (const name of ["a", "b", "c"]) await api.make(path, { metadata: { name } });
    const first = expectObject(await api.get(`${path}?limit=2`, { accept: asTable }));
    assert.equal(first.rows.length, 2);
    assert.equal(first.metadata.remainingItemCount, 1);
    const token = encodeURIComponent(first.metadata.continue);
    const second = expectObject(await api.get(`${path}?limit=2&continue=${token}`, { accept: asTable }));
    assert.deepEqual(
      second.rows.map(({ cells }: JsonObject) => cells[0]),
      ["c"],
    );
  });

  test("the old version of tables is served to those who ask for it", async () => {
    const answer = await api.get("/api/v1/namespaces/default", {
      accept: "application/json;as=Table;g=meta.k8s.io;v=v1beta1",
    });
    assert.equal(expectObject(answer).apiVersion, "meta.k8s.io/v1beta1");
  });

  test("who accepts a table or JSON gets the table, and a Status stays a Status", async () => {
    const accept = `${asTable},application/json`;
    assert.equal(expectObject(await api.get("/api/v1/namespaces/default", { accept })).kind, "Table");
    expectStatus(await api.get("/api/v1/namespaces/no-such-namespace", { accept }), 404, "NotFound");
  });

  test("a shape that nobody knows falls back to the next that is accepted, or is not acceptable", async () => {
    const accept = "application/json;as=Drawing;g=meta.k8s.io;v=v1";
    const fallback = await api.get("/api/v1/namespaces/default", { accept: `${accept},application/json` });
    assert.equal(expectObject(fallback).kind, "Namespace");
    expectStatus(await api.get("/api/v1/namespaces/default", { accept }), 406, "NotAcceptable");
  });

  test("an object as metadata alone", async (t) => {
    const path = `/api/v1/namespaces/${await namespace(t)}/configmaps`;
    const created = await api.make(path, configMap("a", { key: "value" }));
    const partial = expectObject(await api.get(`${path}/a`, { accept: asPartial }));
    assert.deepEqual(partial, {
      kind: "PartialObjectMetadata",
      apiVersion: "meta.k8s.io/v1",
      metadata: created.metadata,
    });
  });

  test("a list as metadata alone", async (t) => {
    const path = `/api/v1/namespaces/${await namespace(t)}/configmaps`;
    await api.make(path, configMap("a", { key: "value" }, { labels: { show: "a" } }));
    const list = expectObject(await api.get(`${path}?labelSelector=show`, { accept: asPartialList }));
    assert.equal(list.kind, "PartialObjectMetadataList");
    assert.equal(list.apiVersion, "meta.k8s.io/v1");
    assert.match(list.metadata.resourceVersion, /^[0-9]+$/);
    assert.equal(list.items.length, 1);
    assert.equal(list.items[0].metadata.name, "a");
    assert.equal(list.items[0].data, undefined);
  });

  test("writes answer in the shape that was asked for", async (t) => {
    const path = `/api/v1/namespaces/${await namespace(t)}/configmaps`;
    const created = expectObject(await api.post(path, configMap("a"), { accept: asPartial }), 201);
    assert.equal(created.kind, "PartialObjectMetadata");
    const patched = expectObject(await api.patch(`${path}/a`, "merge", { data: { a: "b" } }, { accept: asTable }));
    assert.equal(patched.kind, "Table");
    assert.equal(patched.rows[0].cells[0], "a");
  });

  test("a table or metadata cannot be sent as an object", async (t) => {
    const path = `/api/v1/namespaces/${await namespace(t)}/configmaps`;
    const body = { kind: "PartialObjectMetadata", apiVersion: "meta.k8s.io/v1", metadata: { name: "a" } };
    expectStatus(await api.post(path, body), 400, "BadRequest");
  });
});

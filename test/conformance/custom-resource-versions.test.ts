// Several versions of one custom kind: every object is served in each.

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { JsonObject } from "../../src/machinery/object.ts";
import { api, eventually, expectObject, expectStatus, namespace, ownServerOnly } from "./support/api.ts";
import { type CustomKind, defineKind, definitions } from "./support/definitions.ts";
import { callsBack, listenForJson } from "./support/https-listener.ts";

const free = { openAPIV3Schema: { type: "object", "x-kubernetes-preserve-unknown-fields": true } };
const second = { name: "v2", served: true, storage: false, schema: free };
const inVersion = (kind: CustomKind, version: string, name: string, spec: JsonObject): JsonObject => ({
  ...kind.widget(name, spec),
  apiVersion: `${kind.group}/${version}`,
});

/** `spec.size` of v1 is `spec.dimensions.size` in v2. */
function convert(object: JsonObject, apiVersion: string): JsonObject {
  const size = object.spec?.size ?? object.spec?.dimensions?.size;
  return { ...object, apiVersion, spec: apiVersion.endsWith("/v2") ? { dimensions: { size } } : { size } };
}

const converting = (url: string, caBundle: string) => ({
  conversion: { strategy: "Webhook", webhook: { conversionReviewVersions: ["v1"], clientConfig: { url, caBundle } } },
});

describe("versions of custom resources", { concurrency: 4 }, () => {
  test("without conversion only the apiVersion differs", async (t) => {
    const kind = await defineKind(t, { versions: [second] });
    const ns = await namespace(t);
    const created = await api.make(kind.path(ns), kind.widget("a", { size: 1 }));
    const shown = await api.read(`${kind.path(ns, "v2")}/a`);
    assert.equal(shown.apiVersion, `${kind.group}/v2`);
    assert.deepEqual(shown.spec, { size: 1 });
    assert.equal(shown.metadata.uid, created.metadata.uid);
    await api.make(kind.path(ns, "v2"), inVersion(kind, "v2", "b", { size: 2 }));
    const list = await api.read(kind.path(ns));
    assert.deepEqual(
      list.items.map(({ apiVersion }: JsonObject) => apiVersion),
      [kind.apiVersion, kind.apiVersion],
    );
  });

  test("discovery lists versions with the most stable one first", async (t) => {
    const kind = await defineKind(t, { versions: ["v2beta1", "v10", "v2"].map((name) => ({ ...second, name })) });
    const group = await eventually(async () => {
      const current = await api.read(`/apis/${kind.group}`);
      assert.equal(current.versions.length, 4);
      return current;
    });
    assert.deepEqual(
      group.versions.map(({ version }: JsonObject) => version),
      ["v10", "v2", "v1", "v2beta1"],
    );
    assert.equal(group.preferredVersion.version, "v10");
  });

  test("a version that is not served is not found", async (t) => {
    const kind = await defineKind(t, { versions: [{ ...second, served: false }] });
    const ns = await namespace(t);
    expectStatus(await api.get(kind.path(ns, "v2")), 404, "NotFound");
  });

  test("a deprecated version warns", async (t) => {
    const kind = await defineKind(t, {
      versions: [
        { ...second, deprecated: true, deprecationWarning: "use v1 instead" },
        { ...second, name: "v3", deprecated: true },
      ],
    });
    const ns = await namespace(t);
    assert.deepEqual((await api.get(kind.path(ns, "v2"))).warnings, ["use v1 instead"]);
    assert.deepEqual((await api.get(kind.path(ns, "v3"))).warnings, [`${kind.group}/v3 Widget is deprecated`]);
    assert.deepEqual((await api.get(kind.path(ns))).warnings, []);
  });

  test("each version is validated by its own schema", async (t) => {
    const strict = {
      openAPIV3Schema: {
        type: "object",
        properties: { spec: { type: "object", required: ["color"], properties: { color: { type: "string" } } } },
      },
    };
    const kind = await defineKind(t, { versions: [{ ...second, schema: strict }] });
    const ns = await namespace(t);
    await api.make(kind.path(ns), kind.widget("a", { size: 1 }));
    expectStatus(
      await api.post(kind.path(ns, "v2"), inVersion(kind, "v2", "b", {})),
      422,
      "Invalid",
      /spec\.color: Required value/,
    );
  });

  test("the stored version can be changed, and the definition remembers the old one", async (t) => {
    const kind = await defineKind(t, { versions: [second] });
    const ns = await namespace(t);
    await api.make(kind.path(ns), kind.widget("a", { size: 1 }));
    expectObject(
      await api.patch(`${definitions}/${kind.definition}`, "json", [
        { op: "replace", path: "/spec/versions/0/storage", value: false },
        { op: "replace", path: "/spec/versions/1/storage", value: true },
      ]),
    );
    await eventually(async () => {
      const { status } = await api.read(`${definitions}/${kind.definition}`);
      assert.deepEqual(status.storedVersions, ["v1", "v2"]);
    });
    assert.deepEqual((await api.read(`${kind.path(ns)}/a`)).spec, { size: 1 });
    expectStatus(
      await api.patch(`${definitions}/${kind.definition}`, "json", [{ op: "remove", path: "/spec/versions/0" }]),
      422,
      "Invalid",
      /status\.storedVersions\[0\]: Invalid value: "v1": (missing from spec\.versions|must appear in spec\.versions)/,
    );
  });

  test("a webhook converts objects on reads, writes, lists and watches", ownServerOnly(callsBack), async (t) => {
    let calls = 0;
    const listener = await listenForJson(t, ({ apiVersion, kind, request }) => {
      calls++;
      const convertedObjects = request.objects.map((object: JsonObject) => convert(object, request.desiredAPIVersion));
      return { apiVersion, kind, response: { uid: request.uid, result: { status: "Success" }, convertedObjects } };
    });
    const kind = await defineKind(t, { versions: [second], more: converting(listener.url, listener.caBundle) });
    const ns = await namespace(t);
    await api.make(kind.path(ns), kind.widget("a", { size: 1 }));
    assert.equal(calls, 0, "the stored version needs no conversion");
    assert.deepEqual((await api.read(`${kind.path(ns, "v2")}/a`)).spec, { dimensions: { size: 1 } });
    await api.make(kind.path(ns, "v2"), inVersion(kind, "v2", "b", { dimensions: { size: 2 } }));
    assert.deepEqual((await api.read(`${kind.path(ns)}/b`)).spec, { size: 2 });
    const list = await api.read(kind.path(ns, "v2"));
    assert.deepEqual(
      list.items.map(({ spec }: JsonObject) => spec.dimensions.size),
      [1, 2],
    );
    const watch = api.watch(t, `${kind.path(ns, "v2")}?resourceVersion=${list.metadata.resourceVersion}`);
    await api.make(kind.path(ns), kind.widget("c", { size: 3 }));
    assert.deepEqual((await watch.expect()).object.spec, { dimensions: { size: 3 } });
    const patched = expectObject(
      await api.patch(`${kind.path(ns, "v2")}/c`, "merge", { spec: { dimensions: { size: 4 } } }),
    );
    assert.deepEqual(patched.spec, { dimensions: { size: 4 } });
    assert.deepEqual((await api.read(`${kind.path(ns)}/c`)).spec, { size: 4 });
  });

  test("a conversion that fails is told, and others are not disturbed", ownServerOnly(callsBack), async (t) => {
    const listener = await listenForJson(t, ({ apiVersion, kind, request }) => ({
      apiVersion,
      kind,
      response: { uid: request.uid, result: { status: "Failure", message: "no way" } },
    }));
    const kind = await defineKind(t, { versions: [second], more: converting(listener.url, listener.caBundle) });
    const ns = await namespace(t);
    await api.make(kind.path(ns), kind.widget("a"));
    const answer = await api.get(`${kind.path(ns, "v2")}/a`);
    assert.equal(answer.code, 500);
    assert.match(
      answer.json.message,
      new RegExp(`conversion webhook for ${kind.group}/v1, Kind=Widget failed: no way`),
    );
    assert.equal((await api.get(`${kind.path(ns)}/a`)).code, 200);
  });

  test("a conversion may not change an object's identity", ownServerOnly(callsBack), async (t) => {
    const listener = await listenForJson(t, ({ apiVersion, kind, request }) => {
      const convertedObjects = request.objects.map((object: JsonObject) => ({
        ...convert(object, request.desiredAPIVersion),
        metadata: { ...object.metadata, name: "stolen" },
      }));
      return { apiVersion, kind, response: { uid: request.uid, result: { status: "Success" }, convertedObjects } };
    });
    const kind = await defineKind(t, { versions: [second], more: converting(listener.url, listener.caBundle) });
    const ns = await namespace(t);
    await api.make(kind.path(ns), kind.widget("a"));
    const answer = await api.get(`${kind.path(ns, "v2")}/a`);
    if (answer.code === 200) assert.equal(answer.json.metadata.name, "a");
    else assert.match(answer.json.message, /must have the same name|invalid converted object/);
  });
});

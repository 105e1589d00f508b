// What the schema of a definition does to objects: pruning, defaults, validation.

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { JsonObject } from "../../src/machinery/object.ts";
import { api, expectObject, expectStatus, namespace } from "./support/api.ts";
import { defineKind, definitions } from "./support/definitions.ts";

const object = (properties: JsonObject, more: JsonObject = {}): JsonObject => ({ type: "object", properties, ...more });

describe("schemas of custom resources", { concurrency: 8 }, () => {
  test("fields that the schema does not know are dropped, with a warning", async (t) => {
    const kind = await defineKind(t, { spec: object({ known: { type: "string" } }) });
    const answer = await api.post(
      kind.path(await namespace(t)),
      kind.widget("a", { known: "yes", unknown: 1 }, { more: {} }),
    );
    const created = expectObject(answer, 201);
    assert.deepEqual(created.spec, { known: "yes" });
    assert.equal(created.more, undefined);
    assert.deepEqual(answer.warnings.sort(), ['unknown field "more"', 'unknown field "spec.unknown"']);
  });

  test("Strict refuses them", async (t) => {
    const kind = await defineKind(t, { spec: object({ known: { type: "string" } }) });
    expectStatus(
      await api.post(`${kind.path(await namespace(t))}?fieldValidation=Strict`, kind.widget("a", { unknown: 1 })),
      400,
      "BadRequest",
      'Widget in version "v1" cannot be handled as a Widget: strict decoding error: unknown field "spec.unknown"',
    );
  });

  test("where a schema says so, unknown fields are kept", async (t) => {
    const kind = await defineKind(t, {
      spec: object({ free: { type: "object", "x-kubernetes-preserve-unknown-fields": true } }),
    });
    const created = await api.make(
      kind.path(await namespace(t)),
      kind.widget("a", { free: { any: { thing: [1, "x"] } }, bound: 1 }),
    );
    assert.deepEqual(created.spec, { free: { any: { thing: [1, "x"] } } });
  });

  test("maps keep their keys", async (t) => {
    const kind = await defineKind(t, {
      spec: object({ map: { type: "object", additionalProperties: object({ size: { type: "integer" } }) } }),
    });
    const created = await api.make(
      kind.path(await namespace(t)),
      kind.widget("a", { map: { one: { size: 1, other: 2 } } }),
    );
    assert.deepEqual(created.spec.map, { one: { size: 1 } });
  });

  test("defaults are set on writes", async (t) => {
    const kind = await defineKind(t, {
      spec: object({
        size: { type: "integer", default: 3 },
        nested: object({ on: { type: "boolean", default: true } }, { default: {} }),
        list: { type: "array", items: object({ name: { type: "string" }, weight: { type: "integer", default: 1 } }) },
      }),
    });
    const created = await api.make(kind.path(await namespace(t)), kind.widget("a", { list: [{ name: "x" }] }));
    assert.deepEqual(created.spec, { size: 3, nested: { on: true }, list: [{ name: "x", weight: 1 }] });
  });

  test("defaults are set on reads of objects that are older than they", async (t) => {
    const kind = await defineKind(t, { spec: object({ color: { type: "string" } }) });
    const path = kind.path(await namespace(t));
    await api.make(path, kind.widget("a"));
    expectObject(
      await api.patch(`${definitions}/${kind.definition}`, "json", [
        {
          op: "add",
          path: "/spec/versions/0/schema/openAPIV3Schema/properties/spec/properties/color/default",
          value: "blue",
        },
      ]),
    );
    const deadline = Date.now() + 10_000;
    let color: unknown;
    while (color !== "blue" && Date.now() < deadline) color = (await api.read(`${path}/a`)).spec.color;
    assert.equal(color, "blue");
    assert.equal((await api.read(path)).items[0].spec.color, "blue");
  });

  test("null is dropped where a default stands in, and kept where it is allowed", async (t) => {
    const kind = await defineKind(t, {
      spec: object({
        size: { type: "integer", default: 3 },
        maybe: { type: "string", nullable: true },
      }),
    });
    const path = kind.path(await namespace(t));
    const created = await api.make(path, kind.widget("a", { size: null, maybe: null }));
    assert.deepEqual(created.spec, { size: 3, maybe: null });
  });

  test("values are validated, with paths and the words of Kubernetes", async (t) => {
    const kind = await defineKind(t, {
      spec: object(
        {
          size: { type: "integer", minimum: 1, maximum: 10 },
          color: { type: "string", enum: ["red", "blue"] },
          name: { type: "string", pattern: "^[a-z]+$", minLength: 2, maxLength: 4 },
          list: { type: "array", minItems: 1, maxItems: 2, items: { type: "string" } },
          step: { type: "number", multipleOf: 0.5 },
        },
        { required: ["size"] },
      ),
    });
    const path = kind.path(await namespace(t));
    const refused = async (spec: JsonObject, message: RegExp) =>
      expectStatus(await api.post(path, kind.widget("a", spec)), 422, "Invalid", message);
    await refused({}, /^Widget\.g-[0-9a-f]+\.example\.com "a" is invalid: spec\.size: Required value$/);
    await refused(
      { size: 0 },
      /spec\.size: Invalid value: 0: spec\.size in body should be greater than or equal to 1$/,
    );
    await refused(
      { size: 11 },
      /spec\.size: Invalid value: 11: spec\.size in body should be less than or equal to 10$/,
    );
    await refused(
      { size: "x" },
      /spec\.size: Invalid value: "string": spec\.size in body must be of type integer: "string"$/,
    );
    await refused(
      { size: 1, color: "green" },
      /spec\.color: Unsupported value: "green": supported values: "red", "blue"$/,
    );
    await refused(
      { size: 1, name: "ABC" },
      /spec\.name: Invalid value: "ABC": spec\.name in body should match '\^\[a-z\]\+\$'$/,
    );
    await refused(
      { size: 1, name: "a" },
      /spec\.name: Invalid value: "a": spec\.name in body should be at least 2 chars long$/,
    );
    await refused({ size: 1, name: "abcde" }, /spec\.name: Too long: may not be more than 4 bytes$/);
    await refused(
      { size: 1, list: [] },
      /spec\.list: Invalid value: 0: spec\.list in body should have at least 1 items$/,
    );
    await refused({ size: 1, list: ["a", "b", "c"] }, /spec\.list: Too many: 3: must have at most 2 items$/);
    await refused(
      { size: 1, step: 0.7 },
      /spec\.step: Invalid value: 0\.7: spec\.step in body should be a multiple of 0\.5$/,
    );
    await refused({ size: 0, color: "green" }, /is invalid: \[/);
  });

  test("allOf, anyOf, oneOf and not are heeded", async (t) => {
    const kind = await defineKind(t, {
      spec: object(
        { a: { type: "string" }, b: { type: "string" }, n: { type: "integer" } },
        {
          oneOf: [{ required: ["a"] }, { required: ["b"] }],
          not: { properties: { n: { enum: [13] } }, required: ["n"] },
          allOf: [{ properties: { n: { minimum: 0 } } }],
        },
      ),
    });
    const path = kind.path(await namespace(t));
    expectObject(await api.post(`${path}?dryRun=All`, kind.widget("x", { a: "1" })), 201);
    expectStatus(
      await api.post(path, kind.widget("x", { a: "1", b: "2" })),
      422,
      "Invalid",
      /must validate one and only one schema \(oneOf\)/,
    );
    expectStatus(
      await api.post(path, kind.widget("x", {})),
      422,
      "Invalid",
      /must validate one and only one schema \(oneOf\)/,
    );
    expectStatus(
      await api.post(path, kind.widget("x", { a: "1", n: 13 })),
      422,
      "Invalid",
      /must not validate the schema \(not\)/,
    );
    expectStatus(
      await api.post(path, kind.widget("x", { a: "1", n: -1 })),
      422,
      "Invalid",
      /greater than or equal to 0/,
    );
  });

  test("formats are heeded", async (t) => {
    const kind = await defineKind(t, {
      spec: object({
        at: { type: "string", format: "date-time" },
        id: { type: "string", format: "uuid" },
        ip: { type: "string", format: "ipv4" },
      }),
    });
    const path = kind.path(await namespace(t));
    expectObject(
      await api.post(
        `${path}?dryRun=All`,
        kind.widget("a", { at: "2024-01-01T00:00:00Z", id: "00000000-0000-4000-8000-000000000000", ip: "10.0.0.1" }),
      ),
      201,
    );
    expectStatus(
      await api.post(path, kind.widget("a", { at: "yesterday" })),
      422,
      "Invalid",
      /spec\.at in body must be of type date-time: "yesterday"/,
    );
    expectStatus(
      await api.post(path, kind.widget("a", { ip: "10.0.0.256" })),
      422,
      "Invalid",
      /spec\.ip in body must be of type ipv4/,
    );
  });

  test("an integer or a string", async (t) => {
    const kind = await defineKind(t, { spec: object({ port: { "x-kubernetes-int-or-string": true } }) });
    const path = kind.path(await namespace(t));
    assert.equal((await api.make(path, kind.widget("a", { port: 80 }))).spec.port, 80);
    assert.equal((await api.make(path, kind.widget("b", { port: "http" }))).spec.port, "http");
    expectStatus(
      await api.post(path, kind.widget("c", { port: true })),
      422,
      "Invalid",
      /must be of type integer,string|must be of type (integer|string)/,
    );
  });

  test("items of a map-list are told apart by their keys, those of a set by themselves", async (t) => {
    const kind = await defineKind(t, {
      spec: object({
        ports: {
          type: "array",
          "x-kubernetes-list-type": "map",
          "x-kubernetes-list-map-keys": ["name"],
          items: object({ name: { type: "string" }, port: { type: "integer" } }, { required: ["name"] }),
        },
        tags: { type: "array", "x-kubernetes-list-type": "set", items: { type: "string" } },
      }),
    });
    const path = kind.path(await namespace(t));
    expectStatus(
      await api.post(
        path,
        kind.widget("a", {
          ports: [
            { name: "x", port: 1 },
            { name: "x", port: 2 },
          ],
        }),
      ),
      422,
      "Invalid",
      /spec\.ports\[1\]: Duplicate value: \{"name":"x"\}/,
    );
    expectStatus(
      await api.post(path, kind.widget("a", { tags: ["x", "x"] })),
      422,
      "Invalid",
      /spec\.tags\[1\]: Duplicate value: "x"/,
    );
  });

  test("apply merges the lists of a custom kind as the schema says", async (t) => {
    const kind = await defineKind(t, {
      spec: object({
        ports: {
          type: "array",
          "x-kubernetes-list-type": "map",
          "x-kubernetes-list-map-keys": ["name"],
          items: object({ name: { type: "string" }, port: { type: "integer" } }, { required: ["name"] }),
        },
      }),
    });
    const path = `${kind.path(await namespace(t))}/a`;
    expectObject(await api.apply(path, "me", kind.widget("a", { ports: [{ name: "x", port: 1 }] })), 201);
    const both = expectObject(await api.apply(path, "you", kind.widget("a", { ports: [{ name: "y", port: 2 }] })));
    assert.deepEqual(
      both.spec.ports.map(({ name }: JsonObject) => name),
      ["x", "y"],
    );
    expectStatus(
      await api.apply(path, "you", kind.widget("a", { ports: [{ name: "x", port: 9 }] })),
      409,
      "Conflict",
      'Apply failed with 1 conflict: conflict with "me": .spec.ports[name="x"].port',
    );
  });

  test("an embedded resource has metadata that is checked", async (t) => {
    const kind = await defineKind(t, {
      spec: object({
        template: {
          type: "object",
          "x-kubernetes-embedded-resource": true,
          "x-kubernetes-preserve-unknown-fields": true,
        },
      }),
    });
    const path = kind.path(await namespace(t));
    const embedded = (name: string) => ({
      template: { apiVersion: "v1", kind: "Pod", metadata: { name }, spec: { any: 1 } },
    });
    assert.deepEqual((await api.make(path, kind.widget("a", embedded("good")))).spec, embedded("good"));
    expectStatus(
      await api.post(path, kind.widget("b", { template: { metadata: { name: "x" } } })),
      422,
      "Invalid",
      /spec\.template\.(apiVersion|kind): Required value/,
    );
  });

  test("a strategic merge patch is not for custom kinds", async (t) => {
    const kind = await defineKind(t);
    const path = kind.path(await namespace(t));
    await api.make(path, kind.widget("a"));
    expectStatus(
      await api.patch(`${path}/a`, "strategic", { spec: {} }),
      415,
      "UnsupportedMediaType",
      /accepted media types include: application\/json-patch\+json, application\/merge-patch\+json, application\/apply-patch\+yaml/,
    );
  });

  test("a pattern that would never end on other engines does", async (t) => {
    const kind = await defineKind(t, {
      spec: object({ text: { type: "string", pattern: "^(a+)+$", maxLength: 200 } }),
    });
    expectStatus(
      await api.post(kind.path(await namespace(t)), kind.widget("a", { text: `${"a".repeat(150)}!` })),
      422,
      "Invalid",
      /spec\.text in body should match/,
    );
  });
});

import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { checkTypes } from "./decode-check.ts";
import { applyDefaults } from "./defaults.ts";
import { linkDefinitions } from "./link.ts";
import { prune } from "./prune.ts";
import type { Schema } from "./schema.ts";

const schema: Schema = {
  type: "object",
  properties: {
    spec: {
      type: "object",
      properties: {
        a: { type: "string", default: "x" },
        list: { type: "array", items: { type: "object", properties: { b: { type: "integer", default: 1 } } } },
        map: { type: "object", additionalProperties: { type: "object", properties: { c: { type: "string" } } } },
        any: {
          type: "object",
          "x-kubernetes-preserve-unknown-fields": true,
          properties: { strict: { type: "object", properties: {} } },
        },
        template: { type: "object", "x-kubernetes-embedded-resource": true, properties: { spec: { type: "object" } } },
        nullable: { type: "string", nullable: true, default: "d" },
        deep: { type: "object", default: {}, properties: { e: { type: "string", default: "y" } } },
      },
    },
  },
};

test("unknown fields go and are named", () => {
  const object = {
    apiVersion: "g/v1",
    kind: "K",
    metadata: { anything: 1 },
    other: 1,
    spec: {
      a: "1",
      list: [{ b: 1 }, { b: 2, z: 3 }],
      map: { "k/1": { c: "1", z: 1 } },
      any: { free: { x: 1 }, strict: { no: 1 } },
      template: { apiVersion: "v1", kind: "X", metadata: {}, spec: { s: 1 }, z: 1 },
    },
  };
  assert.deepEqual(prune(object, schema), [
    "other",
    "spec.list[1].z",
    "spec.map.k/1.z",
    "spec.any.strict.no",
    "spec.template.spec.s",
    "spec.template.z",
  ]);
  assert.deepEqual(object, {
    apiVersion: "g/v1",
    kind: "K",
    metadata: { anything: 1 },
    spec: {
      a: "1",
      list: [{ b: 1 }, { b: 2 }],
      map: { "k/1": { c: "1" } },
      any: { free: { x: 1 }, strict: {} },
      template: { apiVersion: "v1", kind: "X", metadata: {}, spec: {} },
    },
  });
});

test("names of Object's members are unknown fields like others", () => {
  const object = JSON.parse('{"spec": {"__proto__": {"x": 1}, "constructor": 1}}');
  assert.deepEqual(prune(object, schema), ["spec.__proto__", "spec.constructor"]);
  assert.equal(JSON.stringify(object), '{"spec":{}}');
});

test("schemas inside schemas are pruned as schemas", () => {
  const name = "io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.v1.JSONSchemaProps";
  const reference = (suffix = "") => ({ $ref: `#/definitions/${name}${suffix}` });
  const props = linkDefinitions({
    [name]: {
      type: "object",
      properties: {
        type: { type: "string" },
        items: reference("OrArray"),
        additionalProperties: reference("OrBool"),
        properties: { type: "object", additionalProperties: reference() },
      },
    },
    [`${name}OrArray`]: {},
    [`${name}OrBool`]: {},
  })(name);
  const object = { items: { type: "x", z: 1 }, properties: { p: { additionalProperties: { items: [{ z: 1 }] } } } };
  assert.deepEqual(prune(object, props), ["items.z", "properties.p.additionalProperties.items[0].z"]);
  assert.equal(checkTypes({ additionalProperties: true }, props, ""), undefined);
  assert.equal(
    checkTypes({ items: "x" }, props, ""),
    "json: cannot unmarshal string into Go value of type v1.JSONSchemaProps",
  );
  assert.equal(
    checkTypes({ items: { type: 1 } }, props, ""),
    "json: cannot unmarshal number into Go struct field JSONSchemaProps.items.type of type string",
  );
});

test("defaults fill what is absent or a null that is not allowed, nested ones too", () => {
  const object = { spec: { a: null, list: [{}, { b: 5 }], nullable: null, map: null } };
  applyDefaults(object, schema);
  assert.deepEqual(object, {
    spec: { a: "x", list: [{ b: 1 }, { b: 5 }], nullable: null, deep: { e: "y" } },
  });
});

test("defaults are copies", () => {
  const first: { spec: { deep?: { e: string } } } = { spec: {} };
  const second: { spec: { deep?: { e: string } } } = { spec: {} };
  applyDefaults(first, schema);
  applyDefaults(second, schema);
  assert.notEqual(first.spec.deep, second.spec.deep);
});

const key = fc.constantFrom("spec", "a", "list", "map", "any", "b", "c", "deep", "e", "nullable", "z", "strict");
const value = fc.letrec((tie) => ({
  node: fc.oneof(
    { depthSize: "small" },
    fc.constant(null),
    fc.integer(),
    fc.string({ maxLength: 2 }),
    tie("list"),
    tie("object"),
  ),
  list: fc.array(tie("node"), { maxLength: 3 }),
  object: fc.dictionary(key, tie("node"), { maxKeys: 5, noNullPrototype: true }),
})).object;

test("pruning twice removes nothing more", () => {
  fc.assert(
    fc.property(value, (object) => {
      prune(object, schema);
      const once = structuredClone(object);
      assert.deepEqual(prune(object, schema), []);
      assert.deepEqual(object, once);
    }),
    { numRuns: 300 },
  );
});

test("defaulting twice changes nothing more", () => {
  fc.assert(
    fc.property(value, (object) => {
      applyDefaults(object, schema);
      const once = structuredClone(object);
      applyDefaults(object, schema);
      assert.deepEqual(object, once);
    }),
    { numRuns: 300 },
  );
});

import assert from "node:assert/strict";
import { test } from "node:test";
import { type FieldError, formatFieldError } from "../field-error.ts";
import type { Schema } from "./schema.ts";
import { validateSchema } from "./validate.ts";

const texts = (errors: FieldError[]) => errors.map(formatFieldError);

/** A root whose spec has these fields. */
function withSpec(properties: { [name: string]: Schema }, more: Schema = {}): Schema {
  return { type: "object", properties: { spec: { type: "object", properties, ...more } } };
}

const cases: [name: string, schema: Schema, spec: unknown, errors: string[]][] = [
  [
    "wrong type",
    { type: "integer" },
    "x",
    ['spec.f: Invalid value: "string": spec.f in body must be of type integer: "string"'],
  ],
  [
    "a fraction is no integer",
    { type: "integer" },
    1.5,
    ['spec.f: Invalid value: "number": spec.f in body must be of type integer: "number"'],
  ],
  ["an integer is a number", { type: "number" }, 1, []],
  ["null", { type: "string" }, null, ['spec.f: Invalid value: "null": spec.f in body must be of type string: "null"']],
  ["nullable", { type: "string", nullable: true }, null, []],
  [
    "int-or-string",
    { "x-kubernetes-int-or-string": true },
    true,
    ['spec.f: Invalid value: "boolean": spec.f in body must be of type integer,string: "boolean"'],
  ],
  [
    "minimum",
    { type: "integer", minimum: 1 },
    0,
    ["spec.f: Invalid value: 0: spec.f in body should be greater than or equal to 1"],
  ],
  [
    "exclusive minimum",
    { type: "integer", minimum: 1, exclusiveMinimum: true },
    1,
    ["spec.f: Invalid value: 1: spec.f in body should be greater than 1"],
  ],
  [
    "maximum",
    { type: "number", maximum: 2.5 },
    3,
    ["spec.f: Invalid value: 3: spec.f in body should be less than or equal to 2.5"],
  ],
  [
    "exclusive maximum",
    { type: "number", maximum: 3, exclusiveMaximum: true },
    3,
    ["spec.f: Invalid value: 3: spec.f in body should be less than 3"],
  ],
  [
    "multiple",
    { type: "integer", multipleOf: 5 },
    7,
    ["spec.f: Invalid value: 7: spec.f in body should be a multiple of 5"],
  ],
  ["multiple of a fraction", { type: "number", multipleOf: 0.1 }, 0.3, []],
  [
    "pattern",
    { type: "string", pattern: "^a+$" },
    "b",
    ["spec.f: Invalid value: \"b\": spec.f in body should match '^a+$'"],
  ],
  ["length", { type: "string", maxLength: 2 }, "abc", ["spec.f: Too long: may not be more than 2 bytes"]],
  ["length counts characters", { type: "string", maxLength: 2 }, "🙂🙂", []],
  [
    "minimum length",
    { type: "string", minLength: 1 },
    "",
    ['spec.f: Invalid value: "": spec.f in body should be at least 1 chars long'],
  ],
  ["enum", { type: "string", enum: ["b", "a"] }, "c", ['spec.f: Unsupported value: "c": supported values: "b", "a"']],
  [
    "format",
    { type: "string", format: "ipv4" },
    "x",
    ['spec.f: Invalid value: "x": spec.f in body must be of type ipv4: "x"'],
  ],
  ["unchecked format", { type: "string", format: "made-up" }, "x", []],
  ["date-time", { type: "string", format: "date-time" }, "2024-01-01T00:00:00.5+01:00", []],
  [
    "items",
    { type: "array", items: { type: "integer" } },
    [1, "x"],
    ['spec.f[1]: Invalid value: "string": spec.f[1] in body must be of type integer: "string"'],
  ],
  ["too many", { type: "array", items: {}, maxItems: 1 }, [1, 2], ["spec.f: Too many: 2: must have at most 1 items"]],
  [
    "too few",
    { type: "array", items: {}, minItems: 1 },
    [],
    ["spec.f: Invalid value: 0: spec.f in body should have at least 1 items"],
  ],
  [
    "unique",
    { type: "array", items: {}, uniqueItems: true },
    [{ a: 1 }, { a: 1 }],
    ['spec.f: Invalid value: "": spec.f in body shouldn\'t contain duplicates'],
  ],
  ["required", { type: "object", required: ["a"] }, {}, ["spec.f.a: Required value"]],
  [
    "map values",
    { type: "object", additionalProperties: { type: "string" } },
    { k: 1 },
    ['spec.f.k: Invalid value: "integer": spec.f.k in body must be of type string: "integer"'],
  ],
  [
    "properties",
    { type: "object", maxProperties: 1 },
    { a: 1, b: 1 },
    ["spec.f: Too many: 2: must have at most 1 items"],
  ],
  [
    "few properties",
    { type: "object", minProperties: 1 },
    {},
    ["spec.f: Invalid value: 0: spec.f in body should have at least 1 properties"],
  ],
  [
    "forbidden",
    { type: "object", additionalProperties: false },
    { a: 1 },
    ['spec.f: Invalid value: "a": spec.f.a in body is a forbidden property'],
  ],
  [
    "oneOf",
    { type: "object", oneOf: [{ required: ["a"] }, { required: ["b"] }] },
    {},
    [
      '<nil>: Invalid value: "": "spec.f" must validate one and only one schema (oneOf). Found none valid',
      "spec.f.a: Required value",
    ],
  ],
  [
    "oneOf, both",
    { type: "object", oneOf: [{ required: ["a"] }, { required: ["b"] }] },
    { a: 1, b: 1 },
    ['<nil>: Invalid value: "": "spec.f" must validate one and only one schema (oneOf). Found 2 valid alternatives'],
  ],
  [
    "anyOf",
    { type: "integer", anyOf: [{ minimum: 5 }, { maximum: 1 }] },
    3,
    [
      '<nil>: Invalid value: "": "spec.f" must validate at least one schema (anyOf)',
      "spec.f: Invalid value: 3: spec.f in body should be greater than or equal to 5",
    ],
  ],
  [
    "allOf",
    { type: "integer", allOf: [{ minimum: 5 }] },
    3,
    [
      "spec.f: Invalid value: 3: spec.f in body should be greater than or equal to 5",
      '<nil>: Invalid value: "": "spec.f" must validate all the schemas (allOf). None validated',
    ],
  ],
  [
    "not",
    { type: "integer", not: { minimum: 5 } },
    6,
    ['<nil>: Invalid value: "": "spec.f" must not validate the schema (not)'],
  ],
  [
    "set",
    { type: "array", "x-kubernetes-list-type": "set", items: { type: "string" } },
    ["a", "b", "a", "a"],
    ['spec.f[2]: Duplicate value: "a"'],
  ],
  [
    "map",
    {
      type: "array",
      "x-kubernetes-list-type": "map",
      "x-kubernetes-list-map-keys": ["name"],
      items: { type: "object" },
    },
    [{ name: "a", v: 1 }, { name: "a" }],
    ['spec.f[1]: Duplicate value: {"name":"a"}'],
  ],
];
for (const [name, schema, value, errors] of cases) {
  test(name, () => {
    assert.deepEqual(texts(validateSchema({ spec: { f: value } }, withSpec({ f: schema }))), errors);
  });
}

test("a pattern that would run away in a backtracking engine ends", () => {
  const schema = withSpec({ f: { type: "string", pattern: "^(a+)+$" } });
  assert.equal(validateSchema({ spec: { f: `${"a".repeat(5000)}b` } }, schema).length, 1);
});

test("embedded objects need a kind and valid metadata", () => {
  const schema = withSpec({
    f: { type: "object", "x-kubernetes-embedded-resource": true, "x-kubernetes-preserve-unknown-fields": true },
  });
  assert.deepEqual(texts(validateSchema({ spec: { f: { kind: "", metadata: { name: "a/b" } } } }, schema)), [
    "spec.f.apiVersion: Required value",
    'spec.f.kind: Invalid value: "": must not be empty',
    "spec.f.metadata.name: Invalid value: \"a/b\": may not contain '/'",
  ]);
});

const ratcheted = withSpec({
  name: { type: "string", maxLength: 1 },
  atomic: { type: "array", items: { type: "string", maxLength: 1 } },
  keyed: {
    type: "array",
    "x-kubernetes-list-type": "map",
    "x-kubernetes-list-map-keys": ["k"],
    items: { type: "object", properties: { k: { type: "string" }, v: { type: "integer", minimum: 1 } } },
  },
  set: { type: "array", "x-kubernetes-list-type": "set", items: { type: "string" } },
});

test("what was invalid before and did not change is not reported", () => {
  const old = { spec: { name: "long", atomic: ["long"], keyed: [{ k: "a", v: 0 }], set: ["a", "a"] } };
  const same = {
    spec: {
      ...old.spec,
      keyed: [
        { k: "b", v: 2 },
        { k: "a", v: 0 },
      ],
    },
  };
  assert.deepEqual(texts(validateSchema(same, ratcheted, { old })), []);
});

test("what changed and is invalid is reported", () => {
  const old = { spec: { name: "long", atomic: ["long"], keyed: [{ k: "a", v: 0 }], set: ["a"] } };
  const changed = { spec: { name: "longer", atomic: ["long", "x"], keyed: [{ k: "a", v: -1 }], set: ["a", "a"] } };
  assert.deepEqual(
    validateSchema(changed, ratcheted, { old }).map((error) => error.field),
    ["spec.name", "spec.atomic[0]", "spec.keyed[0].v", "spec.set[1]"],
  );
});

test("only the names of metadata are validated", () => {
  const schema: Schema = {
    type: "object",
    properties: {
      metadata: {
        type: "object",
        definition: "io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta",
        properties: { name: { type: "string", maxLength: 1 }, creationTimestamp: { type: "string" } },
      },
    },
  };
  assert.deepEqual(texts(validateSchema({ metadata: { name: "ab", creationTimestamp: null } }, schema)), [
    "metadata.name: Too long: may not be more than 1 bytes",
  ]);
});

import assert from "node:assert/strict";
import { test } from "node:test";
import { type FieldError, formatFieldError } from "../field-error.ts";
import type { JsonObject } from "../object.ts";
import { validateDefaults } from "./default-check.ts";
import { validateKeywords } from "./keyword-check.ts";
import { validateRuleSet } from "./rules-check.ts";
import type { Schema } from "./schema.ts";
import { validateStructural } from "./structural.ts";

const texts = (errors: FieldError[]) => errors.map(formatFieldError);
const withField = (field: JsonObject): JsonObject => ({ type: "object", properties: { f: field } });

const structural: [name: string, schema: JsonObject, errors: string[]][] = [
  ["complete", withField({ type: "array", items: { type: "string" } }), []],
  ["no type", withField({}), ["s.properties[f].type: Required value: must not be empty for specified object fields"]],
  ["root without type", {}, ["s.type: Required value: must not be empty at the root"]],
  ["root of another type", { type: "string" }, ['s.type: Invalid value: "string": must be object at the root']],
  [
    "item without type",
    withField({ type: "array", items: {} }),
    ["s.properties[f].items.type: Required value: must not be empty for specified array items"],
  ],
  ["array without items", withField({ type: "array" }), ["s.properties[f].items: Required value: must be specified"]],
  [
    "map at the root",
    { type: "object", additionalProperties: true },
    ["s.additionalProperties: Forbidden: must not be used at the root"],
  ],
  ["preserving needs no type", withField({ "x-kubernetes-preserve-unknown-fields": true }), []],
  [
    "junctors hold no types",
    withField({ type: "string", anyOf: [{ type: "string", description: "d", default: 1 }] }),
    [
      "s.properties[f].anyOf[0].default: Forbidden: must be undefined to be structural",
      "s.properties[f].anyOf[0].description: Forbidden: must be empty to be structural",
      "s.properties[f].anyOf[0].type: Forbidden: must be empty to be structural",
    ],
  ],
  [
    "junctors speak of known fields",
    { type: "object", oneOf: [{ required: ["a"], properties: { a: { minimum: 1 } } }] },
    ["s.properties[a]: Required value: because it is defined in s.oneOf[0].properties[a]"],
  ],
  [
    "int-or-string",
    withField({ "x-kubernetes-int-or-string": true, anyOf: [{ type: "integer" }, { type: "string" }] }),
    [],
  ],
  [
    "int-or-string in allOf",
    withField({
      "x-kubernetes-int-or-string": true,
      allOf: [{ anyOf: [{ type: "integer" }, { type: "string" }] }, { maximum: 3 }],
    }),
    [],
  ],
  [
    "metadata",
    { type: "object", properties: { metadata: { type: "object", properties: { labels: { type: "object" } } } } },
    [
      "s.properties[metadata]: Forbidden: must not specify anything other than name and generateName, but metadata is implicitly specified",
    ],
  ],
  [
    "names",
    {
      type: "object",
      properties: { metadata: { type: "object", properties: { name: { type: "string", maxLength: 5 } } } },
    },
    [],
  ],
  [
    "pattern",
    withField({ type: "string", pattern: "(" }),
    [
      's.properties[f].pattern: Invalid value: "(": must be a valid regular expression, but isn\'t: error parsing regexp: missing closing ): `(`',
    ],
  ],
  [
    "embedded",
    withField({ type: "object", "x-kubernetes-embedded-resource": true }),
    [
      "s.properties[f].properties: Required value: must not be empty if x-kubernetes-embedded-resource is true without x-kubernetes-preserve-unknown-fields",
    ],
  ],
];
for (const [name, schema, errors] of structural) {
  test(`structural: ${name}`, () => assert.deepEqual(texts(validateStructural(schema, "s")), errors));
}

const list = (
  more: JsonObject,
  item: JsonObject = { type: "object", required: ["a"], properties: { a: { type: "string" } } },
) => withField({ type: "array", items: item, ...more });
const keywords: [name: string, schema: JsonObject, errors: string[]][] = [
  ["map list", list({ "x-kubernetes-list-type": "map", "x-kubernetes-list-map-keys": ["a"] }), []],
  [
    "type",
    withField({ type: "float" }),
    [
      's.properties[f].type: Unsupported value: "float": supported values: "array", "boolean", "integer", "number", "object", "string"',
    ],
  ],
  ["unsupported", withField({ type: "object", $ref: "x" }), ["s.properties[f].$ref: Forbidden: $ref is not supported"]],
  [
    "uniqueItems",
    withField({ type: "array", uniqueItems: true }),
    [
      "s.properties[f].uniqueItems: Forbidden: uniqueItems cannot be set to true since the runtime complexity becomes quadratic",
    ],
  ],
  [
    "both maps",
    { type: "object", properties: { a: { type: "string" } }, additionalProperties: { type: "string" } },
    ["s.additionalProperties: Forbidden: additionalProperties and properties are mutual exclusive"],
  ],
  [
    "preserve false",
    withField({ "x-kubernetes-preserve-unknown-fields": false }),
    ["s.properties[f].x-kubernetes-preserve-unknown-fields: Invalid value: false: must be true or undefined"],
  ],
  [
    "list type of no list",
    withField({ type: "object", "x-kubernetes-list-type": "set" }),
    ['s.properties[f].type: Invalid value: "object": must be array if x-kubernetes-list-type is specified'],
  ],
  [
    "map type",
    withField({ type: "object", "x-kubernetes-map-type": "other" }),
    ['s.properties[f].x-kubernetes-map-type: Unsupported value: "other": supported values: "atomic", "granular"'],
  ],
  [
    "keys without map",
    list({ "x-kubernetes-list-map-keys": ["a"] }),
    ["s.properties[f].x-kubernetes-list-type: Required value: must be map if x-kubernetes-list-map-keys is non-empty"],
  ],
  [
    "map without keys",
    list({ "x-kubernetes-list-type": "map" }),
    ["s.properties[f].x-kubernetes-list-map-keys: Required value: must not be empty if x-kubernetes-list-type is map"],
  ],
  [
    "unknown key",
    list({ "x-kubernetes-list-type": "map", "x-kubernetes-list-map-keys": ["z"] }),
    ['s.properties[f].x-kubernetes-list-map-keys: Invalid value: ["z"]: entries must all be names of item properties'],
  ],
  [
    "optional key",
    list(
      { "x-kubernetes-list-type": "map", "x-kubernetes-list-map-keys": ["a"] },
      { type: "object", properties: { a: { type: "string" } } },
    ),
    [
      "s.properties[f].items.properties[a].default: Required value: this property is in x-kubernetes-list-map-keys, so it must have a default or be a required property",
    ],
  ],
  [
    "set of objects",
    list({ "x-kubernetes-list-type": "set" }),
    [
      "s.properties[f].items.x-kubernetes-map-type: Invalid value: null: must be atomic as item of a list with x-kubernetes-list-type=set",
    ],
  ],
  [
    "default in metadata",
    { type: "object", properties: { kind: { type: "string", default: "X" } } },
    ["s.properties[kind].default: Forbidden: must not be set in top-level kind"],
  ],
  [
    "empty rule",
    withField({ type: "string", "x-kubernetes-validations": [{ rule: " " }] }),
    ["s.properties[f].x-kubernetes-validations[0].rule: Required value: rule is not specified"],
  ],
  [
    "fieldPath",
    {
      type: "object",
      properties: { a: { type: "string" } },
      "x-kubernetes-validations": [{ rule: "true", fieldPath: ".b" }],
    },
    ['s.x-kubernetes-validations[0].fieldPath: Invalid value: ".b": fieldPath must be a valid path'],
  ],
];
for (const [name, schema, errors] of keywords) {
  test(`keywords: ${name}`, () => assert.deepEqual(texts(validateKeywords(schema, "s")), errors));
}

const defaults: [name: string, field: Schema, errors: string[]][] = [
  ["valid", { type: "object", default: { a: 1 }, properties: { a: { type: "integer" } } }, []],
  [
    "wrong type",
    { type: "integer", default: "x" },
    [
      's.properties[f].default: Invalid value: "string": s.properties[f].default in body must be of type integer: "string"',
    ],
  ],
  [
    "unknown fields",
    { type: "object", default: { b: 1 }, properties: { a: { type: "integer" } } },
    ['s.properties[f].default: Invalid value: {"b":1}: must not have unknown fields'],
  ],
  [
    "broken rule",
    { type: "integer", default: 1, "x-kubernetes-validations": [{ rule: "self > 1" }] },
    ["s.properties[f].default: Invalid value: 1: failed rule: self > 1"],
  ],
];
for (const [name, field, errors] of defaults) {
  test(`defaults: ${name}`, () => assert.deepEqual(texts(validateDefaults(withField(field) as Schema, "s")), errors));
}

test("rules that do not compile are refused", () => {
  const schema = withField({
    type: "string",
    "x-kubernetes-validations": [{ rule: "self.foo" }, { rule: "self" }],
  }) as Schema;
  const [first, second] = texts(validateRuleSet(schema, "s", { wrongNodes: [] }));
  assert.match(
    first ?? "",
    /^s\.properties\[f\]\.x-kubernetes-validations\[0\]\.rule: Invalid value: \{"rule":"self\.foo"\}: compilation failed: ERROR: /,
  );
  assert.match(second ?? "", /: cel expression must evaluate to a bool$/);
});

test("oldSelf has no place where items cannot be told apart", () => {
  const rule = { rule: "self == oldSelf" };
  const schema = withField({
    type: "array",
    maxItems: 3,
    items: { type: "integer", "x-kubernetes-validations": [rule] },
  }) as Schema;
  assert.deepEqual(texts(validateRuleSet(schema, "s", { wrongNodes: [] })), [
    's.properties[f].items.x-kubernetes-validations[0].rule: Invalid value: "self == oldSelf": oldSelf cannot be used on the uncorrelatable portion of the schema within s.properties[f]',
  ]);
});

test("rules of wrong nodes are not compiled", () => {
  const schema = withField({ type: "string", "x-kubernetes-validations": [{ rule: "!" }] }) as Schema;
  assert.deepEqual(validateRuleSet(schema, "s", { wrongNodes: ["s.properties[f].type"] }), []);
});

test("rules that could cost too much are refused, each and all together", () => {
  const expensive = { rule: "self.all(x, x.contains('gpu'))" };
  const tags = (more: JsonObject) =>
    withField({
      type: "array",
      items: { type: "string", ...more },
      "x-kubernetes-validations": [expensive],
      ...more,
    }) as Schema;
  const advice =
    "(try simplifying the rule, or adding maxItems, maxProperties, and maxLength where arrays, maps, and strings are declared)";
  const rule = "s.properties[f].x-kubernetes-validations[0].rule";
  assert.deepEqual(texts(validateRuleSet(tags({}), "s", { wrongNodes: [] })), [
    `${rule}: Forbidden: estimated rule cost exceeds budget by factor of more than 100x ${advice}`,
    `${rule}: Forbidden: contributed to estimated rule cost total exceeding cost limit for entire OpenAPIv3 schema`,
    `s: Forbidden: x-kubernetes-validations estimated rule cost total for entire OpenAPIv3 schema exceeds budget by factor of more than 100x ${advice}`,
  ]);
  assert.deepEqual(texts(validateRuleSet(tags({ maxItems: 100, maxLength: 63 }), "s", { wrongNodes: [] })), []);
});

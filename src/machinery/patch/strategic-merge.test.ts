import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { deepFreeze, type JsonObject } from "../object.ts";
import type { Schema } from "../schema/schema.ts";
import { applyMergePatch } from "./merge-patch.ts";
import { applyStrategicMergePatch } from "./strategic-merge.ts";

const text: Schema = { type: "string" };
const container: Schema = {
  definition: "io.k8s.api.core.v1.Container",
  type: "object",
  properties: {
    name: text,
    image: text,
    args: { type: "array", items: text },
    ports: mergeList("containerPort", {
      type: "object",
      properties: { containerPort: { type: "integer" }, name: text },
    }),
  },
};
const pod: Schema = {
  definition: "io.k8s.api.core.v1.Pod",
  type: "object",
  properties: {
    metadata: {
      type: "object",
      properties: {
        labels: { type: "object", additionalProperties: text },
        finalizers: { type: "array", items: text, "x-kubernetes-patch-strategy": "merge" },
      },
    },
    containers: mergeList("name", container),
    volumes: {
      ...mergeList("name", {
        definition: "io.k8s.api.core.v1.Volume",
        type: "object",
        properties: {
          name: text,
          emptyDir: { type: "object", properties: {} },
          hostPath: { type: "object", properties: { path: text } },
        },
      }),
      "x-kubernetes-patch-strategy": "merge,retainKeys",
    },
    plain: { type: "array", items: { type: "object" } },
    replaced: { type: "object", properties: { a: text, b: text }, "x-kubernetes-patch-strategy": "replace" },
    strategy: {
      type: "object",
      properties: { type: text, rolling: { type: "object", properties: { max: { type: "integer" } } } },
    },
    any: { "x-kubernetes-preserve-unknown-fields": true },
  },
};

function mergeList(key: string, items: Schema): Schema {
  return { type: "array", items, "x-kubernetes-patch-merge-key": key, "x-kubernetes-patch-strategy": "merge" };
}

const applied: [name: string, object: JsonObject, patch: JsonObject, expected: JsonObject][] = [
  [
    "maps merge and null removes",
    { metadata: { labels: { a: "1", b: "2" } } },
    { metadata: { labels: { a: null, c: "3" } } },
    { metadata: { labels: { b: "2", c: "3" } } },
  ],
  [
    "lists of maps merge by key",
    {
      containers: [
        { name: "a", image: "x" },
        { name: "b", image: "y" },
      ],
    },
    { containers: [{ name: "b", image: "z" }] },
    {
      containers: [
        { name: "a", image: "x" },
        { name: "b", image: "z" },
      ],
    },
  ],
  [
    "a new item goes before the items that only the object has",
    { containers: [{ name: "a" }, { name: "b" }] },
    { containers: [{ name: "c" }] },
    { containers: [{ name: "c" }, { name: "a" }, { name: "b" }] },
  ],
  [
    "nested lists merge by their own key",
    { containers: [{ name: "a", ports: [{ containerPort: 80 }] }] },
    { containers: [{ name: "a", ports: [{ containerPort: 80, name: "http" }, { containerPort: 81 }] }] },
    { containers: [{ name: "a", ports: [{ containerPort: 80, name: "http" }, { containerPort: 81 }] }] },
  ],
  ["lists without a strategy are replaced", { plain: [{ a: 1 }] }, { plain: [{ b: 1 }] }, { plain: [{ b: 1 }] }],
  [
    "atomic lists in items are replaced",
    { containers: [{ name: "a", args: ["1"] }] },
    { containers: [{ name: "a", args: ["2"] }] },
    { containers: [{ name: "a", args: ["2"] }] },
  ],
  [
    "lists of scalars are sets, the patch's first",
    { metadata: { finalizers: ["a", "b"] } },
    { metadata: { finalizers: ["b", "c"] } },
    { metadata: { finalizers: ["a", "b", "c"] } },
  ],
  [
    "scalars are deleted with their directive",
    { metadata: { finalizers: ["a", "b"] } },
    { metadata: { "$deleteFromPrimitiveList/finalizers": ["a"] } },
    { metadata: { finalizers: ["b"] } },
  ],
  [
    "scalars are deleted and ordered at once",
    { metadata: { finalizers: ["a", "b", "c"] } },
    { metadata: { "$deleteFromPrimitiveList/finalizers": ["b"], "$setElementOrder/finalizers": ["c", "a"] } },
    { metadata: { finalizers: ["c", "a"] } },
  ],
  [
    "an item is deleted by key",
    { containers: [{ name: "a" }, { name: "b" }] },
    { containers: [{ name: "a", $patch: "delete" }] },
    { containers: [{ name: "b" }] },
  ],
  [
    "a list is replaced by directive",
    { containers: [{ name: "a" }, { name: "b" }] },
    { containers: [{ name: "c" }, { $patch: "replace" }] },
    { containers: [{ name: "c" }] },
  ],
  [
    "a map is replaced by directive",
    { metadata: { labels: { a: "1" } } },
    { metadata: { labels: { $patch: "replace", b: "2" } } },
    { metadata: { labels: { b: "2" } } },
  ],
  [
    "a map is emptied by directive",
    { metadata: { labels: { a: "1" } } },
    { metadata: { labels: { $patch: "delete" } } },
    { metadata: { labels: {} } },
  ],
  [
    "a field with strategy replace is replaced",
    { replaced: { a: "1" } },
    { replaced: { b: "2" } },
    { replaced: { b: "2" } },
  ],
  [
    "$setElementOrder orders the list",
    { containers: [{ name: "a" }, { name: "b" }, { name: "c" }] },
    { "$setElementOrder/containers": [{ name: "c" }, { name: "a" }], containers: [{ name: "a", image: "x" }] },
    { containers: [{ name: "b" }, { name: "c" }, { name: "a", image: "x" }] },
  ],
  [
    "$setElementOrder may come without changes",
    { containers: [{ name: "a" }, { name: "b" }] },
    { "$setElementOrder/containers": [{ name: "b" }, { name: "a" }] },
    { containers: [{ name: "b" }, { name: "a" }] },
  ],
  [
    "items only the object has keep their place",
    { containers: [{ name: "a" }, { name: "mine" }, { name: "b" }] },
    { "$setElementOrder/containers": [{ name: "a" }, { name: "b" }, { name: "c" }], containers: [{ name: "c" }] },
    { containers: [{ name: "a" }, { name: "mine" }, { name: "b" }, { name: "c" }] },
  ],
  [
    "$retainKeys drops the other fields of a union",
    { volumes: [{ name: "v", emptyDir: {} }] },
    { volumes: [{ name: "v", $retainKeys: ["name", "hostPath"], hostPath: { path: "/x" } }] },
    { volumes: [{ name: "v", hostPath: { path: "/x" } }] },
  ],
  [
    "$retainKeys works on maps",
    { strategy: { type: "Rolling", rolling: { max: 1 } } },
    { strategy: { $retainKeys: ["type"], type: "Recreate" } },
    { strategy: { type: "Recreate" } },
  ],
  [
    "a new value loses nulls and directives",
    {},
    { metadata: { labels: { a: "1", b: null, $patch: "merge" }, $retainKeys: ["labels"] } },
    { metadata: { labels: { a: "1" } } },
  ],
  [
    "values of any shape merge as plain maps",
    { any: { a: { b: 1 }, l: [1] } },
    { any: { a: { c: 2 }, l: [2] } },
    { any: { a: { b: 1, c: 2 }, l: [2] } },
  ],
  ["a change of type replaces", { any: { a: 1 } }, { any: [1] }, { any: [1] }],
];

for (const [name, object, patch, expected] of applied) {
  test(`strategic merge: ${name}`, () => {
    const result = applyStrategicMergePatch(deepFreeze(object), deepFreeze(patch), pod);
    assert.deepEqual(result, { ok: true, object: expected });
  });
}

const refused: [object: JsonObject, patch: unknown, code: number, message: string][] = [
  [{}, [], 400, "json: cannot unmarshal array into Go value of type map[string]interface {}"],
  [{ containers: [{ name: "a" }] }, { containers: [{}] }, 422, "map: map[] does not contain declared merge key: name"],
  [
    { containers: [{ name: "a" }] },
    { containers: [{ image: "x", args: ["b", "c"] }] },
    422,
    "map: map[args:[b c] image:x] does not contain declared merge key: name",
  ],
  [
    { containers: [{ name: "a" }] },
    { containers: ["b"] },
    422,
    "list element types are not identical: [[map[name:a]] [b]]",
  ],
  [
    { containers: [{ name: "a" }] },
    { containers: [{ name: "a", $patch: "invent" }] },
    422,
    "unknown patch type: invent in map: map[$patch:invent name:a]",
  ],
  [
    { containers: [{ name: "a" }] },
    { containers: [{ name: "a", $patch: "merge" }] },
    422,
    "merging lists cannot yet be specified in the patch",
  ],
  [{ metadata: { x: {} } }, { metadata: { x: {} } }, 422, 'unable to find api field in struct  for the json field "x"'],
  [
    { containers: [{ name: "a", x: {} }] },
    { containers: [{ name: "a", x: {} }] },
    422,
    'unable to find api field in struct Container for the json field "x"',
  ],
  [{}, { $retainKeys: "a" }, 400, "invalid patch format of retainKeys"],
  [{}, { $retainKeys: ["a"], b: 1 }, 400, "invalid patch format of retainKeys"],
  [{}, { "$deleteFromPrimitiveListx/finalizers": [] }, 400, "invalid patch format of primitive list"],
  [{}, { "$setElementOrderx/finalizers": [] }, 400, "invalid patch format of setElementOrder list"],
  [{}, { "$setElementOrder/containers": "x" }, 422, "expected a []interface {}, but received a string"],
  [
    { containers: [] },
    { "$setElementOrder/containers": [{ name: "b" }, { name: "a" }], containers: [{ name: "a" }, { name: "b" }] },
    422,
    "The order in patch list:\n[map[name:a] map[name:b]]\n doesn't match $setElementOrder list:\n[map[name:b] map[name:a]]\n",
  ],
];

for (const [object, patch, code, message] of refused) {
  test(`strategic merge is refused: ${message.split("\n")[0]}`, () => {
    assert.deepEqual(applyStrategicMergePatch(object, patch, pod), { ok: false, code, message });
  });
}

test("property: on maps alone a strategic merge is a merge patch", () => {
  const keys = fc.constantFrom("a", "b", "c", "__proto__");
  const value = (leaf: fc.Arbitrary<unknown>) =>
    fc.letrec<{ map: unknown }>((tie) => ({
      map: fc.oneof({ maxDepth: 3 }, leaf, fc.dictionary(keys, tie("map"), { maxKeys: 3, noNullPrototype: true })),
    })).map;
  const object = fc.dictionary(keys, value(fc.constantFrom(1, "x")), {
    noNullPrototype: true,
  }) as fc.Arbitrary<JsonObject>;
  const patch = fc.dictionary(keys, value(fc.constantFrom(2, "y", null)), {
    noNullPrototype: true,
  }) as fc.Arbitrary<JsonObject>;
  fc.assert(
    fc.property(object, patch, (from, change) => {
      const schema: Schema = { "x-kubernetes-preserve-unknown-fields": true };
      assert.deepEqual(applyStrategicMergePatch(from, change, schema), applyMergePatch(from, change));
    }),
    { numRuns: 300 },
  );
});

test("long lists merge in time", () => {
  const items = Array.from({ length: 20_000 }, (_, index) => ({ name: `c${index}` }));
  const result = applyStrategicMergePatch({ containers: items }, { containers: items.toReversed() }, pod);
  assert.ok(result.ok);
  assert.equal(result.object.containers[0].name, "c19999");
});

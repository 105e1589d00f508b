import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { deepFreeze, type JsonObject } from "../object.ts";
import { applyJsonPatch, maximumOperations } from "./json-patch.ts";
import { unprocessable } from "./result.ts";

const applied: [name: string, object: JsonObject, operations: unknown, expected: JsonObject][] = [
  ["add a member", { a: 1 }, [{ op: "add", path: "/b", value: 2 }], { a: 1, b: 2 }],
  ["add overwrites a member", { a: 1 }, [{ op: "add", path: "/a", value: 2 }], { a: 2 }],
  ["add inserts into a list", { l: [1, 3] }, [{ op: "add", path: "/l/1", value: 2 }], { l: [1, 2, 3] }],
  ["add appends with -", { l: [1] }, [{ op: "add", path: "/l/-", value: 2 }], { l: [1, 2] }],
  [
    "add counts negative indices from the end",
    { l: [1, 3] },
    [{ op: "add", path: "/l/-1", value: 4 }],
    { l: [1, 3, 4] },
  ],
  ["remove a member", { a: 1, b: 2 }, [{ op: "remove", path: "/a" }], { b: 2 }],
  ["remove an item", { l: [1, 2] }, [{ op: "remove", path: "/l/-1" }], { l: [1] }],
  ["replace an item", { l: [1, 2] }, [{ op: "replace", path: "/l/0", value: 9 }], { l: [9, 2] }],
  ["replace adds an absent member", { a: {} }, [{ op: "replace", path: "/a/b", value: 1 }], { a: { b: 1 } }],
  ["replace the document", { a: 1 }, [{ op: "replace", path: "", value: { b: 1 } }], { b: 1 }],
  ["move", { a: { x: 1 }, b: {} }, [{ op: "move", from: "/a/x", path: "/b/y" }], { a: {}, b: { y: 1 } }],
  [
    "a copy is independent",
    { a: { x: [1] } },
    [
      { op: "add", path: "/a/x/-", value: 2 },
      { op: "copy", from: "/a", path: "/b" },
      { op: "add", path: "/b/x/-", value: 3 },
    ],
    { a: { x: [1, 2] }, b: { x: [1, 2, 3] } },
  ],
  [
    "escaped tokens",
    { "a/b": 1, "c~d": 2 },
    [
      { op: "remove", path: "/a~1b" },
      { op: "remove", path: "/c~0d" },
    ],
    {},
  ],
  [
    "test ignores the order of members",
    { a: { x: 1, y: [2] } },
    [{ op: "test", path: "/a", value: { y: [2], x: 1 } }],
    { a: { x: 1, y: [2] } },
  ],
  ["test null holds for an absent member", {}, [{ op: "test", path: "/a", value: null }], {}],
  ["a null patch does nothing", { a: 1 }, null, { a: 1 }],
];

for (const [name, object, operations, expected] of applied) {
  test(`JSON patch: ${name}`, () => {
    assert.deepEqual(applyJsonPatch(deepFreeze(object), operations), { ok: true, object: expected });
  });
}

const refused: [operation: unknown, detail: string][] = [
  [{ op: "test", path: "/a", value: 2 }, "testing value /a failed: test failed"],
  [{ op: "test", path: "/x/y", value: 2 }, "test operation does not apply: is missing path: /x/y: missing value"],
  [{ op: "remove", path: "/x" }, "error in remove for path: '/x': Unable to remove nonexistent key: x: missing value"],
  [{ op: "remove", path: "/x/y" }, 'remove operation does not apply: doc is missing path: "/x/y": missing value'],
  [{ op: "add", path: "/x/y", value: 1 }, 'add operation does not apply: doc is missing path: "/x/y": missing value'],
  [{ op: "add", path: "", value: 1 }, 'add operation does not apply: doc is missing path: "": missing value'],
  [
    { op: "add", path: "/l/5", value: 1 },
    "error in add for path: '/l/5': Unable to access invalid index: 5: invalid index referenced",
  ],
  [
    { op: "add", path: "/l/x", value: 1 },
    `error in add for path: '/l/x': value was not a proper array index: 'x': strconv.Atoi: parsing "x": invalid syntax`,
  ],
  [
    { op: "replace", path: "/l/7", value: 1 },
    "replace operation does not apply: doc is missing key: /l/7: missing value",
  ],
  [
    { op: "replace", path: "/a/b", value: 1 },
    "replace operation does not apply: doc is missing path: /a/b: missing value",
  ],
  [
    { op: "copy", from: "/x/y", path: "/b" },
    "copy operation does not apply: doc is missing from path: /x/y: missing value",
  ],
  [{ op: "add", value: 1 }, "add operation failed to decode path: missing value"],
  [{ op: "invent", path: "/a" }, "Unexpected kind: invent"],
  [null, "Unexpected kind: unknown"],
];

for (const [operation, detail] of refused) {
  test(`JSON patch is refused: ${detail}`, () => {
    const result = applyJsonPatch(deepFreeze({ a: 1, l: [1, 2] }), [operation]);
    assert.deepEqual(result, { ok: false, code: 422, message: unprocessable, detail });
  });
}

test("a malformed JSON patch is a bad request", () => {
  const decoding = "error decoding patch: json: cannot unmarshal";
  const malformed: [unknown, string][] = [
    [{}, `${decoding} object into Go value of type []handlers.jsonPatchOp`],
    [["add"], `${decoding} string into Go value of type handlers.jsonPatchOp`],
    [[{ op: 1, path: "/a" }], `${decoding} number into Go struct field jsonPatchOp.op of type string`],
  ];
  for (const [patch, message] of malformed) {
    assert.deepEqual(applyJsonPatch({}, patch), { ok: false, code: 400, message });
  }
});

test("a JSON patch has at most 10,000 operations", () => {
  const operations = Array.from({ length: maximumOperations + 1 }, () => ({ op: "test", path: "/a", value: null }));
  assert.deepEqual(applyJsonPatch({}, operations), {
    ok: false,
    code: 413,
    message: "The allowed maximum operations in a JSON patch is 10000, got 10001",
  });
  assert.equal(applyJsonPatch({}, operations.slice(1)).ok, true);
});

test("copies that double the document stop at their limit", () => {
  const operations = Array.from({ length: 64 }, (_, index) => ({ op: "copy", from: "/a", path: `/a/x${index}` }));
  const result = applyJsonPatch({ a: { text: "x".repeat(100) } }, operations);
  assert.equal(result.ok, false);
  assert.match(result.ok ? "" : (result.detail ?? ""), /^Unable to complete the copy, .* exceeding the limit 3145728$/);
});

test("a JSON patch cannot nest a document without end", () => {
  const operations = Array.from({ length: 600 }, (_, depth) => ({
    op: "add",
    path: "/a".repeat(depth + 1),
    value: {},
  }));
  const result = applyJsonPatch({}, operations);
  assert.deepEqual(result, { ok: false, code: 422, message: unprocessable, detail: "exceeded max depth" });
});

test("__proto__ in a JSON patch is a member like any other", () => {
  const result = applyJsonPatch({ a: {} }, [
    { op: "add", path: "/__proto__", value: { polluted: true } },
    { op: "add", path: "/a/__proto__", value: 1 },
  ]);
  assert.ok(result.ok);
  assert.deepEqual(Object.keys(result.object), ["a", "__proto__"]);
  assert.equal(result.object.polluted, undefined);
  assert.equal(JSON.stringify(result.object), '{"a":{"__proto__":1},"__proto__":{"polluted":true}}');
  const deep = applyJsonPatch({ a: 1 }, [{ op: "add", path: "/__proto__/polluted", value: 1 }]);
  assert.equal(deep.ok, false);
  assert.equal(({} as JsonObject).polluted, undefined);
});

test("property: add then remove gives the object back, and the object given is untouched", () => {
  fc.assert(
    fc.property(
      fc.dictionary(fc.string(), fc.jsonValue(), { noNullPrototype: true }),
      fc.string(),
      fc.jsonValue(),
      (object, key, value) => {
        fc.pre(!Object.hasOwn(object, key));
        const before = JSON.stringify(object);
        const path = `/${key.replaceAll("~", "~0").replaceAll("/", "~1")}`;
        const result = applyJsonPatch(deepFreeze(object), [
          { op: "add", path, value },
          { op: "test", path, value },
          { op: "remove", path },
        ]);
        assert.deepEqual(result, { ok: true, object });
        assert.equal(JSON.stringify(object), before);
      },
    ),
    { numRuns: 200 },
  );
});

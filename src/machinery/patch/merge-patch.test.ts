import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { deepFreeze, type JsonObject } from "../object.ts";
import { applyMergePatch, createMergePatch } from "./merge-patch.ts";

// The table of RFC 7386, appendix A, as far as the documents are objects.
const table: [object: JsonObject, patch: unknown, expected: JsonObject][] = [
  [{ a: "b" }, { a: "c" }, { a: "c" }],
  [{ a: "b" }, { b: "c" }, { a: "b", b: "c" }],
  [{ a: "b" }, { a: null }, {}],
  [{ a: "b", b: "c" }, { a: null }, { b: "c" }],
  [{ a: ["b"] }, { a: "c" }, { a: "c" }],
  [{ a: "c" }, { a: ["b"] }, { a: ["b"] }],
  [{ a: { b: "c" } }, { a: { b: "d", c: null } }, { a: { b: "d" } }],
  [{ a: [{ b: "c" }] }, { a: [1] }, { a: [1] }],
  [{ e: null }, { a: 1 }, { e: null, a: 1 }],
  [{}, { a: { bb: { ccc: null } } }, { a: { bb: {} } }],
];

test("merge patch follows the table of RFC 7386", () => {
  for (const [object, patch, expected] of table) {
    assert.deepEqual(applyMergePatch(deepFreeze(object), deepFreeze(patch)), { ok: true, object: expected });
  }
});

test("a merge patch that is not an object is a bad request", () => {
  const message = "error decoding patch: json: cannot unmarshal array into Go value of type map[string]interface {}";
  assert.deepEqual(applyMergePatch({}, []), { ok: false, code: 400, message });
});

test("what a merge patch does not touch is shared", () => {
  const object = { spec: { a: 1 }, status: { b: 2 } };
  const result = applyMergePatch(object, { status: { b: 3 } });
  assert.ok(result.ok);
  assert.equal(result.object.spec, object.spec);
});

test("__proto__ in a merge patch is a field like any other", () => {
  const patch = JSON.parse('{"__proto__":{"polluted":1},"a":{"__proto__":{"b":2}}}');
  const result = applyMergePatch({ a: {} }, patch);
  assert.ok(result.ok);
  assert.equal(JSON.stringify(result.object), '{"a":{"__proto__":{"b":2}},"__proto__":{"polluted":1}}');
  assert.equal(({} as JsonObject).polluted, undefined);
});

test("property: the patch made from two objects turns one into the other", () => {
  const value = fc.letrec<{ json: unknown }>((tie) => ({
    json: fc.oneof(
      { maxDepth: 3 },
      fc.constantFrom(0, 1, "a", "b", true, "__proto__"),
      fc.array(fc.integer({ min: 0, max: 2 }), { maxLength: 2 }),
      fc.dictionary(fc.constantFrom("a", "b", "c", "__proto__"), tie("json"), { maxKeys: 3, noNullPrototype: true }),
    ),
  })).json;
  const object = fc.dictionary(fc.constantFrom("a", "b", "c", "d", "__proto__"), value, {
    noNullPrototype: true,
  }) as fc.Arbitrary<JsonObject>;
  fc.assert(
    fc.property(object, object, (from, to) => {
      const patch = createMergePatch(from, to);
      assert.deepEqual(applyMergePatch(from, patch), { ok: true, object: to });
      assert.deepEqual(createMergePatch(to, to), {});
    }),
    { numRuns: 300 },
  );
});

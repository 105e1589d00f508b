import assert from "node:assert/strict";
import { test } from "node:test";
import { coreKinds } from "./core-kinds.ts";
import { testContext } from "./validation/testing.ts";

test("every kind is declared once, and its schema can be linked", () => {
  const names = coreKinds.map(({ kind }) => `${kind.plural}.${kind.group}`);
  assert.equal(new Set(names).size, names.length);
  for (const { kind } of coreKinds) {
    for (const version of kind.versions) assert.equal(version.schema.type, "object", kind.kind);
  }
});

test("every column can be shown for an object that has nothing in it", () => {
  const now = new Date("2026-01-02T00:00:00Z");
  for (const { kind } of coreKinds) {
    const version = kind.versions[0]!;
    const object = { apiVersion: "v1", kind: kind.kind, metadata: { name: "a" } };
    for (const column of version.columns ?? []) {
      assert.notEqual(column.cell(object, now), undefined, `${kind.kind} ${column.name}`);
    }
    for (const field of version.selectableFields ?? []) assert.equal(typeof field.value(object), "string");
  }
});

test("empty objects are defaulted alike each time, and validated without a fault of the server", () => {
  for (const { kind, strategy } of coreKinds) {
    const object = { apiVersion: "v1", kind: kind.kind, metadata: { name: "a" } };
    strategy?.defaults?.(object);
    const once = structuredClone(object);
    strategy?.defaults?.(object);
    assert.deepEqual(object, once, kind.kind);
    const context = testContext();
    assert.ok(Array.isArray(strategy?.validate?.(object, context) ?? []), kind.kind);
    assert.ok(Array.isArray(strategy?.validateUpdate?.(object, once, context) ?? []), kind.kind);
    assert.ok(Array.isArray(strategy?.validateStatusUpdate?.(object, once, context) ?? []), kind.kind);
  }
});

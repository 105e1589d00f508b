import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { apiVersionOf, deepCopy, type KubeObject } from "../machinery/object.ts";
import { checkTypes } from "../machinery/schema/decode-check.ts";
import type { Schema } from "../machinery/schema/schema.ts";
import { row, testContext } from "./validation/testing.ts";
import { workloadKinds } from "./workload-kinds.ts";

// Objects that a decoder lets through can still be absurd: of the right types, with nulls anywhere and texts of all sorts.
// Whatever a user sends, a strategy answers with errors, never with an exception.

const words = [
  "",
  "a",
  "Always",
  "RollingUpdate",
  "Indexed",
  "1",
  "50%",
  "../x",
  "/abs",
  "10.0.0.1",
  "é".repeat(70),
  "*/5 * * * *",
];

/** A small generator of pseudo-random numbers, so that a failing case is named by its seed. */
function random(seed: number): (limit: number) => number {
  let state = seed;
  return (limit) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor((state / 2 ** 32) * limit);
  };
}

function generate(schema: Schema, next: (limit: number) => number, depth: number): unknown {
  if (next(12) === 0) return null;
  if (schema.format === "int-or-string") return next(2) ? next(3) - 1 : words[next(words.length)];
  switch (schema.type) {
    case "boolean":
      return next(2) === 0;
    case "integer":
    case "number":
      return [-1, 0, 1, 7, 80, 70000][next(6)];
    case "array":
      return Array.from({ length: depth > 9 ? 0 : next(3) }, () => generate(schema.items ?? {}, next, depth + 1));
    case "string":
      return generateText(schema.format, next);
    default:
      return generateObject(schema, next, depth);
  }
}

function generateText(format: string | undefined, next: (limit: number) => number): string | undefined {
  if (format === "quantity") return ["0", "1", "500m", "-1", "2Gi"][next(5)];
  if (format === "date-time" || format === "micro-time") return "2026-01-01T00:00:00Z";
  return format === "byte" ? "YQ==" : words[next(words.length)];
}

function generateObject(schema: Schema, next: (limit: number) => number, depth: number): Record<string, unknown> {
  const object: Record<string, unknown> = {};
  if (depth > 9) return object;
  for (const [name, property] of Object.entries(schema.properties ?? {})) {
    if (next(3) > 0 || depth < 2) object[name] = generate(property, next, depth + 1);
  }
  if (typeof schema.additionalProperties === "object") {
    for (const key of ["cpu", "a", "x y"])
      if (next(2)) object[key] = generate(schema.additionalProperties, next, depth + 1);
  }
  return object;
}

for (const registration of workloadKinds) {
  const { kind, strategy } = registration;
  for (const version of kind.versions) {
    test(`${kind.kind} in ${version.name} survives whatever its types allow`, () => {
      const arbitrary = (seed: number): KubeObject => {
        const object: KubeObject = {
          ...generateObject(version.schema, random(seed), 0),
          apiVersion: apiVersionOf(kind.group, version.name),
          kind: kind.kind,
          metadata: { name: "web", namespace: "default", uid: "u1" },
        };
        assert.equal(checkTypes(object, version.schema, kind.kind), undefined);
        return object;
      };
      fc.assert(
        fc.property(fc.integer(), fc.integer(), (seed, other) => {
          const object = arbitrary(seed);
          const old = arbitrary(other);
          const context = testContext();
          for (const each of [object, old]) {
            strategy?.defaults?.(each);
            row(registration, each, version.name);
          }
          assert.ok(Array.isArray(strategy?.validate?.(deepCopy(object), context) ?? []));
          strategy?.validateUpdate?.(object, old, context);
          strategy?.validateStatusUpdate?.(object, old, context);
          strategy?.warnings?.(object, old);
          strategy?.warnings?.(object, undefined);
          strategy?.prepareForUpdate?.(deepCopy(object), old, testContext({}, "status"));
          strategy?.prepareForCreate?.(deepCopy(object), context);
          strategy?.graceOnDelete?.(object, undefined);
          for (const target of kind.versions) strategy?.convert?.(object, `${kind.group}/${target.name}`);
          for (const field of version.selectableFields ?? []) field.value(object);
        }),
        { numRuns: 60 },
      );
    });
  }
}

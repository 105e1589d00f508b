import assert from "node:assert/strict";
import { test } from "node:test";
import {
  getConformanceSuite,
  type IncrementalTest,
  type IncrementalTestSuite,
} from "@bufbuild/cel-spec/testdata/tests.js";
import { checkExpression } from "./check.ts";
import { equalValues } from "./equality.ts";
import { functions } from "./library/index.ts";
import { Meter } from "./meter.ts";
import { planExpression } from "./plan.ts";
import { parseExpression } from "./syntax/parse.ts";
import { CompileError } from "./syntax/source.ts";
import * as t from "./types.ts";
import {
  ArrayList,
  Duration,
  EntryMap,
  EvaluationFailure,
  Timestamp,
  TypeValue,
  typeNameOf,
  Uint,
  type Value,
} from "./values.ts";

// The conformance suite of the CEL specification. Kubernetes' CEL has no protobuf messages and enums, no containers of names and not all
// extensions; the tests of those are left out, and how many are left is asserted so that none is lost by accident.

type Original = IncrementalTest["original"];
interface ProtoValue {
  kind: { case?: string | undefined; value?: unknown };
}

/** Files of tests that are all about what is left out. */
const excludedFiles = new Set([
  "block_ext",
  "encoders_ext",
  "enums",
  "math_ext",
  "proto2",
  "proto2_ext",
  "proto3",
  "wrappers",
]);
/** Tests of types that declare messages, or functions of their own. */
const excludedTests = /type_deductions\/(wrappers|type_parameters|legacy_nullable_types)|function_result_type/;
const messages = /TestAllTypes|GlobalEnum|google\.protobuf\.(Any|Struct|Value|\w+Value)|\bmsg\b/;

function isExcluded(name: string, { expr, container, disableCheck, bindings }: Original): boolean {
  if (excludedFiles.has(name.split("/")[1]!) || excludedTests.test(name)) return true;
  // Unchecked expressions never reach our evaluation.
  if (messages.test(expr) || container !== "" || disableCheck) return true;
  return messages.test(JSON.stringify(Object.values(bindings), stringifyBigint));
}

function stringifyBigint(_: string, value: unknown): unknown {
  return typeof value === "bigint" ? String(value) : value;
}

function fromProto({ kind }: ProtoValue): Value {
  switch (kind.case) {
    case "nullValue":
      return null;
    case "uint64Value":
      return new Uint(kind.value as bigint);
    case "typeValue":
      return new TypeValue(kind.value as string);
    case "listValue":
      return new ArrayList((kind.value as { values: ProtoValue[] }).values.map(fromProto));
    case "mapValue": {
      const map = new EntryMap();
      const { entries } = kind.value as { entries: { key: ProtoValue; value: ProtoValue }[] };
      for (const { key, value } of entries) map.insert(fromProto(key), fromProto(value));
      return map;
    }
    case "objectValue":
      return fromAny(kind.value as { typeUrl: string; value: Uint8Array });
    default:
      return kind.value as boolean | bigint | number | string | Uint8Array;
  }
}

/** A timestamp or duration: seconds in field 1, nanoseconds in field 2. */
function fromAny({ typeUrl, value }: { typeUrl: string; value: Uint8Array }): Value {
  const fields = [0n, 0n, 0n];
  for (let at = 0; at < value.length; ) {
    const field = value[at++]! >> 3;
    let number = 0n;
    for (let shift = 0n; ; shift += 7n) {
      const byte = value[at++]!;
      number |= BigInt(byte & 0x7f) << shift;
      if (byte < 0x80) break;
    }
    fields[field] = BigInt.asIntN(64, number);
  }
  const nanos = fields[1]! * 1_000_000_000n + fields[2]!;
  if (typeUrl.endsWith("google.protobuf.Timestamp")) return new Timestamp(nanos);
  assert.match(typeUrl, /google\.protobuf\.Duration$/);
  return new Duration(nanos);
}

/** The value of an expression, or its failure as text. */
function run({ expr, bindings, typeEnv, checkOnly }: Original): { value: Value } | { failure: string } {
  try {
    const node = parseExpression(expr);
    const names = [...new Set([...Object.keys(bindings), ...typeEnv.map(({ name }) => name)])];
    const variables = new Map(names.map((name) => [name, t.dyn]));
    const checked = checkExpression(expr, node, { functions, variables, homogeneous: false });
    if (checked.errors.length > 0) return { failure: checked.errors.join("\n") };
    if (checkOnly) return { value: true };
    const slots = names.map((name) => {
      const kind = bindings[name]?.kind;
      return kind?.case === "value" ? fromProto(kind.value as ProtoValue) : null;
    });
    return { value: planExpression(node, checked, names).run({ slots, meter: new Meter(1e9) }) };
  } catch (error) {
    if (error instanceof CompileError || error instanceof EvaluationFailure) return { failure: error.message };
    throw error;
  }
}

function verify(name: string, original: Original): void {
  const { resultMatcher: matcher, expr, checkOnly } = original;
  const result = run(original);
  if (matcher.case === "evalError") {
    assert.ok("failure" in result, `${name}: ${expr} has to fail`);
    return;
  }
  assert.ok("value" in result, `${name}: ${expr} failed: ${"failure" in result ? result.failure : ""}`);
  if (checkOnly) return;
  const expected =
    matcher.case === "value" ? matcher.value : matcher.case === "typedResult" ? matcher.value.result : undefined;
  const value = expected === undefined ? true : fromProto(expected as ProtoValue);
  const same = Object.is(value, result.value) || equalValues(result.value, value, new Meter(1e9));
  assert.ok(
    same && typeNameOf(result.value) === typeNameOf(value),
    `${name}: ${expr} gave ${typeNameOf(result.value)}`,
  );
}

function* testsOf(suite: IncrementalTestSuite, path: string): Generator<[string, Original]> {
  for (const { name, original } of suite.tests) yield [`${path}/${name}`, original];
  for (const inner of suite.suites) yield* testsOf(inner, `${path}/${inner.name}`);
}

test("the conformance suite of the CEL specification passes", () => {
  const all = [...testsOf(getConformanceSuite(), "")];
  const included = all.filter(([name, original]) => !isExcluded(name, original));
  const failures = included.flatMap(([name, original]) => {
    try {
      verify(name, original);
      return [];
    } catch (error) {
      return [String(error)];
    }
  });
  assert.deepEqual(failures, []);
  assert.deepEqual({ run: included.length, of: all.length }, { run: 1310, of: 2344 });
});

import assert from "node:assert/strict";
import { test } from "node:test";
import { createErrors, row, updateErrors } from "../validation/testing.ts";
import { runtimeClassKind } from "./runtime-class.ts";

const runtimeClass = (fields: Record<string, unknown>) => ({
  apiVersion: "node.k8s.io/v1",
  kind: "RuntimeClass",
  metadata: { name: "a" },
  handler: "runc",
  ...fields,
});

test("runtime classes", () => {
  assert.deepEqual(createErrors(runtimeClassKind, runtimeClass({ overhead: { podFixed: { cpu: "100m" } } })), []);
  assert.match(
    createErrors(runtimeClassKind, runtimeClass({ handler: "Not_A_Label" }))[0] ?? "",
    /^handler: Invalid value/,
  );
  assert.deepEqual(createErrors(runtimeClassKind, runtimeClass({ overhead: { podFixed: { cpu: "-1" } } })), [
    'overhead.limits[cpu]: Invalid value: "-1": must be greater than or equal to 0',
  ]);
  assert.deepEqual(updateErrors(runtimeClassKind, runtimeClass({ handler: "kata" }), runtimeClass({})), [
    'handler: Invalid value: "kata": field is immutable',
  ]);
  assert.equal(row(runtimeClassKind, runtimeClass({})).Handler, "runc");
});

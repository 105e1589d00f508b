import assert from "node:assert/strict";
import { test } from "node:test";
import type { JsonObject, KubeObject } from "../../machinery/object.ts";
import { createErrors, defaulted, row, testContext, updateErrors } from "../validation/testing.ts";
import { priorityClassKind } from "./priority-class.ts";

function priorityClass(name: string, fields: JsonObject = {}): KubeObject {
  return { apiVersion: "scheduling.k8s.io/v1", kind: "PriorityClass", metadata: { name }, value: 1000, ...fields };
}

test("pods of a class displace others unless it says otherwise", () => {
  assert.equal(defaulted(priorityClassKind, priorityClass("high")).preemptionPolicy, "PreemptLowerPriority");
});

test("the highest values and names belong to the system", () => {
  assert.deepEqual(createErrors(priorityClassKind, priorityClass("high")), []);
  assert.deepEqual(createErrors(priorityClassKind, priorityClass("high", { value: 1_000_000_001 })), [
    "value: Forbidden: maximum allowed value of a user defined priority is 1000000000",
  ]);
  assert.deepEqual(createErrors(priorityClassKind, priorityClass("system-node-critical", { value: 2000001000 })), []);
  assert.deepEqual(createErrors(priorityClassKind, priorityClass("system-mine")), [
    "metadata.name: Forbidden: priority class names with 'system-' prefix are reserved for system use only. error: system-mine is not a known system priority class",
  ]);
});

test("the value cannot change", () => {
  assert.deepEqual(updateErrors(priorityClassKind, priorityClass("high", { value: 1 }), priorityClass("high")), [
    "value: Forbidden: may not be changed in an update.",
  ]);
});

test("there is one default class", () => {
  const first = priorityClass("first", { globalDefault: true });
  const context = testContext({ "priorityclasses.scheduling.k8s.io": [first] });
  const second = priorityClass("second", { globalDefault: true });
  assert.throws(() => priorityClassKind.strategy?.beforeCommit?.({ object: second }, context), {
    message:
      'priorityclasses.scheduling.k8s.io "second" is forbidden: PriorityClass first is already marked as default. Only one default can exist',
  });
  priorityClassKind.strategy?.beforeCommit?.({ object: first }, context);
});

test("kubectl get priorityclasses", () => {
  assert.deepEqual(row(priorityClassKind, priorityClass("high")), {
    Value: 1000,
    "Global-Default": false,
    Age: "<unknown>",
    PreemptionPolicy: "<unset>",
  });
});

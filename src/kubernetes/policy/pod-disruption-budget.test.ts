import assert from "node:assert/strict";
import { test } from "node:test";
import type { JsonObject, KubeObject } from "../../machinery/object.ts";
import { createErrors, row, testContext } from "../validation/testing.ts";
import { podDisruptionBudgets } from "./pod-disruption-budget.ts";

function budget(spec: JsonObject): KubeObject {
  return { apiVersion: "policy/v1", kind: "PodDisruptionBudget", metadata: { name: "web" }, spec };
}

test("a budget has one bound", () => {
  assert.deepEqual(createErrors(podDisruptionBudgets, budget({ minAvailable: "50%" })), []);
  assert.deepEqual(createErrors(podDisruptionBudgets, budget({ minAvailable: 1, maxUnavailable: 1 })), [
    'spec: Invalid value: {"minAvailable":1,"maxUnavailable":1}: minAvailable and maxUnavailable cannot be both set',
  ]);
  assert.deepEqual(createErrors(podDisruptionBudgets, budget({ maxUnavailable: "101%" })), [
    'spec.maxUnavailable: Invalid value: "101%": must not be greater than 100%',
  ]);
  assert.deepEqual(createErrors(podDisruptionBudgets, budget({ minAvailable: -1 })), [
    "spec.minAvailable: Invalid value: -1: must be greater than or equal to 0",
  ]);
});

test("a new budget allows nothing until it was counted", () => {
  const object = budget({ minAvailable: 1 });
  podDisruptionBudgets.strategy?.prepareForCreate?.(object, testContext());
  assert.equal(object.status.disruptionsAllowed, 0);
});

test("kubectl get poddisruptionbudgets", () => {
  assert.deepEqual(row(podDisruptionBudgets, { ...budget({ minAvailable: 1 }), status: { disruptionsAllowed: 2 } }), {
    "Min Available": "1",
    "Max Unavailable": "N/A",
    "Allowed Disruptions": 2,
    Age: "<unknown>",
  });
});

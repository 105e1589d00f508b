import assert from "node:assert/strict";
import { test } from "node:test";
import type { ManagedFieldsEntry } from "../object.ts";
import { parentManagedFields, scaleManagedFields } from "./scale.ts";

const time = "2024-05-01T10:00:00Z";
const replicasPath = (apiVersion: string) => (apiVersion === "apps/v1" ? ["f:spec", "f:replicas"] : undefined);

function entry(manager: string, apiVersion: string, fields: object, subresource?: string): ManagedFieldsEntry {
  const base: ManagedFieldsEntry = {
    manager,
    operation: "Update",
    apiVersion,
    time,
    fieldsType: "FieldsV1",
    fieldsV1: { "f:spec": fields },
  };
  return subresource === undefined ? base : { ...base, subresource };
}

const parent = [
  entry("kubectl", "apps/v1", { "f:paused": {}, "f:replicas": {} }),
  entry("other", "apps/v1", { "f:selector": {} }),
];

test("a Scale shows who owns the replicas", () => {
  assert.deepEqual(scaleManagedFields(parent, replicasPath), [
    entry("kubectl", "autoscaling/v1", { "f:replicas": {} }),
  ]);
  assert.equal(scaleManagedFields(undefined, replicasPath), undefined);
});

test("a manager that takes the replicas through scale owns them on the object", () => {
  const scaled = [entry("hpa", "autoscaling/v1", { "f:replicas": {} }, "scale")];
  assert.deepEqual(parentManagedFields(parent, scaled, "apps/v1", replicasPath), [
    entry("hpa", "apps/v1", { "f:replicas": {} }, "scale"),
    entry("kubectl", "apps/v1", { "f:paused": {} }),
    entry("other", "apps/v1", { "f:selector": {} }),
  ]);
});

test("a manager that keeps the replicas keeps its entry", () => {
  const scaled = scaleManagedFields(parent, replicasPath);
  assert.deepEqual(parentManagedFields(parent, scaled, "apps/v1", replicasPath), parent);
});

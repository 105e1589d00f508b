import assert from "node:assert/strict";
import { test } from "node:test";
import type { KubeObject } from "../../machinery/object.ts";
import { createErrors, defaulted, row, testContext, texts } from "../validation/testing.ts";
import { namespaceKind } from "./namespace.ts";

const strategy = namespaceKind.strategy!;

function namespace(fields: Record<string, unknown> = {}, metadata: Record<string, unknown> = {}): KubeObject {
  return { apiVersion: "v1", kind: "Namespace", metadata: { name: "a", ...metadata }, ...fields };
}

test("a new namespace is active, names itself and waits for the kubernetes finalizer", () => {
  const created = namespace({ spec: { finalizers: ["example.com/x"] }, status: { phase: "Terminating" } });
  strategy.prepareForCreate?.(created, testContext());
  assert.deepEqual(created.spec, { finalizers: ["example.com/x", "kubernetes"] });
  assert.deepEqual(created.status, { phase: "Active" });
  assert.deepEqual(created.metadata.labels, { "kubernetes.io/metadata.name": "a" });
  const labelled = defaulted(namespaceKind, namespace({}, { labels: { "kubernetes.io/metadata.name": "other" } }));
  assert.equal(labelled.metadata.labels?.["kubernetes.io/metadata.name"], "a");
});

test("an update does not touch the finalizers", () => {
  const old = namespace({ spec: { finalizers: ["kubernetes"] } });
  const next = namespace({ spec: { finalizers: [] } });
  strategy.prepareForUpdate?.(next, old, testContext());
  assert.deepEqual(next.spec, { finalizers: ["kubernetes"] });
});

test("finalize writes the finalizers and nothing else", () => {
  const finalize = strategy.subresources?.finalize;
  assert.ok(finalize?.type === "part");
  const current = namespace({ spec: { finalizers: ["kubernetes"] }, status: { phase: "Terminating" } });
  const submitted = namespace({ spec: {}, status: { phase: "Active" } }, { labels: { a: "b" } });
  const merged = finalize.merge(current, submitted, testContext());
  assert.deepEqual(merged, namespace({ spec: {}, status: { phase: "Terminating" } }));
  const wrong = namespace({ spec: { finalizers: ["other"] } });
  assert.deepEqual(texts(finalize.validate?.(wrong, current, testContext())), [
    'spec.finalizers[0]: Invalid value: "other": name is neither a standard finalizer name nor is it fully qualified',
  ]);
});

test("finalizers hold the deletion, which shows in the phase", () => {
  const held = namespace({ spec: { finalizers: ["kubernetes"] }, status: { phase: "Active" } });
  assert.equal(strategy.holdsDeletion?.(held), true);
  strategy.onDeletionMarked?.(held);
  assert.equal(held.status.phase, "Terminating");
  assert.equal(strategy.holdsDeletion?.(namespace({ spec: {} })), false);
});

test("the phase follows the deletion", () => {
  const errors = (object: KubeObject) => texts(strategy.validateStatusUpdate?.(object, object, testContext()));
  assert.deepEqual(errors(namespace({ status: { phase: "Terminating" } })), [
    "status.Phase: Invalid value: \"Terminating\": may only be 'Active' if `deletionTimestamp` is empty",
  ]);
  assert.deepEqual(errors(namespace({ status: { phase: "Active" } }, { deletionTimestamp: "2026-01-01T00:00:00Z" })), [
    "status.Phase: Invalid value: \"Active\": may only be 'Terminating' if `deletionTimestamp` is not empty",
  ]);
});

test("names, errors and columns", () => {
  assert.deepEqual(strategy.validateName?.("kube-system", false), []);
  assert.equal(strategy.validateName?.("a.b", false).length, 1);
  assert.deepEqual(strategy.validateName?.("a-", true), []);
  assert.deepEqual(createErrors(namespaceKind, namespace()), []);
  assert.equal(row(namespaceKind, namespace({ status: { phase: "Active" } })).Status, "Active");
});

import assert from "node:assert/strict";
import { test } from "node:test";
import { formatFieldError } from "./field-error.ts";
import { validateFieldManager, validateObjectMeta, validateObjectMetaUpdate } from "./metadata.ts";
import type { ObjectMeta } from "./object.ts";

const errorsOf = (meta: ObjectMeta, namespaced = true) =>
  validateObjectMeta(meta, { namespaced }, "metadata").map(formatFieldError);

test("ordinary metadata is valid", () => {
  const meta: ObjectMeta = {
    name: "web",
    namespace: "default",
    labels: { "app.kubernetes.io/name": "web" },
    annotations: { "Example.com/Note": "any text" },
    finalizers: ["example.com/clean"],
    ownerReferences: [{ apiVersion: "apps/v1", kind: "ReplicaSet", name: "web", uid: "1", controller: true }],
    managedFields: [{ manager: "kubectl", operation: "Update", fieldsType: "FieldsV1" }],
  };
  assert.deepEqual(errorsOf(meta), []);
});

test("names and namespaces", () => {
  assert.deepEqual(errorsOf({}), [
    "metadata.name: Required value: name or generateName is required",
    "metadata.namespace: Required value",
  ]);
  assert.deepEqual(errorsOf({ name: "a", namespace: "x" }, false), [
    "metadata.namespace: Forbidden: not allowed on this type",
  ]);
  assert.match(
    errorsOf({ name: "A", namespace: "x" })[0]!,
    /^metadata\.name: Invalid value: "A": a lowercase RFC 1123 subdomain/,
  );
  assert.match(
    errorsOf({ name: "a", namespace: "x.y" })[0]!,
    /^metadata\.namespace: Invalid value: "x\.y": must not contain dots/,
  );
  assert.deepEqual(errorsOf({ name: "a-x", generateName: "a-", namespace: "x" }), []);
});

test("labels and annotations", () => {
  assert.match(
    errorsOf({ name: "a", labels: { "-x": "y" } }, false)[0]!,
    /^metadata\.labels: Invalid value: "-x": name part must consist/,
  );
  assert.match(
    errorsOf({ name: "a", labels: { x: "y z" } }, false)[0]!,
    /^metadata\.labels: Invalid value: "y z": a valid label must be/,
  );
  assert.deepEqual(errorsOf({ name: "a", annotations: { x: "y".repeat(262_144) } }, false), [
    "metadata.annotations: Too long: may not be more than 262144 bytes",
  ]);
});

test("owners", () => {
  const owner = { apiVersion: "v1", kind: "Pod", name: "p", uid: "1", controller: true };
  assert.match(
    errorsOf({ name: "a", ownerReferences: [owner, { ...owner, name: "q" }] }, false)[0]!,
    /: Only one reference can have Controller set to true\. Found "true" in references for Pod\/p and Pod\/q$/,
  );
  assert.deepEqual(errorsOf({ name: "a", ownerReferences: [{ apiVersion: "", kind: "", name: "", uid: "" }] }, false), [
    'metadata.ownerReferences.apiVersion: Invalid value: "": version must not be empty',
    'metadata.ownerReferences.kind: Invalid value: "": must not be empty',
    'metadata.ownerReferences.name: Invalid value: "": must not be empty',
    'metadata.ownerReferences.uid: Invalid value: "": must not be empty',
  ]);
  assert.match(
    errorsOf({ name: "a", ownerReferences: [{ ...owner, kind: "Event" }] }, false)[0]!,
    /disallowed from being an owner/,
  );
});

test("finalizers", () => {
  assert.match(errorsOf({ name: "a", finalizers: ["a b"] }, false)[0]!, /^metadata\.finalizers: Invalid value: "a b"/);
  assert.match(errorsOf({ name: "a", finalizers: ["orphan", "foregroundDeletion"] }, false)[0]!, /cannot be both set$/);
});

test("what a change may not touch", () => {
  const old: ObjectMeta = {
    name: "a",
    namespace: "n",
    uid: "1",
    resourceVersion: "5",
    generation: 2,
    creationTimestamp: "2024-01-01T00:00:00Z",
    deletionTimestamp: "2024-01-02T00:00:00Z",
    finalizers: ["x"],
  };
  const change = (meta: Partial<ObjectMeta>) =>
    validateObjectMetaUpdate({ ...old, ...meta }, old).map(formatFieldError);
  assert.deepEqual(change({}), []);
  assert.deepEqual(change({ name: "b" }), ['metadata.name: Invalid value: "b": field is immutable']);
  assert.deepEqual(change({ uid: "2" }), ['metadata.uid: Invalid value: "2": field is immutable']);
  assert.deepEqual(change({ creationTimestamp: null }), [
    "metadata.creationTimestamp: Invalid value: null: field is immutable",
  ]);
  assert.deepEqual(change({ resourceVersion: "" }), [
    'metadata.resourceVersion: Invalid value: "": must be specified for an update',
  ]);
  assert.deepEqual(change({ generation: 1 }), ["metadata.generation: Invalid value: 1: must not be decremented"]);
  assert.deepEqual(change({ finalizers: ["x", "y"] }), [
    'metadata.finalizers: Forbidden: no new finalizers can be added if the object is being deleted, found new finalizers []string{"y"}',
  ]);
  assert.deepEqual(change({ finalizers: [] }), []);
});

test("field managers", () => {
  assert.deepEqual(validateFieldManager("kubectl-client-side-apply ü", "fieldManager"), []);
  assert.deepEqual(validateFieldManager("a\tb", "fieldManager").map(formatFieldError), [
    'fieldManager: Invalid value: "a\\tb": invalid character U+0009 (at position 1)',
  ]);
  assert.equal(validateFieldManager("a".repeat(129), "fieldManager")[0]?.type, "FieldValueTooLong");
});

import assert from "node:assert/strict";
import { test } from "node:test";
import type { JsonObject, KubeObject } from "../../machinery/object.ts";
import { createErrors, row, updateErrors } from "../validation/testing.ts";
import { controllerRevisions } from "./controller-revision.ts";

function revision(fields: JsonObject = {}, metadata: JsonObject = {}): KubeObject {
  return {
    apiVersion: "apps/v1",
    kind: "ControllerRevision",
    metadata: { name: "r", ...metadata },
    data: { a: 1 },
    revision: 2,
    ...fields,
  };
}

test("a revision has data that never changes", () => {
  assert.deepEqual(createErrors(controllerRevisions, revision()), []);
  assert.deepEqual(createErrors(controllerRevisions, revision({ data: undefined, revision: -1 })), [
    "revision: Invalid value: -1: must be greater than or equal to 0",
    "data: Required value: data is mandatory",
  ]);
  assert.deepEqual(updateErrors(controllerRevisions, revision({ data: { a: 2 } }), revision()), [
    'data: Invalid value: {"a":2}: field is immutable',
  ]);
});

test("kubectl get controllerrevisions", () => {
  const owner = { apiVersion: "apps/v1", kind: "DaemonSet", name: "agent", uid: "u", controller: true };
  assert.deepEqual(row(controllerRevisions, revision({}, { ownerReferences: [owner] })), {
    Controller: "daemonset.apps/agent",
    Revision: 2,
    Age: "<unknown>",
  });
  assert.equal(row(controllerRevisions, revision()).Controller, "<none>");
});

import assert from "node:assert/strict";
import { test } from "node:test";
import type { JsonObject, KubeObject } from "../../machinery/object.ts";
import { createErrors, defaulted, row, testContext, texts, updateErrors } from "../validation/testing.ts";
import { replicaSets } from "./replica-set.ts";

const labels = { app: "web" };
const template = { metadata: { labels }, spec: { containers: [{ name: "app", image: "nginx:1" }] } };

function replicaSet(spec: JsonObject = {}, status: JsonObject = {}): KubeObject {
  return {
    apiVersion: "apps/v1",
    kind: "ReplicaSet",
    metadata: { name: "web" },
    spec: { selector: { matchLabels: labels }, template, ...spec },
    status,
  };
}

test("one replica is the default, and a new set counts from zero", () => {
  const object = defaulted(replicaSets, replicaSet());
  replicaSets.strategy?.prepareForCreate?.(object, testContext());
  assert.equal(object.spec.replicas, 1);
  assert.deepEqual(object.status, { replicas: 0 });
});

test("selector and template must agree", () => {
  assert.deepEqual(createErrors(replicaSets, replicaSet()), []);
  assert.deepEqual(createErrors(replicaSets, replicaSet({ selector: { matchLabels: { app: "db" } } })), [
    'spec.template.metadata.labels: Invalid value: {"app":"web"}: `selector` does not match template `labels`',
  ]);
  assert.deepEqual(createErrors(replicaSets, replicaSet({ template: undefined })), [
    "spec.template.metadata.labels: Invalid value: null: `selector` does not match template `labels`",
    "spec.template.spec.containers: Required value",
  ]);
});

test("the selector cannot change", () => {
  const next = replicaSet({ selector: { matchLabels: { app: "db" } } });
  assert.deepEqual(updateErrors(replicaSets, next, replicaSet()), [
    'spec.selector: Invalid value: {"matchLabels":{"app":"db"}}: field is immutable',
  ]);
});

test("no more replicas are available than ready", () => {
  const next = replicaSet({}, { replicas: 3, readyReplicas: 1, availableReplicas: 2 });
  assert.deepEqual(texts(replicaSets.strategy?.validateStatusUpdate?.(next, replicaSet(), testContext())), [
    "status.availableReplicas: Invalid value: 2: cannot be greater than readyReplicas",
  ]);
});

test("kubectl get replicasets", () => {
  assert.deepEqual(row(replicaSets, replicaSet({ replicas: 3 }, { replicas: 2, readyReplicas: 1 })), {
    Desired: 3,
    Current: 2,
    Ready: 1,
    Age: "<unknown>",
    Containers: "app",
    Images: "nginx:1",
    Selector: "app=web",
  });
  const [field] = replicaSets.kind.versions[0]?.selectableFields ?? [];
  assert.equal(field?.value(replicaSet({}, { replicas: 2 })), "2");
});

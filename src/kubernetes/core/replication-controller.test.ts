import assert from "node:assert/strict";
import { test } from "node:test";
import type { JsonObject, KubeObject } from "../../machinery/object.ts";
import { createErrors, defaulted, row } from "../validation/testing.ts";
import { replicationControllers } from "./replication-controller.ts";

const labels = { app: "web" };
const template = { metadata: { labels }, spec: { containers: [{ name: "app", image: "nginx:1" }] } };

function controller(spec: JsonObject): KubeObject {
  return { apiVersion: "v1", kind: "ReplicationController", metadata: { name: "web" }, spec };
}

test("labels of the template become selector and labels", () => {
  const object = defaulted(replicationControllers, controller({ template }));
  assert.deepEqual(object.spec.selector, labels);
  assert.deepEqual(object.metadata.labels, labels);
  assert.equal(object.spec.replicas, 1);
});

test("selector and template must be there and agree", () => {
  assert.deepEqual(createErrors(replicationControllers, controller({ template })), []);
  assert.deepEqual(createErrors(replicationControllers, controller({ selector: labels })), [
    "spec.template: Required value",
  ]);
  assert.deepEqual(createErrors(replicationControllers, controller({ selector: { app: "db" }, template })), [
    'spec.template.metadata.labels: Invalid value: {"app":"web"}: `selector` does not match template `labels`',
  ]);
});

test("kubectl get replicationcontrollers", () => {
  assert.deepEqual(row(replicationControllers, controller({ replicas: 2, selector: labels, template })), {
    Desired: 2,
    Current: 0,
    Ready: 0,
    Age: "<unknown>",
    Containers: "app",
    Images: "nginx:1",
    Selector: "app=web",
  });
});

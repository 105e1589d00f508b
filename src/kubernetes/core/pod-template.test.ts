import assert from "node:assert/strict";
import { test } from "node:test";
import type { KubeObject } from "../../machinery/object.ts";
import { createErrors, defaulted, row } from "../validation/testing.ts";
import { podTemplates } from "./pod-template.ts";

function podTemplate(containers: unknown[]): KubeObject {
  return {
    apiVersion: "v1",
    kind: "PodTemplate",
    metadata: { name: "t" },
    template: { metadata: { labels: { b: "2", a: "1" } }, spec: { containers } },
  };
}

test("a pod template is defaulted and checked like those of workloads", () => {
  const object = podTemplate([{ name: "app", image: "nginx:1" }]);
  assert.equal(defaulted(podTemplates, object).template.spec.dnsPolicy, "ClusterFirst");
  assert.deepEqual(createErrors(podTemplates, object), []);
  assert.deepEqual(createErrors(podTemplates, podTemplate([])), ["template.spec.containers: Required value"]);
});

test("kubectl get podtemplates", () => {
  const containers = ["a", "b"].map((name) => ({ name, image: `${name}:1` }));
  assert.deepEqual(row(podTemplates, podTemplate(containers)), {
    Containers: "a,b",
    Images: "a:1,b:1",
    "Pod Labels": "a=1,b=2",
  });
});

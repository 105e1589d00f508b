import assert from "node:assert/strict";
import { test } from "node:test";
import { workloadKinds } from "./workload-kinds.ts";

test("the kinds around pods are declared as Kubernetes serves them", () => {
  const declared = workloadKinds.map(({ kind }) => {
    const subresources = kind.versions[0];
    const marks = [subresources?.status && "status", subresources?.scale && "scale"].filter(Boolean);
    const names = [kind.plural, ...(kind.shortNames ?? [])].join(",");
    const versions = kind.versions.map(({ name }) => name).join(",");
    return `${kind.group}/${versions} ${kind.kind} ${names} ${kind.categories ?? ""} ${marks}`.trim();
  });
  assert.deepEqual(declared, [
    "/v1 Pod pods,po all status",
    "/v1 PodTemplate podtemplates",
    "/v1 ReplicationController replicationcontrollers,rc all status,scale",
    "/v1 Binding bindings",
    "apps/v1 Deployment deployments,deploy all status,scale",
    "apps/v1 ReplicaSet replicasets,rs all status,scale",
    "apps/v1 StatefulSet statefulsets,sts all status,scale",
    "apps/v1 DaemonSet daemonsets,ds all status",
    "apps/v1 ControllerRevision controllerrevisions",
    "batch/v1 Job jobs all status",
    "batch/v1 CronJob cronjobs,cj all status",
    "autoscaling/v2,v1 HorizontalPodAutoscaler horizontalpodautoscalers,hpa all status",
    "policy/v1 PodDisruptionBudget poddisruptionbudgets,pdb  status",
    "scheduling.k8s.io/v1 PriorityClass priorityclasses,pc",
  ]);
});

test("a binding can only be created, and every kind has its schema", () => {
  const bindings = workloadKinds.find(({ kind }) => kind.kind === "Binding");
  assert.deepEqual(bindings?.kind.verbs, ["create"]);
  for (const { kind } of workloadKinds) {
    for (const version of kind.versions) assert.equal(version.schema.type, "object", kind.kind);
  }
});

test("pods offer the subresources that write them", () => {
  const pods = workloadKinds.find(({ kind }) => kind.kind === "Pod");
  const names = Object.keys(pods?.strategy?.subresources ?? {});
  assert.deepEqual(names.sort(), ["binding", "ephemeralcontainers", "eviction", "resize"]);
});

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { JsonObject, KubeObject } from "../../machinery/object.ts";
import { testNow } from "../validation/testing.ts";
import { bindPod } from "./binding.ts";
import { decideEviction } from "./eviction.ts";

function pod(fields: JsonObject = {}): KubeObject {
  return { apiVersion: "v1", kind: "Pod", metadata: { name: "web", namespace: "default", uid: "u1" }, ...fields };
}

describe("binding", () => {
  const binding: KubeObject = {
    apiVersion: "v1",
    kind: "Binding",
    metadata: { name: "web", annotations: { by: "scheduler" } },
    target: { kind: "Node", name: "n1" },
  };

  test("puts the pod on its node", () => {
    const bound = bindPod(pod({ spec: {}, status: { nominatedNodeName: "n0" } }), binding, testNow);
    assert.equal(bound.spec.nodeName, "n1");
    assert.deepEqual(bound.metadata.annotations, { by: "scheduler" });
    assert.deepEqual(bound.status, {
      conditions: [
        { lastProbeTime: null, type: "PodScheduled", status: "True", lastTransitionTime: "2026-01-02T00:00:00Z" },
      ],
    });
  });

  const refused: [name: string, pod: KubeObject, message: string][] = [
    ["a pod that has a node", pod({ spec: { nodeName: "n2" } }), 'pod web is already assigned to node "n2"'],
    ["a gated pod", pod({ spec: { schedulingGates: [{ name: "g" }] } }), "pod web has non-empty .spec.schedulingGates"],
    [
      "a pod that is being deleted",
      { ...pod(), metadata: { name: "web", deletionTimestamp: "2026-01-01T00:00:00Z" } },
      "pod web is being deleted, cannot be assigned to a host",
    ],
  ];
  for (const [name, object, message] of refused) {
    test(`refuses ${name}`, () => {
      assert.throws(() => bindPod(object, binding, testNow), {
        code: 409,
        message: `Operation cannot be fulfilled on pods/binding "web": ${message}`,
      });
    });
  }
});

describe("eviction", () => {
  const ready = { phase: "Running", conditions: [{ type: "Ready", status: "True" }] };

  function budget(status: JsonObject, spec: JsonObject = {}): KubeObject {
    const metadata = { name: "pdb", namespace: "default", generation: 1 };
    return {
      apiVersion: "policy/v1",
      kind: "PodDisruptionBudget",
      metadata,
      spec,
      status: { observedGeneration: 1, ...status },
    };
  }

  test("is free without a budget, and for pods that do not run", () => {
    assert.equal(decideEviction(pod({ status: ready }), []).decision, "allow");
    const strict = budget({ disruptionsAllowed: 0 });
    for (const phase of ["Pending", "Succeeded", "Failed"]) {
      assert.equal(decideEviction(pod({ status: { phase } }), [strict]).decision, "allow");
    }
  });

  test("books an allowance", () => {
    assert.equal(decideEviction(pod({ status: ready }), [budget({ disruptionsAllowed: 1 })]).decision, "book");
  });

  test("is refused when the budget is used up", () => {
    const status = { disruptionsAllowed: 0, desiredHealthy: 2, currentHealthy: 2 };
    const decision = decideEviction(pod({ status: ready }), [budget(status)]);
    assert.ok(decision.decision === "refuse");
    assert.equal(decision.error.code, 429);
    assert.equal(decision.error.message, "Cannot evict pod as it would violate the pod's disruption budget.");
    assert.deepEqual(decision.error.status.details?.causes, [
      { reason: "DisruptionBudget", message: "The disruption budget pdb needs 2 healthy pods and has 2 currently" },
    ]);
  });

  test("waits for a budget that is yet to be looked at", () => {
    const decision = decideEviction(pod({ status: ready }), [budget({ observedGeneration: 0, disruptionsAllowed: 1 })]);
    assert.ok(decision.decision === "refuse");
    assert.equal(decision.error.status.details?.retryAfterSeconds, 10);
  });

  test("spares unhealthy pods no allowance when the healthy ones suffice", () => {
    const unready = pod({ status: { phase: "Running" } });
    const enough = budget({ disruptionsAllowed: 0, desiredHealthy: 2, currentHealthy: 2 });
    const short = { disruptionsAllowed: 0, desiredHealthy: 2, currentHealthy: 1 };
    assert.equal(decideEviction(unready, [enough]).decision, "allow");
    assert.equal(decideEviction(unready, [budget(short)]).decision, "refuse");
    const lenient = budget(short, { unhealthyPodEvictionPolicy: "AlwaysAllow" });
    assert.equal(decideEviction(unready, [lenient]).decision, "allow");
  });

  test("does not serve pods of two budgets", () => {
    const decision = decideEviction(pod({ status: ready }), [budget({}), budget({})]);
    assert.ok(decision.decision === "refuse");
    assert.equal(decision.error.code, 500);
  });
});

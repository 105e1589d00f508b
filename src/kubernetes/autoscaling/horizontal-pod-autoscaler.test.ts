import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { JsonObject, KubeObject } from "../../machinery/object.ts";
import { createErrors, defaulted, row } from "../validation/testing.ts";
import { convertAutoscaler } from "./conversion.ts";
import { horizontalPodAutoscalers } from "./horizontal-pod-autoscaler.ts";

const scaleTargetRef = { apiVersion: "apps/v1", kind: "Deployment", name: "web" };
const cpu = (averageUtilization: number): JsonObject => ({
  type: "Resource",
  resource: { name: "cpu", target: { type: "Utilization", averageUtilization } },
});
const queue = {
  type: "External",
  external: { metric: { name: "queue" }, target: { type: "AverageValue", averageValue: "30" } },
};

function autoscaler(apiVersion: "autoscaling/v1" | "autoscaling/v2", spec: JsonObject = {}): KubeObject {
  return {
    apiVersion,
    kind: "HorizontalPodAutoscaler",
    metadata: { name: "web" },
    spec: { scaleTargetRef, maxReplicas: 5, ...spec },
  };
}

describe("autoscaler defaults", () => {
  test("aim at 80 percent of cpu in both versions", () => {
    const now = defaulted(horizontalPodAutoscalers, autoscaler("autoscaling/v2"));
    const before = defaulted(horizontalPodAutoscalers, autoscaler("autoscaling/v1"));
    assert.deepEqual(now.spec, { scaleTargetRef, maxReplicas: 5, minReplicas: 1, metrics: [cpu(80)] });
    assert.equal(before.spec.targetCPUUtilizationPercentage, 80);
    assert.deepEqual(convertAutoscaler(before, "autoscaling/v2"), now);
  });

  test("fill a behaviour that is begun", () => {
    const { spec } = defaulted(
      horizontalPodAutoscalers,
      autoscaler("autoscaling/v2", { behavior: { scaleDown: { stabilizationWindowSeconds: 60 } } }),
    );
    assert.deepEqual(spec.behavior, {
      scaleUp: {
        stabilizationWindowSeconds: 0,
        selectPolicy: "Max",
        policies: [
          { type: "Pods", value: 4, periodSeconds: 15 },
          { type: "Percent", value: 100, periodSeconds: 15 },
        ],
      },
      scaleDown: {
        selectPolicy: "Max",
        policies: [{ type: "Percent", value: 100, periodSeconds: 15 }],
        stabilizationWindowSeconds: 60,
      },
    });
  });
});

describe("conversion", () => {
  test("carries through v1 what v1 has no field for", () => {
    const object: KubeObject = {
      ...autoscaler("autoscaling/v2", {
        metrics: [cpu(50), queue],
        behavior: { scaleUp: { selectPolicy: "Min" } },
      }),
      metadata: { name: "web", annotations: { mine: "kept" } },
      status: {
        desiredReplicas: 2,
        currentMetrics: [{ type: "Resource", resource: { name: "cpu", current: { averageUtilization: 40 } } }],
        conditions: [{ type: "AbleToScale", status: "True" }],
      },
    };
    const old = convertAutoscaler(object, "autoscaling/v1");
    assert.deepEqual(old.spec, { scaleTargetRef, maxReplicas: 5, targetCPUUtilizationPercentage: 50 });
    assert.deepEqual(old.status, { desiredReplicas: 2, currentCPUUtilizationPercentage: 40 });
    assert.equal(
      old.metadata.annotations?.["autoscaling.alpha.kubernetes.io/metrics"],
      '[{"type":"External","external":{"metricName":"queue","targetAverageValue":"30"}}]',
    );
    assert.deepEqual(convertAutoscaler(old, "autoscaling/v2"), object);
  });

  test("survives annotations that are no JSON", () => {
    const object = autoscaler("autoscaling/v1", { targetCPUUtilizationPercentage: 10 });
    object.metadata.annotations = {
      "autoscaling.alpha.kubernetes.io/metrics": "{",
      "autoscaling.alpha.kubernetes.io/behavior": "[1]",
    };
    assert.deepEqual(convertAutoscaler(object, "autoscaling/v2").spec, {
      scaleTargetRef,
      maxReplicas: 5,
      metrics: [cpu(10)],
    });
  });
});

describe("autoscaler validation", () => {
  const cases: [name: string, spec: JsonObject, expected: string[]][] = [
    ["a plain autoscaler", {}, []],
    [
      "fewer at most than at least",
      { minReplicas: 6 },
      ["spec.maxReplicas: Invalid value: 5: must be greater than or equal to `minReplicas`"],
    ],
    ["zero pods", { minReplicas: 0 }, ["spec.minReplicas: Invalid value: 0: must be greater than or equal to 1"]],
    ["no target", { scaleTargetRef: { kind: "Deployment" } }, ["spec.scaleTargetRef.name: Required value"]],
    [
      "an unknown source",
      { metrics: [{ type: "Moon" }] },
      [
        'spec.metrics[0].type: Unsupported value: "Moon": supported values: "ContainerResource", "External", "Object", "Pods", "Resource"',
      ],
    ],
    [
      "a source without data",
      { metrics: [{ type: "Pods" }] },
      ["spec.metrics[0].pods: Required value: must populate information for the given metric source"],
    ],
    [
      "a target without value",
      { metrics: [{ type: "Resource", resource: { name: "cpu", target: { type: "Utilization" } } }] },
      [
        "spec.metrics[0].resource.target.averageUtilization: Required value: must set either a target raw value or a target utilization",
      ],
    ],
    [
      "an endless window",
      { behavior: { scaleUp: { stabilizationWindowSeconds: 4000 } } },
      ["spec.behavior.scaleUp.stabilizationWindowSeconds: Invalid value: 4000: must be less than or equal to 3600"],
    ],
  ];
  for (const [name, spec, expected] of cases) {
    test(name, () => {
      assert.deepEqual(createErrors(horizontalPodAutoscalers, autoscaler("autoscaling/v2", spec)), expected);
    });
  }
});

test("kubectl get hpa", () => {
  const object = autoscaler("autoscaling/v2", { minReplicas: 2, metrics: [cpu(50), queue, cpu(1)] });
  object.status = {
    currentReplicas: 3,
    currentMetrics: [{ type: "Resource", resource: { name: "cpu", current: { averageUtilization: 40 } } }],
  };
  assert.deepEqual(row(horizontalPodAutoscalers, object, "v2"), {
    Reference: "Deployment/web",
    Targets: "cpu: 40%/50%, <unknown>/30 (avg) + 1 more...",
    MinPods: "2",
    MaxPods: 5,
    Replicas: 3,
    Age: "<unknown>",
  });
});

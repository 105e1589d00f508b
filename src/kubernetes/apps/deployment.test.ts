import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { JsonObject, KubeObject } from "../../machinery/object.ts";
import { createErrors, defaulted, row, testContext, texts, updateErrors } from "../validation/testing.ts";
import { deployments } from "./deployment.ts";

const labels = { app: "web" };
const template = { metadata: { labels }, spec: { containers: [{ name: "app", image: "nginx:1" }] } };

function deployment(spec: JsonObject = {}, status?: JsonObject): KubeObject {
  return {
    apiVersion: "apps/v1",
    kind: "Deployment",
    metadata: { name: "web", creationTimestamp: "2026-01-01T22:00:00Z" },
    spec: { selector: { matchLabels: labels }, template, ...spec },
    ...(status === undefined ? {} : { status }),
  };
}

describe("deployment defaults", () => {
  test("fill replicas, strategy, history and deadline", () => {
    const { selector: _, template: filled, ...spec } = defaulted(deployments, deployment()).spec;
    assert.deepEqual(spec, {
      replicas: 1,
      strategy: { type: "RollingUpdate", rollingUpdate: { maxUnavailable: "25%", maxSurge: "25%" } },
      revisionHistoryLimit: 10,
      progressDeadlineSeconds: 600,
    });
    assert.equal(filled.spec.restartPolicy, "Always");
    assert.equal(filled.spec.enableServiceLinks, undefined);
  });

  test("leave zero replicas and another strategy alone", () => {
    const { spec } = defaulted(deployments, deployment({ replicas: 0, strategy: { type: "Recreate" } }));
    assert.equal(spec.replicas, 0);
    assert.deepEqual(spec.strategy, { type: "Recreate" });
  });
});

describe("deployment validation", () => {
  const cases: [name: string, spec: JsonObject, expected: string[]][] = [
    ["a plain deployment", {}, []],
    [
      "no selector, which selects nothing",
      { selector: undefined },
      [
        "spec.selector: Required value",
        'spec.template.metadata.labels: Invalid value: {"app":"web"}: `selector` does not match template `labels`',
      ],
    ],
    [
      "no template",
      { template: undefined },
      [
        "spec.template.metadata.labels: Invalid value: null: `selector` does not match template `labels`",
        "spec.template.spec.containers: Required value",
      ],
    ],
    [
      "an unknown strategy",
      { strategy: { type: "Blue" } },
      [
        'spec.strategy: Unsupported value: {"Type":"Blue","RollingUpdate":null}: supported values: "Recreate", "RollingUpdate"',
      ],
    ],
    [
      "an empty selector",
      { selector: {} },
      ["spec.selector: Invalid value: {}: empty selector is invalid for deployment"],
    ],
    [
      "a template that the selector does not select",
      { selector: { matchLabels: { app: "db" } } },
      ['spec.template.metadata.labels: Invalid value: {"app":"web"}: `selector` does not match template `labels`'],
    ],
    [
      "pods that end",
      { template: { ...template, spec: { ...template.spec, restartPolicy: "Never" } } },
      ['spec.template.spec.restartPolicy: Unsupported value: "Never": supported values: "Always"'],
    ],
    ["negative replicas", { replicas: -1 }, ["spec.replicas: Invalid value: -1: must be greater than or equal to 0"]],
    [
      "a rolling update that cannot move",
      { strategy: { rollingUpdate: { maxSurge: 0, maxUnavailable: 0 } } },
      ["spec.strategy.rollingUpdate.maxUnavailable: Invalid value: 0: may not be 0 when `maxSurge` is 0"],
    ],
    [
      "parameters of another strategy",
      { strategy: { type: "Recreate", rollingUpdate: {} } },
      ["spec.strategy.rollingUpdate: Forbidden: may not be specified when strategy `type` is 'Recreate'"],
    ],
    [
      "more than all unavailable",
      { strategy: { rollingUpdate: { maxUnavailable: "101%" } } },
      ['spec.strategy.rollingUpdate.maxUnavailable: Invalid value: "101%": must not be greater than 100%'],
    ],
    [
      "a deadline before readiness",
      { minReadySeconds: 600 },
      ["spec.progressDeadlineSeconds: Invalid value: 600: must be greater than minReadySeconds"],
    ],
  ];
  for (const [name, spec, expected] of cases) {
    test(name, () => assert.deepEqual(createErrors(deployments, deployment(spec)), expected));
  }

  test("the selector cannot change", () => {
    const next = deployment({ selector: { matchLabels: { app: "web", tier: "front" } } });
    assert.deepEqual(updateErrors(deployments, next, deployment()), [
      'spec.selector: Invalid value: {"matchLabels":{"app":"web","tier":"front"}}: field is immutable',
    ]);
  });

  test("the status adds up", () => {
    const next = deployment({}, { replicas: 1, readyReplicas: 2 });
    const errors = deployments.strategy?.validateStatusUpdate?.(next, deployment(), testContext());
    assert.deepEqual(texts(errors), ["status.readyReplicas: Invalid value: 2: cannot be greater than status.replicas"]);
  });
});

test("kubectl get deployments", () => {
  const object = deployment({ replicas: 3 }, { readyReplicas: 2, updatedReplicas: 3, availableReplicas: 1 });
  assert.deepEqual(row(deployments, object), {
    Ready: "2/3",
    "Up-to-date": 3,
    Available: 1,
    Age: "120m",
    Containers: "app",
    Images: "nginx:1",
    Selector: "app=web",
  });
});

test("warnings come with writes of the spec only", () => {
  const nodeSelector = { "beta.kubernetes.io/arch": "amd64" };
  const object = deployment({ template: { ...template, spec: { ...template.spec, nodeSelector } } });
  object.metadata.generation = 2;
  const warnings = deployments.strategy?.warnings;
  assert.equal(warnings?.(object, undefined).length, 1);
  assert.equal(warnings?.(object, { ...object, metadata: { generation: 1 } }).length, 1);
  assert.deepEqual(warnings?.(object, object), []);
});

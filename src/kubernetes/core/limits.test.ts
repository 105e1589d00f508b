import assert from "node:assert/strict";
import { test } from "node:test";
import type { KubeObject } from "../../machinery/object.ts";
import { createErrors, defaulted, row, updateErrors } from "../validation/testing.ts";
import { limitRangeKind } from "./limit-range.ts";
import { resourceQuotaKind } from "./resource-quota.ts";

function limitRange(...limits: Record<string, unknown>[]): KubeObject {
  return { apiVersion: "v1", kind: "LimitRange", metadata: { name: "a", namespace: "default" }, spec: { limits } };
}
function quota(spec: Record<string, unknown>, status = {}): KubeObject {
  return { apiVersion: "v1", kind: "ResourceQuota", metadata: { name: "a", namespace: "default" }, spec, status };
}

test("container limits default from the maximum, requests from the limits", () => {
  const { limits } = defaulted(
    limitRangeKind,
    limitRange({ type: "Container", max: { cpu: "2" }, min: { memory: "1Mi" } }),
  ).spec;
  assert.deepEqual(limits[0].default, { cpu: "2" });
  assert.deepEqual(limits[0].defaultRequest, { memory: "1Mi", cpu: "2" });
  assert.equal(
    defaulted(limitRangeKind, limitRange({ type: "Pod", max: { cpu: "2" } })).spec.limits[0].default,
    undefined,
  );
});

test("what is wrong with limits", () => {
  const cases: [Record<string, unknown>[], string[]][] = [
    [[{ type: "Pod", max: { cpu: "1" } }], []],
    [
      [{ type: "Pod", max: { cpu: "1" }, min: { cpu: "2" } }],
      ['spec.limits[0].min[cpu]: Invalid value: "2": min value 2 is greater than max value 1'],
    ],
    [
      [{ type: "Pod", default: { cpu: "1" } }],
      ["spec.limits[0].default: Forbidden: may not be specified when `type` is 'Pod'"],
    ],
    [
      [{ type: "PersistentVolumeClaim" }],
      [
        "spec.limits[0].limits: Required value: either minimum or maximum storage value is required, but neither was provided",
      ],
    ],
    [
      [{ type: "Pod", maxLimitRequestRatio: { cpu: "500m" } }],
      ['spec.limits[0].maxLimitRequestRatio[cpu]: Invalid value: "500m": ratio 500m is less than 1'],
    ],
    [
      [{ type: "Pod", min: { cpu: "1" }, max: { cpu: "2" }, maxLimitRequestRatio: { cpu: "3" } }],
      ['spec.limits[0].maxLimitRequestRatio[cpu]: Invalid value: "3": ratio 3 is greater than max/min = 2.000000'],
    ],
    [
      [{ type: "Ghost" }],
      ['spec.limits[0].type: Invalid value: "Ghost": must be a standard limit type or fully qualified'],
    ],
    [[{ type: "Pod" }, { type: "Pod" }], ['spec.limits[1].type: Duplicate value: "Pod"']],
  ];
  for (const [limits, errors] of cases) assert.deepEqual(createErrors(limitRangeKind, limitRange(...limits)), errors);
});

test("what is wrong with a quota", () => {
  const cases: [Record<string, unknown>, string[]][] = [
    [{ hard: { cpu: "1", pods: "3", "requests.example.com/gpu": "1", "count/jobs.batch": "2" } }, []],
    [
      { hard: { ghosts: "1" } },
      [
        'spec.hard[ghosts]: Invalid value: "ghosts": must be a standard resource type or fully qualified',
        'spec.hard[ghosts]: Invalid value: "ghosts": must be a standard resource for quota',
      ],
    ],
    [{ hard: { pods: "1500m" } }, ['spec.hard[pods]: Invalid value: "1500m": must be an integer']],
    [{ hard: { cpu: "-1" } }, ['spec.hard[cpu]: Invalid value: "-1": must be greater than or equal to 0']],
    [
      { hard: { pods: "1" }, scopes: ["BestEffort", "NotBestEffort"] },
      ['spec.scopes: Invalid value: ["BestEffort","NotBestEffort"]: conflicting scopes'],
    ],
    [
      { hard: { cpu: "1" }, scopes: ["BestEffort"] },
      ['spec.scopes: Invalid value: ["BestEffort"]: unsupported scope applied to resource'],
    ],
    [
      { scopeSelector: { matchExpressions: [{ scopeName: "PriorityClass", operator: "In" }] } },
      [
        "spec.scopeSelector.matchExpressions.values: Required value: must be at least one value when `operator` is 'In' or 'NotIn' for scope selector",
      ],
    ],
  ];
  for (const [spec, errors] of cases) assert.deepEqual(createErrors(resourceQuotaKind, quota(spec)), errors);
});

test("the scopes of a quota do not change", () => {
  assert.deepEqual(updateErrors(resourceQuotaKind, quota({ scopes: ["BestEffort"] }), quota({})), [
    'spec.scopes: Invalid value: ["BestEffort"]: field is immutable',
  ]);
});

test("columns of a quota", () => {
  const status = { hard: { pods: "3", "limits.cpu": "2", cpu: "1" }, used: { cpu: "500m" } };
  const { Request, Limit } = row(resourceQuotaKind, quota({}, status));
  assert.deepEqual([Request, Limit], ["cpu: 500m/1, pods: 0/3", "limits.cpu: 0/2"]);
});

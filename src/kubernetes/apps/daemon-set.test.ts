import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { JsonObject, KubeObject } from "../../machinery/object.ts";
import { createErrors, defaulted, row, testContext, updateErrors } from "../validation/testing.ts";
import { daemonSets } from "./daemon-set.ts";

const labels = { app: "agent" };
const generation = "deprecated.daemonset.template.generation";

function daemonSet(spec: JsonObject = {}, image = "agent:1"): KubeObject {
  return {
    apiVersion: "apps/v1",
    kind: "DaemonSet",
    metadata: { name: "agent" },
    spec: {
      selector: { matchLabels: labels },
      template: { metadata: { labels }, spec: { containers: [{ name: "agent", image }] } },
      ...spec,
    },
  };
}

test("daemon sets roll one node at a time", () => {
  const { spec } = defaulted(daemonSets, daemonSet());
  assert.deepEqual(spec.updateStrategy, { type: "RollingUpdate", rollingUpdate: { maxUnavailable: 1, maxSurge: 0 } });
  assert.equal(spec.revisionHistoryLimit, 10);
});

test("the template is numbered in an annotation", () => {
  const created = defaulted(daemonSets, daemonSet());
  daemonSets.strategy?.prepareForCreate?.(created, testContext());
  assert.equal(created.metadata.annotations?.[generation], "1");
  const next = daemonSet({}, "agent:2");
  daemonSets.strategy?.prepareForUpdate?.(next, created, testContext());
  assert.equal(next.metadata.annotations?.[generation], "2");
  const same = daemonSet({ minReadySeconds: 3 });
  daemonSets.strategy?.prepareForUpdate?.(same, created, testContext());
  assert.equal(same.metadata.annotations?.[generation], "1");
});

describe("daemon set validation", () => {
  const cases: [name: string, spec: JsonObject, expected: string[]][] = [
    ["a plain set", {}, []],
    [
      "an empty selector",
      { selector: {} },
      ["spec.selector: Invalid value: {}: empty selector is invalid for daemonset"],
    ],
    [
      "surge and unavailability at once",
      { updateStrategy: { rollingUpdate: { maxUnavailable: 1, maxSurge: 1 } } },
      ["spec.updateStrategy.rollingUpdate.maxSurge: Invalid value: 1: may not be set when maxUnavailable is non-zero"],
    ],
    [
      "neither surge nor unavailability",
      { updateStrategy: { rollingUpdate: { maxUnavailable: 0 } } },
      ["spec.updateStrategy.rollingUpdate.maxUnavailable: Required value: cannot be 0 when maxSurge is 0"],
    ],
    [
      "an unknown strategy",
      { updateStrategy: { type: "Now" } },
      [
        'spec.updateStrategy: Unsupported value: {"Type":"Now","RollingUpdate":null}: supported values: "RollingUpdate", "OnDelete"',
      ],
    ],
  ];
  for (const [name, spec, expected] of cases) {
    test(name, () => assert.deepEqual(createErrors(daemonSets, daemonSet(spec)), expected));
  }

  test("the selector cannot change", () => {
    const next = daemonSet({ selector: { matchLabels: { app: "other" } } });
    assert.deepEqual(updateErrors(daemonSets, next, daemonSet()), [
      'spec.selector: Invalid value: {"matchLabels":{"app":"other"}}: field is immutable',
    ]);
  });
});

test("kubectl get daemonsets", () => {
  const object = daemonSet();
  object.spec.template.spec.nodeSelector = { disk: "ssd", arch: "arm64" };
  object.status = { desiredNumberScheduled: 3, currentNumberScheduled: 2, numberReady: 1, numberAvailable: 1 };
  assert.deepEqual(row(daemonSets, object), {
    Desired: 3,
    Current: 2,
    Ready: 1,
    "Up-to-date": 0,
    Available: 1,
    "Node Selector": "arch=arm64,disk=ssd",
    Age: "<unknown>",
    Containers: "agent",
    Images: "agent:1",
    Selector: "app=agent",
  });
});

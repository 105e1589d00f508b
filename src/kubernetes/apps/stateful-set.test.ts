import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { JsonObject, KubeObject } from "../../machinery/object.ts";
import { createErrors, defaulted, row, updateErrors } from "../validation/testing.ts";
import { statefulSets } from "./stateful-set.ts";

const labels = { app: "db" };
const template = { metadata: { labels }, spec: { containers: [{ name: "db", image: "pg:17" }] } };

function statefulSet(spec: JsonObject = {}, status: JsonObject = {}): KubeObject {
  return {
    apiVersion: "apps/v1",
    kind: "StatefulSet",
    metadata: { name: "db" },
    spec: { selector: { matchLabels: labels }, serviceName: "db", template, ...spec },
    status,
  };
}

test("stateful set defaults", () => {
  const claim = { metadata: { name: "data" }, spec: { accessModes: ["ReadWriteOnce"] } };
  const { spec } = defaulted(statefulSets, statefulSet({ volumeClaimTemplates: [claim] }));
  const { selector: _, template: __, ...filled } = spec;
  assert.deepEqual(filled, {
    serviceName: "db",
    podManagementPolicy: "OrderedReady",
    updateStrategy: { type: "RollingUpdate", rollingUpdate: { partition: 0 } },
    persistentVolumeClaimRetentionPolicy: { whenDeleted: "Retain", whenScaled: "Retain" },
    replicas: 1,
    revisionHistoryLimit: 10,
    volumeClaimTemplates: [
      {
        apiVersion: "v1",
        kind: "PersistentVolumeClaim",
        metadata: { name: "data" },
        spec: { accessModes: ["ReadWriteOnce"], volumeMode: "Filesystem" },
        status: { phase: "Pending" },
      },
    ],
  });
});

test("a strategy that is named gets no parameters", () => {
  const updateStrategy = { type: "RollingUpdate" };
  assert.deepEqual(defaulted(statefulSets, statefulSet({ updateStrategy })).spec.updateStrategy, updateStrategy);
});

describe("stateful set validation", () => {
  const mounting = {
    ...template,
    spec: {
      containers: [{ name: "db", image: "pg:17", volumeMounts: [{ name: "data", mountPath: "/data" }] }],
    },
  };
  const resources = { requests: { storage: "1Gi" } };
  const claim = { metadata: { name: "data" }, spec: { accessModes: ["ReadWriteOnce"], resources } };
  const cases: [name: string, spec: JsonObject, expected: string[]][] = [
    ["a plain set", {}, []],
    ["a mount of a claim template", { template: mounting, volumeClaimTemplates: [claim] }, []],
    [
      "a claim template without size",
      { volumeClaimTemplates: [{ metadata: { name: "data" }, spec: { accessModes: ["ReadWriteOnce"] } }] },
      ["spec.volumeClaimTemplates[0].spec.resources[storage]: Required value"],
    ],
    [
      "a host name, which the controller sets",
      { template: { ...template, spec: { ...template.spec, hostname: "A" } } },
      [],
    ],
    [
      "a service that cannot be one",
      { serviceName: "Db" },
      [
        `spec.serviceName: Invalid value: "Db": a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric character (e.g. 'my-name',  or '123-abc', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?')`,
      ],
    ],
    [
      "a mount of nothing",
      { template: mounting },
      ['spec.template.spec.containers[0].volumeMounts[0].name: Not found: "data"'],
    ],
    [
      "an unknown management policy",
      { podManagementPolicy: "Chaos" },
      [`spec.podManagementPolicy: Invalid value: "Chaos": must be 'OrderedReady' or 'Parallel'`],
    ],
    [
      "a negative partition",
      { updateStrategy: { rollingUpdate: { partition: -1 } } },
      ["spec.updateStrategy.rollingUpdate.partition: Invalid value: -1: must be greater than or equal to 0"],
    ],
    [
      "an unknown retention",
      { persistentVolumeClaimRetentionPolicy: { whenDeleted: "Keep" } },
      [
        'spec.persistentVolumeClaimRetentionPolicy.whenDeleted: Unsupported value: "Keep": supported values: "Retain", "Delete"',
      ],
    ],
  ];
  for (const [name, spec, expected] of cases) {
    test(name, () => assert.deepEqual(createErrors(statefulSets, statefulSet(spec)), expected));
  }

  test("what cannot change is not asked about again", () => {
    const stored = statefulSet({ serviceName: "Db" });
    stored.metadata.resourceVersion = "7";
    assert.deepEqual(createErrors(statefulSets, stored), []);
  });

  test("an update changes what it may and nothing else", () => {
    assert.deepEqual(updateErrors(statefulSets, statefulSet({ replicas: 5, minReadySeconds: 3 }), statefulSet()), []);
    assert.deepEqual(updateErrors(statefulSets, statefulSet({ serviceName: "other" }), statefulSet()), [
      "spec: Forbidden: updates to statefulset spec for fields other than 'replicas', 'ordinals', 'template', 'updateStrategy', 'revisionHistoryLimit', 'persistentVolumeClaimRetentionPolicy' and 'minReadySeconds' are forbidden",
    ]);
  });
});

test("kubectl get statefulsets", () => {
  assert.deepEqual(row(statefulSets, statefulSet({ replicas: 3 }, { readyReplicas: 1 })), {
    Ready: "1/3",
    Age: "<unknown>",
    Containers: "db",
    Images: "pg:17",
  });
});

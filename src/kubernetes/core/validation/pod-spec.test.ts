import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { JsonObject, KubeObject } from "../../../machinery/object.ts";
import { createErrors } from "../../validation/testing.ts";
import { pods } from "../pod.ts";

function pod(spec: JsonObject = {}): KubeObject {
  const containers = [{ name: "app", image: "nginx:1.29" }];
  return {
    apiVersion: "v1",
    kind: "Pod",
    spec: { containers, ...spec },
    metadata: { name: "web", namespace: "default" },
  };
}

function container(fields: JsonObject): JsonObject {
  return { containers: [{ name: "app", image: "nginx:1.29", ...fields }] };
}

describe("pod validation", () => {
  const label = "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start";
  const cases: [name: string, spec: JsonObject, expected: string[]][] = [
    ["a plain pod", {}, []],
    ["no containers", { containers: [] }, ["spec.containers: Required value"]],
    ["no image", { containers: [{ name: "app" }] }, ["spec.containers[0].image: Required value"]],
    [
      "two containers of one name",
      { containers: [1, 2].map(() => ({ name: "app", image: "a:1" })) },
      ['spec.containers[1].name: Duplicate value: "app"'],
    ],
    [
      "an unknown restart policy",
      { restartPolicy: "Sometimes" },
      ['spec.restartPolicy: Unsupported value: "Sometimes": supported values: "Always", "OnFailure", "Never"'],
    ],
    [
      "a mount without volume",
      container({ volumeMounts: [{ name: "data", mountPath: "/data" }] }),
      ['spec.containers[0].volumeMounts[0].name: Not found: "data"'],
    ],
    [
      "requests over limits",
      container({ resources: { limits: { cpu: "1" }, requests: { cpu: "2" } } }),
      ['spec.containers[0].resources.requests: Invalid value: "2": must be less than or equal to cpu limit of 1'],
    ],
    [
      "devices that cannot be overcommitted",
      container({ resources: { limits: { "example.com/gpu": "2" }, requests: { "example.com/gpu": "1" } } }),
      ['spec.containers[0].resources.requests: Invalid value: "1": must be equal to example.com/gpu limit of 2'],
    ],
    [
      "an impossible port",
      container({ ports: [{ containerPort: 70000 }] }),
      ["spec.containers[0].ports[0].containerPort: Invalid value: 70000: must be between 1 and 65535, inclusive"],
    ],
    [
      "one host port twice",
      container({ ports: [80, 81].map((containerPort) => ({ containerPort, hostPort: 80 })) }),
      ['spec.containers[0].ports[1].hostPort: Duplicate value: "TCP//80"'],
    ],
    [
      "a variable with value and source",
      container({ env: [{ name: "A", value: "1", valueFrom: { fieldRef: { fieldPath: "metadata.name" } } }] }),
      ['spec.containers[0].env[0].valueFrom: Invalid value: "": may not be specified when `value` is not empty'],
    ],
    [
      "a field that is not offered",
      container({ env: [{ name: "A", valueFrom: { fieldRef: { fieldPath: "spec.secret" } } }] }),
      [
        'spec.containers[0].env[0].valueFrom.fieldRef.fieldPath: Invalid value: "spec.secret": error converting fieldPath: field label not supported: spec.secret',
      ],
    ],
    [
      "a probe without handler",
      container({ livenessProbe: { periodSeconds: 5 } }),
      ["spec.containers[0].livenessProbe: Required value: must specify a handler type"],
    ],
    [
      "a liveness probe that needs two successes",
      container({ livenessProbe: { exec: { command: ["true"] }, successThreshold: 2 } }),
      ["spec.containers[0].livenessProbe.successThreshold: Invalid value: 2: must be 1"],
    ],
    [
      "a volume of two sources",
      { volumes: [{ name: "v", emptyDir: {}, hostPath: { path: "/x" } }] },
      ["spec.volumes[0].hostPath: Forbidden: may not specify more than 1 volume type"],
    ],
    [
      "a path that climbs",
      { volumes: [{ name: "v", configMap: { name: "c", items: [{ key: "k", path: "../x" }] } }] },
      ["spec.volumes[0].configMap.items[0].path: Invalid value: \"../x\": must not contain '..'"],
    ],
    [
      "a mode that is none",
      { volumes: [{ name: "v", secret: { secretName: "s", defaultMode: 1000 } }] },
      [
        "spec.volumes[0].secret.defaultMode: Invalid value: 1000: must be a number between 0 and 0777 (octal), both inclusive",
      ],
    ],
    [
      "a probe on an init container",
      { initContainers: [{ name: "init", image: "a:1", readinessProbe: { exec: { command: ["true"] } } }] },
      [
        "spec.initContainers[0].readinessProbe: Forbidden: may not be set for init containers without restartPolicy=Always",
      ],
    ],
    [
      "a toleration without key",
      { tolerations: [{ operator: "Equal" }] },
      [
        'spec.tolerations[0].operator: Invalid value: "Equal": operator must be Exists when `key` is empty, which means "match all values and all keys"',
      ],
    ],
    [
      "an empty node selector term list",
      { affinity: { nodeAffinity: { requiredDuringSchedulingIgnoredDuringExecution: {} } } },
      [
        "spec.affinity.nodeAffinity.requiredDuringSchedulingIgnoredDuringExecution.nodeSelectorTerms: Required value: must have at least one node selector term",
      ],
    ],
    [
      "a spread constraint without skew",
      {
        topologySpreadConstraints: [
          { topologyKey: "zone", whenUnsatisfiable: "DoNotSchedule", maxSkew: 0, labelSelector: {} },
        ],
      },
      ["spec.topologySpreadConstraints[0].maxSkew: Invalid value: 0: must be greater than 0"],
    ],
    [
      "privileges that contradict",
      container({ securityContext: { privileged: true, allowPrivilegeEscalation: false } }),
      [
        'spec.containers[0].securityContext: Invalid value: {"privileged":true,"allowPrivilegeEscalation":false}: cannot set `allowPrivilegeEscalation` to false and `privileged` to true',
      ],
    ],
    [
      "a deadline of nothing",
      { activeDeadlineSeconds: 0 },
      ["spec.activeDeadlineSeconds: Invalid value: 0: must be between 1 and 2147483647, inclusive"],
    ],
    [
      "no nameserver where one is needed",
      { dnsPolicy: "None" },
      ["spec.dnsConfig: Required value: must provide `dnsConfig` when `dnsPolicy` is None"],
    ],
    [
      "an unknown preemption",
      { preemptionPolicy: "Always" },
      ['spec.preemptionPolicy: Unsupported value: "Always": supported values: "PreemptLowerPriority", "Never"'],
    ],
    [
      "a device claim that the pod does not have",
      container({ resources: { claims: [{ name: "gpu" }] } }),
      [
        'spec.containers[0].resources.claims[0]: Not found: "gpu": must be one of the names in pod.spec.resourceClaims which is empty',
      ],
    ],
    [
      "a device claim that is used as a whole and in part",
      {
        ...container({ resources: { claims: [{ name: "gpu" }, { name: "gpu", request: "big" }] } }),
        resourceClaims: [{ name: "gpu", resourceClaimName: "gpu" }],
      },
      ['spec.containers[0].resources.claims[1]: Duplicate value: "gpu"'],
    ],
    [
      "a pod that asks for less than its containers",
      { ...container({ resources: { requests: { cpu: "2" } } }), resources: { requests: { cpu: "1" } } },
      [
        'spec.resources.requests[cpu]: Invalid value: "1": must be greater than or equal to aggregate container requests of 2',
      ],
    ],
    [
      "a container that may have more than its pod",
      {
        ...container({ resources: { limits: { memory: "2Gi" }, requests: { memory: "1Gi" } } }),
        resources: { limits: { memory: "1Gi" }, requests: {} },
      },
      [
        'spec.resources.containers[0][memory].limits: Invalid value: "2Gi": must be less than or equal to pod limits of 1Gi',
      ],
    ],
    [
      "resources that only containers have",
      { resources: { limits: { "ephemeral-storage": "1Gi" } } },
      [
        'spec.resources.limits[ephemeral-storage]: Unsupported value: "ephemeral-storage": supported values: "cpu", "memory"',
      ],
    ],
    [
      "what Windows does not have",
      { os: { name: "windows" }, ...container({ securityContext: { runAsUser: 0 } }) },
      ["spec.containers[0].securityContext.runAsUser: Forbidden: cannot be set for a windows pod"],
    ],
    [
      "a token without account",
      { volumes: [{ name: "t", projected: { sources: [{ serviceAccountToken: { path: "t" } }] } }] },
      [
        "spec.volumes[0].projected.sources[0].serviceAccountToken: Forbidden: must not be specified when serviceAccountName is not set",
      ],
    ],
  ];
  for (const [name, spec, expected] of cases) {
    test(name, () => assert.deepEqual(createErrors(pods, pod(spec)), expected));
  }

  test("names of containers are labels", () => {
    const [error] = createErrors(pods, pod({ containers: [{ name: "My_App", image: "a:1" }] }));
    assert.ok(error?.startsWith(`spec.containers[0].name: Invalid value: "My_App": ${label}`), error);
  });

  test("a template-only pod spec that is no object does not throw", () => {
    assert.notEqual(createErrors(pods, pod({ containers: undefined })).length, 0);
  });
});

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { JsonObject, KubeObject } from "../../machinery/object.ts";
import { createErrors, defaulted, row, testContext, testNow, texts, updateErrors } from "../validation/testing.ts";
import { podGrace, podStrategy, pods } from "./pod.ts";
import { pullPolicyOf } from "./pod-defaults.ts";
import { qosClassOf } from "./pod-qos.ts";
import { podWarnings } from "./pod-warnings.ts";

function pod(spec: JsonObject = {}, more: JsonObject = {}): KubeObject {
  const containers = [{ name: "app", image: "nginx:1.29" }];
  return {
    apiVersion: "v1",
    kind: "Pod",
    spec: { containers, ...spec },
    ...more,
    metadata: { name: "web", namespace: "default", ...more.metadata },
  };
}

function container(fields: JsonObject): JsonObject {
  return { containers: [{ name: "app", image: "nginx:1.29", ...fields }] };
}

describe("pod defaults", () => {
  test("fill what kube-apiserver fills", () => {
    assert.deepEqual(defaulted(pods, pod()).spec, {
      containers: [
        {
          name: "app",
          image: "nginx:1.29",
          imagePullPolicy: "IfNotPresent",
          terminationMessagePath: "/dev/termination-log",
          terminationMessagePolicy: "File",
          resources: {},
        },
      ],
      dnsPolicy: "ClusterFirst",
      restartPolicy: "Always",
      securityContext: {},
      terminationGracePeriodSeconds: 30,
      schedulerName: "default-scheduler",
      enableServiceLinks: true,
    });
  });

  test("are idempotent", () => {
    const once = defaulted(pods, pod({ hostNetwork: true, volumes: [{ name: "v" }] }));
    assert.deepEqual(defaulted(pods, once), once);
  });

  test("pull images that may move always", () => {
    const cases: [string, string][] = [
      ["nginx", "Always"],
      ["nginx:latest", "Always"],
      ["nginx:1.29", "IfNotPresent"],
      ["registry:5000/nginx", "Always"],
      ["registry:5000/nginx:1", "IfNotPresent"],
      [`nginx@sha256:${"a".repeat(64)}`, "IfNotPresent"],
      [`nginx:latest@sha256:${"a".repeat(64)}`, "Always"],
    ];
    for (const [image, policy] of cases) assert.equal(pullPolicyOf(image), policy, image);
  });

  test("turn limits into requests and container ports into host ports", () => {
    const { spec } = defaulted(
      pods,
      pod({
        hostNetwork: true,
        ...container({
          ports: [{ containerPort: 80 }],
          resources: { limits: { cpu: "1", memory: "1Gi" }, requests: { cpu: "500m" } },
        }),
      }),
    );
    assert.deepEqual(spec.containers[0].ports, [{ containerPort: 80, hostPort: 80, protocol: "TCP" }]);
    assert.deepEqual(spec.containers[0].resources.requests, { cpu: "500m", memory: "1Gi" });
  });

  test("fill probes, field references and volumes", () => {
    const { spec } = defaulted(
      pods,
      pod({
        ...container({
          readinessProbe: { httpGet: { port: 80 } },
          env: [{ name: "NODE", valueFrom: { fieldRef: { fieldPath: "spec.nodeName" } } }],
        }),
        volumes: [
          { name: "scratch" },
          { name: "config", configMap: { name: "c" } },
          { name: "host", hostPath: { path: "/var" } },
          { name: "token", projected: { sources: [{ serviceAccountToken: { path: "token" } }] } },
        ],
        serviceAccount: "runner",
      }),
    );
    assert.deepEqual(spec.containers[0].readinessProbe, {
      httpGet: { port: 80, path: "/", scheme: "HTTP" },
      timeoutSeconds: 1,
      periodSeconds: 10,
      successThreshold: 1,
      failureThreshold: 3,
    });
    assert.equal(spec.containers[0].env[0].valueFrom.fieldRef.apiVersion, "v1");
    assert.deepEqual(spec.volumes, [
      { name: "scratch", emptyDir: {} },
      { name: "config", configMap: { name: "c", defaultMode: 420 } },
      { name: "host", hostPath: { path: "/var", type: "" } },
      {
        name: "token",
        projected: { sources: [{ serviceAccountToken: { path: "token", expirationSeconds: 3600 } }], defaultMode: 420 },
      },
    ]);
    assert.equal(spec.serviceAccountName, "runner");
  });
});

describe("a new pod", () => {
  test("is pending and has its class", () => {
    const created = defaulted(pods, pod());
    podStrategy.prepareForCreate?.(created, testContext());
    assert.deepEqual(created.status, { phase: "Pending", qosClass: "BestEffort" });
  });

  test("with scheduling gates says why it waits", () => {
    const created = pod({ schedulingGates: [{ name: "example.com/wait" }] });
    podStrategy.prepareForCreate?.(created, testContext());
    assert.equal(created.status.conditions[0].reason, "SchedulingGated");
    assert.equal(row(pods, created).Status, "SchedulingGated");
  });

  test("gets the values of its label keys in its selectors", () => {
    const term = { labelSelector: {}, matchLabelKeys: ["app"], topologyKey: "zone" };
    const created = pod(
      { affinity: { podAntiAffinity: { requiredDuringSchedulingIgnoredDuringExecution: [term] } } },
      { metadata: { labels: { app: "web" } } },
    );
    podStrategy.prepareForCreate?.(created, testContext());
    assert.deepEqual(term.labelSelector, { matchExpressions: [{ key: "app", operator: "In", values: ["web"] }] });
  });

  test("cannot have ephemeral containers", () => {
    const created = pod({ ephemeralContainers: [{ name: "debug", image: "busybox" }] });
    assert.throws(() => podStrategy.beforeCommit?.({ object: created }, testContext()), {
      message: 'Pod "web" is invalid: spec.ephemeralContainers: Forbidden: cannot be set on create',
    });
  });
});

test("quality of service follows requests and limits", () => {
  const both = { cpu: "1", memory: "1Gi" };
  const cases: [JsonObject, string][] = [
    [{}, "BestEffort"],
    [{ requests: { cpu: "100m" } }, "Burstable"],
    [{ limits: both, requests: { cpu: "1000m", memory: "1024Mi" } }, "Guaranteed"],
    [{ limits: both, requests: { cpu: "500m", memory: "1Gi" } }, "Burstable"],
    [{ requests: { cpu: "0" } }, "BestEffort"],
  ];
  for (const [resources, expected] of cases) assert.equal(qosClassOf(container({ resources })), expected);
});

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
      ['spec.restartPolicy: Unsupported value: "Sometimes": supported values: "Always", "Never", "OnFailure"'],
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

describe("pod updates", () => {
  const old = pod({ tolerations: [{ key: "a", operator: "Exists" }] });

  test("may change images", () => {
    const next = pod({ ...old.spec, containers: [{ name: "app", image: "nginx:1.30" }] });
    assert.deepEqual(updateErrors(pods, next, old), []);
  });

  test("may add tolerations and not drop them", () => {
    const added = pod({ tolerations: [...old.spec.tolerations, { key: "b", operator: "Exists" }] });
    assert.deepEqual(updateErrors(pods, added, old), []);
    assert.deepEqual(updateErrors(pods, pod(), old), [
      "spec.tolerations: Forbidden: existing toleration can not be modified except its tolerationSeconds",
    ]);
  });

  test("may not change anything else", () => {
    const [error] = updateErrors(pods, pod({ ...old.spec, nodeName: "n1" }), old);
    assert.ok(
      error?.startsWith("spec: Forbidden: pod updates may not change fields other than `spec.containers[*].image`,"),
    );
    assert.ok(error?.includes("spec.nodeName"), error);
  });

  test("may not add containers", () => {
    const containers = [...old.spec.containers, { name: "b", image: "b:1" }];
    assert.deepEqual(updateErrors(pods, pod({ ...old.spec, containers }), old), [
      "spec.containers: Forbidden: pod updates may not add or remove containers",
    ]);
  });

  test("may say a quantity in other words", () => {
    const before = pod(container({ resources: { limits: { cpu: "1" } } }));
    const after = pod(container({ resources: { limits: { cpu: "1000m" } } }));
    assert.deepEqual(updateErrors(pods, after, before), []);
  });
});

test("status updates keep the class and do not revive containers", () => {
  const old = pod(
    { restartPolicy: "Never" },
    {
      status: { qosClass: "BestEffort", containerStatuses: [{ name: "app", state: { terminated: { exitCode: 0 } } }] },
    },
  );
  const next = structuredClone(old);
  next.status = { podIP: "10.0.0.7", containerStatuses: [{ name: "app", state: { running: {} } }] };
  podStrategy.prepareForUpdate?.(next, old, testContext({}, "status"));
  assert.equal(next.status.qosClass, "BestEffort");
  assert.deepEqual(next.status.podIPs, [{ ip: "10.0.0.7" }]);
  assert.deepEqual(texts(podStrategy.validateStatusUpdate?.(next, old, testContext())), [
    "status.containerStatuses[0].state: Forbidden: may not be transitioned to non-terminated state",
  ]);
});

describe("kubectl get pods", () => {
  const created = { creationTimestamp: "2026-01-01T23:55:00Z" };
  const running = { name: "app", ready: true, restartCount: 0, state: { running: {} } };
  const cases: [name: string, spec: JsonObject, more: JsonObject, expected: Record<string, unknown>][] = [
    ["pending", {}, { status: { phase: "Pending" } }, { Ready: "0/1", Status: "Pending", Restarts: "0" }],
    [
      "running",
      { nodeName: "n1" },
      { status: { phase: "Running", podIPs: [{ ip: "10.0.0.7" }], containerStatuses: [running] } },
      {
        Ready: "1/1",
        Status: "Running",
        Restarts: "0",
        Age: "5m",
        IP: "10.0.0.7",
        Node: "n1",
        "Nominated Node": "<none>",
        "Readiness Gates": "<none>",
      },
    ],
    [
      "crashing",
      {},
      {
        status: {
          phase: "Running",
          containerStatuses: [
            {
              name: "app",
              restartCount: 4,
              state: { waiting: { reason: "CrashLoopBackOff" } },
              lastState: { terminated: { exitCode: 1, finishedAt: "2026-01-01T23:59:00Z" } },
            },
          ],
        },
      },
      { Ready: "0/1", Status: "CrashLoopBackOff", Restarts: "4 (60s ago)" },
    ],
    [
      "initializing",
      { initContainers: [{ name: "a" }, { name: "b" }] },
      {
        status: {
          phase: "Pending",
          initContainerStatuses: [
            { name: "a", state: { terminated: { exitCode: 0 } } },
            { name: "b", state: { running: {} } },
          ],
          containerStatuses: [{ name: "app", state: { waiting: { reason: "PodInitializing" } } }],
        },
      },
      { Ready: "0/1", Status: "Init:1/2" },
    ],
    [
      "failed in init",
      { initContainers: [{ name: "a" }] },
      { status: { phase: "Pending", initContainerStatuses: [{ name: "a", state: { terminated: { exitCode: 3 } } }] } },
      { Status: "Init:ExitCode:3" },
    ],
    [
      "with a running sidecar",
      { initContainers: [{ name: "proxy", restartPolicy: "Always" }] },
      {
        status: {
          phase: "Running",
          initContainerStatuses: [
            { name: "proxy", started: true, ready: true, restartCount: 2, state: { running: {} } },
          ],
          containerStatuses: [running],
        },
      },
      { Ready: "2/2", Status: "Running", Restarts: "2" },
    ],
    [
      "completed",
      {},
      {
        status: {
          phase: "Succeeded",
          containerStatuses: [{ name: "app", state: { terminated: { exitCode: 0, reason: "Completed" } } }],
        },
      },
      { Ready: "0/1", Status: "Completed" },
    ],
    [
      "killed by a signal",
      {},
      {
        status: {
          phase: "Failed",
          containerStatuses: [{ name: "app", state: { terminated: { exitCode: 137, signal: 9 } } }],
        },
      },
      { Status: "Signal:9" },
    ],
    [
      "terminating",
      {},
      { metadata: { deletionTimestamp: "2026-01-02T00:00:00Z" }, status: { phase: "Running" } },
      { Status: "Terminating" },
    ],
    ["evicted", {}, { status: { phase: "Failed", reason: "Evicted" } }, { Status: "Evicted" }],
    [
      "behind a readiness gate",
      { readinessGates: [{ conditionType: "example.com/a" }, { conditionType: "example.com/b" }] },
      { status: { conditions: [{ type: "example.com/a", status: "True" }] } },
      { "Readiness Gates": "1/2" },
    ],
  ];
  for (const [name, spec, more, expected] of cases) {
    test(name, () => {
      const cells = row(pods, pod(spec, { ...more, metadata: { ...created, ...more.metadata } }));
      for (const [column, cell] of Object.entries(expected)) assert.equal(cells[column], cell, column);
    });
  }
});

test("a deleted pod gets the grace that its state allows", () => {
  const scheduled = pod({ nodeName: "n1", terminationGracePeriodSeconds: 30 });
  assert.equal(podGrace(scheduled, undefined), 30);
  assert.equal(podGrace(scheduled, 5), 5);
  assert.equal(podGrace(scheduled, 0), undefined);
  assert.equal(podGrace(pod({ nodeName: "n1", terminationGracePeriodSeconds: -3 }), undefined), 1);
  assert.equal(podGrace(pod({ terminationGracePeriodSeconds: 30 }), 60), undefined);
  assert.equal(podGrace({ ...scheduled, status: { phase: "Succeeded" } }, 60), undefined);
});

test("field selectors see the fields that Kubernetes offers", () => {
  const fields = pods.kind.versions[0]?.selectableFields ?? [];
  const object = pod({ nodeName: "n1" }, { status: { phase: "Running", podIPs: [{ ip: "10.0.0.7" }] } });
  assert.deepEqual(Object.fromEntries(fields.map((field) => [field.name, field.value(object)])), {
    "spec.nodeName": "n1",
    "spec.restartPolicy": "",
    "spec.schedulerName": "",
    "spec.serviceAccountName": "",
    "spec.hostNetwork": "false",
    "status.phase": "Running",
    "status.podIP": "10.0.0.7",
    "status.podIPs": "10.0.0.7",
    "status.nominatedNodeName": "",
  });
});

test("warnings name what is legal but surely not meant", () => {
  const object = pod(
    {
      nodeSelector: { "beta.kubernetes.io/os": "linux" },
      ...container({
        env: [
          { name: "A", value: "1" },
          { name: "A", value: "2" },
        ],
        ports: [{ containerPort: 80 }, { containerPort: 80 }],
        resources: { limits: { memory: "1500m" } },
      }),
    },
    { metadata: { annotations: { "scheduler.alpha.kubernetes.io/critical-pod": "" } } },
  );
  assert.deepEqual(podWarnings(object, ""), [
    'spec.nodeSelector[beta.kubernetes.io/os]: deprecated since v1.14; use "kubernetes.io/os" instead',
    'metadata.annotations[scheduler.alpha.kubernetes.io/critical-pod]: non-functional in v1.16+; use the "priorityClassName" field instead',
    'spec.containers[0].resources.limits[memory]: fractional byte value "1500m" is invalid, must be an integer',
    'spec.containers[0].env[1]: hides previous definition of "A", which may be dropped when using apply',
    "spec.containers[0].ports[1]: duplicate port definition with spec.containers[0].ports[0]",
  ]);
});

test("ephemeral containers are added, never changed", () => {
  const subresource = pods.strategy?.subresources?.ephemeralcontainers;
  assert.ok(subresource?.type === "part");
  const current = defaulted(pods, pod());
  const debug = { name: "debug", image: "busybox:1", targetContainerName: "app" };
  const merged = subresource.merge(current, pod({ ephemeralContainers: [debug] }), testContext());
  assert.deepEqual(texts(subresource.validate?.(merged, current, testContext())), []);
  assert.deepEqual(texts(subresource.validate?.(current, merged, testContext())), [
    'spec.ephemeralContainers: Forbidden: existing ephemeral containers "debug" may not be removed\n',
  ]);
});

test("resizing changes cpu and memory and nothing else", () => {
  const subresource = pods.strategy?.subresources?.resize;
  assert.ok(subresource?.type === "part");
  const resources = { requests: { cpu: "100m" }, limits: { cpu: "1", memory: "1Gi" } };
  const current = defaulted(pods, pod(container({ resources })));
  const resize = (wanted: JsonObject): string[] => {
    const merged = subresource.merge(current, pod(container({ resources: wanted, image: "other:1" })), testContext());
    assert.equal(merged.spec.containers[0].image, "nginx:1.29");
    return texts(subresource.validate?.(merged, current, testContext()));
  };
  const requests = { cpu: "200m", memory: "1Gi" };
  assert.deepEqual(resize({ requests, limits: { cpu: "2", memory: "2Gi" } }), []);
  assert.deepEqual(resize({ requests: { ...requests, memory: "1Mi" }, limits: { cpu: "2", memory: "1Mi" } }), [
    "spec.containers[0].resources.limits[memory]: Forbidden: memory limits cannot be decreased unless resizePolicy is RestartContainer",
  ]);
});

test("ages are told from the time of the request", () => {
  assert.equal(row(pods, pod({}, { metadata: { creationTimestamp: testNow.toISOString() } })).Age, "0s");
});

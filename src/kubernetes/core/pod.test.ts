import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { JsonObject, KubeObject } from "../../machinery/object.ts";
import { createErrors, defaulted, row, testContext, texts, updateErrors } from "../validation/testing.ts";
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
  test("a pod that is limited as a whole requests what its containers do, else its limits", () => {
    const containers = [{ name: "app", image: "a:1", resources: { requests: { cpu: "100m" } } }];
    const resources = { limits: { cpu: "1", memory: "1Gi" } };
    const { spec } = defaulted(pods, pod({ containers, resources }));
    assert.deepEqual(spec.resources, { ...resources, requests: { cpu: "100m", memory: "1Gi" } });
  });

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

test("the deletion cost is a number", () => {
  const annotations = { "controller.kubernetes.io/pod-deletion-cost": "+1" };
  assert.deepEqual(createErrors(pods, pod({}, { metadata: { annotations } })), [
    'metadata.annotations[controller.kubernetes.io/pod-deletion-cost]: Invalid value: "+1": must be a 32bit integer',
  ]);
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

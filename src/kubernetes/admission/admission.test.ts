// The built-in plug-ins at work in a control plane.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import type { Client } from "../../client/client.ts";
import type { JsonObject, KubeObject } from "../../machinery/object.ts";
import { StatusError } from "../../machinery/status-error.ts";
import { openTestPlane, type TestPlane } from "../../testing.ts";
import { kinds, make, pod, refused } from "./testing.ts";

let hub: TestPlane;
let client: Client;

before(async () => {
  hub = await openTestPlane();
  client = hub.client;
});
after(() => hub.stop());

async function namespace(name: string): Promise<void> {
  await client.resource(kinds.namespaces).create(make(kinds.namespaces, name));
}

function createPod(name: string, spec: JsonObject = {}, metadata: JsonObject = {}): Promise<KubeObject> {
  return client.resource(kinds.pods).create(pod(name, spec, metadata));
}

test("nothing is made in a namespace that is not there, or going", async () => {
  const lost = make(kinds.configMaps, "a", { metadata: { namespace: "nowhere" } });
  assert.equal(await refused(client.resource(kinds.configMaps).create(lost)), '404 namespaces "nowhere" not found');
  assert.equal(
    await refused(client.resource(kinds.namespaces).delete("kube-system")),
    '403 namespaces "kube-system" is forbidden: this namespace may not be deleted',
  );
  await namespace("going");
  const held = make(kinds.configMaps, "held", { metadata: { namespace: "going", finalizers: ["example.com/a"] } });
  await client.resource(kinds.configMaps).create(held);
  await client.resource(kinds.namespaces).delete("going");
  const late = client
    .resource(kinds.configMaps)
    .create(make(kinds.configMaps, "a", { metadata: { namespace: "going" } }));
  await assert.rejects(late, (error) => {
    assert.ok(error instanceof StatusError);
    assert.equal(
      error.message,
      'configmaps "a" is forbidden: unable to create new content in namespace going because it is being terminated',
    );
    assert.deepEqual(error.status.details?.causes, [
      {
        reason: "NamespaceTerminating",
        message: "namespace going is being terminated",
        field: "metadata.namespace",
      },
    ]);
    return true;
  });
});

test("a pod gets its service account, token, tolerations and priority", async () => {
  const { spec } = await createPod("plain");
  assert.equal(spec.serviceAccountName, "default");
  assert.equal(spec.serviceAccount, "default");
  assert.match(spec.volumes[0].name, /^kube-api-access-[a-z0-9]{5}$/);
  assert.deepEqual(
    spec.volumes[0].projected.sources.map((source: JsonObject) => Object.keys(source)[0]),
    ["serviceAccountToken", "configMap", "downwardAPI"],
  );
  assert.deepEqual(spec.containers[0].volumeMounts, [
    { mountPath: "/var/run/secrets/kubernetes.io/serviceaccount", name: spec.volumes[0].name, readOnly: true },
  ]);
  assert.deepEqual(
    spec.tolerations.map((toleration: JsonObject) => [toleration.key, toleration.tolerationSeconds]),
    [
      ["node.kubernetes.io/not-ready", 300],
      ["node.kubernetes.io/unreachable", 300],
    ],
  );
  assert.deepEqual([spec.priority, spec.preemptionPolicy], [0, "PreemptLowerPriority"]);
  const bare = await createPod("bare", { automountServiceAccountToken: false });
  assert.equal(bare.spec.volumes, undefined);
});

test("a new namespace's default service account is waited for, others are not", async () => {
  await namespace("fresh");
  await createPod("quick", {}, { namespace: "fresh" });
  assert.equal(
    await refused(createPod("other", { serviceAccountName: "nobody" })),
    '403 pods "other" is forbidden: error looking up service account default/nobody: serviceaccount "nobody" not found',
  );
});

test("pull secrets and the wish for a token are the service account's", async () => {
  const account = { imagePullSecrets: [{ name: "registry" }], automountServiceAccountToken: false };
  await client.resource(kinds.serviceAccounts).create(make(kinds.serviceAccounts, "puller", account));
  const { spec } = await createPod("pulls", { serviceAccountName: "puller" });
  assert.deepEqual(spec.imagePullSecrets, [{ name: "registry" }]);
  assert.equal(spec.volumes, undefined);
});

test("priority comes from the class", async () => {
  const critical = await createPod(
    "critical",
    { priorityClassName: "system-node-critical" },
    { namespace: "kube-system" },
  );
  assert.equal(critical.spec.priority, 2_000_001_000);
  assert.equal(
    await refused(createPod("unknown", { priorityClassName: "x" })),
    '403 pods "unknown" is forbidden: no PriorityClass with name x was found',
  );
  assert.match(
    await refused(createPod("set", { priority: 5 })),
    /the integer value of priority \(5\) must not be provided in pod spec; priority admission controller computed 0 from/,
  );
  const classes = client.resource(kinds.priorityClasses);
  await classes.create(
    make(kinds.priorityClasses, "usual", { value: 7, globalDefault: true, preemptionPolicy: "Never" }),
  );
  const { spec } = await createPod("usual");
  assert.deepEqual([spec.priorityClassName, spec.priority, spec.preemptionPolicy], ["usual", 7, "Never"]);
  assert.equal(
    await refused(classes.create(make(kinds.priorityClasses, "second", { value: 8, globalDefault: true }))),
    '403 priorityclasses.scheduling.k8s.io "second" is forbidden: PriorityClass usual is already marked as globalDefault. Only one default can exist',
  );
  await classes.delete("usual");
});

test("limit ranges fill and bound", async () => {
  await namespace("limited");
  await client.resource(kinds.limitRanges).create(
    make(kinds.limitRanges, "l", {
      metadata: { namespace: "limited" },
      spec: {
        limits: [
          {
            type: "Container",
            default: { cpu: "500m" },
            defaultRequest: { cpu: "100m" },
            max: { cpu: "1" },
            min: { cpu: "50m" },
            maxLimitRequestRatio: { cpu: "5" },
          },
        ],
      },
    }),
  );
  const filled = await createPod("filled", {}, { namespace: "limited" });
  assert.deepEqual(filled.spec.containers[0].resources, { requests: { cpu: "100m" }, limits: { cpu: "500m" } });
  assert.equal(
    filled.metadata.annotations?.["kubernetes.io/limit-ranger"],
    "LimitRanger plugin set: cpu request for container c; cpu limit for container c",
  );
  const large = {
    containers: [{ name: "c", image: "i:1", resources: { limits: { cpu: "2" }, requests: { cpu: "10m" } } }],
  };
  assert.equal(
    await refused(createPod("large", large, { namespace: "limited" })),
    '403 pods "large" is forbidden: [minimum cpu usage per Container is 50m, but request is 10m, maximum cpu usage per Container is 1, but limit is 2, cpu max limit to request ratio per Container is 5, but provided ratio is 200.000000]',
  );
});

test("quotas are never exceeded, however many come at once", async () => {
  await namespace("bounded");
  const inBounded = { namespace: "bounded" };
  const quota = make(kinds.quotas, "q", {
    metadata: inBounded,
    spec: { hard: { pods: "2", "count/configmaps": "3" } },
  });
  await client.resource(kinds.quotas).create(quota);
  const results = await Promise.allSettled(
    Array.from({ length: 12 }, (_, index) => createPod(`p${index}`, {}, inBounded)),
  );
  assert.equal(results.filter(({ status }) => status === "fulfilled").length, 2);
  assert.equal(
    await refused(createPod("more", {}, inBounded)),
    '403 pods "more" is forbidden: exceeded quota: q, requested: pods=1, used: pods=2, limited: pods=2',
  );
  const [first] = (await client.resource(kinds.pods).list(inBounded)).items;
  await client.resource(kinds.pods).delete(first!.metadata.name!, "bounded", { gracePeriodSeconds: 0 });
  await createPod("again", {}, inBounded);
  // kube-root-ca.crt is one of the three.
  for (let attempt = 0; attempt < 20; attempt++) {
    if (await client.resource(kinds.configMaps).find("kube-root-ca.crt", "bounded")) break;
    await new Promise(setImmediate);
  }
  const maps = await Promise.allSettled(
    ["a", "b", "c", "d"].map((name) =>
      client.resource(kinds.configMaps).create(make(kinds.configMaps, name, { metadata: inBounded })),
    ),
  );
  assert.equal(maps.filter(({ status }) => status === "fulfilled").length, 2);
});

test("a refused or dry request gives back what it reserved", async () => {
  await namespace("returned");
  const metadata = { namespace: "returned" };
  await client
    .resource(kinds.quotas)
    .create(make(kinds.quotas, "q", { metadata, spec: { hard: { services: "1", "services.nodeports": "1" } } }));
  const services = client.resource(kinds.services);
  const service = (name: string) =>
    make(kinds.services, name, { metadata, spec: { type: "NodePort", ports: [{ port: 80, nodePort: 31999 }] } });
  await services.create(service("dry"), { dryRun: true });
  await services.create(service("first"));
  await services.delete("first", "returned");
  // The second fails at the commit, as another service has its port.
  const holder = { namespace: "default" };
  await services.create(make(kinds.services, "holder", { metadata: holder, spec: service("x").spec }));
  assert.match(await refused(services.create(service("taken"))), /provided port is already allocated/);
  await services.delete("holder", "default");
  await services.create(service("last"));
});

test("quotas on compute demand that containers speak", async () => {
  await namespace("compute");
  const metadata = { namespace: "compute" };
  await client
    .resource(kinds.quotas)
    .create(make(kinds.quotas, "q", { metadata, spec: { hard: { "requests.cpu": "1", "limits.memory": "1Gi" } } }));
  assert.equal(
    await refused(createPod("silent", {}, metadata)),
    '403 pods "silent" is forbidden: failed quota: q: must specify limits.memory for: c; requests.cpu for: c',
  );
  const asks = (cpu: string) => ({
    containers: [{ name: "c", image: "i:1", resources: { requests: { cpu }, limits: { memory: "256Mi" } } }],
  });
  await createPod("some", asks("700m"), metadata);
  assert.equal(
    await refused(createPod("much", asks("400m"), metadata)),
    '403 pods "much" is forbidden: exceeded quota: q, requested: requests.cpu=400m, used: requests.cpu=700m, limited: requests.cpu=1',
  );
});

test("quotas with scopes count what is in them", async () => {
  await namespace("scoped");
  const metadata = { namespace: "scoped" };
  await client
    .resource(kinds.quotas)
    .create(make(kinds.quotas, "q", { metadata, spec: { hard: { pods: "0" }, scopes: ["BestEffort"] } }));
  assert.match(await refused(createPod("best", {}, metadata)), /exceeded quota: q, requested: pods=1, used: pods=0/);
  const burstable = { containers: [{ name: "c", image: "i:1", resources: { requests: { cpu: "1m" } } }] };
  await createPod("burst", burstable, metadata);
});

test("claims get the default class and their protection, and grow where that is allowed", async () => {
  const classes = client.resource(kinds.storageClasses);
  const annotations = { "storageclass.kubernetes.io/is-default-class": "true" };
  await classes.create(make(kinds.storageClasses, "std", { metadata: { annotations }, provisioner: "example.com/p" }));
  const claims = client.resource(kinds.claims);
  const spec = { accessModes: ["ReadWriteOnce"], resources: { requests: { storage: "1Gi" } } };
  const claim = await claims.create(make(kinds.claims, "data", { spec }));
  assert.equal(claim.spec.storageClassName, "std");
  assert.deepEqual(claim.metadata.finalizers, ["kubernetes.io/pvc-protection"]);
  const grow = { type: "merge", body: { spec: { resources: { requests: { storage: "2Gi" } } } } } as const;
  const bound = { type: "merge", body: { status: { phase: "Bound" } } } as const;
  await claims.patch("data", "default", bound, { subresource: "status" });
  assert.equal(
    await refused(claims.patch("data", "default", grow)),
    '403 persistentvolumeclaims "data" is forbidden: only dynamically provisioned pvc can be resized and the storageclass that provisions the pvc must support resize',
  );
  await classes.patch("std", undefined, { type: "merge", body: { allowVolumeExpansion: true } });
  assert.equal((await claims.patch("data", "default", grow)).spec.resources.requests.storage, "2Gi");
});

test("runtime classes bring overhead and scheduling", async () => {
  await client.resource(kinds.runtimeClasses).create(
    make(kinds.runtimeClasses, "vm", {
      handler: "vm",
      overhead: { podFixed: { memory: "64Mi" } },
      scheduling: { nodeSelector: { vm: "yes" } },
    }),
  );
  const { spec } = await createPod("vm", { runtimeClassName: "vm" });
  assert.deepEqual([spec.overhead, spec.nodeSelector], [{ memory: "64Mi" }, { vm: "yes" }]);
  assert.equal(
    await refused(createPod("no", { runtimeClassName: "none" })),
    '403 pods "no" is forbidden: pod rejected: RuntimeClass "none" not found',
  );
  assert.match(
    await refused(createPod("odd", { runtimeClassName: "vm", nodeSelector: { vm: "no" } })),
    /conflict: runtimeClass\.scheduling\.nodeSelector\[vm\] = yes; pod\.spec\.nodeSelector\[vm\] = no/,
  );
});

test("new nodes are not ready", async () => {
  const node = await client.resource(kinds.nodes).create(make(kinds.nodes, "n1"));
  assert.deepEqual(node.spec.taints, [{ key: "node.kubernetes.io/not-ready", effect: "NoSchedule" }]);
});

async function grant(user: string, rules: JsonObject[]): Promise<void> {
  await client.resource(kinds.clusterRoles).create(make(kinds.clusterRoles, user, { rules }));
  await client.resource(kinds.clusterRoleBindings).create(
    make(kinds.clusterRoleBindings, user, {
      roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "ClusterRole", name: user },
      subjects: [{ apiGroup: "rbac.authorization.k8s.io", kind: "User", name: user }],
    }),
  );
}

test("nobody grants what they do not have, whether or not the name is taken", async () => {
  await grant("rita", [
    { apiGroups: ["rbac.authorization.k8s.io"], resources: ["roles"], verbs: ["create", "update"] },
  ]);
  const rita = hub.asUser("rita");
  const role = make(kinds.roles, "strong", { rules: [{ apiGroups: [""], resources: ["secrets"], verbs: ["get"] }] });
  const expected =
    /^403 roles\.rbac\.authorization\.k8s\.io "strong" is forbidden: user "rita" .* is attempting to grant RBAC permissions not currently held:/;
  assert.match(await refused(rita.resource(kinds.roles).create(role)), expected);
  await client.resource(kinds.roles).create(role);
  assert.match(await refused(rita.resource(kinds.roles).create(role)), expected);
});

test("who blocks an owner's deletion may set its finalizers", async () => {
  await grant("olga", [{ apiGroups: [""], resources: ["configmaps"], verbs: ["create", "get", "delete"] }]);
  const owner = await client.resource(kinds.deployments).create(
    make(kinds.deployments, "owner", {
      spec: {
        selector: { matchLabels: { a: "b" } },
        template: { metadata: { labels: { a: "b" } }, spec: { containers: [{ name: "c", image: "i:1" }] } },
      },
    }),
  );
  const owned = (blockOwnerDeletion: boolean) =>
    make(kinds.configMaps, `owned-${blockOwnerDeletion}`, {
      metadata: {
        ownerReferences: [
          { apiVersion: "apps/v1", kind: "Deployment", name: "owner", uid: owner.metadata.uid, blockOwnerDeletion },
        ],
      },
    });
  const olga = hub.asUser("olga");
  await olga.resource(kinds.configMaps).create(owned(false));
  assert.equal(
    await refused(olga.resource(kinds.configMaps).create(owned(true))),
    '403 configmaps "owned-true" is forbidden: cannot set blockOwnerDeletion if an ownerReference refers to a resource you can\'t set finalizers on: , <nil>',
  );
});

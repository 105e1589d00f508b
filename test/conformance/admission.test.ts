// What every server adds to and asks of the objects that are written: the built-in admission plug-ins.

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { JsonObject } from "../../src/machinery/object.ts";
import {
  api,
  eventually,
  expectObject,
  expectStatus,
  namespace,
  namespaceForPods,
  removeAfter,
  uniqueName,
} from "./support/api.ts";
import { configMap, pod } from "./support/objects.ts";

const containerWith = (name: string, resources: JsonObject): JsonObject => {
  const object = pod(name);
  object.spec.containers[0].resources = resources;
  return object;
};

describe("admission", { concurrency: 8 }, () => {
  test("a namespace that is being deleted takes nothing new", async (t) => {
    const ns = await namespace(t);
    const held = configMap("held", {}, { finalizers: ["example.com/hold"] });
    await api.make(`/api/v1/namespaces/${ns}/configmaps`, held);
    expectObject(await api.delete(`/api/v1/namespaces/${ns}`));
    const status = expectStatus(
      await api.post(`/api/v1/namespaces/${ns}/configmaps`, configMap("late")),
      403,
      "Forbidden",
      `configmaps "late" is forbidden: unable to create new content in namespace ${ns} because it is being terminated`,
    );
    assert.deepEqual(status.details.causes, [
      { reason: "NamespaceTerminating", message: `namespace ${ns} is being terminated`, field: "metadata.namespace" },
    ]);
    expectObject(
      await api.patch(`/api/v1/namespaces/${ns}/configmaps/held`, "merge", { metadata: { finalizers: null } }),
    );
  });

  test("the namespaces of the system cannot be deleted", async () => {
    for (const name of ["default", "kube-system", "kube-public"]) {
      expectStatus(
        await api.delete(`/api/v1/namespaces/${name}?dryRun=All`),
        403,
        "Forbidden",
        `namespaces "${name}" is forbidden: this namespace may not be deleted`,
      );
    }
  });

  test("a pod gets its service account and a token to show", async (t) => {
    const ns = await namespaceForPods(t);
    const { spec } = await api.make(`/api/v1/namespaces/${ns}/pods`, pod("a"));
    assert.equal(spec.serviceAccountName, "default");
    assert.equal(spec.serviceAccount, "default");
    const volume = spec.volumes.find(({ name }: JsonObject) => name.startsWith("kube-api-access-"));
    assert.deepEqual(
      volume.projected.sources.map((source: JsonObject) => Object.keys(source)[0]),
      ["serviceAccountToken", "configMap", "downwardAPI"],
    );
    const mount = spec.containers[0].volumeMounts.find(({ name }: JsonObject) => name === volume.name);
    assert.equal(mount.mountPath, "/var/run/secrets/kubernetes.io/serviceaccount");
    assert.equal(mount.readOnly, true);
  });

  test("a pod of a service account that is not there is refused", async (t) => {
    const ns = await namespaceForPods(t);
    const object = pod("a");
    object.spec.serviceAccountName = "absent";
    expectStatus(
      await api.post(`/api/v1/namespaces/${ns}/pods`, object),
      403,
      "Forbidden",
      `pods "a" is forbidden: error looking up service account ${ns}/absent: serviceaccount "absent" not found`,
    );
  });

  test("who wants no token gets none", async (t) => {
    const ns = await namespaceForPods(t);
    const object = pod("a");
    object.spec.automountServiceAccountToken = false;
    const { spec } = await api.make(`/api/v1/namespaces/${ns}/pods`, object);
    assert.ok(!(spec.volumes ?? []).some(({ name }: JsonObject) => name.startsWith("kube-api-access-")));
  });

  test("pods tolerate for a while that their node is away", async (t) => {
    const ns = await namespaceForPods(t);
    const { spec } = await api.make(`/api/v1/namespaces/${ns}/pods`, pod("a"));
    assert.deepEqual(
      spec.tolerations.map(({ key, effect, tolerationSeconds }: JsonObject) => [key, effect, tolerationSeconds]).sort(),
      [
        ["node.kubernetes.io/not-ready", "NoExecute", 300],
        ["node.kubernetes.io/unreachable", "NoExecute", 300],
      ],
    );
  });

  test("a pod's priority follows from its class", async (t) => {
    const ns = await namespaceForPods(t);
    const name = uniqueName("conformance");
    removeAfter(t, `/apis/scheduling.k8s.io/v1/priorityclasses/${name}`);
    await api.make("/apis/scheduling.k8s.io/v1/priorityclasses", { metadata: { name }, value: 77 });
    const object = pod("a");
    object.spec.priorityClassName = name;
    const { spec } = await api.make(`/api/v1/namespaces/${ns}/pods`, object);
    assert.equal(spec.priority, 77);
    assert.equal(spec.preemptionPolicy, "PreemptLowerPriority");
    const wrong = pod("b");
    wrong.spec.priorityClassName = "absent";
    expectStatus(
      await api.post(`/api/v1/namespaces/${ns}/pods`, wrong),
      403,
      "Forbidden",
      'pods "b" is forbidden: no PriorityClass with name absent was found',
    );
    const plain = await api.make(`/api/v1/namespaces/${ns}/pods`, pod("c"));
    assert.equal(plain.spec.priority, 0);
  });

  test("a limit range fills in and bounds what containers ask for", async (t) => {
    const ns = await namespaceForPods(t);
    await api.make(`/api/v1/namespaces/${ns}/limitranges`, {
      metadata: { name: "range" },
      spec: {
        limits: [
          {
            type: "Container",
            default: { memory: "128Mi" },
            defaultRequest: { memory: "64Mi" },
            max: { memory: "256Mi" },
            min: { memory: "32Mi" },
          },
        ],
      },
    });
    const pods = `/api/v1/namespaces/${ns}/pods`;
    const { spec, metadata } = await eventually(async () => {
      const created = expectObject(await api.post(`${pods}?dryRun=All`, pod("a")), 201);
      assert.ok(created.spec.containers[0].resources.limits);
      return created;
    });
    assert.deepEqual(spec.containers[0].resources, { limits: { memory: "128Mi" }, requests: { memory: "64Mi" } });
    assert.match(
      metadata.annotations["kubernetes.io/limit-ranger"],
      /^LimitRanger plugin set: memory request for container main; memory limit for container main$/,
    );
    expectStatus(
      await api.post(pods, containerWith("b", { limits: { memory: "1Gi" }, requests: { memory: "64Mi" } })),
      403,
      "Forbidden",
      'pods "b" is forbidden: maximum memory usage per Container is 256Mi, but limit is 1Gi',
    );
    expectStatus(
      await api.post(pods, containerWith("b", { limits: { memory: "64Mi" }, requests: { memory: "1Mi" } })),
      403,
      "Forbidden",
      'pods "b" is forbidden: minimum memory usage per Container is 32Mi, but request is 1Mi',
    );
  });

  test("a quota counts objects and refuses those over it", async (t) => {
    const ns = await namespace(t);
    const quota = { metadata: { name: "quota" }, spec: { hard: { "count/secrets": "1", services: "5" } } };
    await api.make(`/api/v1/namespaces/${ns}/resourcequotas`, quota);
    const path = `/api/v1/namespaces/${ns}/resourcequotas/quota`;
    await eventually(async () => assert.equal((await api.read(path)).status.used?.["count/secrets"], "0"));
    await api.make(`/api/v1/namespaces/${ns}/secrets`, { metadata: { name: "a" } });
    expectStatus(
      await api.post(`/api/v1/namespaces/${ns}/secrets`, { metadata: { name: "b" } }),
      403,
      "Forbidden",
      'secrets "b" is forbidden: exceeded quota: quota, requested: count/secrets=1, used: count/secrets=1, limited: count/secrets=1',
    );
    expectObject(await api.delete(`/api/v1/namespaces/${ns}/secrets/a`));
    await eventually(async () =>
      expectObject(await api.post(`/api/v1/namespaces/${ns}/secrets`, { metadata: { name: "b" } }), 201),
    );
  });

  test("of many creates at once a quota lets through what fits, and no more", async (t) => {
    const ns = await namespace(t);
    await api.make(`/api/v1/namespaces/${ns}/resourcequotas`, {
      metadata: { name: "quota" },
      spec: { hard: { "count/secrets": "3" } },
    });
    await eventually(async () => {
      const { status } = await api.read(`/api/v1/namespaces/${ns}/resourcequotas/quota`);
      assert.equal(status.used?.["count/secrets"], "0");
    });
    const answers = await Promise.all(
      Array.from({ length: 10 }, (_, index) =>
        api.post(`/api/v1/namespaces/${ns}/secrets`, { metadata: { name: `s${index}` } }),
      ),
    );
    assert.equal(answers.filter(({ code }) => code === 201).length, 3);
    assert.equal(answers.filter(({ code }) => code === 403).length, 7);
  });

  test("a quota on memory asks pods to say what they need", async (t) => {
    const ns = await namespaceForPods(t);
    await api.make(`/api/v1/namespaces/${ns}/resourcequotas`, {
      metadata: { name: "quota" },
      spec: { hard: { "requests.memory": "100Mi" } },
    });
    const pods = `/api/v1/namespaces/${ns}/pods`;
    await eventually(async () => {
      const { status } = await api.read(`/api/v1/namespaces/${ns}/resourcequotas/quota`);
      assert.equal(status.used?.["requests.memory"], "0");
    });
    expectStatus(
      await api.post(pods, pod("a")),
      403,
      "Forbidden",
      'pods "a" is forbidden: failed quota: quota: must specify requests.memory for: main',
    );
    expectObject(await api.post(pods, containerWith("a", { requests: { memory: "60Mi" } })), 201);
    expectStatus(
      await api.post(pods, containerWith("b", { requests: { memory: "60Mi" } })),
      403,
      "Forbidden",
      'pods "b" is forbidden: exceeded quota: quota, requested: requests.memory=60Mi, used: requests.memory=60Mi, limited: requests.memory=100Mi',
    );
  });

  test("who may not delete an owner may not hold it back", async (t) => {
    const ns = await namespace(t);
    const user = uniqueName("user");
    const rbac = `/apis/rbac.authorization.k8s.io/v1/namespaces/${ns}`;
    const rules = [{ apiGroups: [""], resources: ["configmaps"], verbs: ["create"] }];
    await api.make(`${rbac}/roles`, { metadata: { name: user }, rules });
    await api.make(`${rbac}/rolebindings`, {
      metadata: { name: user },
      subjects: [{ kind: "User", apiGroup: "rbac.authorization.k8s.io", name: user }],
      roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "Role", name: user },
    });
    const owner = await api.make(`/api/v1/namespaces/${ns}/secrets`, { metadata: { name: "owner" } });
    const caller = api.as(user);
    const path = `/api/v1/namespaces/${ns}/configmaps`;
    await eventually(async () => expectObject(await caller.post(`${path}?dryRun=All`, configMap("a")), 201));
    const reference = {
      apiVersion: "v1",
      kind: "Secret",
      name: "owner",
      uid: owner.metadata.uid,
      blockOwnerDeletion: true,
    };
    const answer = await caller.post(path, configMap("a", {}, { ownerReferences: [reference] }));
    // The plug-in is not switched on everywhere.
    if (answer.code !== 201) {
      expectStatus(
        answer,
        403,
        "Forbidden",
        /cannot set blockOwnerDeletion if an ownerReference refers to a resource you can't set finalizers on/,
      );
    }
  });

  test("only those who may approve for a signer do", async (t) => {
    const user = uniqueName("user");
    const name = uniqueName("conformance");
    const rbac = "/apis/rbac.authorization.k8s.io/v1";
    const rules = [
      {
        apiGroups: ["certificates.k8s.io"],
        resources: ["certificatesigningrequests", "certificatesigningrequests/approval"],
        verbs: ["get", "update"],
      },
    ];
    removeAfter(t, `${rbac}/clusterroles/${name}`);
    removeAfter(t, `${rbac}/clusterrolebindings/${name}`);
    removeAfter(t, `/apis/certificates.k8s.io/v1/certificatesigningrequests/${name}`);
    await api.make(`${rbac}/clusterroles`, { metadata: { name }, rules });
    await api.make(`${rbac}/clusterrolebindings`, {
      metadata: { name },
      subjects: [{ kind: "User", apiGroup: "rbac.authorization.k8s.io", name: user }],
      roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "ClusterRole", name },
    });
    const created = await api.make("/apis/certificates.k8s.io/v1/certificatesigningrequests", {
      metadata: { name },
      spec: { signerName: "example.com/guarded", usages: ["client auth"], request: certificateRequest },
    });
    const conditions = [{ type: "Approved", status: "True", reason: "Tested", message: "" }];
    const path = `/apis/certificates.k8s.io/v1/certificatesigningrequests/${name}`;
    await eventually(async () => expectObject(await api.as(user).get(path)));
    expectStatus(
      await api.as(user).put(`${path}/approval`, { ...created, status: { conditions } }),
      403,
      "Forbidden",
      /user not permitted to approve requests with signerName "example\.com\/guarded"/,
    );
  });

  test("a default class is written into claims that name none", async (t) => {
    const ns = await namespace(t);
    const name = uniqueName("conformance");
    const classes = "/apis/storage.k8s.io/v1/storageclasses";
    removeAfter(t, `${classes}/${name}`);
    await api.make(classes, {
      metadata: { name, annotations: { "storageclass.kubernetes.io/is-default-class": "true" } },
      provisioner: "example.com/none",
    });
    const claim = {
      metadata: { name: "a" },
      spec: { accessModes: ["ReadWriteOnce"], resources: { requests: { storage: "1Gi" } } },
    };
    const { spec } = await eventually(async () => {
      const created = expectObject(
        await api.post(`/api/v1/namespaces/${ns}/persistentvolumeclaims?dryRun=All`, claim),
        201,
      );
      assert.ok(created.spec.storageClassName);
      return created;
    });
    // Another case or server may have a default of its own; the newest one counts.
    assert.ok(spec.storageClassName === name || spec.storageClassName !== "");
  });
});

/** A request for CN=conformance with a P-256 key, in base64. */
const certificateRequest =
  "LS0tLS1CRUdJTiBDRVJUSUZJQ0FURSBSRVFVRVNULS0tLS0KTUlIUE1IZ0NBUUF3RmpFVU1CSUdBMVVFQXd3TFkyOXVabTl5YldGdVkyVXdXVEFUQmdjcWhrak9QUUlCQmdncQpoa2pPUFFNQkJ3TkNBQVJGNXBGOVhZcENvSFJhQzg5ZjJUV1NtMS9FS0xKY2pPVUVtYWNvekNpMm1KQk5kN2pFClVJb3JTdU9iR05XQnBIUk5nZnhNSUJQbC9meVNPSGRVclE5dm9BQXdDZ1lJS29aSXpqMEVBd0lEUndBd1JBSWcKT1g2cVN0TE82Rms4ZmV0MlB2ajdvYnVnVmJ4T0NpTjhMOVVFaEYvSmlWY0NJSFBjZXRxbDBlZkx5anFQSklaVworUHdzYmVZZDJSTUYxZ1ZHRXZyMGphaGsKLS0tLS1FTkQgQ0VSVElGSUNBVEUgUkVRVUVTVC0tLS0tCg==";

import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { KubeObject } from "../../machinery/object.ts";
import { StatusError } from "../../machinery/status-error.ts";
import type { AdmissionRequest } from "../admission.ts";
import { TestState } from "../authentication/testing.ts";
import type { Attributes, UserInfo } from "../identity.ts";
import { NodeAuthorizer } from "./node.ts";
import { NodeGraph } from "./node-graph.ts";
import { forbiddenNodeLabels } from "./node-labels.ts";
import { NodeRestriction } from "./node-restriction.ts";

const node: UserInfo = { name: "system:node:n1", groups: ["system:nodes", "system:authenticated"] };
const pod = (name: string, nodeName: string | undefined, spec: object = {}, metadata: object = {}): KubeObject => ({
  apiVersion: "v1",
  kind: "Pod",
  metadata: { name, namespace: "team", uid: `${name}-uid`, ...metadata },
  spec: { nodeName, ...spec },
});
const volume = (name: string, claim: string, spec: object = {}): KubeObject => ({
  apiVersion: "v1",
  kind: "PersistentVolume",
  metadata: { name },
  spec: { claimRef: { namespace: "team", name: claim }, ...spec },
});
const busyPod = pod("p1", "n1", {
  serviceAccountName: "robot",
  imagePullSecrets: [{ name: "pull" }],
  initContainers: [{ envFrom: [{ secretRef: { name: "init" } }, { configMapRef: { name: "settings" } }] }],
  containers: [{ env: [{ valueFrom: { secretKeyRef: { name: "env" } } }] }],
  volumes: [
    { name: "v", secret: { secretName: "mounted" } },
    { name: "w", persistentVolumeClaim: { claimName: "data" } },
    { name: "e", ephemeral: {} },
    {
      name: "j",
      projected: { sources: [{ secret: { name: "projected" } }, { configMap: { name: "kube-root-ca.crt" } }] },
    },
  ],
  resourceClaims: [{ name: "gpu", resourceClaimName: "gpu-1" }],
});
const state = new TestState()
  .set("nodes", { apiVersion: "v1", kind: "Node", metadata: { name: "n1", uid: "n1-uid" } })
  .set(
    "pods",
    busyPod,
    pod("p2", "n2", { volumes: [{ secret: { secretName: "foreign" } }] }),
    pod("p3", undefined, { volumes: [{ secret: { secretName: "pending" } }] }),
    pod(
      "p4",
      "n1",
      { volumes: [{ secret: { secretName: "mirrored" } }] },
      { annotations: { "kubernetes.io/config.mirror": "x" } },
    ),
  )
  .set(
    "persistentvolumes",
    volume("pv1", "data", { csi: { nodePublishSecretRef: { namespace: "storage", name: "csi" } } }),
  )
  .set("persistentvolumes", volume("pv2", "other"))
  .set("volumeattachments.storage.k8s.io", {
    apiVersion: "storage.k8s.io/v1",
    kind: "VolumeAttachment",
    metadata: { name: "va1" },
    spec: { nodeName: "n1" },
  });
const rules = [{ verbs: ["list", "watch"], apiGroups: [""], resources: ["services"] }];

/** `secrets`, `persistentvolumeclaims/status`, `leases.coordination.k8s.io`. */
const ask = (
  verb: string,
  what: string,
  namespace: string,
  name: string,
  field?: [string, string],
  user = node,
): Attributes => {
  const [qualified = "", subresource = ""] = what.split("/");
  const [resource = "", ...group] = qualified.split(".");
  const fieldSelector = field === undefined ? [] : [{ key: field[0], operator: "In" as const, values: [field[1]] }];
  return {
    user,
    verb,
    path: "",
    resource: { group: group.join("."), version: "v1", resource, subresource, namespace, name, fieldSelector },
  };
};

describe("the node authorizer", () => {
  const authorizer = new NodeAuthorizer(new NodeGraph(state), rules);
  const allowed: Parameters<typeof ask>[] = [
    ...["pull", "init", "env", "mounted", "projected"].map(
      (name): Parameters<typeof ask> => ["get", "secrets", "team", name],
    ),
    ["watch", "secrets", "team", "mounted"],
    ["get", "secrets", "storage", "csi"],
    ["get", "configmaps", "team", "settings"],
    ["get", "configmaps", "team", "kube-root-ca.crt"],
    ["get", "persistentvolumeclaims", "team", "data"],
    ["get", "persistentvolumeclaims", "team", "p1-e"],
    ["patch", "persistentvolumeclaims/status", "team", "data"],
    ["get", "persistentvolumes", "", "pv1"],
    ["get", "volumeattachments.storage.k8s.io", "", "va1"],
    ["get", "resourceclaims.resource.k8s.io", "team", "gpu-1"],
    ["create", "serviceaccounts/token", "team", "robot"],
    ["create", "leases.coordination.k8s.io", "kube-node-lease", ""],
    ["update", "leases.coordination.k8s.io", "kube-node-lease", "n1"],
    ["get", "csinodes.storage.k8s.io", "", "n1"],
    ["get", "nodes", "", "n1"],
    ["patch", "nodes/status", "", "n1"],
    ["list", "pods", "", "", ["spec.nodeName", "n1"]],
    ["get", "pods", "team", "p1"],
    ["create", "pods/eviction", "team", "p1"],
    ["list", "resourceslices.resource.k8s.io", "", "", ["spec.nodeName", "n1"]],
    ["list", "services", "", ""],
  ];
  for (const question of allowed) {
    it(`allows ${question.join(" ")}`, () => assert.equal(authorizer.authorize(ask(...question)).decision, "allow"));
  }

  const unrelated = "no relationship found between node 'n1' and this object";
  const refused: [Parameters<typeof ask>, string][] = [
    [["get", "secrets", "team", "foreign"], unrelated],
    [["get", "secrets", "team", "pending"], unrelated],
    [["get", "secrets", "team", "mirrored"], unrelated],
    [["get", "secrets", "other", "mounted"], unrelated],
    [["list", "secrets", "team", ""], "No Object name found"],
    [["list", "secrets", "", ""], "can only read namespaced object of this type"],
    [["delete", "secrets", "team", "mounted"], "can only read resources of this type"],
    [["list", "persistentvolumeclaims", "team", ""], "can only get individual resources of this type"],
    [["get", "persistentvolumes", "", "pv2"], unrelated],
    [["create", "serviceaccounts/token", "team", "default"], unrelated],
    [["create", "serviceaccounts", "team", "robot"], "can only create token subresource of serviceaccount"],
    [
      ["update", "leases.coordination.k8s.io", "kube-node-lease", "n2"],
      "can only access node lease with the same name as the requesting node",
    ],
    [
      ["get", "leases.coordination.k8s.io", "kube-system", "n1"],
      'can only access leases in the "kube-node-lease" system namespace',
    ],
    [["get", "nodes", "", "n2"], "node 'n1' cannot read 'n2', only its own Node object"],
    [["list", "nodes", "", ""], "node 'n1' cannot read all nodes, only its own Node object"],
    [["list", "pods", "", "", ["spec.nodeName", "n2"]], "can only list/watch pods with spec.nodeName field selector"],
    [["get", "pods", "team", "p2"], unrelated],
    [["create", "deployments.apps", "team", ""], ""],
  ];
  for (const [question, reason] of refused) {
    it(`does not allow ${question.join(" ")}`, () =>
      assert.deepEqual(authorizer.authorize(ask(...question)), { decision: "noOpinion", reason }));
  }

  it("has no opinion on users that are no nodes", () => {
    for (const user of [
      { name: "system:node:n1", groups: [] },
      { name: "n1", groups: ["system:nodes"] },
    ]) {
      assert.equal(authorizer.authorize(ask("get", "nodes", "", "n1", undefined, user)).decision, "noOpinion");
    }
    const nameless = { name: "system:node:", groups: ["system:nodes"] };
    assert.deepEqual(authorizer.authorize(ask("list", "services", "", "", undefined, nameless)), {
      decision: "noOpinion",
      reason: 'unknown node for user "system:node:"',
    });
  });

  it("follows pods and volumes", () => {
    const graph = new NodeGraph(state);
    const related = (name: string) => graph.relates("n1", "secret", "team", name);
    const twin = pod("twin", "n1", { volumes: [{ secret: { secretName: "mounted" } }] });
    assert.ok(related("mounted"));
    graph.apply({ type: "set", object: twin });
    graph.apply({ type: "delete", object: busyPod });
    assert.ok(related("mounted"));
    assert.ok(!related("env"));
    graph.apply({ type: "delete", object: twin });
    assert.ok(!related("mounted"));
    assert.ok(!graph.relates("n1", "secret", "storage", "csi"));
    graph.apply({
      type: "set",
      object: pod("p3", "n1", { volumes: [{ persistentVolumeClaim: { claimName: "other" } }] }),
    });
    assert.ok(graph.relates("n1", "persistentvolume", "", "pv2"));
    graph.apply({ type: "delete", object: volume("pv2", "other") });
    assert.ok(!graph.relates("n1", "persistentvolume", "", "pv2"));
  });
});

describe("NodeRestriction", () => {
  const plugin = new NodeRestriction();
  const attempt = (given: {
    operation: AdmissionRequest["operation"];
    /** `pods/status`, `leases.coordination.k8s.io`. */
    what: string;
    name?: string;
    namespace?: string;
    object?: KubeObject;
    oldObject?: KubeObject;
    user?: UserInfo;
  }) => {
    const { operation, what, name = "", namespace = "team", object, oldObject, user = node } = given;
    const { group, resource, subresource } = ask("", what, "", "").resource!;
    const request = {
      operation,
      resource: { group, resource, version: "v1" },
      subresource,
      namespace,
      name,
      user,
      object,
      oldObject,
      state,
    } as unknown as AdmissionRequest;
    if (!plugin.handles(request)) return "not restricted";
    try {
      plugin.validate(request);
      return "allowed";
    } catch (error) {
      assert.ok(error instanceof StatusError);
      return error.message;
    }
  };
  const owner = { apiVersion: "v1", kind: "Node", name: "n1", uid: "n1-uid", controller: true };
  const mirror = (spec: object = {}, metadata: object = {}) =>
    pod("static", "n1", spec, {
      annotations: { "kubernetes.io/config.mirror": "x" },
      ownerReferences: [owner],
      ...metadata,
    });
  const create = (object: KubeObject) => attempt({ operation: "CREATE", what: "pods", name: "static", object });

  it("does not concern itself with others", () => {
    assert.equal(attempt({ operation: "CREATE", what: "pods", user: { name: "ann", groups: [] } }), "not restricted");
  });

  it("lets a node create its mirror pods and no others", () => {
    assert.equal(create(mirror()), "allowed");
    const forbidden = 'pods "static" is forbidden: ';
    assert.equal(
      create(pod("static", "n1")),
      `${forbidden}pod does not have "kubernetes.io/config.mirror" annotation, node "n1" can only create mirror pods`,
    );
    assert.equal(
      create(mirror({ nodeName: "n2" })),
      `${forbidden}node "n1" can only create pods with spec.nodeName set to itself`,
    );
    assert.match(create(mirror({}, { ownerReferences: [] })), /with an owner reference set to itself$/);
    assert.match(
      create(mirror({}, { ownerReferences: [{ ...owner, uid: "x" }] })),
      /UID mismatch: expected x got n1-uid$/,
    );
    assert.match(create(mirror({ serviceAccountName: "robot" })), /reference a service account$/);
    assert.match(create(mirror({ volumes: [{ secret: { secretName: "s" } }] })), /reference secrets$/);
    assert.match(create(mirror({ volumes: [{ configMap: { name: "s" } }] })), /reference configmaps$/);
    assert.match(
      create(mirror({ volumes: [{ persistentVolumeClaim: { claimName: "s" } }] })),
      /persistentvolumeclaims$/,
    );
  });

  it("lets a node write the status of its pods, evict and delete them", () => {
    assert.equal(
      attempt({ operation: "UPDATE", what: "pods/status", name: "p1", object: busyPod, oldObject: busyPod }),
      "allowed",
    );
    assert.equal(attempt({ operation: "CREATE", what: "pods/eviction", name: "p1" }), "allowed");
    assert.equal(attempt({ operation: "DELETE", what: "pods", name: "p1" }), "allowed");
    assert.match(attempt({ operation: "DELETE", what: "pods", name: "p2" }), /can only delete pods with spec.nodeName/);
    assert.match(attempt({ operation: "CREATE", what: "pods/eviction", name: "p2" }), /can only evict pods/);
    assert.equal(attempt({ operation: "DELETE", what: "pods", name: "none" }), 'pods "none" not found');
    const labelled = { ...busyPod, metadata: { ...busyPod.metadata, labels: { a: "b" } } };
    assert.match(
      attempt({ operation: "UPDATE", what: "pods/status", name: "p1", object: labelled, oldObject: busyPod }),
      /cannot update labels through pod status$/,
    );
    assert.match(
      attempt({ operation: "CREATE", what: "pods/binding", name: "p1" }),
      /unexpected pod subresource "binding"/,
    );
  });

  it("lets a node write itself, but not its taints or others' labels", () => {
    const self = (metadata: object = {}, spec: object = {}): KubeObject => ({
      apiVersion: "v1",
      kind: "Node",
      metadata: { name: "n1", ...metadata },
      spec,
    });
    const update = (object: KubeObject) =>
      attempt({ operation: "UPDATE", what: "nodes", name: "n1", object, oldObject: self() });
    assert.equal(attempt({ operation: "CREATE", what: "nodes", name: "n1", object: self() }), "allowed");
    assert.equal(update(self({ labels: { mine: "1", "kubernetes.io/arch": "arm64" } })), "allowed");
    assert.match(
      update(self({ labels: { "node-restriction.kubernetes.io/fips": "true", "kubernetes.io/role": "x" } })),
      /is not allowed to modify labels: kubernetes.io\/role, node-restriction.kubernetes.io\/fips$/,
    );
    assert.match(update(self({}, { taints: [{ key: "a" }] })), /is not allowed to modify taints$/);
    assert.equal(
      attempt({ operation: "UPDATE", what: "nodes", name: "n2", object: self(), oldObject: self() }),
      'nodes "n2" is forbidden: node "n1" is not allowed to modify node "n2"',
    );
    assert.deepEqual(forbiddenNodeLabels({ "a.k8s.io/x": "1" }, { "a.k8s.io/x": "1" }), []);
  });

  it("gives a node tokens for its pods only", () => {
    const token = (boundObjectRef?: object) =>
      attempt({
        operation: "CREATE",
        what: "serviceaccounts/token",
        name: "robot",
        object: {
          apiVersion: "authentication.k8s.io/v1",
          kind: "TokenRequest",
          metadata: {},
          spec: { boundObjectRef },
        },
      });
    const reference = { apiVersion: "v1", kind: "Pod", name: "p1", uid: "p1-uid" };
    assert.equal(token(reference), "allowed");
    assert.match(token(), /node requested token not bound to a pod$/);
    assert.match(token({ ...reference, uid: "" }), /without a uid$/);
    assert.match(token({ ...reference, uid: "old" }), /does not match the UID in record/);
    assert.match(token({ ...reference, name: "p2", uid: "p2-uid" }), /scheduled on a different node$/);
  });

  it("lets a node write its lease, and of claims only what resizing changes", () => {
    const lease = (name: string, namespace: string) =>
      attempt({
        operation: "CREATE",
        what: "leases.coordination.k8s.io",
        namespace,
        object: { apiVersion: "coordination.k8s.io/v1", kind: "Lease", metadata: { name } },
      });
    assert.equal(lease("n1", "kube-node-lease"), "allowed");
    assert.match(lease("n2", "kube-node-lease"), /same name as the requesting node$/);
    assert.match(lease("n1", "team"), /"kube-node-lease" system namespace$/);

    const claim = (labels: object, status: object) =>
      ({ apiVersion: "v1", kind: "PersistentVolumeClaim", metadata: { name: "data", labels }, status }) as KubeObject;
    const update = (object: KubeObject) =>
      attempt({
        operation: "UPDATE",
        what: "persistentvolumeclaims/status",
        name: "data",
        object,
        oldObject: claim({}, {}),
      });
    assert.equal(update(claim({}, { capacity: { storage: "2Gi" } })), "allowed");
    assert.match(update(claim({ a: "b" }, {})), /is not allowed to update fields other than/);
    assert.match(
      attempt({ operation: "UPDATE", what: "persistentvolumeclaims", name: "data" }),
      /may only update PVC status$/,
    );
  });
});

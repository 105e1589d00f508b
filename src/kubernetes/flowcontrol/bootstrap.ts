// The flow schemas and priority levels that a control plane starts with. They describe how kube-apiserver shares its capacity;
// clients and dashboards read them. Mandatory ones have fixed specs.
// Source: k8s.io/apiserver pkg/apis/flowcontrol/bootstrap.

import { deepFreeze, type JsonObject, type KubeObject } from "../../machinery/object.ts";

const apiVersion = "flowcontrol.apiserver.k8s.io/v1";
/** "true" lets the server keep the spec as it was made; users set "false" to keep their changes. */
export const autoUpdateSpecAnnotation = "apf.kubernetes.io/autoupdate-spec";

const everything = ["*"];
const holdingVerbs = ["get", "create", "update"];
const authenticated = "group:system:authenticated";
const unauthenticated = "group:system:unauthenticated";
const nodes = "group:system:nodes";
const controllerManager = "user:system:kube-controller-manager";
const systemAccounts = "account:*";
const leases: JsonObject = {
  verbs: holdingVerbs,
  apiGroups: ["coordination.k8s.io"],
  resources: ["leases"],
  namespaces: everything,
};

export interface FlowControlBootstrap {
  readonly priorityLevels: readonly KubeObject[];
  readonly flowSchemas: readonly KubeObject[];
}

/** Objects whose spec cannot be changed (but for `spec.exempt` of the level "exempt"). */
export const mandatoryFlowControl: FlowControlBootstrap = deepFreeze({
  priorityLevels: [
    level("exempt", { type: "Exempt", exempt: { nominalConcurrencyShares: 0, lendablePercent: 0 } }),
    level("catch-all", {
      type: "Limited",
      limited: { nominalConcurrencyShares: 5, lendablePercent: 0, limitResponse: { type: "Reject" } },
    }),
  ],
  flowSchemas: [
    flow("exempt", "exempt", 1, undefined, allRequests("group:system:masters")),
    flow("catch-all", "catch-all", 10000, "ByUser", allRequests(unauthenticated, authenticated)),
  ],
});

/** Objects that are made at the start, and may be changed or deleted. */
export const suggestedFlowControl: FlowControlBootstrap = deepFreeze({
  priorityLevels: [
    queued("system", 30, 33, 64, 6),
    queued("node-high", 40, 25, 64, 6),
    queued("leader-election", 10, 0, 16, 4),
    queued("workload-high", 40, 50, 128, 6),
    queued("workload-low", 100, 90, 128, 6),
    queued("global-default", 20, 50, 128, 6),
  ],
  flowSchemas: [
    flow("probes", "exempt", 2, undefined, {
      subjects: subjects(unauthenticated, authenticated),
      nonResourceRules: [{ verbs: ["get"], nonResourceURLs: ["/healthz", "/readyz", "/livez"] }],
    }),
    flow("system-leader-election", "leader-election", 100, "ByUser", {
      subjects: subjects(controllerManager, "user:system:kube-scheduler", systemAccounts),
      resourceRules: [leases],
    }),
    flow("endpoint-controller", "workload-high", 150, "ByUser", {
      subjects: subjects(controllerManager, "account:endpoint-controller", "account:endpointslicemirroring-controller"),
      resourceRules: [{ verbs: holdingVerbs, apiGroups: [""], resources: ["endpoints"], namespaces: everything }],
    }),
    flow("workload-leader-election", "leader-election", 200, "ByUser", {
      subjects: subjects(systemAccounts),
      resourceRules: [
        { verbs: holdingVerbs, apiGroups: [""], resources: ["endpoints", "configmaps"], namespaces: everything },
        leases,
      ],
    }),
    flow("system-node-high", "node-high", 400, "ByUser", {
      subjects: subjects(nodes),
      resourceRules: [
        {
          verbs: everything,
          apiGroups: [""],
          resources: ["nodes", "nodes/status"],
          clusterScope: true,
          namespaces: everything,
        },
        { ...leases, verbs: everything },
      ],
    }),
    flow("system-nodes", "system", 500, "ByUser", allRequests(nodes)),
    flow("kube-controller-manager", "workload-high", 800, "ByNamespace", allRequests(controllerManager)),
    flow("kube-scheduler", "workload-high", 800, "ByNamespace", allRequests("user:system:kube-scheduler")),
    flow("kube-system-service-accounts", "workload-high", 900, "ByNamespace", allRequests(systemAccounts)),
    flow("service-accounts", "workload-low", 9000, "ByUser", allRequests("group:system:serviceaccounts")),
    flow("global-default", "global-default", 9900, "ByUser", allRequests(unauthenticated, authenticated)),
  ],
});

function level(name: string, spec: JsonObject): KubeObject {
  return { apiVersion, kind: "PriorityLevelConfiguration", metadata: metadata(name), spec };
}

/** A limited level that queues up to 50 requests in each of its queues. */
function queued(name: string, shares: number, lendablePercent: number, queues: number, handSize: number): KubeObject {
  const queuing = { queues, handSize, queueLengthLimit: 50 };
  const limited = { nominalConcurrencyShares: shares, lendablePercent, limitResponse: { type: "Queue", queuing } };
  return level(name, { type: "Limited", limited });
}

function flow(
  name: string,
  priorityLevel: string,
  matchingPrecedence: number,
  distinguisher: "ByUser" | "ByNamespace" | undefined,
  rule: JsonObject,
): KubeObject {
  return {
    apiVersion,
    kind: "FlowSchema",
    metadata: metadata(name),
    spec: {
      priorityLevelConfiguration: { name: priorityLevel },
      matchingPrecedence,
      ...(distinguisher === undefined ? {} : { distinguisherMethod: { type: distinguisher } }),
      rules: [rule],
    },
  };
}

function metadata(name: string) {
  return { name, annotations: { [autoUpdateSpecAnnotation]: "true" } };
}

function allRequests(...names: string[]): JsonObject {
  return {
    subjects: subjects(...names),
    resourceRules: [
      { verbs: everything, apiGroups: everything, resources: everything, clusterScope: true, namespaces: everything },
    ],
    nonResourceRules: [{ verbs: everything, nonResourceURLs: everything }],
  };
}

/** From `group:NAME`, `user:NAME` and `account:NAME`, the last in kube-system. */
function subjects(...names: string[]): JsonObject[] {
  return names.map((text) => {
    const colon = text.indexOf(":");
    const name = text.slice(colon + 1);
    switch (text.slice(0, colon)) {
      case "group":
        return { kind: "Group", group: { name } };
      case "user":
        return { kind: "User", user: { name } };
      default:
        return { kind: "ServiceAccount", serviceAccount: { name, namespace: "kube-system" } };
    }
  });
}

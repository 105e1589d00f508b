// The default cluster roles that are not a controller's, with their bindings. Data only; the features of Kubernetes 1.36 that are on by
// default are included. Source: k8s.io/kubernetes plugin/pkg/auth/authorizer/rbac/bootstrappolicy.

import type { PolicyRule } from "../../apiserver/identity.ts";
import type { KubeObject } from "../../machinery/object.ts";
import {
  clusterRole,
  clusterRoleBinding,
  events,
  rbacApiGroup,
  read,
  readWrite,
  rule,
  urls,
  write,
} from "./bootstrap-rules.ts";

const certificates = "certificates.k8s.io";
const health = "/healthz /livez /readyz";

/** What a node may do where the node authorizer does not decide object by object. */
const nodeRules: PolicyRule[] = [
  rule("create", "authentication.k8s.io", "tokenreviews"),
  rule("create", "authorization.k8s.io", "subjectaccessreviews localsubjectaccessreviews"),
  rule(read, "core", "services"),
  rule(`create ${read}`, "core", "nodes"),
  rule("update patch", "core", "nodes/status"),
  rule("update patch", "core", "nodes"),
  rule("create update patch", "core", "events"),
  rule(read, "core", "pods"),
  rule("create delete", "core", "pods"),
  rule("update patch", "core", "pods/status"),
  rule("create", "core", "pods/eviction"),
  rule(read, "core", "secrets configmaps"),
  rule("get", "core", "persistentvolumeclaims persistentvolumes"),
  rule("get", "core", "endpoints"),
  rule(`create ${read}`, certificates, "certificatesigningrequests"),
  rule("get create update patch delete", "coordination.k8s.io", "leases"),
  rule("get", "storage.k8s.io", "volumeattachments"),
  rule("create", "core", "serviceaccounts/token"),
  rule("get update patch", "core", "persistentvolumeclaims/status"),
  rule(read, "storage.k8s.io", "csidrivers"),
  rule("get create update patch delete", "storage.k8s.io", "csinodes"),
  rule(read, "node.k8s.io", "runtimeclasses"),
  rule("get", "resource.k8s.io", "resourceclaims"),
  rule(readWrite, "resource.k8s.io", "resourceslices"),
  rule("get", "core", "serviceaccounts"),
];

const userRoles = [
  aggregated("admin"),
  aggregated("edit", "admin"),
  aggregated("view", "edit"),
  aggregate("admin", [
    rule("create", "authorization.k8s.io", "localsubjectaccessreviews"),
    rule(readWrite, rbacApiGroup, "roles rolebindings"),
  ]),
  aggregate("edit", [
    rule(read, "core", "pods/attach pods/proxy pods/exec pods/portforward secrets services/proxy"),
    rule("impersonate", "core", "serviceaccounts"),
    rule(write, "core", "pods pods/attach pods/proxy pods/exec pods/portforward"),
    rule("create", "core", "pods/eviction"),
    rule(
      write,
      "core",
      "configmaps events persistentvolumeclaims replicationcontrollers replicationcontrollers/scale secrets serviceaccounts services services/proxy",
    ),
    rule("create", "core", "serviceaccounts/token"),
    rule(
      write,
      "apps",
      "daemonsets deployments deployments/rollback deployments/scale replicasets replicasets/scale statefulsets statefulsets/scale",
    ),
    rule(write, "autoscaling", "horizontalpodautoscalers"),
    rule(write, "batch", "cronjobs jobs"),
    rule(
      write,
      "extensions",
      "daemonsets deployments deployments/rollback deployments/scale ingresses networkpolicies replicasets replicasets/scale replicationcontrollers/scale",
    ),
    rule(write, "policy", "poddisruptionbudgets"),
    rule(write, "networking.k8s.io", "ingresses networkpolicies"),
    rule(readWrite, "coordination.k8s.io", "leases"),
    rule(write, "resource.k8s.io", "resourceclaims resourceclaimtemplates"),
  ]),
  aggregate("view", [
    rule(
      read,
      "core",
      "configmaps endpoints persistentvolumeclaims persistentvolumeclaims/status pods replicationcontrollers replicationcontrollers/scale serviceaccounts services services/status",
    ),
    rule(
      read,
      "core",
      "bindings events limitranges namespaces/status pods/log pods/status replicationcontrollers/status resourcequotas resourcequotas/status",
    ),
    rule(read, "core", "namespaces"),
    rule(read, "discovery.k8s.io", "endpointslices"),
    rule(
      read,
      "apps",
      "controllerrevisions daemonsets daemonsets/status deployments deployments/scale deployments/status replicasets replicasets/scale replicasets/status statefulsets statefulsets/scale statefulsets/status",
    ),
    rule(read, "autoscaling", "horizontalpodautoscalers horizontalpodautoscalers/status"),
    rule(read, "batch", "cronjobs cronjobs/status jobs jobs/status"),
    rule(
      read,
      "extensions",
      "daemonsets daemonsets/status deployments deployments/scale deployments/status ingresses ingresses/status networkpolicies replicasets replicasets/scale replicasets/status replicationcontrollers/scale",
    ),
    rule(read, "policy", "poddisruptionbudgets poddisruptionbudgets/status"),
    rule(read, "networking.k8s.io", "ingresses ingresses/status networkpolicies"),
    rule(read, "resource.k8s.io", "resourceclaims resourceclaims/status resourceclaimtemplates"),
  ]),
];

const reviews = [
  rule("create", "authentication.k8s.io", "tokenreviews"),
  rule("create", "authorization.k8s.io", "subjectaccessreviews"),
];

function leaderElection(name: string): PolicyRule[] {
  return [rule("create", "coordination.k8s.io", "leases"), rule("get update", "coordination.k8s.io", "leases", name)];
}

function approver(signer: string): KubeObject {
  return clusterRole(`system:certificates.k8s.io:${signer}-approver`, [
    rule("approve", certificates, "signers", `kubernetes.io/${signer}`),
  ]);
}

export const defaultClusterRoles: KubeObject[] = [
  clusterRole("cluster-admin", [rule("*", "*", "*"), urls("*", "*")]),
  clusterRole("system:discovery", [
    urls("get", `${health} /version /version/ /openapi /openapi/* /api /api/* /apis /apis/*`),
  ]),
  clusterRole("system:monitoring", [urls("get", `/metrics /metrics/slis ${health} /healthz/* /livez/* /readyz/*`)]),
  clusterRole("system:basic-user", [
    rule("create", "authorization.k8s.io", "selfsubjectaccessreviews selfsubjectrulesreviews"),
    rule("create", "authentication.k8s.io", "selfsubjectreviews"),
  ]),
  clusterRole("system:public-info-viewer", [urls("get", `${health} /version /version/`)]),
  clusterRole("system:service-account-issuer-discovery", [
    urls("get", "/.well-known/openid-configuration /openid/v1/jwks"),
  ]),
  ...userRoles,
  clusterRole("system:heapster", [
    rule(read, "core", "events namespaces nodes pods"),
    rule(read, "extensions", "deployments"),
  ]),
  clusterRole("system:node", nodeRules),
  clusterRole("system:node-problem-detector", [
    rule("get", "core", "nodes"),
    rule("patch", "core", "nodes/status"),
    events,
  ]),
  clusterRole("system:kubelet-api-admin", [
    rule(read, "core", "nodes"),
    rule("proxy", "core", "nodes"),
    rule(
      "*",
      "core",
      "nodes/checkpoint nodes/configz nodes/healthz nodes/log nodes/metrics nodes/pods nodes/proxy nodes/spec nodes/stats",
    ),
  ]),
  clusterRole("system:node-bootstrapper", [rule(`create ${read}`, certificates, "certificatesigningrequests")]),
  clusterRole("system:node-proxier", [
    rule("list watch", "core", "services endpoints"),
    rule(read, "core", "nodes"),
    events,
    rule("list watch", "discovery.k8s.io", "endpointslices"),
    rule("list watch", "networking.k8s.io", "servicecidrs"),
  ]),
  clusterRole("system:auth-delegator", reviews),
  clusterRole("system:kube-aggregator", [rule(read, "core", "services endpoints")]),
  clusterRole("system:kube-controller-manager", [
    events,
    ...leaderElection("kube-controller-manager"),
    rule("create", "core", "secrets serviceaccounts"),
    rule("delete", "core", "secrets"),
    rule("get", "core", "namespaces secrets serviceaccounts configmaps"),
    rule("update", "core", "secrets serviceaccounts"),
    ...reviews,
    rule("list watch", "*", "*"),
    rule("create", "core", "serviceaccounts/token"),
  ]),
  clusterRole("system:kube-dns", [rule("list watch", "core", "endpoints services")]),
  clusterRole("system:kube-scheduler", [
    events,
    ...leaderElection("kube-scheduler"),
    rule(read, "core", "nodes"),
    rule(`${read} delete`, "core", "pods"),
    rule("create", "core", "pods/binding bindings"),
    rule("patch update", "core", "pods/status"),
    rule(read, "core", "services replicationcontrollers"),
    rule(read, "apps extensions", "replicasets"),
    rule(read, "apps", "statefulsets"),
    rule(read, "policy", "poddisruptionbudgets"),
    rule(read, "core", "persistentvolumeclaims persistentvolumes"),
    ...reviews,
    rule(read, "storage.k8s.io", "csinodes"),
    rule(read, "core", "namespaces"),
    rule(read, "storage.k8s.io", "csidrivers"),
    rule(read, "storage.k8s.io", "csistoragecapacities"),
    rule(read, "storage.k8s.io", "volumeattachments"),
    rule(read, "resource.k8s.io", "deviceclasses resourceslices"),
    rule(`${read} update patch`, "resource.k8s.io", "resourceclaims resourceclaims/status"),
    rule(`${read} update patch`, "core", "pods/finalizers"),
  ]),
  clusterRole("system:persistent-volume-provisioner", [
    rule(`${read} create delete`, "core", "persistentvolumes"),
    rule(`${read} update`, "core", "persistentvolumeclaims"),
    rule(read, "storage.k8s.io", "storageclasses"),
    rule("watch", "core", "events"),
    events,
  ]),
  clusterRole("system:volume-scheduler", [
    rule(`${read} update patch`, "core", "persistentvolumes"),
    rule(read, "storage.k8s.io", "storageclasses"),
    rule(`${read} update patch`, "core", "persistentvolumeclaims"),
  ]),
  clusterRole("system:certificates.k8s.io:certificatesigningrequests:nodeclient", [
    rule("create", certificates, "certificatesigningrequests/nodeclient"),
  ]),
  clusterRole("system:certificates.k8s.io:certificatesigningrequests:selfnodeclient", [
    rule("create", certificates, "certificatesigningrequests/selfnodeclient"),
  ]),
  approver("kube-apiserver-client"),
  approver("kube-apiserver-client-kubelet"),
  approver("kubelet-serving"),
  approver("legacy-unknown"),
];

export const defaultClusterRoleBindings: KubeObject[] = [
  clusterRoleBinding("cluster-admin", "group:system:masters"),
  clusterRoleBinding("system:monitoring", "group:system:monitoring"),
  clusterRoleBinding("system:discovery", "group:system:authenticated"),
  clusterRoleBinding("system:basic-user", "group:system:authenticated"),
  clusterRoleBinding("system:public-info-viewer", "group:system:authenticated", "group:system:unauthenticated"),
  clusterRoleBinding("system:node-proxier", "user:system:kube-proxy"),
  clusterRoleBinding("system:kube-controller-manager", "user:system:kube-controller-manager"),
  clusterRoleBinding("system:kube-dns", "account:kube-system/kube-dns"),
  clusterRoleBinding("system:kube-scheduler", "user:system:kube-scheduler"),
  clusterRoleBinding("system:volume-scheduler", "user:system:kube-scheduler"),
  clusterRoleBinding("system:service-account-issuer-discovery", "group:system:serviceaccounts"),
  // Nodes get their powers from the node authorizer, so this one is for nobody.
  clusterRoleBinding("system:node"),
];

/** A role made of those with its label, which is itself a part of the next one. Its rules are filled in by bootstrap-policy.ts. */
function aggregated(name: string, partOf?: string): KubeObject {
  const labels = partOf === undefined ? {} : { [aggregationLabel(partOf)]: "true" };
  return {
    ...clusterRole(name, [], labels),
    aggregationRule: { clusterRoleSelectors: [{ matchLabels: { [aggregationLabel(name)]: "true" } }] },
  };
}

/** The part of an aggregated role that Kubernetes itself contributes. */
function aggregate(to: string, rules: PolicyRule[]): KubeObject {
  return clusterRole(`system:aggregate-to-${to}`, rules, { [aggregationLabel(to)]: "true" });
}

function aggregationLabel(name: string): string {
  return `rbac.authorization.k8s.io/aggregate-to-${name}`;
}

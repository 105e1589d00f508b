// What the tests of admission share: names of resources for clients, a pod, and the message of a refusal.

import assert from "node:assert/strict";
import type { KindReference } from "../../client/client.ts";
import type { JsonObject, KubeObject } from "../../machinery/object.ts";
import { StatusError } from "../../machinery/status-error.ts";

function kind(group: string, version: string, name: string, plural: string, namespaced: boolean): KindReference {
  return { group, version, kind: name, plural, namespaced };
}

export const kinds = {
  namespaces: kind("", "v1", "Namespace", "namespaces", false),
  nodes: kind("", "v1", "Node", "nodes", false),
  pods: kind("", "v1", "Pod", "pods", true),
  services: kind("", "v1", "Service", "services", true),
  serviceAccounts: kind("", "v1", "ServiceAccount", "serviceaccounts", true),
  configMaps: kind("", "v1", "ConfigMap", "configmaps", true),
  limitRanges: kind("", "v1", "LimitRange", "limitranges", true),
  quotas: kind("", "v1", "ResourceQuota", "resourcequotas", true),
  claims: kind("", "v1", "PersistentVolumeClaim", "persistentvolumeclaims", true),
  storageClasses: kind("storage.k8s.io", "v1", "StorageClass", "storageclasses", false),
  priorityClasses: kind("scheduling.k8s.io", "v1", "PriorityClass", "priorityclasses", false),
  runtimeClasses: kind("node.k8s.io", "v1", "RuntimeClass", "runtimeclasses", false),
  deployments: kind("apps", "v1", "Deployment", "deployments", true),
  roles: kind("rbac.authorization.k8s.io", "v1", "Role", "roles", true),
  roleBindings: kind("rbac.authorization.k8s.io", "v1", "RoleBinding", "rolebindings", true),
  clusterRoles: kind("rbac.authorization.k8s.io", "v1", "ClusterRole", "clusterroles", false),
  clusterRoleBindings: kind("rbac.authorization.k8s.io", "v1", "ClusterRoleBinding", "clusterrolebindings", false),
  certificateRequests: kind(
    "certificates.k8s.io",
    "v1",
    "CertificateSigningRequest",
    "certificatesigningrequests",
    false,
  ),
  validatingWebhooks: kind(
    "admissionregistration.k8s.io",
    "v1",
    "ValidatingWebhookConfiguration",
    "validatingwebhookconfigurations",
    false,
  ),
  mutatingWebhooks: kind(
    "admissionregistration.k8s.io",
    "v1",
    "MutatingWebhookConfiguration",
    "mutatingwebhookconfigurations",
    false,
  ),
  validatingPolicies: kind(
    "admissionregistration.k8s.io",
    "v1",
    "ValidatingAdmissionPolicy",
    "validatingadmissionpolicies",
    false,
  ),
  validatingBindings: kind(
    "admissionregistration.k8s.io",
    "v1",
    "ValidatingAdmissionPolicyBinding",
    "validatingadmissionpolicybindings",
    false,
  ),
  mutatingPolicies: kind(
    "admissionregistration.k8s.io",
    "v1",
    "MutatingAdmissionPolicy",
    "mutatingadmissionpolicies",
    false,
  ),
  mutatingBindings: kind(
    "admissionregistration.k8s.io",
    "v1",
    "MutatingAdmissionPolicyBinding",
    "mutatingadmissionpolicybindings",
    false,
  ),
} as const;

/** An object of a kind, in `default` unless its fields say otherwise. */
export function make(reference: KindReference, name: string, fields: JsonObject = {}): KubeObject {
  const { metadata, ...rest } = fields;
  return {
    apiVersion: reference.group === "" ? reference.version : `${reference.group}/${reference.version}`,
    kind: reference.kind,
    metadata: { name, ...(reference.namespaced && { namespace: "default" }), ...metadata },
    ...rest,
  };
}

export function pod(name: string, spec: JsonObject = {}, metadata: JsonObject = {}): KubeObject {
  return make(kinds.pods, name, { metadata, spec: { containers: [{ name: "c", image: "i:1" }], ...spec } });
}

/** The code and the message with which a call is refused. */
export async function refused(call: Promise<unknown>): Promise<string> {
  try {
    await call;
  } catch (error) {
    if (error instanceof StatusError) return `${error.code} ${error.message}`;
    throw error;
  }
  assert.fail("the call was not refused");
}

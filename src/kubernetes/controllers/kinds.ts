// How the controllers name the kinds that they read and write.

import type { KindReference } from "../../client/client.ts";

function reference(apiVersion: string, kind: string, plural: string, namespaced: boolean): KindReference {
  const [version = "", group = ""] = apiVersion.split("/").reverse();
  return { group, version, kind, plural, namespaced };
}

export const namespaces = reference("v1", "Namespace", "namespaces", false);
export const configMaps = reference("v1", "ConfigMap", "configmaps", true);
export const secrets = reference("v1", "Secret", "secrets", true);
export const serviceAccounts = reference("v1", "ServiceAccount", "serviceaccounts", true);
export const services = reference("v1", "Service", "services", true);
export const endpoints = reference("v1", "Endpoints", "endpoints", true);
export const pods = reference("v1", "Pod", "pods", true);
export const events = reference("v1", "Event", "events", true);
export const resourceQuotas = reference("v1", "ResourceQuota", "resourcequotas", true);
export const persistentVolumes = reference("v1", "PersistentVolume", "persistentvolumes", false);
export const persistentVolumeClaims = reference("v1", "PersistentVolumeClaim", "persistentvolumeclaims", true);
export const endpointSlices = reference("discovery.k8s.io/v1", "EndpointSlice", "endpointslices", true);
export const serviceCIDRs = reference("networking.k8s.io/v1", "ServiceCIDR", "servicecidrs", false);
export const priorityClasses = reference("scheduling.k8s.io/v1", "PriorityClass", "priorityclasses", false);
export const clusterRoles = reference("rbac.authorization.k8s.io/v1", "ClusterRole", "clusterroles", false);
export const clusterRoleBindings = reference(
  "rbac.authorization.k8s.io/v1",
  "ClusterRoleBinding",
  "clusterrolebindings",
  false,
);
export const roles = reference("rbac.authorization.k8s.io/v1", "Role", "roles", true);
export const roleBindings = reference("rbac.authorization.k8s.io/v1", "RoleBinding", "rolebindings", true);
export const certificateSigningRequests = reference(
  "certificates.k8s.io/v1",
  "CertificateSigningRequest",
  "certificatesigningrequests",
  false,
);
export const subjectAccessReviews = reference(
  "authorization.k8s.io/v1",
  "SubjectAccessReview",
  "subjectaccessreviews",
  false,
);
export const flowSchemas = reference("flowcontrol.apiserver.k8s.io/v1", "FlowSchema", "flowschemas", false);
export const priorityLevelConfigurations = reference(
  "flowcontrol.apiserver.k8s.io/v1",
  "PriorityLevelConfiguration",
  "prioritylevelconfigurations",
  false,
);

// The built-in kinds as the client names them, each with the type of its objects. Other modules import this file alone.

import type { KindReference } from "../client/client.ts";
import type { KubeObject } from "../machinery/object.ts";
import type {
  APIService,
  Binding,
  CertificateSigningRequest,
  ClusterRole,
  ClusterRoleBinding,
  ComponentStatus,
  ConfigMap,
  ControllerRevision,
  CronJob,
  CSIDriver,
  CSINode,
  CSIStorageCapacity,
  CustomResourceDefinition,
  DaemonSet,
  Deployment,
  DeviceClass,
  EndpointSlice,
  Endpoints,
  Event,
  EventsV1Event,
  FlowSchema,
  HorizontalPodAutoscaler,
  Ingress,
  IngressClass,
  IPAddress,
  Job,
  Lease,
  LimitRange,
  LocalSubjectAccessReview,
  MutatingAdmissionPolicy,
  MutatingAdmissionPolicyBinding,
  MutatingWebhookConfiguration,
  Namespace,
  NetworkPolicy,
  Node,
  PersistentVolume,
  PersistentVolumeClaim,
  Pod,
  PodDisruptionBudget,
  PodTemplate,
  PriorityClass,
  PriorityLevelConfiguration,
  ReplicaSet,
  ReplicationController,
  ResourceClaim,
  ResourceClaimTemplate,
  ResourceQuota,
  ResourceSlice,
  Role,
  RoleBinding,
  RuntimeClass,
  Secret,
  SelfSubjectAccessReview,
  SelfSubjectReview,
  SelfSubjectRulesReview,
  Service,
  ServiceAccount,
  ServiceCIDR,
  StatefulSet,
  StorageClass,
  SubjectAccessReview,
  TokenReview,
  ValidatingAdmissionPolicy,
  ValidatingAdmissionPolicyBinding,
  ValidatingWebhookConfiguration,
  VolumeAttachment,
  VolumeAttributesClass,
} from "./types.generated.ts";

function reference<T extends KubeObject>(
  apiVersion: string,
  kind: string,
  plural: string,
  namespaced: boolean,
): KindReference<T> {
  const [version = "", group = ""] = apiVersion.split("/").reverse();
  return { group, version, kind, plural, namespaced };
}

export const bindings = reference<Binding>("v1", "Binding", "bindings", true);
export const componentStatuses = reference<ComponentStatus>("v1", "ComponentStatus", "componentstatuses", false);
export const configMaps = reference<ConfigMap>("v1", "ConfigMap", "configmaps", true);
export const endpoints = reference<Endpoints>("v1", "Endpoints", "endpoints", true);
export const events = reference<Event>("v1", "Event", "events", true);
export const limitRanges = reference<LimitRange>("v1", "LimitRange", "limitranges", true);
export const namespaces = reference<Namespace>("v1", "Namespace", "namespaces", false);
export const nodes = reference<Node>("v1", "Node", "nodes", false);
export const persistentVolumeClaims = reference<PersistentVolumeClaim>(
  "v1",
  "PersistentVolumeClaim",
  "persistentvolumeclaims",
  true,
);
export const persistentVolumes = reference<PersistentVolume>("v1", "PersistentVolume", "persistentvolumes", false);
export const pods = reference<Pod>("v1", "Pod", "pods", true);
export const podTemplates = reference<PodTemplate>("v1", "PodTemplate", "podtemplates", true);
export const replicationControllers = reference<ReplicationController>(
  "v1",
  "ReplicationController",
  "replicationcontrollers",
  true,
);
export const resourceQuotas = reference<ResourceQuota>("v1", "ResourceQuota", "resourcequotas", true);
export const secrets = reference<Secret>("v1", "Secret", "secrets", true);
export const serviceAccounts = reference<ServiceAccount>("v1", "ServiceAccount", "serviceaccounts", true);
export const services = reference<Service>("v1", "Service", "services", true);
export const mutatingAdmissionPolicies = reference<MutatingAdmissionPolicy>(
  "admissionregistration.k8s.io/v1",
  "MutatingAdmissionPolicy",
  "mutatingadmissionpolicies",
  false,
);
export const mutatingAdmissionPolicyBindings = reference<MutatingAdmissionPolicyBinding>(
  "admissionregistration.k8s.io/v1",
  "MutatingAdmissionPolicyBinding",
  "mutatingadmissionpolicybindings",
  false,
);
export const mutatingWebhookConfigurations = reference<MutatingWebhookConfiguration>(
  "admissionregistration.k8s.io/v1",
  "MutatingWebhookConfiguration",
  "mutatingwebhookconfigurations",
  false,
);
export const validatingAdmissionPolicies = reference<ValidatingAdmissionPolicy>(
  "admissionregistration.k8s.io/v1",
  "ValidatingAdmissionPolicy",
  "validatingadmissionpolicies",
  false,
);
export const validatingAdmissionPolicyBindings = reference<ValidatingAdmissionPolicyBinding>(
  "admissionregistration.k8s.io/v1",
  "ValidatingAdmissionPolicyBinding",
  "validatingadmissionpolicybindings",
  false,
);
export const validatingWebhookConfigurations = reference<ValidatingWebhookConfiguration>(
  "admissionregistration.k8s.io/v1",
  "ValidatingWebhookConfiguration",
  "validatingwebhookconfigurations",
  false,
);
export const customResourceDefinitions = reference<CustomResourceDefinition>(
  "apiextensions.k8s.io/v1",
  "CustomResourceDefinition",
  "customresourcedefinitions",
  false,
);
export const apiServices = reference<APIService>("apiregistration.k8s.io/v1", "APIService", "apiservices", false);
export const controllerRevisions = reference<ControllerRevision>(
  "apps/v1",
  "ControllerRevision",
  "controllerrevisions",
  true,
);
export const daemonSets = reference<DaemonSet>("apps/v1", "DaemonSet", "daemonsets", true);
export const deployments = reference<Deployment>("apps/v1", "Deployment", "deployments", true);
export const replicaSets = reference<ReplicaSet>("apps/v1", "ReplicaSet", "replicasets", true);
export const statefulSets = reference<StatefulSet>("apps/v1", "StatefulSet", "statefulsets", true);
export const selfSubjectReviews = reference<SelfSubjectReview>(
  "authentication.k8s.io/v1",
  "SelfSubjectReview",
  "selfsubjectreviews",
  false,
);
export const tokenReviews = reference<TokenReview>("authentication.k8s.io/v1", "TokenReview", "tokenreviews", false);
export const localSubjectAccessReviews = reference<LocalSubjectAccessReview>(
  "authorization.k8s.io/v1",
  "LocalSubjectAccessReview",
  "localsubjectaccessreviews",
  true,
);
export const selfSubjectAccessReviews = reference<SelfSubjectAccessReview>(
  "authorization.k8s.io/v1",
  "SelfSubjectAccessReview",
  "selfsubjectaccessreviews",
  false,
);
export const selfSubjectRulesReviews = reference<SelfSubjectRulesReview>(
  "authorization.k8s.io/v1",
  "SelfSubjectRulesReview",
  "selfsubjectrulesreviews",
  false,
);
export const subjectAccessReviews = reference<SubjectAccessReview>(
  "authorization.k8s.io/v1",
  "SubjectAccessReview",
  "subjectaccessreviews",
  false,
);
export const horizontalPodAutoscalers = reference<HorizontalPodAutoscaler>(
  "autoscaling/v2",
  "HorizontalPodAutoscaler",
  "horizontalpodautoscalers",
  true,
);
export const cronJobs = reference<CronJob>("batch/v1", "CronJob", "cronjobs", true);
export const jobs = reference<Job>("batch/v1", "Job", "jobs", true);
export const certificateSigningRequests = reference<CertificateSigningRequest>(
  "certificates.k8s.io/v1",
  "CertificateSigningRequest",
  "certificatesigningrequests",
  false,
);
export const leases = reference<Lease>("coordination.k8s.io/v1", "Lease", "leases", true);
export const endpointSlices = reference<EndpointSlice>("discovery.k8s.io/v1", "EndpointSlice", "endpointslices", true);
export const newEvents = reference<EventsV1Event>("events.k8s.io/v1", "Event", "events", true);
export const flowSchemas = reference<FlowSchema>("flowcontrol.apiserver.k8s.io/v1", "FlowSchema", "flowschemas", false);
export const priorityLevelConfigurations = reference<PriorityLevelConfiguration>(
  "flowcontrol.apiserver.k8s.io/v1",
  "PriorityLevelConfiguration",
  "prioritylevelconfigurations",
  false,
);
export const ingressClasses = reference<IngressClass>("networking.k8s.io/v1", "IngressClass", "ingressclasses", false);
export const ingresses = reference<Ingress>("networking.k8s.io/v1", "Ingress", "ingresses", true);
export const ipAddresses = reference<IPAddress>("networking.k8s.io/v1", "IPAddress", "ipaddresses", false);
export const networkPolicies = reference<NetworkPolicy>(
  "networking.k8s.io/v1",
  "NetworkPolicy",
  "networkpolicies",
  true,
);
export const serviceCIDRs = reference<ServiceCIDR>("networking.k8s.io/v1", "ServiceCIDR", "servicecidrs", false);
export const runtimeClasses = reference<RuntimeClass>("node.k8s.io/v1", "RuntimeClass", "runtimeclasses", false);
export const podDisruptionBudgets = reference<PodDisruptionBudget>(
  "policy/v1",
  "PodDisruptionBudget",
  "poddisruptionbudgets",
  true,
);
export const clusterRoleBindings = reference<ClusterRoleBinding>(
  "rbac.authorization.k8s.io/v1",
  "ClusterRoleBinding",
  "clusterrolebindings",
  false,
);
export const clusterRoles = reference<ClusterRole>(
  "rbac.authorization.k8s.io/v1",
  "ClusterRole",
  "clusterroles",
  false,
);
export const roleBindings = reference<RoleBinding>("rbac.authorization.k8s.io/v1", "RoleBinding", "rolebindings", true);
export const roles = reference<Role>("rbac.authorization.k8s.io/v1", "Role", "roles", true);
export const deviceClasses = reference<DeviceClass>("resource.k8s.io/v1", "DeviceClass", "deviceclasses", false);
export const resourceClaims = reference<ResourceClaim>("resource.k8s.io/v1", "ResourceClaim", "resourceclaims", true);
export const resourceClaimTemplates = reference<ResourceClaimTemplate>(
  "resource.k8s.io/v1",
  "ResourceClaimTemplate",
  "resourceclaimtemplates",
  true,
);
export const resourceSlices = reference<ResourceSlice>("resource.k8s.io/v1", "ResourceSlice", "resourceslices", false);
export const priorityClasses = reference<PriorityClass>(
  "scheduling.k8s.io/v1",
  "PriorityClass",
  "priorityclasses",
  false,
);
export const csiDrivers = reference<CSIDriver>("storage.k8s.io/v1", "CSIDriver", "csidrivers", false);
export const csiNodes = reference<CSINode>("storage.k8s.io/v1", "CSINode", "csinodes", false);
export const csiStorageCapacities = reference<CSIStorageCapacity>(
  "storage.k8s.io/v1",
  "CSIStorageCapacity",
  "csistoragecapacities",
  true,
);
export const storageClasses = reference<StorageClass>("storage.k8s.io/v1", "StorageClass", "storageclasses", false);
export const volumeAttachments = reference<VolumeAttachment>(
  "storage.k8s.io/v1",
  "VolumeAttachment",
  "volumeattachments",
  false,
);
export const volumeAttributesClasses = reference<VolumeAttributesClass>(
  "storage.k8s.io/v1",
  "VolumeAttributesClass",
  "volumeattributesclasses",
  false,
);

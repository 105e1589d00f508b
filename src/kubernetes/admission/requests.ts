// Questions that many plug-ins ask of a request.

import type { AdmissionRequest, Operation } from "../../apiserver/admission.ts";

export const resources = {
  pods: { group: "", resource: "pods" },
  namespaces: { group: "", resource: "namespaces" },
  nodes: { group: "", resource: "nodes" },
  serviceAccounts: { group: "", resource: "serviceaccounts" },
  claims: { group: "", resource: "persistentvolumeclaims" },
  volumes: { group: "", resource: "persistentvolumes" },
  limitRanges: { group: "", resource: "limitranges" },
  quotas: { group: "", resource: "resourcequotas" },
  priorityClasses: { group: "scheduling.k8s.io", resource: "priorityclasses" },
  storageClasses: { group: "storage.k8s.io", resource: "storageclasses" },
  ingresses: { group: "networking.k8s.io", resource: "ingresses" },
  ingressClasses: { group: "networking.k8s.io", resource: "ingressclasses" },
  runtimeClasses: { group: "node.k8s.io", resource: "runtimeclasses" },
  certificateRequests: { group: "certificates.k8s.io", resource: "certificatesigningrequests" },
} as const;

export interface ResourceName {
  readonly group: string;
  readonly resource: string;
}

/** Whether a request is about a resource itself, none of its subresources, and one of these operations. */
export function isWriteOf(request: AdmissionRequest, wanted: ResourceName, ...operations: Operation[]): boolean {
  const { resource, operation, subresource } = request;
  return (
    resource.resource === wanted.resource &&
    resource.group === wanted.group &&
    subresource === "" &&
    operations.includes(operation)
  );
}

/** Pods that a kubelet made of a file of its own: nobody else may change them. */
export const mirrorPodAnnotation = "kubernetes.io/config.mirror";

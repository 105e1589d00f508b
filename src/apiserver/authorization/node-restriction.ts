// The NodeRestriction admission: looks into what nodes write. A node writes its own Node, its own pods' status, mirror pods bound to it,
// its lease and CSINode, and tokens for its pods. Source: k8s.io/kubernetes plugin/pkg/admission/noderestriction.

import { isDeepStrictEqual } from "node:util";
import { type JsonObject, type KubeObject, qualifiedResource } from "../../machinery/object.ts";
import { forbiddenError, notFoundError } from "../../machinery/status-error.ts";
import type { AdmissionPlugin, AdmissionRequest } from "../admission.ts";
import { mirrorPodAnnotation } from "./node-graph.ts";
import { isNode, nodeNameOf } from "./node-identity.ts";
import { forbiddenNodeLabels } from "./node-labels.ts";
import { podReferences } from "./pod-references.ts";

const pods = { group: "", resource: "pods" };
const nodes = { group: "", resource: "nodes" };

export class NodeRestriction implements AdmissionPlugin {
  readonly name = "NodeRestriction";

  handles({ user, operation }: AdmissionRequest): boolean {
    return operation !== "CONNECT" && isNode(user);
  }

  validate(request: AdmissionRequest): void {
    const node = nodeNameOf(request.user);
    if (node === undefined) return;
    if (node === "") throw refuse(request, `could not determine node from user ${JSON.stringify(request.user.name)}`);
    checks.get(qualifiedResource(request.resource))?.(request, node);
  }
}

function refuse(request: AdmissionRequest, why: string) {
  return forbiddenError(request.resource, request.name, why);
}

const quote = JSON.stringify as (text: string) => string;

/** What is checked of each resource; the others are not restricted. */
const checks = new Map<string, (request: AdmissionRequest, node: string) => void>([
  ["pods", checkPod],
  ["nodes", checkNode],
  ["persistentvolumeclaims", checkClaim],
  ["serviceaccounts", checkToken],
  ["leases.coordination.k8s.io", checkLease],
  ["csinodes.storage.k8s.io", checkCsiNode],
  ["resourceslices.resource.k8s.io", checkSlice],
  ["podcertificaterequests.certificates.k8s.io", checkCertificateRequest],
]);

function checkPod(request: AdmissionRequest, node: string): void {
  const { operation, subresource } = request;
  const isBound = () => storedPod(request).spec?.nodeName === node;
  if (subresource === "status") checkPodStatus(request, node);
  else if (subresource === "eviction") {
    if (operation !== "CREATE") throw refuse(request, `unexpected operation ${operation}`);
    if (!isBound()) throw refuse(request, `node ${node} can only evict pods with spec.nodeName set to itself`);
  } else if (subresource !== "") {
    const allowed = "only 'status' and 'eviction' are allowed";
    throw refuse(request, `unexpected pod subresource ${quote(subresource)}, ${allowed}`);
  } else if (operation === "CREATE") checkMirrorPod(request, node);
  else if (operation === "DELETE") {
    if (!isBound()) throw refuse(request, `node ${quote(node)} can only delete pods with spec.nodeName set to itself`);
  } else {
    const allowed = `node ${quote(node)} can only create and delete mirror pods`;
    throw refuse(request, `unexpected operation ${quote(operation)}, ${allowed}`);
  }
}

/** The pod as it is stored; throws the 404 when there is none. */
function storedPod({ state, namespace, name }: AdmissionRequest): KubeObject {
  const pod = state.get(pods, namespace, name);
  if (pod === undefined) throw notFoundError(pods, name);
  return pod;
}

function checkMirrorPod(request: AdmissionRequest, node: string): void {
  const pod = request.object!;
  const who = `node ${quote(node)}`;
  const must = (condition: boolean, why: string) => {
    if (!condition) throw refuse(request, why);
  };
  must(
    pod.metadata.annotations?.[mirrorPodAnnotation] !== undefined,
    `pod does not have ${quote(mirrorPodAnnotation)} annotation, ${who} can only create mirror pods`,
  );
  must(pod.spec?.nodeName === node, `${who} can only create pods with spec.nodeName set to itself`);
  checkOwner(request, node, must);

  const { secrets, configMaps, claims, resourceClaims } = podReferences(pod);
  const volumes: JsonObject[] = pod.spec?.volumes ?? [];
  const bundles = volumes.some((volume) =>
    (volume.projected?.sources ?? []).some((source: JsonObject) => source.clusterTrustBundle !== undefined),
  );
  must((pod.spec?.serviceAccountName ?? "") === "", `${who} can not create pods that reference a service account`);
  must(secrets.size === 0, `${who} can not create pods that reference secrets`);
  must(configMaps.size === 0, `${who} can not create pods that reference configmaps`);
  must(!bundles, `${who} can not create pods that reference clustertrustbundles`);
  must(claims.size === 0, `${who} can not create pods that reference persistentvolumeclaims`);
  must(
    resourceClaims.size === 0 && (pod.spec?.resourceClaims ?? []).length === 0,
    `${who} can not create pods that reference resourceclaims`,
  );
}

function checkOwner(request: AdmissionRequest, node: string, must: (condition: boolean, why: string) => void): void {
  const who = `node ${quote(node)}`;
  const owners = request.object!.metadata.ownerReferences ?? [];
  must(owners.length <= 1, `${who} can only create pods with a single owner reference set to itself`);
  const [owner] = owners;
  const isSelf = owner?.apiVersion === "v1" && owner.kind === "Node" && owner.name === node;
  must(isSelf, `${who} can only create pods with an owner reference set to itself`);
  must(owner!.controller === true, `${who} can only create pods with a controller owner reference set to itself`);
  must(owner!.blockOwnerDeletion !== true, `${who} must not set blockOwnerDeletion on an owner reference`);
  const stored = request.state.get(nodes, "", node);
  if (stored === undefined) throw notFoundError(nodes, node);
  must(
    owner!.uid === stored.metadata.uid,
    `node ${node} UID mismatch: expected ${owner!.uid} got ${stored.metadata.uid}`,
  );
}

function checkPodStatus(request: AdmissionRequest, node: string): void {
  const { operation, object, oldObject } = request;
  if (operation !== "UPDATE") throw refuse(request, `unexpected operation ${quote(operation)}`);
  const who = `node ${quote(node)}`;
  if (oldObject?.spec?.nodeName !== node) {
    throw refuse(request, `${who} can only update pod status for pods with spec.nodeName set to itself`);
  }
  if (!isDeepStrictEqual(object?.metadata.labels ?? {}, oldObject.metadata.labels ?? {})) {
    throw refuse(request, `${who} cannot update labels through pod status`);
  }
  const claims = (pod: KubeObject | undefined) => pod?.status?.resourceClaimStatuses ?? [];
  if (!isDeepStrictEqual(claims(object), claims(oldObject))) {
    throw refuse(request, `${who} cannot update resource claim statues`);
  }
  const extended = (pod: KubeObject | undefined) => pod?.status?.extendedResourceClaimStatus;
  if (!isDeepStrictEqual(extended(object), extended(oldObject))) {
    throw refuse(request, `${who} cannot update extended resource claim statues`);
  }
}

function checkNode(request: AdmissionRequest, node: string): void {
  const { operation, object, oldObject } = request;
  const name = request.name === "" ? (object?.metadata.name ?? "") : request.name;
  const who = `node ${quote(node)}`;
  if (name !== node) throw refuse(request, `${who} is not allowed to modify node ${quote(name)}`);
  if (object === undefined) return;

  const source: unknown = object.spec?.configSource;
  const labels = forbiddenNodeLabels(object.metadata.labels, oldObject?.metadata.labels);
  if (operation === "CREATE") {
    if (source !== undefined) throw refuse(request, `${who} is not allowed to create pods with a non-nil configSource`);
    if (labels.length === 0) return;
    throw refuse(request, `${who} is not allowed to set the following labels: ${labels.join(", ")}`);
  }
  if (source !== undefined && !isDeepStrictEqual(source, oldObject?.spec?.configSource)) {
    throw refuse(request, `${who} is not allowed to update configSource to a new non-nil configSource`);
  }
  if (!isDeepStrictEqual(object.spec?.taints ?? [], oldObject?.spec?.taints ?? [])) {
    throw refuse(request, `${who} is not allowed to modify taints`);
  }
  if (labels.length > 0) throw refuse(request, `is not allowed to modify labels: ${labels.join(", ")}`);
  if (!isDeepStrictEqual(object.metadata.ownerReferences ?? [], oldObject?.metadata.ownerReferences ?? [])) {
    throw refuse(request, `${who} is not allowed to modify ownerReferences`);
  }
}

/** Of a claim, a node may report the capacity and conditions, after it resized the volume. */
function checkClaim(request: AdmissionRequest, node: string): void {
  if (request.subresource !== "status") throw refuse(request, "may only update PVC status");
  if (request.operation !== "UPDATE") throw refuse(request, `unexpected operation ${quote(request.operation)}`);
  const kept = ({ metadata, status = {}, ...rest }: KubeObject) => {
    const { resourceVersion: _version, managedFields: _fields, ...otherMetadata } = metadata;
    const {
      capacity: _capacity,
      conditions: _conditions,
      allocatedResources: _allocated,
      allocatedResourceStatuses: _statuses,
      ...otherStatus
    } = status as JsonObject;
    return { ...rest, metadata: otherMetadata, status: otherStatus };
  };
  if (isDeepStrictEqual(kept(request.object!), kept(request.oldObject!))) return;
  const why = "is not allowed to update fields other than status.capacity and status.conditions";
  throw refuse(request, `node ${quote(node)} ${why}`);
}

function checkToken(request: AdmissionRequest, node: string): void {
  if (request.operation !== "CREATE" || request.subresource !== "token") return;
  const reference: JsonObject | undefined = request.object?.spec?.boundObjectRef;
  if (reference?.apiVersion !== "v1" || reference.kind !== "Pod" || (reference.name ?? "") === "") {
    throw refuse(request, "node requested token not bound to a pod");
  }
  if ((reference.uid ?? "") === "") throw refuse(request, "node requested token with a pod binding without a uid");
  const pod = request.state.get(pods, request.namespace, reference.name);
  if (pod === undefined) throw notFoundError(pods, reference.name);
  if (reference.uid !== pod.metadata.uid) {
    const why = "does not match the UID in record. The object might have been deleted and then recreated";
    throw refuse(request, `the UID in the bound object reference (${reference.uid}) ${why}`);
  }
  if (pod.spec?.nodeName !== node) {
    throw refuse(request, "node requested token bound to a pod scheduled on a different node");
  }
}

function checkLease(request: AdmissionRequest, node: string): void {
  if (request.namespace !== "kube-node-lease") {
    throw refuse(request, 'can only access leases in the "kube-node-lease" system namespace');
  }
  checkName(request, node, "can only access node lease with the same name as the requesting node");
}

function checkCsiNode(request: AdmissionRequest, node: string): void {
  checkName(request, node, "can only access CSINode with the same name as the requesting node");
}

/** The name on create is in the object. */
function checkName(request: AdmissionRequest, node: string, why: string): void {
  const name = request.operation === "CREATE" ? request.object?.metadata.name : request.name;
  if (name !== node) throw refuse(request, why);
}

function checkSlice(request: AdmissionRequest, node: string): void {
  if (request.operation === "DELETE") {
    if (request.oldObject?.spec?.nodeName === node) return;
    throw refuse(request, "can only delete ResourceSlice with the same NodeName as the requesting node");
  }
  if (request.operation !== "CREATE" || request.object?.spec?.nodeName === node) return;
  throw refuse(request, "can only create ResourceSlice with the same NodeName as the requesting node");
}

function checkCertificateRequest(request: AdmissionRequest, node: string): void {
  if (request.operation !== "CREATE") throw refuse(request, `unexpected operation ${quote(request.operation)}`);
  const spec: JsonObject = request.object?.spec ?? {};
  const must = (condition: boolean, why: string) => {
    if (!condition) throw refuse(request, why);
  };
  must(spec.nodeName === node, "PodCertificateRequest.Spec.NodeName does not match the requesting node");
  const pod = request.state.get(pods, request.namespace, spec.podName ?? "");
  if (pod === undefined) throw notFoundError(pods, spec.podName ?? "");
  must(pod.metadata.uid === spec.podUID, "PodCertificateRequest.Spec.PodUID does not match the pod");
  must(pod.spec?.nodeName === node, "PodCertificateRequest.Spec.PodName is not bound to the requesting node");
  must(pod.metadata.annotations?.[mirrorPodAnnotation] === undefined, "pod certificates are not issued to mirror pods");
  must(
    pod.spec?.serviceAccountName === spec.serviceAccountName,
    "PodCertificateRequest.Spec.ServiceAccountName does not match the pod",
  );
}

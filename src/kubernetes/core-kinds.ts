// The built-in kinds of cluster infrastructure: core without pods, discovery, networking, storage, nodes, devices, leases, RBAC and
// certificates. Workload kinds stand elsewhere.

import type { KindRegistration } from "../apiserver/strategy.ts";
import { certificateSigningRequestKind } from "./certificates/certificate-signing-request.ts";
import { leaseKind } from "./coordination/lease.ts";
import { componentStatusKind } from "./core/component-status.ts";
import { configMapKind } from "./core/config-map.ts";
import { endpointsKind } from "./core/endpoints.ts";
import { eventKind, newEventKind } from "./core/event/event.ts";
import { limitRangeKind } from "./core/limit-range.ts";
import { namespaceKind } from "./core/namespace.ts";
import { nodeKind } from "./core/node.ts";
import { resourceQuotaKind } from "./core/resource-quota.ts";
import { secretKind } from "./core/secret.ts";
import { serviceKind } from "./core/service/service.ts";
import { serviceAccountKind } from "./core/service-account.ts";
import { persistentVolumeKind } from "./core/volume/persistent-volume.ts";
import { persistentVolumeClaimKind } from "./core/volume/persistent-volume-claim.ts";
import { endpointSliceKind } from "./discovery/endpoint-slice.ts";
import { ingressKind } from "./networking/ingress.ts";
import { ingressClassKind } from "./networking/ingress-class.ts";
import { ipAddressKind } from "./networking/ip-address.ts";
import { networkPolicyKind } from "./networking/network-policy.ts";
import { serviceCIDRKind } from "./networking/service-cidr.ts";
import { runtimeClassKind } from "./node/runtime-class.ts";
import { clusterRoleKind, roleKind } from "./rbac/role.ts";
import { clusterRoleBindingKind, roleBindingKind } from "./rbac/role-binding.ts";
import { deviceClassKind } from "./resource/device-class.ts";
import { resourceClaimKind } from "./resource/resource-claim.ts";
import { resourceClaimTemplateKind } from "./resource/resource-claim-template.ts";
import { resourceSliceKind } from "./resource/resource-slice.ts";
import { csiDriverKind } from "./storage/csi-driver.ts";
import { csiNodeKind } from "./storage/csi-node.ts";
import { csiStorageCapacityKind } from "./storage/csi-storage-capacity.ts";
import { storageClassKind } from "./storage/storage-class.ts";
import { volumeAttachmentKind } from "./storage/volume-attachment.ts";
import { volumeAttributesClassKind } from "./storage/volume-attributes-class.ts";

export const coreKinds: KindRegistration[] = [
  namespaceKind,
  configMapKind,
  secretKind,
  serviceAccountKind,
  serviceKind,
  endpointsKind,
  nodeKind,
  persistentVolumeKind,
  persistentVolumeClaimKind,
  limitRangeKind,
  resourceQuotaKind,
  eventKind,
  newEventKind,
  componentStatusKind,
  endpointSliceKind,
  ingressKind,
  ingressClassKind,
  networkPolicyKind,
  ipAddressKind,
  serviceCIDRKind,
  storageClassKind,
  csiDriverKind,
  csiNodeKind,
  csiStorageCapacityKind,
  volumeAttachmentKind,
  volumeAttributesClassKind,
  runtimeClassKind,
  deviceClassKind,
  resourceClaimKind,
  resourceClaimTemplateKind,
  resourceSliceKind,
  leaseKind,
  roleKind,
  clusterRoleKind,
  roleBindingKind,
  clusterRoleBindingKind,
  certificateSigningRequestKind,
];

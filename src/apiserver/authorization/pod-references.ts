// What a pod refers to: the objects that the node which runs it has to read. Pure.
// Source: k8s.io/kubernetes pkg/api/v1/pod VisitPodSecretNames and VisitPodConfigmapNames.

import type { JsonObject, KubeObject } from "../../machinery/object.ts";

export interface PodReferences {
  secrets: Set<string>;
  configMaps: Set<string>;
  claims: Set<string>;
  resourceClaims: Set<string>;
}

/** Names in the pod's own namespace. */
export function podReferences(pod: KubeObject): PodReferences {
  const references: PodReferences = {
    secrets: new Set(),
    configMaps: new Set(),
    claims: new Set(),
    resourceClaims: new Set(),
  };
  const spec: JsonObject = pod.spec ?? {};
  for (const secret of list(spec.imagePullSecrets)) add(references.secrets, secret.name);
  for (const group of [spec.initContainers, spec.containers, spec.ephemeralContainers]) {
    for (const container of list(group)) addContainer(references, container);
  }
  for (const volume of list(spec.volumes)) addVolume(references, volume, pod.metadata.name ?? "");
  addResourceClaims(references, pod);
  return references;
}

function addContainer({ secrets, configMaps }: PodReferences, container: JsonObject): void {
  for (const source of list(container.envFrom)) {
    add(secrets, source.secretRef?.name);
    add(configMaps, source.configMapRef?.name);
  }
  for (const variable of list(container.env)) {
    add(secrets, variable.valueFrom?.secretKeyRef?.name);
    add(configMaps, variable.valueFrom?.configMapKeyRef?.name);
  }
}

function addVolume({ secrets, configMaps, claims }: PodReferences, volume: JsonObject, podName: string): void {
  add(secrets, volume.secret?.secretName);
  add(secrets, volume.azureFile?.secretName);
  for (const kind of ["cephfs", "cinder", "flexVolume", "rbd", "scaleIO", "iscsi", "storageos"]) {
    add(secrets, volume[kind]?.secretRef?.name);
  }
  add(secrets, volume.csi?.nodePublishSecretRef?.name);
  add(configMaps, volume.configMap?.name);
  for (const source of list(volume.projected?.sources)) {
    add(secrets, source.secret?.name);
    add(configMaps, source.configMap?.name);
  }
  add(claims, volume.persistentVolumeClaim?.claimName);
  if (volume.ephemeral !== undefined) add(claims, `${podName}-${volume.name}`);
}

function addResourceClaims({ resourceClaims }: PodReferences, pod: KubeObject): void {
  const statuses = list(pod.status?.resourceClaimStatuses);
  for (const claim of list(pod.spec?.resourceClaims)) {
    add(resourceClaims, claim.resourceClaimName);
    if (claim.resourceClaimTemplateName === undefined) continue;
    add(resourceClaims, statuses.find(({ name }) => name === claim.name)?.resourceClaimName);
  }
  add(resourceClaims, pod.status?.extendedResourceClaimStatus?.resourceClaimName);
}

function list(value: unknown): JsonObject[] {
  return Array.isArray(value) ? value : [];
}

function add(names: Set<string>, name: unknown): void {
  if (typeof name === "string" && name !== "") names.add(name);
}

// The secrets that a pod names: those of its images, volumes and environment.

import type { JsonObject } from "../../machinery/object.ts";
import { isObject } from "../../machinery/object.ts";
import { listOf } from "../validation/fields.ts";

/** Volume sources that name a secret in a `secretRef` (or `nodePublishSecretRef`). */
const referencing = ["cephfs", "cinder", "flexVolume", "rbd", "scaleIO", "iscsi", "storageos", "csi"] as const;

/** Names of all secrets that a pod needs in its own namespace. */
export function podSecretNames(spec: JsonObject): Set<string> {
  const names = new Set<string>();
  const add = (name: unknown) => {
    if (typeof name === "string" && name !== "") names.add(name);
  };
  for (const { name } of listOf(spec.imagePullSecrets)) add(name);
  for (const container of containersOf(spec)) {
    for (const { secretRef } of listOf(container.envFrom)) add(secretRef?.name);
    for (const { valueFrom } of listOf(container.env)) add(valueFrom?.secretKeyRef?.name);
  }
  for (const volume of listOf(spec.volumes)) {
    add(volume.secret?.secretName);
    add(volume.azureFile?.secretName);
    for (const { secret } of listOf(volume.projected?.sources)) add(secret?.name);
    for (const source of referencing) {
      const found = volume[source];
      if (isObject(found)) add(found.secretRef?.name ?? found.nodePublishSecretRef?.name);
    }
  }
  return names;
}

/** All containers of a pod, of whatever sort. */
function containersOf(spec: JsonObject): JsonObject[] {
  return [...listOf(spec.initContainers), ...listOf(spec.containers), ...listOf(spec.ephemeralContainers)];
}

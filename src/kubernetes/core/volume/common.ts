// What persistent volumes and their claims share: access modes, volume modes and how tables show them.

import { type FieldError, forbidden, notSupported } from "../../../machinery/field-error.ts";
import type { JsonObject, KubeObject } from "../../../machinery/object.ts";
import { isSet, listOf } from "../../validation/fields.ts";
import { checkDnsSubdomain } from "../../validation/names.ts";

const volumeModes = ["Block", "Filesystem"];
export const unset = "<unset>";
const accessModes = ["ReadOnlyMany", "ReadWriteMany", "ReadWriteOnce", "ReadWriteOncePod"];
const shortModes = [
  ["ReadWriteOnce", "RWO"],
  ["ReadOnlyMany", "ROX"],
  ["ReadWriteMany", "RWX"],
  ["ReadWriteOncePod", "RWOP"],
] as const;
export const betaStorageClass = "volume.beta.kubernetes.io/storage-class";

export function checkAccessModes(modes: unknown, path: string, errors: FieldError[]): void {
  const list: string[] = listOf(modes);
  for (const mode of list) if (!accessModes.includes(mode)) errors.push(notSupported(path, mode, accessModes));
  const others = list.filter((mode) => mode !== "ReadWriteOncePod" && accessModes.includes(mode));
  if (list.includes("ReadWriteOncePod") && others.length > 0) {
    errors.push(forbidden(path, "may not use ReadWriteOncePod with other access modes"));
  }
}

/** The storage class and the volume mode that a volume or claim names. */
export function checkClassAndMode(
  { storageClassName, volumeMode }: JsonObject,
  path: string,
  errors: FieldError[],
): void {
  if (storageClassName) checkDnsSubdomain(storageClassName, `${path}.storageClassName`, errors);
  if (isSet(volumeMode) && !volumeModes.includes(volumeMode)) {
    errors.push(notSupported(`${path}.volumeMode`, volumeMode, volumeModes));
  }
}

/** `RWO,RWX`. */
export function showAccessModes(modes: unknown): string {
  const list: string[] = listOf(modes);
  return shortModes
    .filter(([mode]) => list.includes(mode))
    .map(([, short]) => short)
    .join(",");
}

export function showStorageClass(object: KubeObject): string {
  return object.metadata.annotations?.[betaStorageClass] ?? object.spec?.storageClassName ?? "";
}

export function showVolumeMode(object: KubeObject): string {
  return object.spec?.volumeMode ?? unset;
}

export function showAttributesClass(object: KubeObject): string {
  return object.spec?.volumeAttributesClassName ?? unset;
}

/** The phase, or Terminating while finalizers hold the object. */
export function showPhase(object: KubeObject): string {
  return object.metadata.deletionTimestamp === undefined ? (object.status?.phase ?? "") : "Terminating";
}

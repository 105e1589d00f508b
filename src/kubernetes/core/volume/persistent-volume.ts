// The kind PersistentVolume. Source of the rules and words: kubernetes pkg/apis/core/validation.

import {
  type FieldError,
  forbidden,
  invalid,
  keyPath,
  notSupported,
  required,
} from "../../../machinery/field-error.ts";
import type { JsonObject, KubeObject } from "../../../machinery/object.ts";
import { formatTime } from "../../../machinery/time.ts";
import { ageColumn, textColumn } from "../../columns.ts";
import { builtin } from "../../define.ts";
import { semanticEqual } from "../../validation/equality.ts";
import { checkImmutable, entriesOf, immutableText, isEmpty, isSet } from "../../validation/fields.ts";
import { checkDnsSubdomain } from "../../validation/names.ts";
import { describeChanges } from "../changes.ts";
import { checkPositiveQuantity } from "../resource-names.ts";
import { checkNodeSelector } from "../validation/scheduling.ts";
import {
  checkAccessModes,
  checkClassAndMode,
  showAccessModes,
  showAttributesClass,
  showPhase,
  showStorageClass,
  showVolumeMode,
} from "./common.ts";
import { checkSource, defaultSource, sourceOf } from "./sources.ts";

const reclaimPolicies = ["Delete", "Recycle", "Retain"];

export const persistentVolumeKind = builtin({
  group: "",
  kind: "PersistentVolume",
  versions: ["v1"],
  shortNames: ["pv"],
  columns: [
    textColumn("Capacity", "Size of the volume", (volume) => volume.spec?.capacity?.storage ?? "0"),
    textColumn("Access Modes", "How nodes may mount it", (volume) => showAccessModes(volume.spec?.accessModes)),
    textColumn(
      "Reclaim Policy",
      "What happens when its claim is deleted",
      (volume) => volume.spec?.persistentVolumeReclaimPolicy ?? "",
    ),
    textColumn("Status", "Phase of the volume", showPhase),
    textColumn("Claim", "The claim that it is bound to", claimCell),
    textColumn("StorageClass", "Storage class of the volume", showStorageClass),
    textColumn("VolumeAttributesClass", "Volume attributes class of the volume", showAttributesClass),
    textColumn("Reason", "Why the volume failed", (volume) => volume.status?.reason ?? ""),
    ageColumn,
    textColumn("VolumeMode", "File system or block device", showVolumeMode, 1),
  ],
  strategy: {
    generation: "none",
    defaults: defaultVolume,
    prepareForCreate(volume, context) {
      const lastPhaseTransitionTime = formatTime(context.now);
      volume.status = { phase: "Pending", lastPhaseTransitionTime };
    },
    prepareForUpdate(volume, old, { subresource, now }) {
      if (subresource !== "status" || volume.status?.phase === old.status?.phase) return;
      if (volume.status?.lastPhaseTransitionTime !== old.status?.lastPhaseTransitionTime) return;
      volume.status = { ...volume.status, lastPhaseTransitionTime: formatTime(now) };
    },
    validate: validateVolume,
    validateUpdate: validateVolumeUpdate,
  },
});

function claimCell(volume: KubeObject): string {
  const claim = volume.spec?.claimRef;
  return isSet(claim) ? `${claim.namespace ?? ""}/${claim.name ?? ""}` : "";
}

function defaultVolume(volume: KubeObject): void {
  volume.status ??= {};
  volume.status.phase ||= "Pending";
  volume.spec ??= {};
  volume.spec.persistentVolumeReclaimPolicy ||= "Retain";
  volume.spec.volumeMode ??= "Filesystem";
  defaultSource(volume.spec);
  if (isSet(volume.spec.claimRef)) {
    volume.spec.claimRef.kind ||= "PersistentVolumeClaim";
    volume.spec.claimRef.apiVersion ||= "v1";
  }
}

function validateVolume(volume: KubeObject): FieldError[] {
  const errors: FieldError[] = [];
  checkVolumeSpec(volume.spec ?? {}, "spec", errors);
  return errors;
}

function checkVolumeSpec(spec: JsonObject, path: string, errors: FieldError[]): void {
  if (isEmpty(spec.accessModes)) errors.push(required(`${path}.accessModes`));
  checkAccessModes(spec.accessModes, `${path}.accessModes`, errors);
  checkCapacity(spec.capacity, `${path}.capacity`, errors);
  const policy = spec.persistentVolumeReclaimPolicy;
  if (policy && !reclaimPolicies.includes(policy)) {
    errors.push(notSupported(`${path}.persistentVolumeReclaimPolicy`, policy, reclaimPolicies));
  }
  if (isSet(spec.nodeAffinity)) {
    const at = `${path}.nodeAffinity.required`;
    if (isSet(spec.nodeAffinity.required)) checkNodeSelector(spec.nodeAffinity.required, at, errors);
    else errors.push(required(at, "must specify required node constraints"));
  }
  checkSource(spec, path, errors);
  if (isSet(spec.local) && !isSet(spec.nodeAffinity?.required)) {
    errors.push(required(`${path}.nodeAffinity`, "Local volume requires node affinity"));
  }
  if (policy === "Recycle" && isSet(spec.hostPath) && /^\/+$/.test(spec.hostPath.path ?? "")) {
    const text = "may not be 'recycle' for a hostPath mount of '/'";
    errors.push(forbidden(`${path}.persistentVolumeReclaimPolicy`, text));
  }
  checkClassAndMode(spec, path, errors);
  checkAttributesClass(spec, `${path}.volumeAttributesClassName`, path, errors);
}

/** The spec of a volume that stands in an attachment instead of being an object. */
export function checkInlineVolumeSpec(spec: JsonObject, path: string, errors: FieldError[]): void {
  const context = "in the context of inline volumes";
  for (const field of ["claimRef", "capacity", "nodeAffinity", "storageClassName"]) {
    if (!isEmpty(spec[field])) errors.push(forbidden(`${path}.${field}`, `may not be specified ${context}`));
  }
  if (!isSet(spec.csi)) errors.push(required(`${path}.csi`, `has to be specified ${context}`));
  if (isEmpty(spec.accessModes)) errors.push(required(`${path}.accessModes`));
  checkAccessModes(spec.accessModes, `${path}.accessModes`, errors);
  if (spec.persistentVolumeReclaimPolicy && spec.persistentVolumeReclaimPolicy !== "Retain") {
    errors.push(forbidden(`${path}.persistentVolumeReclaimPolicy`, `may only be Retain ${context}`));
  }
  if (isSet(spec.volumeMode) && spec.volumeMode !== "Filesystem") {
    errors.push(forbidden(`${path}.volumeMode`, `may not specify volumeMode other than Filesystem ${context}`));
  }
  checkSource(spec, path, errors);
  checkAttributesClass(spec, `${path}.volumeAttributesClassName`, path, errors);
}

function checkCapacity(capacity: JsonObject | undefined, path: string, errors: FieldError[]): void {
  const names = entriesOf(capacity).map(([name]) => name);
  if (names.length === 0) errors.push(required(path));
  if (!names.includes("storage") || names.length > 1) errors.push(notSupported(path, capacity, ["storage"]));
  for (const [name, value] of entriesOf(capacity)) checkPositiveQuantity(value, keyPath(path, name), errors);
}

function checkAttributesClass(spec: JsonObject, at: string, path: string, errors: FieldError[]): void {
  const name = spec.volumeAttributesClassName;
  if (!isSet(name)) return;
  if (name === "") errors.push(required(at, "an empty string is disallowed"));
  else checkDnsSubdomain(name, at, errors);
  if (!isSet(spec.csi)) {
    errors.push(required(`${path}.csi`, "has to be specified when using volumeAttributesClassName"));
  }
}

function validateVolumeUpdate(volume: KubeObject, old: KubeObject): FieldError[] {
  const errors: FieldError[] = [];
  const before = sourceOf(old.spec);
  const after = withoutNewExpandSecret(sourceOf(volume.spec), before);
  if (!semanticEqual(after, before)) {
    const text = `spec.persistentvolumesource is immutable after creation\n${describeChanges(before, after, "spec")}`;
    errors.push(forbidden("spec.persistentvolumesource", text));
  }
  checkImmutable(volume.spec?.volumeMode, old.spec?.volumeMode, "volumeMode", errors);
  if (isSet(old.spec?.nodeAffinity) && !semanticEqual(volume.spec?.nodeAffinity, old.spec.nodeAffinity)) {
    const text = `${immutableText}, except for updating from beta label to GA`;
    errors.push(invalid("nodeAffinity", volume.spec?.nodeAffinity, text));
  }
  if (isSet(old.spec?.volumeAttributesClassName) && !isSet(volume.spec?.volumeAttributesClassName)) {
    errors.push(forbidden("spec.volumeAttributesClassName", "update from non-nil value to nil is forbidden"));
  }
  return errors;
}

/** The secret for expansion may be added later. */
function withoutNewExpandSecret(source: JsonObject, old: JsonObject): JsonObject {
  if (!isSet(source.csi) || !isSet(old.csi) || isSet(old.csi.controllerExpandSecretRef)) return source;
  const { controllerExpandSecretRef: _, ...csi } = source.csi;
  return { ...source, csi };
}

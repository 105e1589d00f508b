// The kind PersistentVolumeClaim. Its spec is immutable, except that a bound claim may ask for more room or another attributes class.
// Source of the rules and words: kubernetes pkg/apis/core/validation, pkg/registry/core/persistentvolumeclaim.

import {
  type FieldError,
  forbidden,
  invalid,
  keyPath,
  notSupported,
  required,
} from "../../../machinery/field-error.ts";
import { dns1123LabelErrors } from "../../../machinery/names.ts";
import type { JsonObject, KubeObject } from "../../../machinery/object.ts";
import { ageColumn, textColumn } from "../../columns.ts";
import { builtin } from "../../define.ts";
import { semanticEqual } from "../../validation/equality.ts";
import { checkImmutable, entriesOf, immutableText, isEmpty, isSet } from "../../validation/fields.ts";
import { checkLabelSelector } from "../../validation/label-selectors.ts";
import { checkDnsSubdomain, checkName, checkQualifiedName } from "../../validation/names.ts";
import { describeChanges } from "../changes.ts";
import {
  checkPositiveQuantity,
  checkResourceQuantity,
  compareQuantityTexts,
  isNativeResource,
  isWholeQuantity,
} from "../resource-names.ts";
import {
  betaStorageClass,
  checkAccessModes,
  checkClassAndMode,
  showAccessModes,
  showAttributesClass,
  showPhase,
  showStorageClass,
  showVolumeMode,
} from "./common.ts";

const resizeStates = [
  "ControllerResizeInProgress",
  "ControllerResizeInfeasible",
  "NodeResizePending",
  "NodeResizeInProgress",
  "NodeResizeInfeasible",
];

export const persistentVolumeClaimKind = builtin({
  group: "",
  kind: "PersistentVolumeClaim",
  versions: ["v1"],
  shortNames: ["pvc"],
  columns: [
    textColumn("Status", "Phase of the claim", showPhase),
    textColumn("Volume", "The volume that it is bound to", (claim) => claim.spec?.volumeName ?? ""),
    textColumn("Capacity", "Size of the volume", (claim) =>
      boundCell(claim, (status) => status.capacity?.storage ?? "0"),
    ),
    textColumn("Access Modes", "How nodes may mount the volume", (claim) =>
      boundCell(claim, (status) => showAccessModes(status.accessModes)),
    ),
    textColumn("StorageClass", "Storage class of the claim", showStorageClass),
    textColumn("VolumeAttributesClass", "Volume attributes class of the claim", showAttributesClass),
    ageColumn,
    textColumn("VolumeMode", "File system or block device", showVolumeMode, 1),
  ],
  strategy: {
    generation: "none",
    defaults(claim) {
      claim.status ??= {};
      claim.status.phase ||= "Pending";
      claim.spec ??= {};
      claim.spec.volumeMode ??= "Filesystem";
    },
    prepareForCreate(claim) {
      claim.status = { phase: "Pending" };
      settleDataSources(claim.spec ?? {}, undefined);
    },
    prepareForUpdate(claim, old, { subresource }) {
      if (subresource === "") settleDataSources(claim.spec ?? {}, old.spec);
    },
    validate(claim) {
      const errors: FieldError[] = [];
      checkClaimSpec(claim.spec ?? {}, "spec", errors);
      return errors;
    },
    validateUpdate: validateClaimUpdate,
    validateStatusUpdate: validateClaimStatus,
    warnings: claimWarnings,
  },
});

function boundCell(claim: KubeObject, cell: (status: JsonObject) => string): string {
  return claim.spec?.volumeName ? cell(claim.status ?? {}) : "";
}

/**
 * A data source within the namespace is told in both fields. The older field takes claims and snapshots only, and drops all else
 * without a word; sources in other namespaces are dropped, too.
 */
function settleDataSources(spec: JsonObject, old: JsonObject | undefined): void {
  if (!isEmpty(spec.dataSourceRef?.namespace) && !isSet(old?.dataSourceRef)) delete spec.dataSourceRef;
  const inUse = isSet(old?.dataSource) || isSet(old?.dataSourceRef);
  if (!inUse && !isSet(spec.dataSourceRef) && !isClaimOrSnapshot(spec.dataSource)) delete spec.dataSource;
  if (!isEmpty(spec.dataSourceRef?.namespace)) return;
  if (isSet(spec.dataSource) && !isSet(spec.dataSourceRef)) spec.dataSourceRef = { ...spec.dataSource };
  else if (isSet(spec.dataSourceRef) && !isSet(spec.dataSource)) {
    const { namespace: _, ...dataSource } = spec.dataSourceRef;
    spec.dataSource = dataSource;
  }
}

function isClaimOrSnapshot(source: JsonObject | undefined): boolean {
  const group = source?.apiGroup ?? "";
  if (group === "") return source?.kind === "PersistentVolumeClaim";
  return group === "snapshot.storage.k8s.io" && source?.kind === "VolumeSnapshot";
}

/** What deserves a warning: a way to name the class that is no more, and parts of bytes. */
function claimWarnings(claim: KubeObject): string[] {
  const warnings: string[] = [];
  if (claim.metadata.annotations?.[betaStorageClass] !== undefined) {
    const path = keyPath("metadata.annotations", betaStorageClass);
    warnings.push(`${path}: deprecated since v1.8; use "storageClassName" attribute instead`);
  }
  for (const field of ["requests", "limits"]) {
    const size = claim.spec?.resources?.[field]?.storage;
    if (!isSet(size) || isWholeQuantity(size)) continue;
    const path = keyPath(`spec.resources.${field}`, "storage");
    warnings.push(`${path}: fractional byte value ${JSON.stringify(String(size))} is invalid, must be an integer`);
  }
  return warnings;
}

/** The spec of a claim, or of the template of one. */
export function checkClaimSpec(spec: JsonObject, path: string, errors: FieldError[]): void {
  if (isEmpty(spec.accessModes)) errors.push(required(`${path}.accessModes`, "at least 1 access mode is required"));
  checkLabelSelector(spec.selector, `${path}.selector`, errors);
  checkAccessModes(spec.accessModes, `${path}.accessModes`, errors);
  const storagePath = keyPath(`${path}.resources`, "storage");
  const storage = spec.resources?.requests?.storage;
  if (!isSet(storage)) errors.push(required(storagePath));
  else checkPositiveQuantity(storage, storagePath, errors);
  checkClassAndMode(spec, path, errors);
  checkDataSources(spec, path, errors);
  if (spec.volumeAttributesClassName) {
    checkDnsSubdomain(spec.volumeAttributesClassName, `${path}.volumeAttributesClassName`, errors);
  }
}

function checkDataSources(spec: JsonObject, path: string, errors: FieldError[]): void {
  const { dataSource, dataSourceRef } = spec;
  for (const field of ["dataSource", "dataSourceRef"]) {
    if (isSet(spec[field])) checkDataSource(spec[field], `${path}.${field}`, errors);
  }
  if (!isSet(dataSource) || !isSet(dataSourceRef)) return;
  if (dataSourceRef.namespace) {
    const text = "may not be specified when dataSourceRef.namespace is specified";
    errors.push(invalid(path, `${path}.dataSource`, text));
  } else if (["apiGroup", "kind", "name"].some((field) => dataSource[field] !== dataSourceRef[field])) {
    errors.push(invalid(path, `${path}.dataSource`, "must match dataSourceRef"));
  }
}

function checkDataSource(source: JsonObject, path: string, errors: FieldError[]): void {
  for (const field of ["name", "kind"]) if (isEmpty(source[field])) errors.push(required(`${path}.${field}`));
  if (source.apiGroup) checkDnsSubdomain(source.apiGroup, `${path}.apiGroup`, errors);
  else if (source.kind !== "PersistentVolumeClaim") {
    const text = "must be 'PersistentVolumeClaim' when referencing the default apiGroup";
    errors.push(invalid(path, source.kind ?? "", text));
  }
  if (source.namespace) checkName(dns1123LabelErrors, source.namespace, `${path}.namespace`, errors);
}

function validateClaimUpdate(claim: KubeObject, old: KubeObject): FieldError[] {
  const errors: FieldError[] = [];
  const spec: JsonObject = claim.spec ?? {};
  const oldSpec: JsonObject = old.spec ?? {};
  const allowed = allowedSpec(claim, old);
  if (!semanticEqual(spec, allowed)) {
    const changes = describeChanges(allowed, spec, "spec");
    const text = `spec is immutable after creation except resources.requests and volumeAttributesClassName for bound claims\n${changes}`;
    errors.push(forbidden("spec", text));
  }
  const size = spec.resources?.requests?.storage;
  if (isSet(size) && compareQuantityTexts(size, oldSpec.resources?.requests?.storage ?? "0") < 0) {
    // A request that could not be met may be lowered again, but not below what is there.
    if (compareQuantityTexts(size, old.status?.capacity?.storage ?? "0") <= 0) {
      errors.push(forbidden("spec.resources.requests.storage", "field can not be less than status.capacity"));
    }
  }
  const [annotation, oldAnnotation] = [claim, old].map(
    ({ metadata }) => metadata.annotations?.[betaStorageClass] ?? "",
  );
  const intoField = !isSet(oldSpec.storageClassName) && oldAnnotation !== "" && spec.storageClassName === oldAnnotation;
  if (annotation !== oldAnnotation && !(intoField && annotation === "")) {
    errors.push(invalid(`metadata.annotations.${betaStorageClass}`, annotation, immutableText));
  }
  checkImmutable(spec.volumeMode, oldSpec.volumeMode, "volumeMode", errors);
  const attributes = "spec.volumeAttributesClassName";
  if (oldSpec.volumeAttributesClassName) {
    if (!isSet(spec.volumeAttributesClassName)) {
      errors.push(forbidden(attributes, "update from non-nil value to nil is forbidden"));
    } else if (spec.volumeAttributesClassName === "") {
      errors.push(forbidden(attributes, "update from non-nil value to an empty string is forbidden"));
    }
  }
  return errors;
}

/** The old spec with the changes that are allowed. */
function allowedSpec(claim: KubeObject, old: KubeObject): JsonObject {
  const spec: JsonObject = claim.spec ?? {};
  const allowed: JsonObject = { ...old.spec };
  const take = (field: string) => {
    if (isSet(spec[field])) allowed[field] = spec[field];
  };
  if (!allowed.volumeName) take("volumeName");
  if (!isSet(allowed.storageClassName)) take("storageClassName");
  if (claim.status?.phase !== "Bound") return allowed;
  const storage = spec.resources?.requests?.storage;
  if (isSet(storage)) {
    allowed.resources = { ...allowed.resources, requests: { ...allowed.resources?.requests, storage } };
  }
  take("volumeAttributesClassName");
  return allowed;
}

function validateClaimStatus(claim: KubeObject): FieldError[] {
  const errors: FieldError[] = [];
  if (isEmpty(claim.spec?.accessModes)) errors.push(required("Spec.accessModes"));
  for (const [name, value] of entriesOf(claim.status?.capacity)) {
    checkNotNegative(value, keyPath("status.capacity", name), errors);
  }
  for (const [name, state] of entriesOf(claim.status?.allocatedResourceStatuses)) {
    const path = "status.allocatedResourceStatus";
    checkClaimResource(name, path, errors);
    if (!resizeStates.includes(state)) errors.push(notSupported(path, name, resizeStates));
  }
  for (const [name, value] of entriesOf(claim.status?.allocatedResources)) {
    const before = errors.length;
    checkClaimResource(name, "status.allocatedResources", errors);
    if (errors.length === before) {
      checkResourceQuantity("storage", value, keyPath("status.allocatedResources", name), errors);
    }
  }
  return errors;
}

function checkNotNegative(value: unknown, path: string, errors: FieldError[]): void {
  if (compareQuantityTexts(value, "0") < 0) errors.push(invalid(path, value, "must be a valid resource quantity"));
}

function checkClaimResource(name: string, path: string, errors: FieldError[]): void {
  const before = errors.length;
  checkQualifiedName(name, path, errors);
  if (errors.length === before && isNativeResource(name) && name !== "storage") {
    errors.push(notSupported(path, name, ["storage"]));
  }
}

// Checks of what is written into volumes as files: keys of config maps and secrets, fields of the pod, tokens and trust bundles.

import { childPath, type FieldError, forbidden, invalid, required } from "../../../machinery/field-error.ts";
import type { JsonObject } from "../../../machinery/object.ts";
import { checkRequired, isEmpty, isSet, listOf, numberOf } from "../../validation/fields.ts";
import { checkLabelSelector } from "../../validation/label-selectors.ts";
import { checkFileMode, checkUnreservedPath } from "../../validation/paths.ts";
import { checkFieldRef, checkResourceFieldRef } from "./env.ts";

const volumeFieldPaths = [
  "metadata.name",
  "metadata.namespace",
  "metadata.labels",
  "metadata.annotations",
  "metadata.uid",
];

/** One item of a secret or config map volume. */
export function checkKeyToPath(item: JsonObject, path: string, errors: FieldError[]): void {
  checkRequired(item.key, childPath(path, "key"), errors);
  checkRequired(item.path, childPath(path, "path"), errors);
  checkUnreservedPath(item.path ?? "", childPath(path, "path"), errors);
  checkFileMode(item.mode, childPath(path, "mode"), errors);
}

/** One file of a downward API volume. Kubernetes reports it under the volume, without its index. */
export function checkDownwardFile(file: JsonObject, path: string, errors: FieldError[]): void {
  checkRequired(file.path, childPath(path, "path"), errors);
  checkUnreservedPath(file.path ?? "", childPath(path, "path"), errors);
  if (isSet(file.fieldRef)) {
    checkFieldRef(file.fieldRef, volumeFieldPaths, childPath(path, "fieldRef"), errors);
    if (isSet(file.resourceFieldRef)) {
      errors.push(invalid(path, "resource", "fieldRef and resourceFieldRef can not be specified simultaneously"));
    }
  } else if (isSet(file.resourceFieldRef)) {
    checkResourceFieldRef(file.resourceFieldRef, "volume", childPath(path, "resourceFieldRef"), errors);
  } else {
    errors.push(required(path, "one of fieldRef and resourceFieldRef is required"));
  }
  checkFileMode(file.mode, childPath(path, "mode"), errors);
}

const projections = ["secret", "configMap", "downwardAPI", "serviceAccountToken", "clusterTrustBundle"];

export function checkProjectedVolume(volume: JsonObject, path: string, errors: FieldError[]): void {
  checkFileMode(volume.defaultMode, childPath(path, "defaultMode"), errors);
  const files = new Set<string>();
  /** Notes a file; two of the same path in one volume collide. */
  const claim = (file: unknown, value: unknown): void => {
    if (isEmpty(file)) return;
    if (files.has(file as string)) errors.push(invalid(path, value, "conflicting duplicate paths"));
    files.add(file as string);
  };
  listOf(volume.sources).forEach((source, index) => {
    const at = childPath(childPath(path, "sources"), index);
    for (const name of ["secret", "configMap"]) {
      if (isSet(source[name])) checkKeyedProjection(source[name], childPath(at, name), claim, errors);
    }
    for (const file of listOf(source.downwardAPI?.items)) {
      checkDownwardFile(file, childPath(at, "downwardAPI"), errors);
      claim(file.path, file.path);
    }
    if (isSet(source.serviceAccountToken)) {
      checkTokenProjection(source.serviceAccountToken, path, childPath(at, "serviceAccountToken"), errors);
    }
    if (isSet(source.clusterTrustBundle)) {
      checkTrustBundle(source.clusterTrustBundle, childPath(at, "clusterTrustBundle"), errors);
      claim(source.clusterTrustBundle.path, source.clusterTrustBundle.path);
    }
    if (projections.filter((name) => isSet(source[name])).length > 1) {
      errors.push(forbidden(at, "may not specify more than 1 volume type per source"));
    }
  });
}

function checkKeyedProjection(
  source: JsonObject,
  path: string,
  claim: (file: unknown, value: unknown) => void,
  errors: FieldError[],
): void {
  checkRequired(source.name, childPath(path, "name"), errors);
  listOf(source.items).forEach((item, index) => {
    checkKeyToPath(item, childPath(childPath(path, "items"), index), errors);
    claim(item.path, source.name);
  });
}

function checkTokenProjection(source: JsonObject, volumePath: string, path: string, errors: FieldError[]): void {
  const seconds = numberOf(source.expirationSeconds);
  const at = childPath(path, "expirationSeconds");
  if (seconds !== undefined && seconds < 600) {
    errors.push(invalid(at, seconds, "may not specify a duration less than 10 minutes"));
  } else if (seconds !== undefined && seconds > 2 ** 32) {
    errors.push(invalid(at, seconds, "may not specify a duration larger than 2^32 seconds"));
  }
  if (checkRequired(source.path, childPath(volumePath, "path"), errors)) {
    checkUnreservedPath(source.path, childPath(volumePath, "path"), errors);
  }
}

function checkTrustBundle(source: JsonObject, path: string, errors: FieldError[]): void {
  const named = isSet(source.name);
  const signed = isSet(source.signerName);
  if (named && signed) {
    errors.push(invalid(path, source, "only one of name and signerName may be used"));
  } else if (named) {
    checkRequired(source.name, childPath(path, "name"), errors, "must be a valid object name");
    if (isSet(source.labelSelector)) {
      const why = "labelSelector must be unset if name is specified";
      errors.push(invalid(childPath(path, "labelSelector"), source.labelSelector, why));
    }
  } else if (signed) {
    checkRequired(source.signerName, childPath(path, "signerName"), errors, "must be a valid signer name");
    checkLabelSelector(source.labelSelector, childPath(path, "labelSelector"), errors);
  } else {
    errors.push(required(path, "either name or signerName must be specified"));
  }
  checkRequired(source.path, childPath(path, "path"), errors);
  checkUnreservedPath(source.path ?? "", childPath(path, "path"), errors);
}

// Checks of volume mounts and block devices of a container against the volumes of its pod.

import { childPath, type FieldError, forbidden, invalid, notFound } from "../../../machinery/field-error.ts";
import type { JsonObject } from "../../../machinery/object.ts";
import { checkEnum, checkRequired, isEmpty, isSet, listOf } from "../../validation/fields.ts";
import { checkDescendingPath, hasBacksteps } from "../../validation/paths.ts";

/** The valid volumes of a pod by name. */
export type VolumesByName = ReadonlyMap<string, JsonObject>;

export function checkVolumeMounts(
  container: JsonObject,
  volumes: VolumesByName,
  path: string,
  errors: FieldError[],
): void {
  const devices = listOf(container.volumeDevices);
  const seen = new Set<string>();
  listOf(container.volumeMounts).forEach((mount, index) => {
    const at = childPath(path, index);
    const namePath = childPath(at, "name");
    const pathPath = childPath(at, "mountPath");
    checkRequired(mount.name, namePath, errors);
    const volume = volumes.get(mount.name ?? "");
    if (volume === undefined) errors.push(notFound(namePath, mount.name ?? ""));
    checkRequired(mount.mountPath, pathPath, errors);
    if (seen.has(mount.mountPath)) errors.push(invalid(pathPath, mount.mountPath, "must be unique"));
    seen.add(mount.mountPath);
    if (devices.some((device) => device.name === mount.name)) {
      errors.push(invalid(namePath, mount.name, "must not already exist in volumeDevices"));
    }
    if (devices.some((device) => device.devicePath === mount.mountPath)) {
      errors.push(invalid(pathPath, mount.mountPath, "must not already exist as a path in volumeDevices"));
    }
    checkSubPaths(mount, path, at, errors);
    checkPropagation(mount, container, path, errors);
  });
}

// Kubernetes reports sub paths, propagation and recursive read-only under the list, without the index.
function checkSubPaths(mount: JsonObject, listPath: string, at: string, errors: FieldError[]): void {
  if (!isEmpty(mount.subPath)) checkDescendingPath(mount.subPath, childPath(listPath, "subPath"), errors);
  if (isEmpty(mount.subPathExpr)) return;
  if (!isEmpty(mount.subPath)) {
    const why = "subPathExpr and subPath are mutually exclusive";
    errors.push(invalid(childPath(at, "subPathExpr"), mount.subPathExpr, why));
  }
  checkDescendingPath(mount.subPathExpr, childPath(listPath, "subPathExpr"), errors);
}

function checkPropagation(mount: JsonObject, container: JsonObject, listPath: string, errors: FieldError[]): void {
  const propagation = mount.mountPropagation;
  const propagationPath = childPath(listPath, "mountPropagation");
  checkEnum(propagation, ["Bidirectional", "HostToContainer", "None"], propagationPath, errors, "optional");
  if (propagation === "Bidirectional" && container.securityContext?.privileged !== true) {
    const why = "Bidirectional mount propagation is available only to privileged containers";
    errors.push(forbidden(propagationPath, why));
  }
  const recursive = mount.recursiveReadOnly;
  const recursivePath = childPath(listPath, "recursiveReadOnly");
  checkEnum(recursive, ["Disabled", "Enabled", "IfPossible"], recursivePath, errors, "optional");
  if (recursive !== "Enabled" && recursive !== "IfPossible") return;
  if (mount.readOnly !== true) {
    errors.push(forbidden(recursivePath, "may only be specified when readOnly is true"));
  }
  if (isSet(propagation) && propagation !== "None") {
    errors.push(forbidden(recursivePath, "may only be specified when mountPropagation is None or not specified"));
  }
}

export function checkVolumeDevices(
  container: JsonObject,
  volumes: VolumesByName,
  path: string,
  errors: FieldError[],
): void {
  const mounts = listOf(container.volumeMounts);
  const names = new Set<string>();
  const paths = new Set<string>();
  listOf(container.volumeDevices).forEach((device, index) => {
    const { name = "", devicePath = "" } = device;
    const namePath = childPath(childPath(path, index), "name");
    const pathPath = childPath(childPath(path, index), "devicePath");
    const volume = volumes.get(name);
    checkRequired(name, namePath, errors);
    if (names.has(name)) errors.push(invalid(namePath, name, "must be unique"));
    if (volume === undefined) errors.push(notFound(namePath, name));
    else if (!isSet(volume.persistentVolumeClaim) && !isSet(volume.ephemeral)) {
      const why = "can only use volume source type of PersistentVolumeClaim or Ephemeral for block mode";
      errors.push(invalid(namePath, name, why));
    }
    checkRequired(devicePath, pathPath, errors);
    if (paths.has(devicePath)) errors.push(invalid(pathPath, devicePath, "must be unique"));
    if (hasBacksteps(devicePath)) errors.push(invalid(pathPath, devicePath, "can not contain backsteps ('..')"));
    if (mounts.some((mount) => mount.name === name)) {
      errors.push(invalid(namePath, name, "must not already exist in volumeMounts"));
    }
    if (mounts.some((mount) => mount.mountPath === devicePath)) {
      errors.push(invalid(pathPath, devicePath, "must not already exist as a path in volumeMounts"));
    }
    names.add(name);
    paths.add(devicePath);
  });
}

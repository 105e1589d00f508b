// The sources of persistent volumes: exactly one is set, and each has fields that it cannot do without.
// Source of the rules and words: kubernetes pkg/apis/core/validation (ValidatePersistentVolumeSpec), pkg/apis/core/v1/defaults.go.

import { type FieldError, forbidden, invalid, required, tooLong } from "../../../machinery/field-error.ts";
import { dns1123SubdomainErrors } from "../../../machinery/names.ts";
import { isObject, type JsonObject } from "../../../machinery/object.ts";
import { checkRange, isEmpty, isSet } from "../../validation/fields.ts";
import { checkNoBacksteps } from "../../validation/paths.ts";
import { checkHostPath } from "./host-path.ts";

interface VolumeSource {
  /** Fields without which the source is of no use. */
  required?: string[];
  defaults?: JsonObject;
  check?(source: JsonObject, path: string, errors: FieldError[]): void;
  /** Where errors are reported when that is not the field's name. */
  path?: string;
}

const sources: Readonly<Record<string, VolumeSource>> = {
  hostPath: { defaults: { type: "" }, check: checkHostPath },
  gcePersistentDisk: { required: ["pdName"], check: checkPartition, path: "persistentDisk" },
  awsElasticBlockStore: { required: ["volumeID"], check: checkPartition },
  glusterfs: { required: ["endpoints", "path"] },
  flocker: { check: checkFlocker },
  nfs: { required: ["server", "path"], check: checkNFS },
  rbd: { required: ["monitors", "image"], defaults: { pool: "rbd", user: "admin", keyring: "/etc/ceph/keyring" } },
  quobyte: { required: ["registry", "volume"] },
  cephfs: { required: ["monitors"] },
  iscsi: { required: ["targetPortal", "iqn"], defaults: { iscsiInterface: "default" }, check: checkLun },
  cinder: { required: ["volumeID"], check: checkSecretRefs },
  fc: { check: checkFibreChannel },
  flexVolume: { required: ["driver"] },
  azureFile: { required: ["secretName", "shareName"] },
  vsphereVolume: { required: ["volumePath"] },
  photonPersistentDisk: { required: ["pdID"] },
  portworxVolume: { required: ["volumeID"] },
  azureDisk: {
    required: ["diskName", "diskURI"],
    defaults: { cachingMode: "ReadWrite", fsType: "ext4", readOnly: false, kind: "Shared" },
  },
  scaleIO: {
    required: ["gateway", "system", "volumeName"],
    defaults: { storageMode: "ThinProvisioned", fsType: "xfs" },
  },
  local: {
    required: ["path"],
    check: (source, path, errors) => checkNoBacksteps(source.path ?? "", `${path}.path`, errors),
  },
  storageos: {},
  csi: { required: ["volumeHandle"], check: checkCSI },
};

/** The parts of a spec that are its volume source. */
export function sourceOf(spec: JsonObject | undefined): JsonObject {
  return Object.fromEntries(Object.entries(spec ?? {}).filter(([field]) => Object.hasOwn(sources, field)));
}

export function defaultSource(spec: JsonObject): void {
  for (const [field, source] of Object.entries(sources)) {
    const values = spec[field];
    if (!isObject(values)) continue;
    for (const [name, value] of Object.entries(source.defaults ?? {})) values[name] ??= value;
  }
}

/** Exactly one source, complete. `path` is that of the spec. */
export function checkSource(spec: JsonObject, path: string, errors: FieldError[]): void {
  let count = 0;
  for (const [field, source] of Object.entries(sources)) {
    if (!isSet(spec[field])) continue;
    if (count++ > 0) {
      errors.push(forbidden(`${path}.${field}`, "may not specify more than 1 volume type"));
      continue;
    }
    const at = `${path}.${source.path ?? field}`;
    for (const name of source.required ?? []) {
      if (isEmpty(spec[field][name])) errors.push(required(`${at}.${name}`));
    }
    source.check?.(spec[field], at, errors);
  }
  if (count === 0) errors.push(required(path, "must specify a volume type"));
}

function checkPartition(source: JsonObject, path: string, errors: FieldError[]): void {
  checkRange(source.partition, 0, 255, `${path}.partition`, errors);
}

function checkFlocker(source: JsonObject, path: string, errors: FieldError[]): void {
  if (isEmpty(source.datasetName) && isEmpty(source.datasetUUID)) {
    errors.push(required(path, "one of datasetName and datasetUUID is required"));
  } else if (!isEmpty(source.datasetName) && !isEmpty(source.datasetUUID)) {
    errors.push(invalid(path, "resource", "datasetName and datasetUUID can not be specified simultaneously"));
  }
  if (String(source.datasetName ?? "").includes("/")) {
    errors.push(invalid(`${path}.datasetName`, source.datasetName, "must not contain '/'"));
  }
}

function checkNFS(source: JsonObject, path: string, errors: FieldError[]): void {
  if (source.path && !String(source.path).startsWith("/")) {
    errors.push(invalid(`${path}.path`, source.path, "must be an absolute path"));
  }
}

function checkLun(source: JsonObject, path: string, errors: FieldError[]): void {
  checkRange(source.lun, 0, 255, `${path}.lun`, errors);
}

function checkFibreChannel(source: JsonObject, path: string, errors: FieldError[]): void {
  const names = !isEmpty(source.targetWWNs);
  const ids = !isEmpty(source.wwids);
  if (!names && !ids)
    errors.push(required(`${path}.targetWWNs`, "must specify either targetWWNs or wwids, but not both"));
  if (names && ids) {
    const text = "targetWWNs and wwids can not be specified simultaneously";
    errors.push(invalid(`${path}.targetWWNs`, source.targetWWNs, text));
  }
  if (!names) return;
  if (!isSet(source.lun)) errors.push(required(`${path}.lun`, "lun is required if targetWWNs is specified"));
  checkLun(source, path, errors);
}

function checkCSI(source: JsonObject, path: string, errors: FieldError[]): void {
  checkDriverName(source.driver, `${path}.driver`, errors);
  checkSecretRefs(source, path, errors);
}

/** Every reference to a secret names it and its namespace. */
function checkSecretRefs(source: JsonObject, path: string, errors: FieldError[]): void {
  for (const [field, reference] of Object.entries(source)) {
    if (!field.endsWith("ecretRef") || !isObject(reference)) continue;
    for (const name of ["name", "namespace"]) {
      if (isEmpty(reference[name])) errors.push(required(`${path}.${field}.${name}`));
    }
  }
}

const maxDriverName = 63;

/** A required field that names a CSI or device driver: a DNS subdomain, of any case, of at most 63 characters. */
export function checkDriverName(value: unknown, path: string, errors: FieldError[]): void {
  const name = String(value ?? "");
  if (name === "") {
    errors.push(required(path));
    return;
  }
  if (Buffer.byteLength(name) > maxDriverName) errors.push(tooLong(path, maxDriverName));
  for (const problem of dns1123SubdomainErrors(name.toLowerCase())) errors.push(invalid(path, name, problem));
}

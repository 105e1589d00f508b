// Checks of the volumes of a pod. Each source has its own small check; which sources exist is one table.

import {
  childPath,
  duplicate,
  type FieldError,
  forbidden,
  invalid,
  keyPath,
  required,
} from "../../../machinery/field-error.ts";
import { dns1123SubdomainErrors } from "../../../machinery/names.ts";
import type { JsonObject } from "../../../machinery/object.ts";
import { checkEnum, checkRange, checkRequired, entriesOf, isEmpty, isSet, listOf } from "../../validation/fields.ts";
import { checkDnsLabel } from "../../validation/names.ts";
import { checkDescendingPath, checkFileMode } from "../../validation/paths.ts";
import { compareQuantityTexts } from "../resource-names.ts";
import { checkHostPath } from "../volume/host-path.ts";
import { checkClaimSpec } from "../volume/persistent-volume-claim.ts";
import type { VolumesByName } from "./mounts.ts";
import { checkDownwardFile, checkKeyToPath, checkProjectedVolume } from "./projected-volumes.ts";

type SourceCheck = (source: JsonObject, path: string, errors: FieldError[]) => void;

/** Every source of a volume, in the order in which Kubernetes looks for them. */
const sourceChecks: Record<string, SourceCheck> = {
  emptyDir: checkEmptyDir,
  hostPath: checkHostPath,
  gitRepo: (source, path, errors) => {
    checkRequired(source.repository, childPath(path, "repository"), errors);
    checkDescendingPath(source.directory ?? "", childPath(path, "directory"), errors);
  },
  gcePersistentDisk: (source, path, errors) => {
    checkRequired(source.pdName, childPath(path, "pdName"), errors);
    checkRange(source.partition, 0, 255, childPath(path, "partition"), errors);
  },
  awsElasticBlockStore: (source, path, errors) => {
    checkRequired(source.volumeID, childPath(path, "volumeID"), errors);
    checkRange(source.partition, 0, 255, childPath(path, "partition"), errors);
  },
  secret: (source, path, errors) => {
    checkRequired(source.secretName, childPath(path, "secretName"), errors);
    checkKeyedVolume(source, path, errors);
  },
  nfs: (source, path, errors) => {
    checkRequired(source.server, childPath(path, "server"), errors);
    checkRequired(source.path, childPath(path, "path"), errors);
    if (!String(source.path ?? "").startsWith("/")) {
      errors.push(invalid(childPath(path, "path"), source.path ?? "", "must be an absolute path"));
    }
  },
  iscsi: checkIscsi,
  glusterfs: requiredFields("endpoints", "path"),
  flocker: checkFlocker,
  persistentVolumeClaim: requiredFields("claimName"),
  rbd: requiredFields("monitors", "image"),
  cinder: (source, path, errors) => {
    checkRequired(source.volumeID, childPath(path, "volumeID"), errors);
    if (isSet(source.secretRef)) checkRequired(source.secretRef.name, childPath(path, "secretRef.name"), errors);
  },
  cephfs: requiredFields("monitors"),
  quobyte: checkQuobyte,
  downwardAPI: (source, path, errors) => {
    checkFileMode(source.defaultMode, childPath(path, "defaultMode"), errors);
    for (const file of listOf(source.items)) checkDownwardFile(file, path, errors);
  },
  fc: checkFibreChannel,
  flexVolume: checkFlexVolume,
  configMap: (source, path, errors) => {
    checkRequired(source.name, childPath(path, "name"), errors);
    checkKeyedVolume(source, path, errors);
  },
  azureFile: requiredFields("secretName", "shareName"),
  vsphereVolume: requiredFields("volumePath"),
  photonPersistentDisk: requiredFields("pdID"),
  portworxVolume: requiredFields("volumeID"),
  azureDisk: (source, path, errors) => {
    checkRequired(source.diskName, childPath(path, "diskName"), errors);
    checkRequired(source.diskURI, childPath(path, "diskURI"), errors);
    const caching = ["None", "ReadOnly", "ReadWrite"];
    checkEnum(source.cachingMode, caching, childPath(path, "cachingMode"), errors, "optional");
    checkEnum(source.kind, ["Dedicated", "Managed", "Shared"], childPath(path, "kind"), errors, "optional");
  },
  storageos: (source, path, errors) => {
    if (!isEmpty(source.volumeName)) checkDnsLabel(source.volumeName, childPath(path, "volumeName"), errors);
  },
  projected: checkProjectedVolume,
  scaleIO: requiredFields("gateway", "system", "volumeName"),
  csi: (source, path, errors) => {
    checkRequired(source.driver, childPath(path, "driver"), errors);
    const secret = source.nodePublishSecretRef;
    if (isSet(secret)) checkRequired(secret.name, childPath(path, "nodePublishSecretRef.name"), errors);
  },
  ephemeral: (source, path, errors) => {
    const template = source.volumeClaimTemplate;
    if (!isSet(template)) errors.push(required(childPath(path, "volumeClaimTemplate")));
    else checkClaimSpec(template.spec ?? {}, childPath(path, "volumeClaimTemplate.spec"), errors);
  },
  image: (source, path, errors) => {
    checkRequired(source.reference, childPath(path, "reference"), errors);
    checkEnum(source.pullPolicy, ["Always", "IfNotPresent", "Never"], childPath(path, "pullPolicy"), errors);
  },
};

/** Names of all volume sources. */
export const volumeSources: readonly string[] = Object.keys(sourceChecks);

/** Checks the volumes; returns the valid ones by name. `podName` is "" for templates and for names yet to be generated. */
export function checkVolumes(volumes: unknown, podName: string, path: string, errors: FieldError[]): VolumesByName {
  const valid = new Map<string, JsonObject>();
  const created = new Set(
    listOf(volumes).flatMap((volume) =>
      podName !== "" && isSet(volume.ephemeral) ? [`${podName}-${volume.name}`] : [],
    ),
  );
  listOf(volumes).forEach((volume, index) => {
    const at = childPath(path, index);
    const namePath = childPath(at, "name");
    const before = errors.length;
    checkSource(volume, podName, at, errors);
    if (checkRequired(volume.name, namePath, errors)) checkDnsLabel(volume.name, namePath, errors);
    if (valid.has(volume.name)) errors.push(duplicate(namePath, volume.name));
    if (errors.length === before) valid.set(volume.name, volume);
    const claim = volume.persistentVolumeClaim?.claimName;
    if (created.has(claim)) {
      const why = "must not reference a PVC that gets created for an ephemeral volume";
      errors.push(invalid(childPath(at, "persistentVolumeClaim.claimName"), claim, why));
    }
  });
  return valid;
}

function checkSource(volume: JsonObject, podName: string, path: string, errors: FieldError[]): void {
  const [first, ...others] = volumeSources.filter((name) => isSet(volume[name]));
  if (first === undefined) {
    errors.push(required(path, "must specify a volume type"));
    return;
  }
  sourceChecks[first]?.(volume[first], childPath(path, first), errors);
  for (const name of others) {
    errors.push(forbidden(childPath(path, name), "may not specify more than 1 volume type"));
  }
  if (first === "ephemeral" && podName !== "" && !isEmpty(volume.name)) {
    const claim = `${podName}-${volume.name}`;
    for (const problem of dns1123SubdomainErrors(claim)) {
      const why = `PVC name ${JSON.stringify(claim)}: ${problem}`;
      errors.push(invalid(childPath(path, "name"), volume.name, why));
    }
  }
}

function requiredFields(...fields: string[]): SourceCheck {
  return (source, path, errors) => {
    for (const field of fields) checkRequired(source[field], childPath(path, field), errors);
  };
}

function checkKeyedVolume(source: JsonObject, path: string, errors: FieldError[]): void {
  checkFileMode(source.defaultMode, childPath(path, "defaultMode"), errors);
  listOf(source.items).forEach((item, index) => {
    checkKeyToPath(item, childPath(childPath(path, "items"), index), errors);
  });
}

function checkEmptyDir(source: JsonObject, path: string, errors: FieldError[]): void {
  if (isSet(source.sizeLimit) && compareQuantityTexts(source.sizeLimit, "0") < 0) {
    errors.push(forbidden(childPath(path, "sizeLimit"), "SizeLimit field must be a valid resource quantity"));
  }
}

function checkIscsi(source: JsonObject, path: string, errors: FieldError[]): void {
  checkRequired(source.targetPortal, childPath(path, "targetPortal"), errors);
  if (checkRequired(source.iqn, childPath(path, "iqn"), errors)) {
    checkIscsiName(source.iqn, childPath(path, "iqn"), errors);
  }
  checkRange(source.lun, 0, 255, childPath(path, "lun"), errors);
  if ((source.chapAuthDiscovery === true || source.chapAuthSession === true) && !isSet(source.secretRef)) {
    errors.push(required(childPath(path, "secretRef")));
  }
  if (isSet(source.initiatorName)) checkIscsiName(source.initiatorName, childPath(path, "initiatorname"), errors);
}

function checkIscsiName(name: string, path: string, errors: FieldError[]): void {
  if (!/^(?:iqn|eui|naa)/.test(name)) {
    errors.push(invalid(path, name, "must be valid format starting with iqn, eui, or naa"));
  } else if (
    !/^iqn\.\d{4}-\d{2}\.[-a-zA-Z0-9.]+(?::.+)?$/.test(name) &&
    !/^eui\.[0-9a-fA-F]{16}$/.test(name) &&
    !/^naa\.[0-9a-fA-F]{32}$/.test(name)
  ) {
    errors.push(invalid(path, name, "must be valid format"));
  }
}

function checkFlocker(source: JsonObject, path: string, errors: FieldError[]): void {
  const named = !isEmpty(source.datasetName);
  const identified = !isEmpty(source.datasetUUID);
  if (!named && !identified) errors.push(required(path, "one of datasetName and datasetUUID is required"));
  if (named && identified) {
    errors.push(invalid(path, "resource", "datasetName and datasetUUID can not be specified simultaneously"));
  }
  if (named && source.datasetName.includes("/")) {
    errors.push(invalid(childPath(path, "datasetName"), source.datasetName, "must not contain '/'"));
  }
}

function checkQuobyte(source: JsonObject, path: string, errors: FieldError[]): void {
  const pairs = "must be a host:port pair or multiple pairs separated by commas";
  if (checkRequired(source.registry, childPath(path, "registry"), errors, pairs)) {
    const valid = String(source.registry)
      .split(",")
      .every((pair) => /^(?:[^:[\]]*|\[[^\]]*\]):[^:]*$/.test(pair));
    if (!valid) errors.push(invalid(childPath(path, "registry"), source.registry, pairs));
  }
  checkRequired(source.volume, childPath(path, "volume"), errors);
}

function checkFibreChannel(source: JsonObject, path: string, errors: FieldError[]): void {
  const targets = !isEmpty(source.targetWWNs);
  const ids = !isEmpty(source.wwids);
  const at = childPath(path, "targetWWNs");
  if (!targets && !ids) errors.push(required(at, "must specify either targetWWNs or wwids, but not both"));
  if (targets && ids) {
    errors.push(invalid(at, source.targetWWNs, "targetWWNs and wwids can not be specified simultaneously"));
  }
  if (targets && !isSet(source.lun)) {
    errors.push(required(childPath(path, "lun"), "lun is required if targetWWNs is specified"));
  }
  if (targets) checkRange(source.lun, 0, 255, childPath(path, "lun"), errors);
}

function checkFlexVolume(source: JsonObject, path: string, errors: FieldError[]): void {
  checkRequired(source.driver, childPath(path, "driver"), errors);
  for (const [key] of entriesOf(source.options)) {
    const namespace = `.${key.split("/")[0]?.toLowerCase()}`;
    if (namespace.endsWith(".kubernetes.io") || namespace.endsWith(".k8s.io")) {
      const at = keyPath(childPath(path, "options"), key);
      errors.push(invalid(at, key, "kubernetes.io and k8s.io namespaces are reserved"));
    }
  }
}

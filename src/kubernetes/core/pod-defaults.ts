// Defaults of pod specs, as kube-apiserver fills them. Two layers: what every pod spec gets, also in templates of workloads, and
// what only a Pod gets (adding to templates would change them under their owners). All of it is idempotent.

import type { JsonObject } from "../../machinery/object.ts";
import { formatQuantity } from "../../machinery/quantity.ts";
import { entriesOf, isSet, listOf } from "../validation/fields.ts";
import { isPodLevelResource, podResources } from "./pod-resources.ts";
import { volumeSources } from "./validation/volumes.ts";

const defaultFileMode = 0o644;

/** Defaults of a pod template, in place. */
export function defaultPodTemplate(template: JsonObject): void {
  template.spec ??= {};
  defaultPodSpec(template.spec);
}

/** Defaults of the pod template that the `holder`, such as the spec of a workload, always has, in place. */
export function defaultTemplateOf(holder: JsonObject): void {
  holder.template ??= {};
  defaultPodTemplate(holder.template);
}

/** Defaults that every pod spec gets, in place. */
export function defaultPodSpec(spec: JsonObject): void {
  spec.dnsPolicy ||= "ClusterFirst";
  spec.restartPolicy ||= "Always";
  spec.securityContext ??= {};
  spec.terminationGracePeriodSeconds ??= 30;
  spec.schedulerName ||= "default-scheduler";
  if (spec.serviceAccountName || spec.serviceAccount) {
    spec.serviceAccountName ||= spec.serviceAccount;
    spec.serviceAccount = spec.serviceAccountName;
  }
  for (const volume of listOf(spec.volumes)) defaultVolume(volume);
  for (const field of ["initContainers", "containers", "ephemeralContainers"]) {
    for (const container of listOf(spec[field])) defaultContainer(container);
  }
}

/** Defaults that only pods get, in place, after `defaultPodSpec`. */
export function defaultPodOnly(spec: JsonObject): void {
  for (const field of ["initContainers", "containers"]) {
    for (const container of listOf(spec[field])) defaultRequests(container.resources);
    if (spec.hostNetwork === true) defaultHostPorts(listOf(spec[field]));
  }
  defaultPodRequests(spec);
  spec.enableServiceLinks ??= true;
}

/** Defaults of a container of any sort, in place. */
export function defaultContainer(container: JsonObject): void {
  container.imagePullPolicy ||= pullPolicyOf(container.image);
  container.terminationMessagePath ||= "/dev/termination-log";
  container.terminationMessagePolicy ||= "File";
  container.resources ??= {};
  for (const port of listOf(container.ports)) port.protocol ||= "TCP";
  for (const variable of listOf(container.env)) defaultFieldRef(variable.valueFrom?.fieldRef);
  for (const probe of [container.livenessProbe, container.readinessProbe, container.startupProbe]) {
    if (isSet(probe)) defaultProbe(probe);
  }
  defaultHttpGet(container.lifecycle?.postStart?.httpGet);
  defaultHttpGet(container.lifecycle?.preStop?.httpGet);
}

/** `Always` for images that may move under their name (no tag, or `latest`), `IfNotPresent` for all others. */
export function pullPolicyOf(image: unknown): "Always" | "IfNotPresent" {
  if (typeof image !== "string" || image === "") return "IfNotPresent";
  const [reference = "", digest] = image.split("@", 2);
  const name = reference.slice(reference.lastIndexOf("/") + 1);
  const colon = name.indexOf(":");
  const tag = colon < 0 ? undefined : name.slice(colon + 1);
  return tag === "latest" || (tag === undefined && digest === undefined) ? "Always" : "IfNotPresent";
}

function defaultFieldRef(reference: JsonObject | undefined): void {
  if (isSet(reference)) (reference as JsonObject).apiVersion ||= "v1";
}

function defaultProbe(probe: JsonObject): void {
  probe.timeoutSeconds ||= 1;
  probe.periodSeconds ||= 10;
  probe.successThreshold ||= 1;
  probe.failureThreshold ||= 3;
  defaultHttpGet(probe.httpGet);
  if (isSet(probe.grpc)) probe.grpc.service ??= "";
}

function defaultHttpGet(action: JsonObject | undefined): void {
  if (action === undefined || action === null) return;
  action.path ||= "/";
  action.scheme ||= "HTTP";
}

/** A pod that is limited as a whole requests what its containers do together, else its limits. */
function defaultPodRequests(spec: JsonObject): void {
  const { resources, overhead: _, ...containersOnly } = spec;
  const limits = entriesOf(resources?.limits);
  if (limits.length === 0) return;
  const requests = { ...resources.requests };
  for (const [name, sum] of podResources(containersOnly, "requests")) {
    if (name === "cpu" || name === "memory") requests[name] ??= formatQuantity(sum);
  }
  for (const [name, limit] of limits) if (isPodLevelResource(name)) requests[name] ??= limit;
  if (Object.keys(requests).length > 0) resources.requests = requests;
}

/** Limits without a request become the request. */
function defaultRequests(resources: JsonObject | undefined): void {
  const limits = entriesOf(resources?.limits);
  if (resources === undefined || limits.length === 0) return;
  resources.requests ??= {};
  for (const [name, limit] of limits) resources.requests[name] ??= limit;
}

function defaultHostPorts(containers: readonly JsonObject[]): void {
  for (const container of containers) {
    for (const port of listOf(container.ports)) port.hostPort ||= port.containerPort;
  }
}

function defaultVolume(volume: JsonObject): void {
  if (!volumeSources.some((source) => isSet(volume[source]))) volume.emptyDir = {};
  for (const source of ["secret", "configMap", "downwardAPI", "projected"]) {
    if (isSet(volume[source])) volume[source].defaultMode ??= defaultFileMode;
  }
  for (const item of listOf(volume.downwardAPI?.items)) defaultFieldRef(item.fieldRef);
  for (const source of listOf(volume.projected?.sources)) {
    if (isSet(source.serviceAccountToken)) source.serviceAccountToken.expirationSeconds ??= 3600;
    for (const item of listOf(source.downwardAPI?.items)) defaultFieldRef(item.fieldRef);
  }
  if (isSet(volume.hostPath)) volume.hostPath.type ??= "";
  if (isSet(volume.image)) volume.image.pullPolicy ||= pullPolicyOf(volume.image.reference);
  if (isSet(volume.ephemeral?.volumeClaimTemplate?.spec)) {
    volume.ephemeral.volumeClaimTemplate.spec.volumeMode ??= "Filesystem";
  }
  if (isSet(volume.iscsi)) volume.iscsi.iscsiInterface ||= "default";
  if (isSet(volume.rbd)) defaultRbd(volume.rbd);
  if (isSet(volume.azureDisk)) defaultAzureDisk(volume.azureDisk);
  if (isSet(volume.scaleIO)) {
    volume.scaleIO.storageMode ||= "ThinProvisioned";
    volume.scaleIO.fsType ||= "xfs";
  }
}

function defaultRbd(source: JsonObject): void {
  source.pool ||= "rbd";
  source.user ||= "admin";
  source.keyring ||= "/etc/ceph/keyring";
}

function defaultAzureDisk(source: JsonObject): void {
  source.cachingMode ??= "ReadWrite";
  source.kind ??= "Shared";
  source.fsType ??= "ext4";
  source.readOnly ??= false;
}

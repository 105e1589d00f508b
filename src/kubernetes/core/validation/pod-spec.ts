// Checks of a pod spec, in a Pod or in the template of a workload. Source of the rules: pkg/apis/core/validation of Kubernetes.

import { childPath, duplicate, type FieldError, forbidden, invalid, required } from "../../../machinery/field-error.ts";
import type { JsonObject } from "../../../machinery/object.ts";
import { checkIP } from "../../ip-address.ts";
import { checkEnum, checkRange, isEmpty, isSet, listOf, maxInt32 } from "../../validation/fields.ts";
import { checkLabels } from "../../validation/label-selectors.ts";
import { checkDnsLabel, checkDnsSubdomain, checkQualifiedName } from "../../validation/names.ts";
import {
  checkContainers,
  checkEphemeralContainers,
  checkImageSpace,
  checkInitContainers,
  podScope,
} from "./containers.ts";
import { checkContainerResources, checkPodResources } from "./resources.ts";
import { checkAffinity, checkSchedulingGates, checkTolerations, checkTopologySpread } from "./scheduling.ts";
import { checkPodSecurityContext } from "./security.ts";
import { checkVolumes } from "./volumes.ts";

const dnsPolicies = ["ClusterFirstWithHostNet", "ClusterFirst", "Default", "None"];

/** Where a pod spec stands: in a pod, whose name is "" when it is yet to be generated, or in a template. */
export type PodSpecOwner = { kind: "pod"; name: string } | { kind: "template" };

export function checkPodSpec(spec: JsonObject, owner: PodSpecOwner, path: string, errors: FieldError[]): void {
  const at = (field: string): string => childPath(path, field);
  if (!isSet(spec.terminationGracePeriodSeconds)) errors.push(required(at("terminationGracePeriodSeconds")));
  const volumes = checkVolumes(spec.volumes, owner.kind === "pod" ? owner.name : "", at("volumes"), errors);
  const scope = podScope(spec, volumes);
  checkResourceClaims(spec.resourceClaims, at("resourceClaims"), errors);
  checkContainers(scope, at("containers"), errors);
  checkInitContainers(scope, at("initContainers"), errors);
  checkEphemeralContainers(scope, at("ephemeralContainers"), errors);
  checkPodResources(spec, at("resources"), errors);
  if (spec.hostNetwork === true) checkHostNetworkPorts(spec, owner, at("containers"), errors);
  checkEnum(spec.restartPolicy, ["Always", "OnFailure", "Never"], at("restartPolicy"), errors);
  checkEnum(spec.dnsPolicy, dnsPolicies, at("dnsPolicy"), errors);
  checkLabels(spec.nodeSelector, at("nodeSelector"), errors);
  checkPodSecurityContext(spec, at("securityContext"), errors);
  checkAffinity(spec.affinity, at("affinity"), errors);
  checkDnsConfig(spec, at("dnsConfig"), errors);
  listOf(spec.readinessGates).forEach((gate, index) => {
    const gatePath = childPath(childPath(at("readinessGates"), index), "conditionType");
    checkQualifiedName(gate.conditionType, gatePath, errors);
  });
  checkSchedulingGates(spec.schedulingGates, at("schedulingGates"), errors);
  checkTopologySpread(spec.topologySpreadConstraints, at("topologySpreadConstraints"), errors);
  checkHostUsers(spec, path, errors);
  for (const field of ["serviceAccountName", "nodeName", "priorityClassName", "runtimeClassName"]) {
    if (!isEmpty(spec[field])) checkDnsSubdomain(spec[field], at(field), errors);
  }
  for (const field of ["hostname", "subdomain"]) {
    if (!isEmpty(spec[field])) checkDnsLabel(spec[field], at(field), errors);
  }
  checkRange(spec.activeDeadlineSeconds, 1, maxInt32, at("activeDeadlineSeconds"), errors);
  checkTolerations(spec.tolerations, at("tolerations"), errors);
  listOf(spec.hostAliases).forEach((alias, index) => {
    const aliasPath = childPath(at("hostAliases"), index);
    checkIP(alias.ip ?? "", childPath(aliasPath, "ip"), errors);
    listOf(alias.hostnames).forEach((hostname, position) => {
      checkDnsSubdomain(hostname, childPath(childPath(aliasPath, "hostnames"), position), errors);
    });
  });
  if (isSet(spec.preemptionPolicy)) {
    checkEnum(spec.preemptionPolicy, ["PreemptLowerPriority", "Never"], at("preemptionPolicy"), errors);
  }
  if (isSet(spec.overhead)) checkContainerResources({ limits: spec.overhead }, new Set(), at("overhead"), errors);
  if (isSet(spec.os)) checkOs(spec, path, errors);
  if (owner.kind === "pod") checkPodOnly(spec, path, errors);
}

/** What is asked of pods but, for compatibility, not of templates. */
function checkPodOnly(spec: JsonObject, path: string, errors: FieldError[]): void {
  for (const field of ["containers", "initContainers"]) {
    listOf(spec[field]).forEach((container, index) => {
      checkImageSpace(container, childPath(childPath(path, field), index), errors);
    });
  }
  if (!isEmpty(spec.serviceAccountName)) return;
  listOf(spec.volumes).forEach((volume, index) => {
    listOf(volume.projected?.sources).forEach((source, position) => {
      if (!isSet(source.serviceAccountToken)) return;
      const at = `${path}.volumes[${index}].projected.sources[${position}].serviceAccountToken`;
      errors.push(forbidden(at, "must not be specified when serviceAccountName is not set"));
    });
  });
}

function checkResourceClaims(claims: unknown, path: string, errors: FieldError[]): void {
  const names = new Set<string>();
  listOf(claims).forEach((claim, index) => {
    const at = childPath(path, index);
    const namePath = childPath(at, "name");
    if (isEmpty(claim.name)) errors.push(required(namePath));
    else if (names.has(claim.name)) errors.push(duplicate(namePath, claim.name));
    else checkDnsLabel(claim.name, namePath, errors);
    names.add(claim.name);
    const { resourceClaimName, resourceClaimTemplateName } = claim;
    if (isSet(resourceClaimName) && isSet(resourceClaimTemplateName)) {
      const why = "at most one of `resourceClaimName` or `resourceClaimTemplateName` may be specified";
      errors.push(invalid(at, claim, why));
    }
    if (!isSet(resourceClaimName) && !isSet(resourceClaimTemplateName)) {
      const why = "must specify one of: `resourceClaimName`, `resourceClaimTemplateName`";
      errors.push(invalid(at, claim, why));
    }
    for (const field of ["resourceClaimName", "resourceClaimTemplateName"]) {
      if (isSet(claim[field])) checkDnsSubdomain(claim[field], childPath(at, field), errors);
    }
  });
}

/** On the network of the host a port of the container is a port of the host; templates may leave it to be defaulted. */
function checkHostNetworkPorts(spec: JsonObject, owner: PodSpecOwner, path: string, errors: FieldError[]): void {
  listOf(spec.containers).forEach((container, index) => {
    listOf(container.ports).forEach((port, position) => {
      const hostPort = port.hostPort ?? 0;
      if (hostPort === port.containerPort || (hostPort === 0 && owner.kind === "template")) return;
      const at = childPath(childPath(childPath(path, index), "ports"), position);
      const why = "must match `containerPort` when `hostNetwork` is true";
      errors.push(invalid(childPath(at, "hostPort"), hostPort, why));
    });
  });
}

function checkDnsConfig(spec: JsonObject, path: string, errors: FieldError[]): void {
  const config = spec.dnsConfig;
  const at = (field: string): string => childPath(path, field);
  if (spec.dnsPolicy === "None") {
    if (!isSet(config)) {
      errors.push(required(path, "must provide `dnsConfig` when `dnsPolicy` is None"));
      return;
    }
    if (isEmpty(config.nameservers)) {
      const why = "must provide at least one DNS nameserver when `dnsPolicy` is None";
      errors.push(required(at("nameservers"), why));
      return;
    }
  }
  if (!isSet(config)) return;
  const nameservers = listOf(config.nameservers);
  if (nameservers.length > 3) {
    errors.push(invalid(at("nameservers"), nameservers, "must not have more than 3 nameservers"));
  }
  nameservers.forEach((server, index) => {
    checkIP(String(server), childPath(at("nameservers"), index), errors);
  });
  const searches: string[] = listOf(config.searches);
  if (searches.length > 32) {
    errors.push(invalid(at("searches"), searches, "must not have more than 32 search paths"));
  }
  if (searches.join(" ").length > 2048) {
    const why = "must not have more than 2048 characters (including spaces) in the search list";
    errors.push(invalid(at("searches"), searches, why));
  }
  searches.forEach((search, index) => {
    // Underscores are allowed here, as in the DNS names of services.
    const name = search.replace(/\.$/, "").replaceAll("_", "-");
    if (search !== ".") checkDnsSubdomain(name, childPath(at("searches"), index), errors);
  });
  listOf(config.options).forEach((option, index) => {
    if (isEmpty(option.name)) errors.push(required(childPath(at("options"), index), "must not be empty"));
  });
}

function checkHostUsers(spec: JsonObject, path: string, errors: FieldError[]): void {
  if (spec.hostUsers !== false) return;
  const why = "when `hostUsers` is false";
  for (const field of ["hostNetwork", "hostPID", "hostIPC"]) {
    if (spec[field] === true) errors.push(forbidden(childPath(path, field), why));
  }
}

const notForWindows = ["hostUsers", "hostPID", "hostIPC", "shareProcessNamespace"];
const contextNotForWindows = [
  "appArmorProfile",
  "seLinuxOptions",
  "seccompProfile",
  "fsGroup",
  "fsGroupChangePolicy",
  "sysctls",
  "runAsUser",
  "runAsGroup",
  "supplementalGroups",
  "supplementalGroupsPolicy",
  "seLinuxChangePolicy",
];
const containerContextNotForWindows = [
  "appArmorProfile",
  "seLinuxOptions",
  "seccompProfile",
  "capabilities",
  "readOnlyRootFilesystem",
  "privileged",
  "allowPrivilegeEscalation",
  "procMount",
  "runAsUser",
  "runAsGroup",
];

function checkOs(spec: JsonObject, path: string, errors: FieldError[]): void {
  const name = spec.os.name;
  if (isEmpty(name)) {
    errors.push(required(`${path}.os.name`, "cannot be empty"));
    return;
  }
  checkEnum(name, ["linux", "windows"], `${path}.os`, errors);
  const context = spec.securityContext;
  if (name === "linux") checkNoWindowsOptions(spec, path, errors);
  if (name !== "windows") return;
  const why = "cannot be set for a windows pod";
  for (const field of notForWindows) {
    if (isSet(spec[field]) && spec[field] !== false) errors.push(forbidden(childPath(path, field), why));
  }
  for (const field of contextNotForWindows) {
    if (!isEmpty(context?.[field])) errors.push(forbidden(`${path}.securityContext.${field}`, why));
  }
  for (const [container, at] of containersOf(spec, path)) {
    for (const field of containerContextNotForWindows) {
      if (isSet(container.securityContext?.[field])) errors.push(forbidden(`${at}.securityContext.${field}`, why));
    }
  }
}

function checkNoWindowsOptions(spec: JsonObject, path: string, errors: FieldError[]): void {
  for (const [holder, at] of [[spec, path] as const, ...containersOf(spec, path)]) {
    if (!isSet(holder.securityContext?.windowsOptions)) continue;
    errors.push(forbidden(`${at}.securityContext.windowsOptions`, "windows options cannot be set for a linux pod"));
  }
}

/** All containers of a pod with their paths. */
function containersOf(spec: JsonObject, path: string): [container: JsonObject, path: string][] {
  return ["initContainers", "containers", "ephemeralContainers"].flatMap((field) =>
    listOf(spec[field]).map((container, index): [JsonObject, string] => [container, `${path}.${field}[${index}]`]),
  );
}

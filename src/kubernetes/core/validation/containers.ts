// Checks of the containers of a pod: regular, init and ephemeral ones.

import {
  childPath,
  duplicate,
  type FieldError,
  forbidden,
  invalid,
  notFound,
  notSupported,
  required,
} from "../../../machinery/field-error.ts";
import { portNameErrors } from "../../../machinery/names.ts";
import type { JsonObject } from "../../../machinery/object.ts";
import {
  checkEnum,
  checkPortNumber,
  checkRequired,
  isEmpty,
  isSet,
  listOf,
  numberOf,
} from "../../validation/fields.ts";
import { checkDnsLabel } from "../../validation/names.ts";
import { checkEnv, checkEnvFrom } from "./env.ts";
import { checkVolumeDevices, checkVolumeMounts, type VolumesByName } from "./mounts.ts";
import { checkLifecycle, checkProbes } from "./probes.ts";
import { checkContainerResources } from "./resources.ts";
import { checkSecurityContext } from "./security.ts";

/** What the checks of a container need to know of its pod. */
export interface PodScope {
  spec: JsonObject;
  volumes: VolumesByName;
  /** Names of the pod's resource claims. */
  claims: ReadonlySet<string>;
  gracePeriod: number | undefined;
  hostUsers: boolean;
}

export function podScope(spec: JsonObject, volumes: VolumesByName): PodScope {
  return {
    spec,
    volumes,
    claims: new Set(listOf(spec.resourceClaims).map((claim) => claim.name)),
    gracePeriod: numberOf(spec.terminationGracePeriodSeconds),
    hostUsers: spec.hostUsers !== false,
  };
}

/** `spec.containers`. */
export function checkContainers(scope: PodScope, path: string, errors: FieldError[]): void {
  const containers = listOf(scope.spec.containers);
  if (containers.length === 0) {
    errors.push(required(path));
    return;
  }
  const names = new Set<string>();
  containers.forEach((container, index) => {
    const at = childPath(path, index);
    checkContainer(container, scope, at, errors);
    if (names.has(container.name)) errors.push(duplicate(childPath(at, "name"), container.name));
    names.add(container.name);
    checkLifecycle(container.lifecycle, scope.gracePeriod, childPath(at, "lifecycle"), errors);
    checkProbes(container, scope.gracePeriod, at, errors);
    checkEnum(container.restartPolicy, restartPolicies, childPath(at, "restartPolicy"), errors, "optional");
  });
  checkHostPorts(containers, path, 0, errors);
}

const restartPolicies = ["Always", "Never", "OnFailure"];

/** `spec.initContainers`: those with restartPolicy Always are sidecars and may have probes. */
export function checkInitContainers(scope: PodScope, path: string, errors: FieldError[]): void {
  const names = new Set<string>(listOf(scope.spec.containers).map((container) => container.name));
  listOf(scope.spec.initContainers).forEach((container, index) => {
    const at = childPath(path, index);
    checkContainer(container, scope, at, errors);
    checkEnum(container.restartPolicy, restartPolicies, childPath(at, "restartPolicy"), errors, "optional");
    if (names.has(container.name)) errors.push(duplicate(childPath(at, "name"), container.name));
    else if (!isEmpty(container.name)) names.add(container.name);
    checkHostPorts([container], path, index, errors);
    if (container.restartPolicy === "Always") {
      checkLifecycle(container.lifecycle, scope.gracePeriod, childPath(at, "lifecycle"), errors);
      checkProbes(container, scope.gracePeriod, at, errors);
      return;
    }
    for (const field of ["lifecycle", "livenessProbe", "readinessProbe", "startupProbe"]) {
      if (!isSet(container[field])) continue;
      const why = "may not be set for init containers without restartPolicy=Always";
      errors.push(forbidden(childPath(at, field), why));
    }
  });
}

const ephemeralFields: ReadonlySet<string> = new Set([
  "name",
  "image",
  "command",
  "args",
  "workingDir",
  "envFrom",
  "env",
  "volumeMounts",
  "volumeDevices",
  "terminationMessagePath",
  "terminationMessagePolicy",
  "imagePullPolicy",
  "securityContext",
  "stdin",
  "stdinOnce",
  "tty",
  "targetContainerName",
]);

/** `spec.ephemeralContainers`, which may only have what does not belong to the workload. */
export function checkEphemeralContainers(scope: PodScope, path: string, errors: FieldError[]): void {
  const permanent = [...listOf(scope.spec.containers), ...listOf(scope.spec.initContainers)];
  const targets = new Set<string>(permanent.map((container) => container.name));
  const names = new Set(targets);
  listOf(scope.spec.ephemeralContainers).forEach((container, index) => {
    const at = childPath(path, index);
    checkContainer(container, scope, at, errors);
    checkImageSpace(container, at, errors);
    if (names.has(container.name)) errors.push(duplicate(childPath(at, "name"), container.name));
    names.add(container.name);
    const target = container.targetContainerName;
    if (!isEmpty(target) && !targets.has(target)) errors.push(notFound(childPath(at, "targetContainerName"), target));
    for (const [field, value] of Object.entries(container)) {
      if (!ephemeralFields.has(field) && !isEmpty(value)) {
        errors.push(forbidden(childPath(at, field), "cannot be set for an Ephemeral Container"));
      }
    }
    listOf(container.volumeMounts).forEach((mount, mountIndex) => {
      for (const field of ["subPath", "subPathExpr"]) {
        if (isEmpty(mount[field])) continue;
        const mountPath = childPath(childPath(childPath(at, "volumeMounts"), mountIndex), field);
        errors.push(forbidden(mountPath, "cannot be set for an Ephemeral Container"));
      }
    });
  });
}

/** Pods, unlike templates, refuse images with blanks around their name. */
export function checkImageSpace(container: JsonObject, path: string, errors: FieldError[]): void {
  const image: string = container.image ?? "";
  if (image.trim() !== image) {
    errors.push(invalid(childPath(path, "image"), image, "must not have leading or trailing whitespace"));
  }
}

function checkContainer(container: JsonObject, scope: PodScope, path: string, errors: FieldError[]): void {
  const namePath = childPath(path, "name");
  if (checkRequired(container.name, namePath, errors)) checkDnsLabel(container.name, namePath, errors);
  checkRequired(container.image, childPath(path, "image"), errors);
  const messagePolicies = ["File", "FallbackToLogsOnError"];
  checkEnum(container.terminationMessagePolicy, messagePolicies, childPath(path, "terminationMessagePolicy"), errors);
  checkPorts(container.ports, childPath(path, "ports"), errors);
  checkEnv(container.env, childPath(path, "env"), errors);
  checkEnvFrom(container.envFrom, childPath(path, "envFrom"), errors);
  checkVolumeMounts(container, scope.volumes, childPath(path, "volumeMounts"), errors);
  checkVolumeDevices(container, scope.volumes, childPath(path, "volumeDevices"), errors);
  const pullPolicies = ["Always", "IfNotPresent", "Never"];
  checkEnum(container.imagePullPolicy, pullPolicies, childPath(path, "imagePullPolicy"), errors);
  checkContainerResources(container.resources, scope.claims, childPath(path, "resources"), errors);
  checkResizePolicy(container.resizePolicy, scope.spec.restartPolicy, childPath(path, "resizePolicy"), errors);
  checkSecurityContext(container.securityContext, scope.hostUsers, childPath(path, "securityContext"), errors);
}

function checkPorts(ports: unknown, path: string, errors: FieldError[]): void {
  const names = new Set<string>();
  listOf(ports).forEach((port, index) => {
    const at = childPath(path, index);
    if (!isEmpty(port.name)) {
      const problems = portNameErrors(port.name);
      for (const problem of problems) errors.push(invalid(childPath(at, "name"), port.name, problem));
      if (problems.length === 0 && names.has(port.name)) errors.push(duplicate(childPath(at, "name"), port.name));
      names.add(port.name);
    }
    if ((port.containerPort ?? 0) === 0) errors.push(required(childPath(at, "containerPort")));
    else checkPortNumber(port.containerPort, childPath(at, "containerPort"), errors);
    if ((port.hostPort ?? 0) !== 0) checkPortNumber(port.hostPort, childPath(at, "hostPort"), errors);
    checkEnum(port.protocol, ["SCTP", "TCP", "UDP"], childPath(at, "protocol"), errors);
  });
}

/** Two containers cannot take the same port of the host. `first` is the index of the first container in the field at `path`. */
function checkHostPorts(containers: readonly JsonObject[], path: string, first: number, errors: FieldError[]): void {
  const taken = new Set<string>();
  containers.forEach((container, index) => {
    listOf(container.ports).forEach((port, portIndex) => {
      if ((port.hostPort ?? 0) === 0) return;
      const key = `${port.protocol ?? ""}/${port.hostIP ?? ""}/${port.hostPort}`;
      const at = childPath(childPath(childPath(path, first + index), "ports"), portIndex);
      if (taken.has(key)) errors.push(duplicate(childPath(at, "hostPort"), key));
      taken.add(key);
    });
  });
}

function checkResizePolicy(policies: unknown, podRestartPolicy: unknown, path: string, errors: FieldError[]): void {
  const seen = new Set<string>();
  listOf(policies).forEach((policy, index) => {
    const { resourceName = "", restartPolicy = "" } = policy;
    if (seen.has(resourceName)) errors.push(duplicate(childPath(path, index), resourceName));
    seen.add(resourceName);
    checkEnum(resourceName, ["cpu", "memory"], path, errors);
    if (restartPolicy === "") errors.push(required(path));
    else if (!["NotRequired", "RestartContainer"].includes(restartPolicy)) {
      errors.push(notSupported(path, restartPolicy, ["NotRequired", "RestartContainer"]));
    }
    if (podRestartPolicy === "Never" && restartPolicy !== "NotRequired") {
      errors.push(invalid(path, restartPolicy, "must be 'NotRequired' when `restartPolicy` is 'Never'"));
    }
  });
}

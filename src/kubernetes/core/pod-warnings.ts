// Warnings about pod specs that are legal but surely not meant: deprecated names, duplicates, fractions of bytes.
// They reach the user as Warning headers, which kubectl prints.

import { childPath, keyPath } from "../../machinery/field-error.ts";
import type { JsonObject, KubeObject } from "../../machinery/object.ts";
import { isIntegerQuantity, parseQuantity } from "../../machinery/quantity.ts";
import { entriesOf, isEmpty, isSet, listOf } from "../validation/fields.ts";

const deprecatedNodeLabels: Readonly<Record<string, string>> = {
  "beta.kubernetes.io/arch": 'deprecated since v1.14; use "kubernetes.io/arch" instead',
  "beta.kubernetes.io/os": 'deprecated since v1.14; use "kubernetes.io/os" instead',
  "failure-domain.beta.kubernetes.io/region": 'deprecated since v1.17; use "topology.kubernetes.io/region" instead',
  "failure-domain.beta.kubernetes.io/zone": 'deprecated since v1.17; use "topology.kubernetes.io/zone" instead',
  "beta.kubernetes.io/instance-type": 'deprecated since v1.17; use "node.kubernetes.io/instance-type" instead',
};

const deprecatedAnnotations: Readonly<Record<string, string>> = {
  "scheduler.alpha.kubernetes.io/critical-pod": 'non-functional in v1.16+; use the "priorityClassName" field instead',
  "security.alpha.kubernetes.io/sysctls": 'non-functional in v1.11+; use the "sysctls" field instead',
  "security.alpha.kubernetes.io/unsafe-sysctls": 'non-functional in v1.11+; use the "sysctls" field instead',
};

const deprecatedVolumes: Readonly<Record<string, string>> = {
  photonPersistentDisk: "deprecated in v1.11, non-functional in v1.16+",
  gitRepo: "deprecated in v1.11, and disabled by default in v1.33+",
  scaleIO: "deprecated in v1.16, non-functional in v1.22+",
  flocker: "deprecated in v1.22, non-functional in v1.25+",
  storageos: "deprecated in v1.22, non-functional in v1.25+",
  quobyte: "deprecated in v1.22, non-functional in v1.25+",
  glusterfs: "deprecated in v1.25, non-functional in v1.26+",
  cephfs: "deprecated in v1.28, non-functional in v1.31+",
  rbd: "deprecated in v1.28, non-functional in v1.31+",
};

/** Warnings about a pod (`path` "") or a template (`path` such as `spec.template`). */
export function podWarnings(pod: JsonObject | undefined, path: string): string[] {
  const spec: JsonObject = pod?.spec ?? {};
  const warnings: string[] = [];
  const specPath = childPath(path, "spec");
  warnAboutLabels(spec, specPath, warnings);
  const annotationsPath = childPath(childPath(path, "metadata"), "annotations");
  const annotations: JsonObject = pod?.metadata?.annotations ?? {};
  for (const [key, why] of Object.entries(deprecatedAnnotations)) {
    if (Object.hasOwn(annotations, key)) warnings.push(`${keyPath(annotationsPath, key)}: ${why}`);
  }
  listOf(spec.volumes).forEach((volume, index) => {
    for (const [source, why] of Object.entries(deprecatedVolumes)) {
      if (isSet(volume[source])) warnings.push(`${specPath}.volumes[${index}].${source}: ${why}`);
    }
  });
  warnAboutDuplicates(spec.hostAliases, "ip", `${specPath}.hostAliases`, warnings);
  warnAboutDuplicates(spec.imagePullSecrets, "name", `${specPath}.imagePullSecrets`, warnings);
  listOf(spec.imagePullSecrets).forEach((secret, index) => {
    if (isEmpty(secret.name)) warnings.push(`${specPath}.imagePullSecrets[${index}].name: invalid empty name ""`);
  });
  warnAboutFractions(spec.overhead, `${specPath}.overhead`, warnings);
  forEachContainer(spec, specPath, (container, at) => {
    warnAboutFractions(container.resources?.limits, `${at}.resources.limits`, warnings);
    warnAboutFractions(container.resources?.requests, `${at}.resources.requests`, warnings);
    warnAboutEnv(container.env, `${at}.env`, warnings);
  });
  warnAboutPorts(spec, specPath, warnings);
  if (numberBelowZero(spec.terminationGracePeriodSeconds)) {
    warnings.push(
      `${specPath}.terminationGracePeriodSeconds: must be >= 0; negative values are invalid and will be treated as 1`,
    );
  }
  return warnings;
}

/** Warnings about the template of a workload, when the request wrote the spec. */
export function templateWarnings(
  template: JsonObject | undefined,
  path: string,
  object: KubeObject,
  old: KubeObject | undefined,
): string[] {
  const written = old === undefined || object.metadata.generation !== old.metadata.generation;
  return written && isSet(template) ? podWarnings(template, path) : [];
}

function numberBelowZero(value: unknown): boolean {
  return typeof value === "number" && value < 0;
}

function forEachContainer(spec: JsonObject, path: string, visit: (container: JsonObject, at: string) => void): void {
  for (const field of ["initContainers", "containers", "ephemeralContainers"]) {
    listOf(spec[field]).forEach((container, index) => {
      visit(container, `${path}.${field}[${index}]`);
    });
  }
}

function warnAboutLabels(spec: JsonObject, path: string, warnings: string[]): void {
  for (const [key] of entriesOf(spec.nodeSelector)) {
    const why = deprecatedNodeLabels[key];
    if (why !== undefined) warnings.push(`${keyPath(`${path}.nodeSelector`, key)}: ${why}`);
  }
  const affinity = spec.affinity?.nodeAffinity;
  const hard = `${path}.affinity.nodeAffinity.requiredDuringSchedulingIgnoredDuringExecution.nodeSelectorTerms`;
  listOf(affinity?.requiredDuringSchedulingIgnoredDuringExecution?.nodeSelectorTerms).forEach((term, index) => {
    warnAboutTerm(term, `${hard}[${index}]`, warnings);
  });
  const soft = `${path}.affinity.nodeAffinity.preferredDuringSchedulingIgnoredDuringExecution`;
  listOf(affinity?.preferredDuringSchedulingIgnoredDuringExecution).forEach((preferred, index) => {
    warnAboutTerm(preferred.preference, `${soft}[${index}].preference`, warnings);
  });
  listOf(spec.topologySpreadConstraints).forEach((constraint, index) => {
    const at = `${path}.topologySpreadConstraints[${index}]`;
    const why = deprecatedNodeLabels[constraint.topologyKey ?? ""];
    if (why !== undefined) warnings.push(`${at}.topologyKey: ${constraint.topologyKey} is ${why}`);
    if (!isSet(constraint.labelSelector)) {
      warnings.push(`${at}.labelSelector: a null labelSelector results in matching no pod`);
    }
  });
}

function warnAboutTerm(term: JsonObject | undefined, path: string, warnings: string[]): void {
  listOf(term?.matchExpressions).forEach((expression, index) => {
    const why = deprecatedNodeLabels[expression.key ?? ""];
    if (why !== undefined) warnings.push(`${path}.matchExpressions[${index}].key: ${expression.key} is ${why}`);
  });
}

function warnAboutDuplicates(list: unknown, field: string, path: string, warnings: string[]): void {
  const seen = new Set<string>();
  listOf(list).forEach((item, index) => {
    const value: string = item[field] ?? "";
    if (seen.has(value)) warnings.push(`${path}[${index}].${field}: duplicate ${field} ${JSON.stringify(value)}`);
    seen.add(value);
  });
}

function warnAboutFractions(list: unknown, path: string, warnings: string[]): void {
  for (const [name, value] of entriesOf(list)) {
    if (name !== "memory" && name !== "ephemeral-storage") continue;
    const quantity = parseQuantity(String(value));
    if (quantity === undefined || isIntegerQuantity(quantity)) continue;
    const shown = JSON.stringify(String(value));
    warnings.push(`${keyPath(path, name)}: fractional byte value ${shown} is invalid, must be an integer`);
  }
}

/** A variable that replaces an earlier one without using it is probably a mistake, and merging by name would drop one. */
function warnAboutEnv(variables: unknown, path: string, warnings: string[]): void {
  const seen = new Set<string>();
  listOf(variables).forEach((variable, index) => {
    const reference = `$(${variable.name})`;
    const value: string = variable.value ?? "";
    const extendsPrevious = !isSet(variable.valueFrom) && value !== reference && value.includes(reference);
    if (seen.has(variable.name) && !extendsPrevious) {
      const name = JSON.stringify(variable.name);
      warnings.push(`${path}[${index}]: hides previous definition of ${name}, which may be dropped when using apply`);
    }
    seen.add(variable.name);
  });
}

interface SeenPort {
  at: string;
  hostIP: string;
  hostPort: number;
}

function warnAboutPorts(spec: JsonObject, path: string, warnings: string[]): void {
  const ports = new Map<string, SeenPort[]>();
  forEachContainer(spec, path, (container, containerPath) => {
    listOf(container.ports).forEach((port, index) => {
      const at = `${containerPath}.ports[${index}]`;
      const here: SeenPort = { at, hostIP: port.hostIP ?? "", hostPort: port.hostPort ?? 0 };
      const key = `${port.containerPort}/${port.protocol ?? ""}`;
      const others = ports.get(key) ?? [];
      for (const other of others) {
        if (here.hostIP === other.hostIP && here.hostPort === other.hostPort) {
          warnings.push(`${at}: duplicate port definition with ${other.at}`);
        } else if (here.hostPort === 0 || other.hostPort === 0) {
          warnings.push(`${at}: overlapping port definition with ${other.at}`);
        } else if (here.hostPort === other.hostPort && (here.hostIP === "" || other.hostIP === "")) {
          warnings.push(`${at}: dangerously ambiguous port definition with ${other.at}`);
        }
      }
      ports.set(key, [...others, here]);
    });
  });
}

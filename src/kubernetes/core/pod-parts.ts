// Subresources that write one part of a pod: `ephemeralcontainers` (debug containers, only ever added) and `resize` (cpu and
// memory of running containers).

import type { PartSubresource } from "../../apiserver/strategy.ts";
import { childPath, type FieldError, forbidden, invalid, keyPath } from "../../machinery/field-error.ts";
import { deepCopy, type JsonObject, type KubeObject } from "../../machinery/object.ts";
import { semanticEqual } from "../validation/equality.ts";
import { entriesOf, isEmpty, isSet, listOf } from "../validation/fields.ts";
import { defaultContainer } from "./pod-defaults.ts";
import { qosClassOf } from "./pod-qos.ts";
import { compareQuantityTexts } from "./resource-names.ts";
import { checkPodSpec } from "./validation/pod-spec.ts";

const mirrorAnnotation = "kubernetes.io/config.mirror";
const verbs = ["get", "update", "patch"] as const;

export const ephemeralContainersSubresource: PartSubresource = {
  type: "part",
  verbs,
  merge(current, submitted) {
    const ephemeralContainers = deepCopy(listOf(submitted.spec?.ephemeralContainers));
    for (const container of ephemeralContainers) defaultContainer(container);
    return { ...current, spec: { ...current.spec, ephemeralContainers } };
  },
  validate(pod, old) {
    if (isStatic(old)) return [forbidden("", "static pods do not support ephemeral containers")];
    const errors: FieldError[] = [];
    checkPodSpec(pod.spec, { kind: "pod", name: pod.metadata.name ?? "" }, "spec", errors);
    const containers = listOf(pod.spec.ephemeralContainers);
    for (const before of listOf(old.spec?.ephemeralContainers)) {
      const after = containers.find((container) => container.name === before.name);
      const name = JSON.stringify(before.name);
      if (after === undefined) {
        errors.push(
          forbidden("spec.ephemeralContainers", `existing ephemeral containers ${name} may not be removed\n`),
        );
      } else if (!semanticEqual(after, before)) {
        errors.push(
          forbidden("spec.ephemeralContainers", `existing ephemeral containers ${name} may not be changed\n`),
        );
      }
    }
    return errors;
  },
};

export const resizeSubresource: PartSubresource = {
  type: "part",
  verbs,
  merge(current, submitted) {
    const spec = { ...current.spec };
    for (const field of ["containers", "initContainers"]) {
      if (isSet(spec[field])) spec[field] = takeResources(listOf(spec[field]), listOf(submitted.spec?.[field]));
    }
    return { ...current, spec };
  },
  validate: checkResize,
};

/** The containers with the resources and resize policies of those of the same name. */
function takeResources(containers: readonly JsonObject[], submitted: readonly JsonObject[]): JsonObject[] {
  return containers.map((container) => {
    const wanted = submitted.find((candidate) => candidate.name === container.name);
    if (wanted === undefined) return container;
    const resized: JsonObject = { ...container, resources: wanted.resources ?? {} };
    if (isSet(wanted.resizePolicy)) resized.resizePolicy = wanted.resizePolicy;
    return resized;
  });
}

function checkResize(pod: KubeObject, old: KubeObject): FieldError[] {
  if (isStatic(old)) return [forbidden("", "static pods cannot be resized")];
  if (old.spec?.os?.name === "windows") return [forbidden("", "windows pods cannot be resized")];
  if (!isEmpty(old.spec?.resources?.limits) || !isEmpty(old.spec?.resources?.requests)) {
    return [forbidden("", "pods with pod-level resources cannot be resized")];
  }
  const errors: FieldError[] = [];
  checkPodSpec(pod.spec, { kind: "pod", name: pod.metadata.name ?? "" }, "spec", errors);
  const qosClass = old.status?.qosClass ?? qosClassOf(old.spec ?? {});
  if (qosClassOf(pod.spec) !== qosClass) {
    errors.push(invalid("spec", qosClass, "Pod QOS Class may not change as a result of resizing"));
  }
  for (const field of ["containers", "initContainers"]) {
    listOf(pod.spec[field]).forEach((container, index) => {
      const before = old.spec[field][index];
      const path = `spec.${field}[${index}].resources`;
      if (field === "initContainers" && container.restartPolicy !== "Always") {
        if (!semanticEqual(container, before)) {
          errors.push(forbidden("spec", "resources for non-sidecar init containers are immutable"));
        }
        return;
      }
      checkContainerResize(container, before, path, errors);
      if (!semanticEqual(withoutComputeResources(container), withoutComputeResources(before))) {
        const who = field === "containers" ? "" : " for sidecar containers";
        errors.push(forbidden("spec", `only cpu and memory resources${who} are mutable`));
      }
    });
  }
  return errors;
}

function checkContainerResize(container: JsonObject, before: JsonObject, path: string, errors: FieldError[]): void {
  for (const list of ["requests", "limits"]) {
    const now = container.resources?.[list] ?? {};
    if (entriesOf(before.resources?.[list]).some(([name]) => !Object.hasOwn(now, name))) {
      errors.push(forbidden(childPath(path, list), `resource ${list} cannot be removed`));
    }
  }
  const policy = listOf(container.resizePolicy).find((candidate) => candidate.resourceName === "memory");
  if (policy?.restartPolicy === "RestartContainer") return;
  const limit = container.resources?.limits?.memory;
  const oldLimit = before.resources?.limits?.memory;
  const at = keyPath(childPath(path, "limits"), "memory");
  if (isSet(limit) && !isSet(oldLimit)) {
    errors.push(forbidden(at, "memory limits cannot be added unless resizePolicy is RestartContainer"));
  } else if (isSet(limit) && compareQuantityTexts(limit, oldLimit) < 0) {
    errors.push(forbidden(at, "memory limits cannot be decreased unless resizePolicy is RestartContainer"));
  }
}

function withoutComputeResources(container: JsonObject): JsonObject {
  const resources: JsonObject = {};
  for (const list of ["requests", "limits"]) {
    const { cpu: _cpu, memory: _memory, ...others } = container.resources?.[list] ?? {};
    resources[list] = others;
  }
  return { ...container, resources: { ...container.resources, ...resources }, resizePolicy: undefined };
}

function isStatic(pod: KubeObject): boolean {
  return Object.hasOwn(pod.metadata.annotations ?? {}, mirrorAnnotation);
}

// What an update may change of a pod: images, deadlines, added tolerations, removed scheduling gates, and nothing else.

import { childPath, type FieldError, forbidden, invalid, required } from "../../../machinery/field-error.ts";
import type { JsonObject, KubeObject } from "../../../machinery/object.ts";
import { semanticEqual } from "../../validation/equality.ts";
import { checkRange, entriesOf, isEmpty, isSet, listOf, maxInt32, numberOf } from "../../validation/fields.ts";
import { describeChanges } from "../changes.ts";

const updatableText = [
  "`spec.containers[*].image`",
  "`spec.initContainers[*].image`",
  "`spec.activeDeadlineSeconds`",
  "`spec.tolerations` (only additions to existing tolerations)",
  "`spec.terminationGracePeriodSeconds` (allow it to be set to 1 if it was previously negative)",
].join(",");

export function checkPodUpdate(pod: KubeObject, old: KubeObject, errors: FieldError[]): void {
  const spec: JsonObject = pod.spec ?? {};
  const oldSpec: JsonObject = old.spec ?? {};
  for (const field of ["containers", "initContainers"]) {
    if (!checkContainerCount(spec[field], oldSpec[field], `spec.${field}`, errors)) return;
  }
  if (!checkDeadline(spec.activeDeadlineSeconds, oldSpec.activeDeadlineSeconds, errors)) return;
  checkTolerationsKept(spec.tolerations, oldSpec.tolerations, errors);
  checkGatesOnlyRemoved(spec.schedulingGates, oldSpec.schedulingGates, errors);
  if (semanticEqual(spec, oldSpec)) return;
  const kept = withOldUpdatables(spec, oldSpec);
  if (!isEmpty(oldSpec.schedulingGates)) {
    checkNodeSelectorExtended(spec.nodeSelector, oldSpec.nodeSelector, errors);
    kept.nodeSelector = oldSpec.nodeSelector;
    kept.affinity = { ...kept.affinity, nodeAffinity: oldSpec.affinity?.nodeAffinity };
  }
  if (!semanticEqual(kept, oldSpec)) {
    const changes = describeChanges(oldSpec, kept, "spec");
    errors.push(forbidden("spec", `pod updates may not change fields other than ${updatableText}\n${changes}`));
  }
}

/** The new spec with the old values of what may change. */
function withOldUpdatables(spec: JsonObject, oldSpec: JsonObject): JsonObject {
  const kept: JsonObject = {
    ...spec,
    activeDeadlineSeconds: oldSpec.activeDeadlineSeconds,
    tolerations: oldSpec.tolerations,
    schedulingGates: oldSpec.schedulingGates,
  };
  for (const field of ["containers", "initContainers"]) {
    kept[field] = listOf(spec[field]).map((container, index) => ({
      ...container,
      image: oldSpec[field][index].image,
    }));
  }
  const oldGrace = numberOf(oldSpec.terminationGracePeriodSeconds);
  if (oldGrace !== undefined && oldGrace < 0 && spec.terminationGracePeriodSeconds === 1) {
    kept.terminationGracePeriodSeconds = oldGrace;
  }
  return kept;
}

function checkContainerCount(containers: unknown, old: unknown, path: string, errors: FieldError[]): boolean {
  if (listOf(containers).length !== listOf(old).length) {
    errors.push(forbidden(path, "pod updates may not add or remove containers"));
    return false;
  }
  listOf(containers).forEach((container, index) => {
    if (isEmpty(container.image)) errors.push(required(childPath(childPath(path, index), "image")));
  });
  return true;
}

function checkDeadline(deadline: unknown, oldDeadline: unknown, errors: FieldError[]): boolean {
  const path = "spec.activeDeadlineSeconds";
  const seconds = numberOf(deadline);
  const oldSeconds = numberOf(oldDeadline);
  if (seconds === undefined) {
    if (oldSeconds === undefined) return true;
    errors.push(invalid(path, null, "must not update from a positive integer to nil value"));
    return true;
  }
  const before = errors.length;
  checkRange(seconds, 0, maxInt32, path, errors);
  if (errors.length > before) return false;
  if (oldSeconds !== undefined && oldSeconds < seconds) {
    errors.push(invalid(path, seconds, "must be less than or equal to previous value"));
    return false;
  }
  return true;
}

function checkTolerationsKept(tolerations: unknown, old: unknown, errors: FieldError[]): void {
  const kept = listOf(old).every((before) =>
    listOf(tolerations).some((after) =>
      semanticEqual({ ...before, tolerationSeconds: after.tolerationSeconds }, after),
    ),
  );
  if (kept) return;
  const why = "existing toleration can not be modified except its tolerationSeconds";
  errors.push(forbidden("spec.tolerations", why));
}

function checkGatesOnlyRemoved(gates: unknown, old: unknown, errors: FieldError[]): void {
  const before = new Set(listOf(old).map((gate) => gate.name));
  listOf(gates).forEach((gate, index) => {
    if (before.has(gate.name)) return;
    const why = `only deletion is allowed, but found new scheduling gate '${gate.name}'`;
    errors.push(forbidden(`spec.schedulingGates[${index}].name`, why));
  });
}

/** A gated pod may be narrowed to fewer nodes, never widened. */
function checkNodeSelectorExtended(selector: unknown, old: unknown, errors: FieldError[]): void {
  const now = new Map(entriesOf(selector));
  if (entriesOf(old).every(([key, value]) => now.get(key) === value)) return;
  const why = "only additions to spec.nodeSelector are allowed (no mutations or deletions)";
  errors.push(invalid("spec.nodeSelector", isSet(selector) ? selector : null, why));
}

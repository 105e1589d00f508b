// Deployments.

import type { Strategy } from "../../apiserver/strategy.ts";
import { type FieldError, forbidden, invalid, notSupported, required } from "../../machinery/field-error.ts";
import type { JsonObject, KubeObject } from "../../machinery/object.ts";
import { ageColumn, countColumn, selectorColumn, templateColumns, textColumn } from "../columns.ts";
import { defaultTemplateOf } from "../core/pod-defaults.ts";
import { templateWarnings } from "../core/pod-warnings.ts";
import { checkRunningTemplate } from "../core/validation/pod-template.ts";
import { builtin } from "../define.ts";
import { checkImmutable, checkNonNegativeFields, isSet } from "../validation/fields.ts";
import { checkAtMost100Percent, checkIntOrPercent, isZeroOrPercent } from "../validation/int-or-percent.ts";
import { checkWorkloadSelector } from "../validation/label-selectors.ts";
import { checkNoMoreThanReplicas } from "./replicas.ts";

const deploymentStrategy: Strategy = {
  defaults(object) {
    object.spec ??= {};
    const spec: JsonObject = object.spec;
    spec.replicas ??= 1;
    spec.strategy ??= {};
    spec.strategy.type ||= "RollingUpdate";
    if (spec.strategy.type === "RollingUpdate") {
      spec.strategy.rollingUpdate ??= {};
      spec.strategy.rollingUpdate.maxUnavailable ??= "25%";
      spec.strategy.rollingUpdate.maxSurge ??= "25%";
    }
    spec.revisionHistoryLimit ??= 10;
    spec.progressDeadlineSeconds ??= 600;
    defaultTemplateOf(spec);
  },

  validate(object) {
    const errors: FieldError[] = [];
    checkSpec(object.spec ?? {}, errors);
    return errors;
  },

  validateUpdate(object, old) {
    const errors: FieldError[] = [];
    checkImmutable(object.spec?.selector, old.spec?.selector, "spec.selector", errors);
    return errors;
  },

  validateStatusUpdate: statusErrors,

  warnings: (object, old) => templateWarnings(object.spec?.template, "spec.template", object, old),
};

function checkSpec(spec: JsonObject, errors: FieldError[]): void {
  checkNonNegativeFields(spec, ["replicas"], "spec", errors);
  checkWorkloadSelector(spec.selector, "deployment", "spec.selector", errors);
  checkRunningTemplate(spec.template, spec.selector, "ReplicaSet", "spec.template", errors);
  checkStrategy(spec.strategy ?? {}, errors);
  checkNonNegativeFields(spec, ["minReadySeconds", "revisionHistoryLimit", "progressDeadlineSeconds"], "spec", errors);
  const deadline = spec.progressDeadlineSeconds;
  if (isSet(deadline) && deadline <= (spec.minReadySeconds ?? 0)) {
    errors.push(invalid("spec.progressDeadlineSeconds", deadline, "must be greater than minReadySeconds"));
  }
}

function checkStrategy(strategy: JsonObject, errors: FieldError[]): void {
  const { type, rollingUpdate } = strategy;
  const path = "spec.strategy.rollingUpdate";
  if (type === "Recreate") {
    if (isSet(rollingUpdate)) {
      errors.push(forbidden(path, "may not be specified when strategy `type` is 'Recreate'"));
    }
  } else if (type === "RollingUpdate") {
    if (isSet(rollingUpdate)) checkRollingUpdate(rollingUpdate, path, errors);
    else errors.push(required(path, "this should be defaulted and never be nil"));
  } else {
    const value = { Type: type ?? "", RollingUpdate: rollingUpdate ?? null };
    errors.push(notSupported("spec.strategy", value, ["Recreate", "RollingUpdate"], "given"));
  }
}

function checkRollingUpdate(rollingUpdate: JsonObject, path: string, errors: FieldError[]): void {
  const { maxUnavailable, maxSurge } = rollingUpdate;
  checkIntOrPercent(maxUnavailable, `${path}.maxUnavailable`, errors);
  checkIntOrPercent(maxSurge, `${path}.maxSurge`, errors);
  if (isZeroOrPercent(maxUnavailable) && isZeroOrPercent(maxSurge)) {
    errors.push(invalid(`${path}.maxUnavailable`, maxUnavailable, "may not be 0 when `maxSurge` is 0"));
  }
  checkAtMost100Percent(maxUnavailable, `${path}.maxUnavailable`, errors);
}

const statusCounters = [
  "observedGeneration",
  "replicas",
  "updatedReplicas",
  "readyReplicas",
  "availableReplicas",
  "unavailableReplicas",
  "terminatingReplicas",
  "collisionCount",
];

function statusErrors(object: KubeObject, old: KubeObject): FieldError[] {
  const errors: FieldError[] = [];
  const status: JsonObject = object.status ?? {};
  checkNonNegativeFields(status, statusCounters, "status", errors);
  checkNoMoreThanReplicas(status, ["updatedReplicas", "readyReplicas", "availableReplicas"], errors);
  checkCollisionCount(status, old.status ?? {}, errors);
  return errors;
}

/** The count of name collisions only grows, or names would be used again. */
export function checkCollisionCount(status: JsonObject, old: JsonObject, errors: FieldError[]): void {
  const before = old.collisionCount;
  if (!isSet(before)) return;
  if (!isSet(status.collisionCount) || status.collisionCount < before) {
    errors.push(invalid("status.collisionCount", status.collisionCount ?? 0, "cannot be decremented"));
  }
}

export const deployments = builtin({
  group: "apps",
  kind: "Deployment",
  versions: ["v1"],
  shortNames: ["deploy"],
  categories: ["all"],
  columns: [
    textColumn("Ready", "How many of the wanted pods are ready", (object) => {
      return `${object.status?.readyReplicas ?? 0}/${object.spec?.replicas ?? 0}`;
    }),
    countColumn("Up-to-date", "How many pods run the template", (o) => o.status?.updatedReplicas, "string"),
    countColumn("Available", "How many pods are available", (o) => o.status?.availableReplicas, "string"),
    ageColumn,
    ...templateColumns((object) => object.spec?.template),
    selectorColumn,
  ],
  strategy: deploymentStrategy,
});

// DaemonSets. The number of the template is kept in an annotation, as since the removal of its field.

import type { Strategy } from "../../apiserver/strategy.ts";
import { type FieldError, invalid, notSupported, required } from "../../machinery/field-error.ts";
import { deepCopy, type JsonObject, type KubeObject } from "../../machinery/object.ts";
import { ageColumn, countColumn, selectorColumn, showLabels, templateColumns, textColumn } from "../columns.ts";
import { defaultPodTemplate, defaultTemplateOf } from "../core/pod-defaults.ts";
import { templateWarnings } from "../core/pod-warnings.ts";
import { checkRunningTemplate } from "../core/validation/pod-template.ts";
import { builtin } from "../define.ts";
import { semanticEqual } from "../validation/equality.ts";
import { checkImmutable, checkNonNegativeFields, isSet } from "../validation/fields.ts";
import { checkAtMost100Percent, checkIntOrPercent, isZeroOrPercent } from "../validation/int-or-percent.ts";
import { checkWorkloadSelector } from "../validation/label-selectors.ts";
import { checkCollisionCount } from "./deployment.ts";

const templateGeneration = "deprecated.daemonset.template.generation";
const counters = ["currentNumberScheduled", "numberMisscheduled", "desiredNumberScheduled", "numberReady"];

const daemonSetStrategy: Strategy = {
  defaults(object) {
    object.spec ??= {};
    const spec: JsonObject = object.spec;
    spec.updateStrategy ??= {};
    spec.updateStrategy.type ||= "RollingUpdate";
    if (spec.updateStrategy.type === "RollingUpdate") {
      spec.updateStrategy.rollingUpdate ??= {};
      spec.updateStrategy.rollingUpdate.maxUnavailable ??= 1;
      spec.updateStrategy.rollingUpdate.maxSurge ??= 0;
    }
    spec.revisionHistoryLimit ??= 10;
    defaultTemplateOf(spec);
  },

  prepareForCreate(object) {
    object.status = Object.fromEntries(counters.map((counter) => [counter, 0]));
    annotate(object, Math.max(1, generationOf(object)));
  },

  prepareForUpdate(object, old) {
    // What was submitted has no defaults yet: without them every PUT of a manifest would count as a change.
    const template = deepCopy(object.spec?.template ?? {});
    defaultPodTemplate(template);
    const changed = !semanticEqual(template, old.spec?.template);
    annotate(object, Math.max(1, generationOf(old)) + (changed ? 1 : 0));
  },

  validate(object) {
    const errors: FieldError[] = [];
    const spec = object.spec ?? {};
    // That the selector is absent shows in that it does not select the template.
    if (isSet(spec.selector)) checkWorkloadSelector(spec.selector, "daemonset", "spec.selector", errors);
    checkRunningTemplate(spec.template, spec.selector, "DaemonSet", "spec.template", errors);
    checkNonNegativeFields(spec, ["minReadySeconds", "revisionHistoryLimit"], "spec", errors);
    checkUpdateStrategy(spec.updateStrategy ?? {}, "spec.updateStrategy", errors);
    return errors;
  },

  validateUpdate(object, old) {
    const errors: FieldError[] = [];
    checkImmutable(object.spec?.selector, old.spec?.selector, "spec.selector", errors);
    return errors;
  },

  validateStatusUpdate(object, old) {
    const errors: FieldError[] = [];
    const fields = [
      ...counters,
      "observedGeneration",
      "updatedNumberScheduled",
      "numberAvailable",
      "numberUnavailable",
      "collisionCount",
    ];
    checkNonNegativeFields(object.status, fields, "status", errors);
    checkCollisionCount(object.status ?? {}, old.status ?? {}, errors);
    return errors;
  },

  warnings: (object, old) => templateWarnings(object.spec?.template, "spec.template", object, old),
};

function generationOf(object: KubeObject): number {
  const number = Number(object.metadata.annotations?.[templateGeneration] ?? 0);
  return Number.isSafeInteger(number) ? number : 0;
}

function annotate(object: KubeObject, generation: number): void {
  object.metadata.annotations = { ...object.metadata.annotations, [templateGeneration]: String(generation) };
}

function checkUpdateStrategy(strategy: JsonObject, path: string, errors: FieldError[]): void {
  const { type, rollingUpdate } = strategy;
  if (type === "OnDelete") return;
  if (type !== "RollingUpdate") {
    const value = { Type: type ?? "", RollingUpdate: rollingUpdate ?? null };
    errors.push(notSupported(path, value, ["RollingUpdate", "OnDelete"], "given"));
    return;
  }
  const at = `${path}.rollingUpdate`;
  if (!isSet(rollingUpdate)) {
    errors.push(required(at));
    return;
  }
  const fields = ["maxUnavailable", "maxSurge"];
  for (const field of fields) checkIntOrPercent(rollingUpdate[field], `${at}.${field}`, errors);
  for (const field of fields) checkAtMost100Percent(rollingUpdate[field], `${at}.${field}`, errors);
  const unavailable = !isZeroOrPercent(rollingUpdate.maxUnavailable);
  const surge = !isZeroOrPercent(rollingUpdate.maxSurge);
  if (unavailable && surge) {
    const why = "may not be set when maxUnavailable is non-zero";
    errors.push(invalid(`${at}.maxSurge`, rollingUpdate.maxSurge, why));
  } else if (!unavailable && !surge) {
    errors.push(required(`${at}.maxUnavailable`, "cannot be 0 when maxSurge is 0"));
  }
}

export const daemonSets = builtin({
  group: "apps",
  kind: "DaemonSet",
  versions: ["v1"],
  shortNames: ["ds"],
  categories: ["all"],
  columns: [
    countColumn("Desired", "How many nodes should run the pod", (o) => o.status?.desiredNumberScheduled),
    countColumn("Current", "How many nodes run the pod", (o) => o.status?.currentNumberScheduled),
    countColumn("Ready", "How many pods are ready", (o) => o.status?.numberReady),
    countColumn("Up-to-date", "How many pods run the template", (o) => o.status?.updatedNumberScheduled),
    countColumn("Available", "How many pods are available", (o) => o.status?.numberAvailable),
    textColumn("Node Selector", "Labels of the nodes that run the pod", (object) =>
      showLabels(object.spec?.template?.spec?.nodeSelector),
    ),
    ageColumn,
    ...templateColumns((object) => object.spec?.template),
    selectorColumn,
  ],
  strategy: daemonSetStrategy,
});

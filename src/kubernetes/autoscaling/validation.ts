// Checks of the spec of a HorizontalPodAutoscaler, in the shape of v2.

import { childPath, type FieldError, forbidden, invalid, notSupported, required } from "../../machinery/field-error.ts";
import { pathSegmentNameErrors } from "../../machinery/names.ts";
import type { JsonObject } from "../../machinery/object.ts";
import { compareQuantityTexts } from "../core/resource-names.ts";
import { checkEnum, checkRequired, isEmpty, isSet, listOf, positiveText } from "../validation/fields.ts";
import { checkLabelSelector } from "../validation/label-selectors.ts";

/** The sources of metrics with the fields that hold them. */
const sourceFields: Readonly<Record<string, string>> = {
  ContainerResource: "containerResource",
  External: "external",
  Object: "object",
  Pods: "pods",
  Resource: "resource",
};

export function checkAutoscalerSpec(spec: JsonObject, errors: FieldError[]): void {
  const { minReplicas, behavior } = spec;
  const maxReplicas = spec.maxReplicas ?? 0;
  if (isSet(minReplicas) && minReplicas < 1) {
    errors.push(invalid("spec.minReplicas", minReplicas, "must be greater than or equal to 1"));
  }
  if (maxReplicas < 1) errors.push(invalid("spec.maxReplicas", maxReplicas, positiveText));
  if (isSet(minReplicas) && maxReplicas < minReplicas) {
    errors.push(invalid("spec.maxReplicas", maxReplicas, "must be greater than or equal to `minReplicas`"));
  }
  checkReference(spec.scaleTargetRef ?? {}, "spec.scaleTargetRef", errors);
  listOf(spec.metrics).forEach((metric, index) => {
    checkMetric(metric, childPath("spec.metrics", index), errors);
  });
  for (const direction of ["scaleUp", "scaleDown"]) {
    const rules = behavior?.[direction];
    if (isSet(rules)) checkScalingRules(rules, `spec.behavior.${direction}`, errors);
  }
}

function checkReference(reference: JsonObject, path: string, errors: FieldError[]): void {
  for (const field of ["kind", "name"]) {
    const at = childPath(path, field);
    if (checkRequired(reference[field], at, errors)) {
      for (const problem of pathSegmentNameErrors(reference[field], false)) {
        errors.push(invalid(at, reference[field], problem));
      }
    }
  }
}

function checkMetric(metric: JsonObject, path: string, errors: FieldError[]): void {
  const typePath = childPath(path, "type");
  if (isEmpty(metric.type)) errors.push(required(typePath, "must specify a metric source type"));
  const expected = sourceFields[metric.type ?? ""];
  if (expected === undefined) {
    errors.push(notSupported(typePath, metric.type ?? "", Object.keys(sourceFields)));
    return;
  }
  if (!isSet(metric[expected])) {
    errors.push(required(childPath(path, expected), "must populate information for the given metric source"));
  } else {
    checkSource(expected, metric[expected], childPath(path, expected), errors);
  }
  for (const field of Object.values(sourceFields)) {
    if (field === expected || !isSet(metric[field])) continue;
    errors.push(forbidden(childPath(path, field), "must populate the given metric source only"));
  }
}

function checkSource(field: string, source: JsonObject, path: string, errors: FieldError[]): void {
  const target: JsonObject = source.target ?? {};
  const targetPath = childPath(path, "target");
  if (field === "resource" || field === "containerResource") {
    checkRequired(source.name, childPath(path, "name"), errors, "must specify a resource name");
    if (field === "containerResource") {
      checkRequired(source.container, childPath(path, "container"), errors, "must specify a container");
    }
    checkTarget(target, targetPath, errors);
    checkResourceTarget(target, targetPath, errors);
    return;
  }
  if (field === "object") checkReference(source.describedObject ?? {}, childPath(path, "describedObject"), errors);
  const metricPath = childPath(path, "metric");
  checkRequired(source.metric?.name, childPath(metricPath, "name"), errors, "must specify a metric name");
  checkLabelSelector(source.metric?.selector, childPath(metricPath, "selector"), errors);
  checkTarget(target, targetPath, errors);
  const averagePath = childPath(targetPath, "averageValue");
  if (field === "pods") {
    checkRequired(target.averageValue, averagePath, errors, "must specify a positive target averageValue");
  } else if (!isSet(target.value) && !isSet(target.averageValue)) {
    const what = field === "object" ? "averageValue" : "for metric or a per-pod target";
    errors.push(required(averagePath, `must set either a target value ${field === "object" ? "or " : ""}${what}`));
  } else if (field === "external" && isSet(target.value) && isSet(target.averageValue)) {
    const why = "may not set both a target value for metric and a per-pod target";
    errors.push(forbidden(childPath(targetPath, "value"), why));
  }
}

function checkTarget(target: JsonObject, path: string, errors: FieldError[]): void {
  const typePath = childPath(path, "type");
  if (checkRequired(target.type, typePath, errors, "must specify a metric target type")) {
    if (!["Utilization", "Value", "AverageValue"].includes(target.type)) {
      errors.push(invalid(typePath, target.type, "must be either Utilization, Value, or AverageValue"));
    }
  }
  for (const field of ["value", "averageValue"]) {
    const value = target[field];
    if (isSet(value) && compareQuantityTexts(value, "0") <= 0) {
      errors.push(invalid(childPath(path, field), value, "must be positive"));
    }
  }
  if (isSet(target.averageUtilization) && target.averageUtilization < 1) {
    errors.push(invalid(childPath(path, "averageUtilization"), target.averageUtilization, positiveText));
  }
}

function checkResourceTarget(target: JsonObject, path: string, errors: FieldError[]): void {
  const utilization = isSet(target.averageUtilization);
  const value = isSet(target.averageValue);
  if (!utilization && !value) {
    const why = "must set either a target raw value or a target utilization";
    errors.push(required(childPath(path, "averageUtilization"), why));
  } else if (utilization && value) {
    const why = "may not set both a target raw value and a target utilization";
    errors.push(forbidden(childPath(path, "averageValue"), why));
  }
}

const maxStabilizationSeconds = 3600;
const maxPeriodSeconds = 1800;
const zeroText = "must be greater than zero";

function checkScalingRules(rules: JsonObject, path: string, errors: FieldError[]): void {
  const window = rules.stabilizationWindowSeconds;
  const windowPath = childPath(path, "stabilizationWindowSeconds");
  if (isSet(window) && window < 0) {
    errors.push(invalid(windowPath, window, "must be greater than or equal to zero"));
  }
  if (isSet(window) && window > maxStabilizationSeconds) {
    errors.push(invalid(windowPath, window, `must be less than or equal to ${maxStabilizationSeconds}`));
  }
  const selectPath = childPath(path, "selectPolicy");
  checkEnum(rules.selectPolicy, ["Disabled", "Max", "Min"], selectPath, errors, "optional");
  const policiesPath = childPath(path, "policies");
  if (isEmpty(rules.policies)) errors.push(required(policiesPath, "must specify at least one Policy"));
  listOf(rules.policies).forEach((policy, index) => {
    const at = childPath(policiesPath, index);
    const { value = 0, periodSeconds = 0 } = policy;
    if (policy.type !== "Pods" && policy.type !== "Percent") {
      errors.push(notSupported(childPath(at, "type"), policy.type ?? "", ["Percent", "Pods"]));
    }
    if (value <= 0) errors.push(invalid(childPath(at, "value"), value, zeroText));
    if (periodSeconds <= 0) errors.push(invalid(childPath(at, "periodSeconds"), periodSeconds, zeroText));
    if (periodSeconds > maxPeriodSeconds) {
      const why = `must be less than or equal to ${maxPeriodSeconds}`;
      errors.push(invalid(childPath(at, "periodSeconds"), periodSeconds, why));
    }
  });
}

// Checks of a job's rules about failed pods and about when enough pods succeeded.

import { childPath, duplicate, type FieldError, invalid, required, tooMany } from "../../machinery/field-error.ts";
import type { JsonObject } from "../../machinery/object.ts";
import { checkEnum, checkNonNegativeFields, isEmpty, isSet, listOf } from "../validation/fields.ts";
import { checkQualifiedName } from "../validation/names.ts";

const maxRules = 20;
const maxPatterns = 20;
const maxExitCodes = 255;
const actions = ["Count", "FailIndex", "FailJob", "Ignore"];

export function checkPodFailurePolicy(spec: JsonObject, path: string, errors: FieldError[]): void {
  const rules = listOf(spec.podFailurePolicy.rules);
  const rulesPath = childPath(path, "rules");
  if (rules.length > maxRules) errors.push(tooMany(rulesPath, rules.length, maxRules));
  rules.forEach((rule, index) => {
    checkFailureRule(rule, spec, childPath(rulesPath, index), errors);
  });
}

/** Like `checkEnum`, with the choices already told to whom gives none, in the form of a list of Go. */
function checkListedEnum(value: unknown, supported: readonly string[], path: string, errors: FieldError[]): void {
  const choices = supported.map((choice) => JSON.stringify(choice)).join(" ");
  if (isEmpty(value)) errors.push(required(path, `valid values: [${choices}]`));
  else checkEnum(value, supported, path, errors);
}

function checkFailureRule(rule: JsonObject, spec: JsonObject, path: string, errors: FieldError[]): void {
  const actionPath = childPath(path, "action");
  if (rule.action === "FailIndex" && !isSet(spec.backoffLimitPerIndex)) {
    errors.push(invalid(actionPath, rule.action, "requires the backoffLimitPerIndex to be set"));
  } else {
    checkListedEnum(rule.action, actions, actionPath, errors);
  }
  const byCodes = isSet(rule.onExitCodes);
  const byConditions = !isEmpty(rule.onPodConditions);
  if (byCodes) checkExitCodes(rule.onExitCodes, spec, childPath(path, "onExitCodes"), errors);
  if (byConditions) checkConditionPatterns(rule.onPodConditions, childPath(path, "onPodConditions"), errors);
  if (byCodes && byConditions) {
    const why = "specifying both OnExitCodes and OnPodConditions is not supported";
    errors.push({ type: "FieldValueInvalid", field: path, message: `Invalid value: ${why}` });
  } else if (!byCodes && !byConditions) {
    const why = "specifying one of OnExitCodes and OnPodConditions is required";
    errors.push({ type: "FieldValueInvalid", field: path, message: `Invalid value: ${why}` });
  }
}

function checkExitCodes(requirement: JsonObject, spec: JsonObject, path: string, errors: FieldError[]): void {
  const { operator, containerName } = requirement;
  checkListedEnum(operator, ["In", "NotIn"], childPath(path, "operator"), errors);
  const podSpec = spec.template?.spec;
  const containers = [...listOf(podSpec?.containers), ...listOf(podSpec?.initContainers)];
  if (isSet(containerName) && !containers.some((container) => container.name === containerName)) {
    const why = "must be one of the container or initContainer names in the pod template";
    errors.push(invalid(childPath(path, "containerName"), containerName, why));
  }
  const values = listOf(requirement.values);
  const valuesPath = childPath(path, "values");
  if (values.length === 0) errors.push(invalid(valuesPath, values, "at least one value is required"));
  if (values.length > maxExitCodes) errors.push(tooMany(valuesPath, values.length, maxExitCodes));
  values.forEach((value, index) => {
    if (operator === "In" && value === 0) {
      errors.push(invalid(childPath(valuesPath, index), value, "must not be 0 for the In operator"));
    }
    if (values.indexOf(value) < index) errors.push(duplicate(childPath(valuesPath, index), value));
  });
  if (values.some((value, index) => index > 0 && values[index - 1] > value)) {
    errors.push(invalid(valuesPath, values, "must be ordered"));
  }
}

function checkConditionPatterns(patterns: unknown, path: string, errors: FieldError[]): void {
  const list = listOf(patterns);
  if (list.length > maxPatterns) errors.push(tooMany(path, list.length, maxPatterns));
  list.forEach((pattern, index) => {
    const at = childPath(path, index);
    checkQualifiedName(pattern.type, childPath(at, "type"), errors);
    checkListedEnum(pattern.status, ["False", "True", "Unknown"], childPath(at, "status"), errors);
  });
}

export function checkSuccessPolicy(spec: JsonObject, path: string, errors: FieldError[]): void {
  const rules = listOf(spec.successPolicy.rules);
  const rulesPath = childPath(path, "rules");
  if (rules.length === 0) {
    errors.push(required(rulesPath, "at least one rules must be specified when the successPolicy is specified"));
  }
  if (rules.length > maxRules) errors.push(tooMany(rulesPath, rules.length, maxRules));
  rules.forEach((rule, index) => {
    const at = childPath(rulesPath, index);
    if (!isSet(rule.succeededCount) && !isSet(rule.succeededIndexes)) {
      errors.push(required(at, "at least one of succeededCount or succeededIndexes must be specified"));
    }
    checkNonNegativeFields(rule, ["succeededCount"], at, errors);
    if (isSet(rule.succeededCount) && isSet(spec.completions) && rule.succeededCount > spec.completions) {
      const why = `must be less than or equal to ${spec.completions} (the number of specified completions)`;
      errors.push(invalid(childPath(at, "succeededCount"), rule.succeededCount, why));
    }
    if (isSet(rule.succeededIndexes)) {
      checkIndexes(rule.succeededIndexes, spec.completions ?? 0, childPath(at, "succeededIndexes"), errors);
    }
  });
}

/** Intervals such as `0,3-5`, in order and below the number of completions. */
function checkIndexes(text: string, completions: number, path: string, errors: FieldError[]): void {
  let previous = -1;
  for (const part of text === "" ? [] : text.split(",")) {
    const match = /^(\d+)(?:-(\d+))?$/.exec(part);
    const from = Number(match?.[1]);
    const to = Number(match?.[2] ?? match?.[1]);
    if (match === null || from > to || from <= previous || to >= completions) {
      errors.push(invalid(path, text, `error parsing succeededIndexes: invalid interval ${JSON.stringify(part)}`));
      return;
    }
    previous = to;
  }
}

// Checks of what steers a pod to its node: affinity, tolerations, topology spread, gates.

import {
  childPath,
  duplicate,
  type FieldError,
  forbidden,
  invalid,
  notSupported,
  required,
} from "../../../machinery/field-error.ts";
import { labelValueErrors } from "../../../machinery/names.ts";
import type { JsonObject } from "../../../machinery/object.ts";
import { checkEnum, checkPositive, isEmpty, isSet, listOf, positiveText } from "../../validation/fields.ts";
import { checkLabelSelector } from "../../validation/label-selectors.ts";
import { checkDnsLabel, checkDnsSubdomain, checkQualifiedName } from "../../validation/names.ts";

const hard = "requiredDuringSchedulingIgnoredDuringExecution";
const soft = "preferredDuringSchedulingIgnoredDuringExecution";
const actions = ["DoNotSchedule", "ScheduleAnyway"];
const taintEffects = ["NoSchedule", "PreferNoSchedule", "NoExecute"];

export function checkAffinity(affinity: JsonObject | undefined, path: string, errors: FieldError[]): void {
  if (affinity === undefined || affinity === null) return;
  if (isSet(affinity.nodeAffinity)) {
    checkNodeAffinity(affinity.nodeAffinity, childPath(path, "nodeAffinity"), errors);
  }
  for (const field of ["podAffinity", "podAntiAffinity"]) {
    const at = childPath(path, field);
    listOf(affinity[field]?.[hard]).forEach((term, index) => {
      checkPodAffinityTerm(term, childPath(childPath(at, hard), index), errors);
    });
    listOf(affinity[field]?.[soft]).forEach((weighted, index) => {
      const termPath = childPath(childPath(at, soft), index);
      checkWeight(weighted.weight, childPath(termPath, "weight"), errors);
      checkPodAffinityTerm(weighted.podAffinityTerm ?? {}, childPath(termPath, "podAffinityTerm"), errors);
    });
  }
}

function checkNodeAffinity(affinity: JsonObject, path: string, errors: FieldError[]): void {
  if (isSet(affinity[hard])) checkNodeSelector(affinity[hard], childPath(path, hard), errors);
  listOf(affinity[soft]).forEach((preferred, index) => {
    const at = childPath(childPath(path, soft), index);
    checkWeight(preferred.weight, childPath(at, "weight"), errors);
    checkNodeSelectorTerm(preferred.preference ?? {}, childPath(at, "preference"), "anyValue", errors);
  });
}

function checkWeight(weight: unknown, path: string, errors: FieldError[]): void {
  const number = typeof weight === "number" ? weight : 0;
  if (number < 1 || number > 100) errors.push(invalid(path, number, "must be in the range 1-100"));
}

/** A NodeSelector, as in node affinity of pods and volumes. */
export function checkNodeSelector(selector: JsonObject, path: string, errors: FieldError[]): void {
  const at = childPath(path, "nodeSelectorTerms");
  if (isEmpty(selector.nodeSelectorTerms)) {
    errors.push(required(at, "must have at least one node selector term"));
    return;
  }
  listOf(selector.nodeSelectorTerms).forEach((term, index) => {
    checkNodeSelectorTerm(term, childPath(at, index), "labelValue", errors);
  });
}

function checkNodeSelectorTerm(
  term: JsonObject,
  path: string,
  values: "labelValue" | "anyValue",
  errors: FieldError[],
): void {
  listOf(term.matchExpressions).forEach((expression, index) => {
    checkNodeExpression(expression, childPath(childPath(path, "matchExpressions"), index), values, errors);
  });
  listOf(term.matchFields).forEach((expression, index) => {
    checkNodeField(expression, childPath(childPath(path, "matchFields"), index), errors);
  });
}

function checkNodeExpression(
  expression: JsonObject,
  path: string,
  valueRule: "labelValue" | "anyValue",
  errors: FieldError[],
): void {
  const values = listOf(expression.values);
  const at = childPath(path, "values");
  switch (expression.operator) {
    case "In":
    case "NotIn":
      if (values.length === 0) {
        errors.push(required(at, "must be specified when `operator` is 'In' or 'NotIn'"));
      }
      break;
    case "Exists":
    case "DoesNotExist":
      if (values.length > 0) {
        errors.push(forbidden(at, "may not be specified when `operator` is 'Exists' or 'DoesNotExist'"));
      }
      break;
    case "Gt":
    case "Lt":
      if (values.length !== 1) {
        errors.push(required(at, "must be specified single value when `operator` is 'Lt' or 'Gt'"));
      }
      break;
    default:
      errors.push(invalid(childPath(path, "operator"), expression.operator ?? "", "not a valid selector operator"));
  }
  checkQualifiedName(expression.key, childPath(path, "key"), errors);
  if (valueRule === "anyValue") return;
  values.forEach((value, index) => {
    for (const problem of labelValueErrors(String(value))) errors.push(invalid(childPath(at, index), value, problem));
  });
}

function checkNodeField(expression: JsonObject, path: string, errors: FieldError[]): void {
  const values = listOf(expression.values);
  const { key = "", operator = "" } = expression;
  if (operator !== "In" && operator !== "NotIn") {
    errors.push(invalid(childPath(path, "operator"), operator, "not a valid selector operator"));
  } else if (values.length !== 1) {
    const why = "must be only one value when `operator` is 'In' or 'NotIn' for node field selector";
    errors.push(required(childPath(path, "values"), why));
  }
  if (key !== "metadata.name") {
    errors.push(invalid(childPath(path, "key"), key, "not a valid field selector key"));
    return;
  }
  values.forEach((value, index) => {
    checkDnsSubdomain(value, childPath(childPath(path, "values"), index), errors);
  });
}

function checkPodAffinityTerm(term: JsonObject, path: string, errors: FieldError[]): void {
  const { labelSelector, namespaceSelector, topologyKey, matchLabelKeys, mismatchLabelKeys } = term;
  checkLabelSelector(labelSelector, childPath(path, "labelSelector"), errors);
  checkLabelSelector(namespaceSelector, childPath(path, "namespaceSelector"), errors);
  for (const namespace of listOf(term.namespaces)) checkDnsLabel(namespace, childPath(path, "namespace"), errors);
  checkLabelKeys(matchLabelKeys, labelSelector, childPath(path, "matchLabelKeys"), errors);
  checkLabelKeys(mismatchLabelKeys, labelSelector, childPath(path, "mismatchLabelKeys"), errors);
  listOf(matchLabelKeys).forEach((key, index) => {
    if (listOf(mismatchLabelKeys).includes(key)) {
      const at = childPath(childPath(path, "matchLabelKeys"), index);
      errors.push(invalid(at, key, "exists in both matchLabelKeys and mismatchLabelKeys"));
    }
  });
  if (isEmpty(topologyKey)) errors.push(required(childPath(path, "topologyKey"), "can not be empty"));
  checkQualifiedName(topologyKey, childPath(path, "topologyKey"), errors);
}

function checkLabelKeys(keys: unknown, selector: unknown, path: string, errors: FieldError[]): void {
  if (isEmpty(keys)) return;
  if (!isSet(selector)) {
    errors.push(forbidden(path, "must not be specified when labelSelector is not set"));
    return;
  }
  listOf(keys).forEach((key, index) => {
    checkQualifiedName(key, childPath(path, index), errors);
  });
}

export function checkTopologySpread(constraints: unknown, path: string, errors: FieldError[]): void {
  const list = listOf(constraints);
  list.forEach((constraint, index) => {
    const at = childPath(path, index);
    const { topologyKey, whenUnsatisfiable, minDomains, labelSelector } = constraint;
    checkPositive(constraint.maxSkew ?? 0, childPath(at, "maxSkew"), errors);
    if (isEmpty(topologyKey)) errors.push(required(childPath(at, "topologyKey"), "can not be empty"));
    const when = whenUnsatisfiable ?? "";
    if (!actions.includes(when)) errors.push(notSupported(childPath(at, "whenUnsatisfiable"), when, actions));
    const repeated = list
      .slice(index + 1)
      .some((other) => other.topologyKey === topologyKey && other.whenUnsatisfiable === whenUnsatisfiable);
    if (repeated) {
      errors.push(duplicate(childPath(at, "{topologyKey, whenUnsatisfiable}"), `{${topologyKey}, ${when}}`));
    }
    if (isSet(minDomains)) {
      if (minDomains <= 0) errors.push(invalid(childPath(at, "minDomains"), minDomains, positiveText));
      if (when !== "DoNotSchedule") {
        const why = `can only use minDomains if whenUnsatisfiable=DoNotSchedule, not ${when}`;
        errors.push(invalid(childPath(at, "minDomains"), minDomains, why));
      }
    }
    for (const policy of ["nodeAffinityPolicy", "nodeTaintsPolicy"]) {
      checkEnum(constraint[policy], ["Honor", "Ignore"], childPath(at, policy), errors, "optional");
    }
    checkLabelKeys(constraint.matchLabelKeys, labelSelector, childPath(at, "matchLabelKeys"), errors);
    checkLabelSelector(labelSelector, childPath(at, "labelSelector"), errors);
  });
}

export function checkTolerations(tolerations: unknown, path: string, errors: FieldError[]): void {
  listOf(tolerations).forEach((toleration, index) => {
    const at = childPath(path, index);
    const { key = "", operator = "", value = "", effect = "", tolerationSeconds } = toleration;
    const operatorPath = childPath(at, "operator");
    if (key !== "") checkQualifiedName(key, childPath(at, "key"), errors);
    if (key === "" && operator !== "Exists") {
      const why = 'operator must be Exists when `key` is empty, which means "match all values and all keys"';
      errors.push(invalid(operatorPath, operator, why));
    }
    if (isSet(tolerationSeconds) && effect !== "NoExecute") {
      const why = "effect must be 'NoExecute' when `tolerationSeconds` is set";
      errors.push(invalid(childPath(at, "effect"), effect, why));
    }
    if (operator === "Equal" || operator === "") {
      const problems = labelValueErrors(value);
      if (problems.length > 0) errors.push(invalid(operatorPath, value, problems.join(";")));
    } else if (operator === "Exists") {
      if (value !== "") errors.push(invalid(operatorPath, value, "value must be empty when `operator` is 'Exists'"));
    } else {
      checkEnum(operator, ["Equal", "Exists"], operatorPath, errors);
    }
    if (effect !== "") checkEnum(effect, taintEffects, childPath(at, "effect"), errors);
  });
}

export function checkSchedulingGates(gates: unknown, path: string, errors: FieldError[]): void {
  const seen = new Set<string>();
  listOf(gates).forEach((gate, index) => {
    const at = childPath(path, index);
    checkQualifiedName(gate.name, at, errors);
    if (seen.has(gate.name)) errors.push(duplicate(at, gate.name));
    seen.add(gate.name);
  });
}

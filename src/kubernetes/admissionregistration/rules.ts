// The rules that webhooks and admission policies have in common: which requests they are for.
// Source of the rules and words: kubernetes pkg/apis/admissionregistration/validation, pkg/apis/admissionregistration/v1/defaults.go.

import { compileError, compileExpression, type ExpressionScope } from "../../apiserver/policies/expressions.ts";
import { childPath, duplicate, type FieldError, invalid, required, tooMany } from "../../machinery/field-error.ts";
import { pathSegmentNameErrors } from "../../machinery/names.ts";
import type { JsonObject } from "../../machinery/object.ts";
import { checkEnum, isSet, listOf } from "../validation/fields.ts";
import { checkLabelSelector } from "../validation/label-selectors.ts";
import { checkName, checkQualifiedName } from "../validation/names.ts";

const operations = ["*", "CONNECT", "CREATE", "DELETE", "UPDATE"];
const scopes = ["*", "Cluster", "Namespaced"];
export const failurePolicies = ["Fail", "Ignore"];
export const matchPolicies = ["Equivalent", "Exact"];
export const reinvocationPolicies = ["IfNeeded", "Never"];
const maxMatchConditions = 64;

/** Sets what an absent field of `object` means. */
export function fillDefaults(object: JsonObject, defaults: Readonly<JsonObject>): void {
  for (const [name, value] of Object.entries(defaults)) {
    if (!isSet(object[name])) object[name] = typeof value === "object" ? { ...value } : value;
  }
}

export function defaultRules(rules: unknown): void {
  for (const rule of listOf(rules)) rule.scope ??= "*";
}

/** The defaults of `matchConstraints` and `matchResources`. */
export function defaultMatchResources(resources: JsonObject | undefined): void {
  if (!isSet(resources)) return;
  fillDefaults(resources!, { matchPolicy: "Equivalent", namespaceSelector: {}, objectSelector: {} });
  defaultRules(resources!.resourceRules);
  defaultRules(resources!.excludeResourceRules);
}

/** The rules of `matchConstraints` and `matchResources`. */
export function checkMatchResources(
  resources: JsonObject,
  path: string,
  errors: FieldError[],
  allowed: readonly string[] = operations,
): void {
  checkEnum(resources.matchPolicy, matchPolicies, childPath(path, "matchPolicy"), errors);
  for (const selector of ["namespaceSelector", "objectSelector"]) {
    const at = childPath(path, selector);
    if (isSet(resources[selector])) checkLabelSelector(resources[selector], at, errors);
    else errors.push(required(at));
  }
  for (const list of ["resourceRules", "excludeResourceRules"]) {
    listOf(resources[list]).forEach((rule, index) => {
      const at = childPath(childPath(path, list), index);
      checkResourceNames(listOf(rule.resourceNames), childPath(at, "resourceNames"), errors);
      checkRule(rule, at, errors, allowed);
    });
  }
}

function checkResourceNames(names: string[], path: string, errors: FieldError[]): void {
  names.forEach((name, index) => {
    checkName((value) => pathSegmentNameErrors(value, false), name, childPath(path, index), errors);
    if (names.indexOf(name) < index) errors.push(duplicate(childPath(path, index), name));
  });
}

/** One rule with its operations. */
export function checkRule(
  rule: JsonObject,
  path: string,
  errors: FieldError[],
  allowed: readonly string[] = operations,
): void {
  const given: string[] = listOf(rule.operations);
  checkWildcardList(given, "operations", childPath(path, "operations"), errors);
  given.forEach((operation, index) => {
    checkEnum(operation, allowed, childPath(childPath(path, "operations"), index), errors, "optional");
  });
  checkWildcardList(listOf(rule.apiGroups), "API groups", childPath(path, "apiGroups"), errors);
  const versions: string[] = listOf(rule.apiVersions);
  checkWildcardList(versions, "API versions", childPath(path, "apiVersions"), errors);
  versions.forEach((version, index) => {
    if (version === "") errors.push(required(childPath(childPath(path, "apiVersions"), index)));
  });
  checkResources(listOf(rule.resources), childPath(path, "resources"), errors);
  if (isSet(rule.scope)) checkEnum(rule.scope, scopes, childPath(path, "scope"), errors, "optional");
}

/** A list of names that has something in it, and nothing beside `*`. */
function checkWildcardList(list: string[], what: string, path: string, errors: FieldError[]): void {
  if (list.length === 0) errors.push(required(path));
  if (list.length > 1 && list.includes("*")) {
    errors.push(invalid(path, list, `if '*' is present, must not specify other ${what}`));
  }
}

function checkResources(resources: string[], path: string, errors: FieldError[]): void {
  if (resources.length === 0) errors.push(required(path));
  const allSubresourcesOf = new Set<string>();
  const ofAllResources = new Set<string>();
  let lastIsPlain = false;
  resources.forEach((resource, index) => {
    const at = childPath(path, index);
    if (resource === "") {
      errors.push(required(at));
      return;
    }
    const slash = resource.indexOf("/");
    if (slash < 0) {
      lastIsPlain = resource !== "*";
      return;
    }
    const main = resource.slice(0, slash);
    const sub = resource.slice(slash + 1);
    if (allSubresourcesOf.has(main)) {
      errors.push(invalid(at, resource, `if '${main}/*' is present, must not specify ${resource}`));
    }
    if (ofAllResources.has(sub)) {
      errors.push(invalid(at, resource, `if '*/${sub}' is present, must not specify ${resource}`));
    }
    if (sub === "*") allSubresourcesOf.add(main);
    if (main === "*") ofAllResources.add(sub);
  });
  if (resources.length > 1 && resources.includes("*/*")) {
    errors.push(invalid(path, resources, "if '*/*' is present, must not specify other resources"));
  }
  if (resources.includes("*") && lastIsPlain) {
    errors.push(invalid(path, resources, "if '*' is present, must not specify other resources without subresources"));
  }
}

export function checkMatchConditions(
  conditions: unknown,
  scope: ExpressionScope,
  path: string,
  errors: FieldError[],
): void {
  const list: JsonObject[] = listOf(conditions);
  if (list.length > maxMatchConditions) errors.push(tooMany(path, list.length, maxMatchConditions));
  const names = new Set<string>();
  list.forEach(({ name = "", expression = "" }, index) => {
    const at = childPath(path, index);
    const source = String(expression).trim();
    if (source === "") errors.push(required(childPath(at, "expression")));
    else checkExpression(source, scope, "bool", childPath(at, "expression"), errors);
    if (name === "") errors.push(required(childPath(at, "name")));
    else {
      checkQualifiedName(name, childPath(at, "name"), errors);
      if (names.has(name)) errors.push(duplicate(childPath(at, "name"), name));
      names.add(name);
    }
  });
}

/** Reports why an expression cannot be used; returns its type when it can. */
export function checkExpression(
  source: string,
  scope: ExpressionScope,
  result: Parameters<typeof compileExpression>[2],
  path: string,
  errors: FieldError[],
): ReturnType<typeof compileExpression> {
  const compiled = compileExpression(source, scope, result);
  const problem = compileError(compiled);
  if (problem !== undefined) errors.push(invalid(path, source, problem));
  return compiled;
}

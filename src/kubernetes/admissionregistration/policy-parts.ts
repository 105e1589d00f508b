// What validating and mutating admission policies and their bindings have in common.
// Source of the rules and words: kubernetes pkg/apis/admissionregistration/validation.

import type { ExpressionScope } from "../../apiserver/policies/expressions.ts";
import type { KindRegistration } from "../../apiserver/strategy.ts";
import type { CelResultType } from "../../machinery/cel/index.ts";
import { childPath, type FieldError, forbidden, invalid, required } from "../../machinery/field-error.ts";
import { dns1035LabelErrors, dns1123SubdomainErrors, pathSegmentNameErrors } from "../../machinery/names.ts";
import type { JsonObject, KubeObject } from "../../machinery/object.ts";
import { formatLabelSelector } from "../../machinery/selectors.ts";
import { ageColumn, textColumn } from "../columns.ts";
import { builtin } from "../define.ts";
import { checkEnum, isEmpty, isSet, listOf } from "../validation/fields.ts";
import { checkLabelSelector } from "../validation/label-selectors.ts";
import { checkDnsSubdomain, checkName } from "../validation/names.ts";
import {
  checkExpression,
  checkMatchConditions,
  checkMatchResources,
  defaultMatchResources,
  failurePolicies,
  fillDefaults,
} from "./rules.ts";

const unset = "<unset>";
const identifier = /^[_a-zA-Z][_a-zA-Z0-9]*$/;
const reserved = new Set(
  "true false null in as break const continue else for function if import let loop package namespace return var void while".split(
    " ",
  ),
);

export const paramKindColumn = textColumn("ParamKind", "Kind of the parameters", ({ spec }) =>
  isSet(spec?.paramKind) ? `${spec.paramKind.apiVersion}/${spec.paramKind.kind}` : unset,
);

/** The columns of both kinds of bindings. */
const bindingColumns = [
  textColumn("PolicyName", "The policy that is bound", ({ spec }) => spec?.policyName ?? ""),
  textColumn("ParamRef", "The parameters", ({ spec }) => paramRefText(spec?.paramRef)),
  ageColumn,
];

function paramRefText(reference: JsonObject | undefined): string {
  if (!isSet(reference)) return unset;
  const { namespace, name, selector } = reference!;
  if (name) return namespace ? `${namespace}/${name}` : name;
  return isSet(selector) ? formatLabelSelector(selector) : unset;
}

export function defaultPolicy(policy: KubeObject, defaults: Readonly<JsonObject> = {}): void {
  const { spec } = policy;
  if (!isSet(spec)) return;
  fillDefaults(spec, { failurePolicy: "Fail", ...defaults });
  defaultMatchResources(spec.matchConstraints);
}

/** A kind of bindings; `check` looks at what only it has in its spec. */
export function bindingKind(kind: string, check?: (spec: JsonObject, errors: FieldError[]) => void): KindRegistration {
  return builtin({
    group: "admissionregistration.k8s.io",
    kind,
    versions: ["v1"],
    categories: ["api-extensions"],
    columns: bindingColumns,
    strategy: {
      unconditionalUpdate: false,
      defaults: defaultBinding,
      validate({ spec = {} }) {
        const errors: FieldError[] = [];
        checkBinding(spec, errors);
        check?.(spec, errors);
        return errors;
      },
    },
  });
}

function defaultBinding(binding: KubeObject): void {
  const { spec } = binding;
  if (!isSet(spec)) return;
  defaultMatchResources(spec.matchResources);
  if (isSet(spec.paramRef)) spec.paramRef.parameterNotFoundAction ??= "Deny";
}

/**
 * Checks what stands before the validations or mutations, and returns what their expressions may name.
 *
 * @param operations those that rules may list; all when absent
 */
export function checkPolicyFrame(
  spec: JsonObject,
  mutation: boolean,
  errors: FieldError[],
  operations?: readonly string[],
): ExpressionScope {
  const params = isSet(spec.paramKind);
  checkEnum(spec.failurePolicy, failurePolicies, "spec.failurePolicy", errors);
  if (params) checkParamKind(spec.paramKind, errors);
  if (!isSet(spec.matchConstraints)) errors.push(required("spec.matchConstraints"));
  else {
    checkMatchResources(spec.matchConstraints, "spec.matchConstraints", errors, operations);
    if (isEmpty(spec.matchConstraints.resourceRules)) errors.push(required("spec.matchConstraints.resourceRules"));
  }
  checkMatchConditions(spec.matchConditions, { params, authorizer: true }, "spec.matchConditions", errors);
  const variables = checkVariables(listOf(spec.variables), { params, authorizer: true, mutation }, errors);
  return { params, authorizer: true, mutation, ...(!isEmpty(spec.variables) && { variables }) };
}

/** Checks variables in their order, for each sees those before it; returns their types. */
function checkVariables(
  variables: readonly JsonObject[],
  scope: ExpressionScope,
  errors: FieldError[],
): Record<string, CelResultType> {
  let types: Record<string, CelResultType> = {};
  variables.forEach((variable, index) => {
    const path = `spec.variables[${index}]`;
    const name = String(variable.name ?? "");
    const source = String(variable.expression ?? "");
    if (name.trim() === "") errors.push(required(`${path}.name`, "name is not specified"));
    else if (!identifier.test(name) || reserved.has(name)) {
      errors.push(invalid(`${path}.name`, name, "name is not a valid CEL identifier"));
    }
    if (source.trim() === "") {
      errors.push(required(`${path}.expression`, "expression is not specified"));
      return;
    }
    const compiled = checkExpression(source, { ...scope, variables: types }, "any", `${path}.expression`, errors);
    types = { ...types, [name]: compiled.ok ? compiled.resultType : { kind: "dyn" } };
  });
  return types;
}

function checkParamKind({ apiVersion = "", kind = "" }: JsonObject, errors: FieldError[]): void {
  const path = "spec.paramKind.apiVersion";
  const parts = String(apiVersion).split("/");
  if (apiVersion === "") errors.push(required(path));
  else if (parts.length > 2) errors.push(invalid(path, apiVersion, `unexpected GroupVersion string: ${apiVersion}`));
  else {
    const version = parts.at(-1)!;
    const group = parts.length === 2 ? parts[0]! : "";
    const problems = group === "" ? [] : dns1123SubdomainErrors(group);
    if (problems.length > 0) errors.push(invalid(path, group, problems.join(",")));
    if (version === "") errors.push(invalid(path, apiVersion, "version must be specified"));
    else {
      const wrong = dns1035LabelErrors(version);
      if (wrong.length > 0) errors.push(invalid(path, version, wrong.join(",")));
    }
  }
  if (kind === "") errors.push(required("spec.paramKind.kind"));
  else {
    const wrong = dns1035LabelErrors(String(kind).toLowerCase());
    const text = `may have mixed case, but should otherwise match: ${wrong.join(",")}`;
    if (wrong.length > 0) errors.push(invalid("spec.paramKind.kind", kind, text));
  }
}

/** What both kinds of bindings have to hold. */
function checkBinding(spec: JsonObject, errors: FieldError[]): void {
  if (isEmpty(spec.policyName)) errors.push(required("spec.policyName"));
  else checkDnsSubdomain(spec.policyName, "spec.policyName", errors);
  if (isSet(spec.paramRef)) checkParamRef(spec.paramRef, "spec.paramRef", errors);
  // The path is spelled as kube-apiserver spells it.
  if (isSet(spec.matchResources)) checkMatchResources(spec.matchResources, "spec.matchResouces", errors);
}

function checkParamRef(reference: JsonObject, path: string, errors: FieldError[]): void {
  const { name, selector, parameterNotFoundAction } = reference;
  const exclusive = "name and selector are mutually exclusive";
  if (!isEmpty(name)) {
    checkName((value) => pathSegmentNameErrors(value, false), name, childPath(path, "name"), errors);
    if (isSet(selector)) errors.push(forbidden(childPath(path, "name"), exclusive));
  }
  if (isSet(selector)) {
    checkLabelSelector(selector, childPath(path, "selector"), errors);
    if (!isEmpty(name)) errors.push(forbidden(childPath(path, "selector"), exclusive));
  }
  if (isEmpty(name) && !isSet(selector)) errors.push(required(path, "one of name or selector must be specified"));
  checkEnum(parameterNotFoundAction, ["Deny", "Allow"], childPath(path, "parameterNotFoundAction"), errors);
}

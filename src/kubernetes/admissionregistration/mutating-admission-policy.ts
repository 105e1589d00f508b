// The kinds MutatingAdmissionPolicy and MutatingAdmissionPolicyBinding.
// Source of the rules and words: kubernetes pkg/apis/admissionregistration/validation.

import type { ExpressionScope } from "../../apiserver/policies/expressions.ts";
import { type FieldError, invalid, notSupported, required } from "../../machinery/field-error.ts";
import type { JsonObject, KubeObject } from "../../machinery/object.ts";
import { ageColumn, countColumn } from "../columns.ts";
import { builtin } from "../define.ts";
import { checkEnum, isEmpty, isSet, listOf } from "../validation/fields.ts";
import { bindingKind, checkPolicyFrame, defaultPolicy, paramKindColumn } from "./policy-parts.ts";
import { checkExpression, reinvocationPolicies } from "./rules.ts";

/** What a deletion would do to an object cannot be mutated. */
const operations = ["*", "CONNECT", "CREATE", "UPDATE"];

/** Each type of patch with its field and what its expression has to give. */
const patchTypes = {
  ApplyConfiguration: { field: "applyConfiguration", result: "object" },
  JSONPatch: { field: "jsonPatch", result: "patches" },
} as const;

export const mutatingAdmissionPolicyKind = builtin({
  group: "admissionregistration.k8s.io",
  kind: "MutatingAdmissionPolicy",
  versions: ["v1"],
  categories: ["api-extensions"],
  columns: [
    countColumn("Mutations", "Number of mutations", ({ spec }) => listOf(spec?.mutations).length),
    paramKindColumn,
    ageColumn,
  ],
  strategy: {
    unconditionalUpdate: false,
    defaults: (policy) => defaultPolicy(policy, { reinvocationPolicy: "Never" }),
    validate: validatePolicy,
  },
});

export const mutatingAdmissionPolicyBindingKind = bindingKind("MutatingAdmissionPolicyBinding");

function validatePolicy(policy: KubeObject): FieldError[] {
  const errors: FieldError[] = [];
  const spec: JsonObject = policy.spec ?? {};
  const scope = checkPolicyFrame(spec, true, errors, operations);
  if (isEmpty(spec.mutations)) errors.push(required("spec.mutations", "mutations must contain at least one item"));
  (listOf(spec.mutations) as JsonObject[]).forEach((mutation, index) => {
    checkMutation(mutation, scope, `spec.mutations[${index}]`, errors);
  });
  checkEnum(spec.reinvocationPolicy, reinvocationPolicies, "spec.reinvocationPolicy", errors);
  return errors;
}

function checkMutation(mutation: JsonObject, scope: ExpressionScope, path: string, errors: FieldError[]): void {
  const { patchType = "" } = mutation;
  if (patchType === "") {
    errors.push(required(`${path}.patchType`));
    return;
  }
  if (!Object.hasOwn(patchTypes, patchType)) {
    errors.push(notSupported(`${path}.patchType`, patchType, Object.keys(patchTypes)));
    return;
  }
  for (const [type, { field, result }] of Object.entries(patchTypes)) {
    const patch = mutation[field];
    const at = `${path}.${field}`;
    if (type !== patchType) {
      if (isSet(patch)) errors.push(invalid(at, patch, `must not be specified when patchType is ${patchType}`));
    } else if (!isSet(patch)) {
      errors.push(required(at, `must be specified when patchType is ${patchType}`));
    } else if (String(patch.expression ?? "").trim() === "") {
      errors.push(required(`${at}.expression`, "expression is not specified"));
    } else checkExpression(patch.expression, scope, result, `${at}.expression`, errors);
  }
}

// The kinds ValidatingAdmissionPolicy and ValidatingAdmissionPolicyBinding.
// Source of the rules and words: kubernetes pkg/apis/admissionregistration/validation.

import type { ExpressionScope } from "../../apiserver/policies/expressions.ts";
import { compileError, compileExpression } from "../../apiserver/policies/expressions.ts";
import { childPath, duplicate, type FieldError, invalid, required } from "../../machinery/field-error.ts";
import { qualifiedNameErrors } from "../../machinery/names.ts";
import type { JsonObject, KubeObject } from "../../machinery/object.ts";
import { ageColumn, countColumn } from "../columns.ts";
import { builtin } from "../define.ts";
import { checkEnum, isEmpty, isSet, listOf } from "../validation/fields.ts";
import { bindingKind, checkPolicyFrame, defaultPolicy, paramKindColumn } from "./policy-parts.ts";
import { checkExpression } from "./rules.ts";

const reasons = ["Forbidden", "Invalid", "RequestEntityTooLarge"];
const actions = ["Audit", "Deny", "Warn"];
const maxAuditAnnotations = 20;
const maxValueExpression = 5 * 1024;

export const validatingAdmissionPolicyKind = builtin({
  group: "admissionregistration.k8s.io",
  kind: "ValidatingAdmissionPolicy",
  versions: ["v1"],
  categories: ["api-extensions"],
  columns: [
    countColumn("Validations", "Number of validations", ({ spec }) => listOf(spec?.validations).length),
    paramKindColumn,
    ageColumn,
  ],
  strategy: {
    unconditionalUpdate: false,
    defaults: (policy) => defaultPolicy(policy),
    validate: validatePolicy,
    validateStatusUpdate: ({ status }) => {
      const errors: FieldError[] = [];
      listOf(status?.typeChecking?.expressionWarnings).forEach(({ fieldRef, warning }, index) => {
        const path = `status.typeChecking.expressionWarnings[${index}]`;
        if (isEmpty(warning)) errors.push(required(`${path}.warning`));
        if (isEmpty(fieldRef)) errors.push(required(`${path}.fieldRef`));
      });
      return errors;
    },
  },
});

export const validatingAdmissionPolicyBindingKind = bindingKind("ValidatingAdmissionPolicyBinding", (spec, errors) =>
  checkActions(listOf(spec.validationActions), "spec.validationActions", errors),
);

function checkActions(given: string[], path: string, errors: FieldError[]): void {
  given.forEach((action, index) => {
    checkEnum(action, actions, childPath(path, index), errors, "optional");
    if (given.indexOf(action) < index) errors.push(duplicate(childPath(path, index), action));
  });
  if (given.includes("Deny") && given.includes("Warn")) {
    const why = "repeating the same validation failure information in the API response and headers serves no purpose";
    errors.push(invalid(path, given, `must not contain both Deny and Warn (${why})`));
  }
  if (given.length === 0) errors.push(required(path, "at least one validation action is required"));
}

function validatePolicy(policy: KubeObject): FieldError[] {
  const errors: FieldError[] = [];
  const spec: JsonObject = policy.spec ?? {};
  const scope = checkPolicyFrame(spec, false, errors);
  const validations: JsonObject[] = listOf(spec.validations);
  const annotations: JsonObject[] = listOf(spec.auditAnnotations);
  if (validations.length === 0 && annotations.length === 0) {
    const text = "validations or auditAnnotations must contain at least one item";
    errors.push(required("spec.validations", text), required("spec.auditAnnotations", text));
    return errors;
  }
  validations.forEach((validation, index) => {
    checkValidation(validation, scope, `spec.validations[${index}]`, errors);
  });
  if (annotations.length > maxAuditAnnotations) {
    const text = `must not have more than ${maxAuditAnnotations} auditAnnotations`;
    errors.push(invalid("spec.auditAnnotations", annotations, text));
  }
  const keys = new Set<string>();
  annotations.forEach((annotation, index) => {
    const path = `spec.auditAnnotations[${index}]`;
    checkAuditAnnotation(annotation, policy.metadata.name ?? "", scope, path, errors);
    if (keys.has(annotation.key)) errors.push(duplicate(`${path}.key`, annotation.key));
    keys.add(annotation.key);
  });
  return errors;
}

function checkValidation(validation: JsonObject, scope: ExpressionScope, path: string, errors: FieldError[]): void {
  const { expression = "", message = "", messageExpression = "", reason } = validation;
  if (String(expression).trim() === "") errors.push(required(`${path}.expression`, "expression is not specified"));
  else checkExpression(expression, scope, "bool", `${path}.expression`, errors);
  if (messageExpression !== "") {
    const at = `${path}.messageExpression`;
    if (messageExpression.trim() === "") errors.push(invalid(at, messageExpression, "must be non-empty if specified"));
    else checkExpression(messageExpression, { ...scope, authorizer: false }, "string", at, errors);
  }
  if (message !== "" && message.trim() === "") {
    errors.push(invalid(`${path}.message`, message, "message must be non-empty if specified"));
  } else if (/[\n\r]/.test(message.trim())) {
    errors.push(invalid(`${path}.message`, message, "message must not contain line breaks"));
  }
  if (isSet(reason)) checkEnum(reason, reasons, `${path}.reason`, errors, "optional");
}

function checkAuditAnnotation(
  annotation: JsonObject,
  policyName: string,
  scope: ExpressionScope,
  path: string,
  errors: FieldError[],
): void {
  const { key = "", valueExpression = "" } = annotation;
  if (policyName === "") errors.push(invalid(`${path}.key`, key, "requires metadata.name be non-empty"));
  else {
    const name = `${policyName}/${key}`;
    for (const problem of qualifiedNameErrors(name)) errors.push(invalid(`${path}.key`, name, problem));
  }
  const at = `${path}.valueExpression`;
  const source = String(valueExpression).trim();
  if (source === "") errors.push(required(at, "valueExpression is not specified"));
  else if (Buffer.byteLength(source) > maxValueExpression) {
    errors.push(required(at, `must not exceed ${maxValueExpression} bytes in length`));
  } else {
    const problem = compileError(compileExpression(source, scope, "stringOrNull"));
    if (problem !== undefined) errors.push(invalid(at, valueExpression, problem));
  }
}

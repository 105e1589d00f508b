// Rules of roles. Source of the rules and words: kubernetes pkg/apis/rbac/validation.

import { type FieldError, invalid, required } from "../../machinery/field-error.ts";
import type { JsonObject } from "../../machinery/object.ts";
import { isEmpty, listOf } from "../validation/fields.ts";

export function checkPolicyRules(rules: unknown, namespaced: boolean, errors: FieldError[]): void {
  (listOf(rules) as JsonObject[]).forEach((rule, index) => {
    checkPolicyRule(rule, namespaced, `rules[${index}]`, errors);
  });
}

function checkPolicyRule(rule: JsonObject, namespaced: boolean, path: string, errors: FieldError[]): void {
  if (isEmpty(rule.verbs)) errors.push(required(`${path}.verbs`, "verbs must contain at least one value"));
  const { nonResourceURLs } = rule;
  if (!isEmpty(nonResourceURLs)) {
    const refuse = (text: string) => errors.push(invalid(`${path}.nonResourceURLs`, nonResourceURLs, text));
    if (namespaced) refuse("namespaced rules cannot apply to non-resource URLs");
    if (!isEmpty(rule.apiGroups) || !isEmpty(rule.resources) || !isEmpty(rule.resourceNames)) {
      refuse("rules cannot apply to both regular resources and non-resource URLs");
    }
    return;
  }
  if (isEmpty(rule.apiGroups)) {
    errors.push(required(`${path}.apiGroups`, "resource rules must supply at least one api group"));
  }
  if (isEmpty(rule.resources)) {
    errors.push(required(`${path}.resources`, "resource rules must supply at least one resource"));
  }
}

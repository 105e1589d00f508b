// The status of a SelfSubjectRulesReview: what a user may do in a namespace, as far as the authorizers can list it.

import type { JsonObject } from "../../machinery/object.ts";
import type { PolicyRule, UserInfo } from "../identity.ts";
import { isNode } from "./node-identity.ts";

/** Rules as the review shows them; what nodes may do depends on objects, so theirs are marked as incomplete. */
export function rulesReviewStatus(user: UserInfo, rules: readonly PolicyRule[]): JsonObject {
  const resourceRules: JsonObject[] = [];
  const nonResourceRules: JsonObject[] = [];
  for (const { verbs, apiGroups, resources, resourceNames, nonResourceURLs } of rules) {
    if ((resources ?? []).length > 0) {
      const rule: JsonObject = { verbs, apiGroups: apiGroups ?? [], resources };
      if ((resourceNames ?? []).length > 0) rule.resourceNames = resourceNames;
      resourceRules.push(rule);
    }
    if ((nonResourceURLs ?? []).length > 0) nonResourceRules.push({ verbs, nonResourceURLs });
  }
  const status: JsonObject = { resourceRules, nonResourceRules, incomplete: isNode(user) };
  if (isNode(user)) status.evaluationError = "node authorizer does not support user rule resolution";
  return status;
}

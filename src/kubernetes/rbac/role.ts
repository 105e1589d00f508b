// The kinds Role and ClusterRole. Who may write which rules is decided by the escalation check, not here.

import type { KindRegistration } from "../../apiserver/strategy.ts";
import { type FieldError, required } from "../../machinery/field-error.ts";
import { pathSegmentNameErrors } from "../../machinery/names.ts";
import type { KubeObject } from "../../machinery/object.ts";
import { createdAtColumn } from "../core/created-at-column.ts";
import { builtin } from "../define.ts";
import { isEmpty, isSet, listOf } from "../validation/fields.ts";
import { checkLabelSelector } from "../validation/label-selectors.ts";
import { checkPolicyRules } from "./policy-rules.ts";

export const roleKind = roleKindOf("Role", (role, errors) => checkPolicyRules(role.rules, true, errors));

export const clusterRoleKind = roleKindOf("ClusterRole", (role, errors) => {
  checkPolicyRules(role.rules, false, errors);
  checkAggregation(role, errors);
});

function roleKindOf(kind: string, check: (role: KubeObject, errors: FieldError[]) => void): KindRegistration {
  return builtin({
    group: "rbac.authorization.k8s.io",
    kind,
    versions: ["v1"],
    columns: [createdAtColumn],
    strategy: {
      generation: "none",
      createOnUpdate: true,
      validateName: pathSegmentNameErrors,
      validate(role) {
        const errors: FieldError[] = [];
        check(role, errors);
        return errors;
      },
    },
  });
}

function checkAggregation(role: KubeObject, errors: FieldError[]): void {
  if (!isSet(role.aggregationRule)) return;
  const path = "aggregationRule.clusterRoleSelectors";
  const selectors = role.aggregationRule.clusterRoleSelectors;
  if (isEmpty(selectors)) {
    errors.push(required(path, "at least one clusterRoleSelector required if aggregationRule is non-nil"));
  }
  listOf(selectors).forEach((selector, index) => {
    checkLabelSelector(selector, `${path}[${index}]`, errors);
  });
}

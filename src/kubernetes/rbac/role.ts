// The kinds Role and ClusterRole. Who may write which rules is decided by the escalation check, not here.

import { type FieldError, required } from "../../machinery/field-error.ts";
import { pathSegmentNameErrors } from "../../machinery/names.ts";
import type { KubeObject } from "../../machinery/object.ts";
import { createdAtColumn } from "../core/created-at-column.ts";
import { builtin } from "../define.ts";
import { isEmpty, isSet, listOf } from "../validation/fields.ts";
import { checkLabelSelector } from "../validation/label-selectors.ts";
import { checkPolicyRules } from "./policy-rules.ts";

export const roleKind = builtin({
  group: "rbac.authorization.k8s.io",
  kind: "Role",
  versions: ["v1"],
  columns: [createdAtColumn],
  strategy: {
    generation: "none",
    createOnUpdate: true,
    validateName: pathSegmentNameErrors,
    validate(role) {
      const errors: FieldError[] = [];
      checkPolicyRules(role.rules, true, errors);
      return errors;
    },
  },
});

export const clusterRoleKind = builtin({
  group: "rbac.authorization.k8s.io",
  kind: "ClusterRole",
  versions: ["v1"],
  columns: [createdAtColumn],
  strategy: {
    generation: "none",
    createOnUpdate: true,
    validateName: pathSegmentNameErrors,
    validate(role) {
      const errors: FieldError[] = [];
      checkPolicyRules(role.rules, false, errors);
      checkAggregation(role, errors);
      return errors;
    },
  },
});

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

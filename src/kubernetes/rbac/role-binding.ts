// The kinds RoleBinding and ClusterRoleBinding. What a binding binds cannot change, only whom.
// Source of the rules and words: kubernetes pkg/apis/rbac/validation, pkg/apis/rbac/v1/defaults.go.

import type { Strategy } from "../../apiserver/strategy.ts";
import { type FieldError, invalid, notSupported, required } from "../../machinery/field-error.ts";
import type { Column } from "../../machinery/kind.ts";
import { pathSegmentNameErrors } from "../../machinery/names.ts";
import type { JsonObject, KubeObject } from "../../machinery/object.ts";
import { ageColumn, textColumn } from "../columns.ts";
import { builtin } from "../define.ts";
import { checkPathSegment } from "../networking/references.ts";
import { semanticEqual } from "../validation/equality.ts";
import { isEmpty, listOf } from "../validation/fields.ts";
import { checkDnsSubdomain } from "../validation/names.ts";

const group = "rbac.authorization.k8s.io";

export const roleBindingKind = builtin({
  group,
  kind: "RoleBinding",
  versions: ["v1"],
  columns: bindingColumns(),
  strategy: bindingStrategy("namespaced", ["ClusterRole", "Role"]),
});

export const clusterRoleBindingKind = builtin({
  group,
  kind: "ClusterRoleBinding",
  versions: ["v1"],
  columns: bindingColumns(),
  strategy: bindingStrategy("cluster", ["ClusterRole"]),
});

function bindingColumns(): Column[] {
  return [
    textColumn("Role", "The role that is bound", ({ roleRef }) => `${roleRef?.kind ?? ""}/${roleRef?.name ?? ""}`),
    ageColumn,
    textColumn("Users", "Users that have the role", (binding) => subjectsCell(binding, "User"), 1),
    textColumn("Groups", "Groups that have the role", (binding) => subjectsCell(binding, "Group"), 1),
    textColumn(
      "ServiceAccounts",
      "Service accounts that have the role",
      (binding) => subjectsCell(binding, "ServiceAccount"),
      1,
    ),
  ];
}

function subjectsCell(binding: KubeObject, kind: string): string {
  return (listOf(binding.subjects) as JsonObject[])
    .filter((subject) => subject.kind === kind)
    .map((subject) => (kind === "ServiceAccount" ? `${subject.namespace ?? ""}/${subject.name}` : subject.name))
    .join(", ");
}

function bindingStrategy(scope: "namespaced" | "cluster", roleKinds: readonly string[]): Strategy {
  return {
    generation: "none",
    createOnUpdate: true,
    validateName: pathSegmentNameErrors,
    defaults: defaultBinding,
    validate(binding) {
      const errors: FieldError[] = [];
      checkRoleRef(binding.roleRef ?? {}, roleKinds, errors);
      (listOf(binding.subjects) as JsonObject[]).forEach((subject, index) => {
        checkSubject(subject, scope, `subjects[${index}]`, errors);
      });
      return errors;
    },
    validateUpdate(binding, old) {
      if (semanticEqual(binding.roleRef, old.roleRef)) return [];
      return [invalid("roleRef", binding.roleRef, "cannot change roleRef")];
    },
  };
}

function defaultBinding(binding: KubeObject): void {
  if (binding.roleRef) binding.roleRef.apiGroup ||= group;
  for (const subject of listOf(binding.subjects) as JsonObject[]) {
    if (subject.kind === "User" || subject.kind === "Group") subject.apiGroup ||= group;
  }
}

function checkRoleRef(reference: JsonObject, kinds: readonly string[], errors: FieldError[]): void {
  if (reference.apiGroup !== group) {
    errors.push(notSupported("roleRef.apiGroup", reference.apiGroup ?? "", [group]));
  }
  if (!kinds.includes(reference.kind)) errors.push(notSupported("roleRef.kind", reference.kind ?? "", kinds, "given"));
  if (isEmpty(reference.name)) errors.push(required("roleRef.name"));
  else checkPathSegment(reference.name, "roleRef.name", errors);
}

function checkSubject(subject: JsonObject, scope: "namespaced" | "cluster", path: string, errors: FieldError[]): void {
  const apiGroup = subject.apiGroup ?? "";
  if (isEmpty(subject.name)) errors.push(required(`${path}.name`));
  switch (subject.kind) {
    case "ServiceAccount":
      if (!isEmpty(subject.name)) checkDnsSubdomain(subject.name, `${path}.name`, errors);
      if (apiGroup !== "") errors.push(notSupported(`${path}.apiGroup`, apiGroup, [""]));
      if (scope === "cluster" && isEmpty(subject.namespace)) errors.push(required(`${path}.namespace`));
      break;
    case "User":
    case "Group":
      if (apiGroup !== group) errors.push(notSupported(`${path}.apiGroup`, apiGroup, [group]));
      break;
    default:
      errors.push(notSupported(`${path}.kind`, subject.kind ?? "", ["ServiceAccount", "User", "Group"], "given"));
  }
}

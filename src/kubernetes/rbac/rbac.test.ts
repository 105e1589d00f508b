import assert from "node:assert/strict";
import { test } from "node:test";
import type { KubeObject } from "../../machinery/object.ts";
import { createErrors, defaulted, row, updateErrors } from "../validation/testing.ts";
import { clusterRoleKind, roleKind } from "./role.ts";
import { clusterRoleBindingKind, roleBindingKind } from "./role-binding.ts";

const group = "rbac.authorization.k8s.io";
function object(kind: string, fields: Record<string, unknown>): KubeObject {
  return {
    apiVersion: `${group}/v1`,
    kind,
    metadata: { name: "a", creationTimestamp: "2026-01-01T00:00:00Z" },
    ...fields,
  };
}

test("what is wrong with rules", () => {
  assert.deepEqual(createErrors(roleKind, object("Role", { rules: [{}] })), [
    "rules[0].verbs: Required value: verbs must contain at least one value",
    "rules[0].apiGroups: Required value: resource rules must supply at least one api group",
    "rules[0].resources: Required value: resource rules must supply at least one resource",
  ]);
  const urls = { rules: [{ verbs: ["get"], nonResourceURLs: ["/healthz"] }] };
  assert.deepEqual(createErrors(roleKind, object("Role", urls)), [
    'rules[0].nonResourceURLs: Invalid value: ["/healthz"]: namespaced rules cannot apply to non-resource URLs',
  ]);
  assert.deepEqual(createErrors(clusterRoleKind, object("ClusterRole", urls)), []);
  assert.deepEqual(createErrors(clusterRoleKind, object("ClusterRole", { aggregationRule: {} })), [
    "aggregationRule.clusterRoleSelectors: Required value: at least one clusterRoleSelector required if aggregationRule is non-nil",
  ]);
});

test("names of roles only have to fit into a path", () => {
  assert.deepEqual(roleKind.strategy?.validateName?.("system:node", false), []);
  assert.deepEqual(roleKind.strategy?.validateName?.("a/b", false), ["may not contain '/'"]);
});

test("bindings: groups are defaulted, subjects checked", () => {
  const binding = (
    subject: Record<string, unknown>,
    roleRef: Record<string, unknown> = { kind: "ClusterRole", name: "r" },
  ) => object("ClusterRoleBinding", { roleRef, subjects: [subject] });
  const filled = defaulted(clusterRoleBindingKind, binding({ kind: "User", name: "ada" }));
  assert.deepEqual([filled.roleRef.apiGroup, filled.subjects[0].apiGroup], [group, group]);
  assert.deepEqual(createErrors(clusterRoleBindingKind, binding({ kind: "User", name: "ada" })), []);
  assert.deepEqual(createErrors(clusterRoleBindingKind, binding({ kind: "ServiceAccount", name: "robot" })), [
    "subjects[0].namespace: Required value",
  ]);
  assert.deepEqual(createErrors(clusterRoleBindingKind, binding({ kind: "Robot" }, { kind: "Role", name: "r" })), [
    'roleRef.kind: Unsupported value: "Role": supported values: "ClusterRole"',
    "subjects[0].name: Required value",
    'subjects[0].kind: Unsupported value: "Robot": supported values: "ServiceAccount", "User", "Group"',
  ]);
});

test("what a binding binds does not change", () => {
  const binding = (name: string) => object("RoleBinding", { roleRef: { kind: "Role", name } });
  assert.match(
    updateErrors(roleBindingKind, binding("b"), binding("a"))[0] ?? "",
    /^roleRef: Invalid value: .*: cannot change roleRef$/,
  );
});

test("columns", () => {
  assert.deepEqual(row(roleKind, object("Role", {})), { "Created At": "2026-01-01T00:00:00Z" });
  const subjects = [
    { kind: "User", name: "ada" },
    { kind: "User", name: "bob" },
    { kind: "ServiceAccount", name: "robot", namespace: "default" },
  ];
  assert.deepEqual(row(roleBindingKind, object("RoleBinding", { roleRef: { kind: "Role", name: "r" }, subjects })), {
    Role: "Role/r",
    Age: "24h",
    Users: "ada, bob",
    Groups: "",
    ServiceAccounts: "default/robot",
  });
});

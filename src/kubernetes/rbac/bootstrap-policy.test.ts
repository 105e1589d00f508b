import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { TestState } from "../../apiserver/authentication/testing.ts";
import { RbacAuthorizer } from "../../apiserver/authorization/rbac.ts";
import { RbacIndex } from "../../apiserver/authorization/rbac-index.ts";
import { uncoveredRules } from "../../apiserver/authorization/rule-cover.ts";
import type { UserInfo } from "../../apiserver/identity.ts";
import type { KubeObject } from "../../machinery/object.ts";
import { bootstrapPolicy } from "./bootstrap-policy.ts";
import { reconcilePolicyObject } from "./bootstrap-reconcile.ts";

const { clusterRoles, clusterRoleBindings, roles, roleBindings } = bootstrapPolicy;
const all = [...clusterRoles, ...clusterRoleBindings, ...roles, ...roleBindings];
const named = (objects: readonly KubeObject[], name: string) => {
  const found = objects.find((object) => object.metadata.name === name);
  assert.ok(found, name);
  return found;
};

describe("the default policy", () => {
  const state = new TestState()
    .set("clusterroles.rbac.authorization.k8s.io", ...clusterRoles)
    .set("clusterrolebindings.rbac.authorization.k8s.io", ...clusterRoleBindings)
    .set("roles.rbac.authorization.k8s.io", ...roles)
    .set("rolebindings.rbac.authorization.k8s.io", ...roleBindings)
    .set("rolebindings.rbac.authorization.k8s.io", {
      apiVersion: "rbac.authorization.k8s.io/v1",
      kind: "RoleBinding",
      metadata: { name: "editors", namespace: "team" },
      roleRef: { kind: "ClusterRole", name: "edit" },
      subjects: [{ kind: "User", name: "ed" }],
    });
  const rbac = new RbacAuthorizer(new RbacIndex(state));
  const may = (user: UserInfo, verb: string, what: string, namespace = "", name = "") => {
    if (what.startsWith("/")) return rbac.authorize({ user, verb, path: what }).decision === "allow";
    const [qualified = "", subresource = ""] = what.split("/");
    const [resource = "", ...group] = qualified.split(".");
    const asked = { group: group.join("."), version: "v1", resource, subresource, namespace, name };
    return rbac.authorize({ user, verb, path: "", resource: asked }).decision === "allow";
  };
  const anonymous = { name: "system:anonymous", groups: ["system:unauthenticated"] };
  const somebody = { name: "ann", groups: ["system:authenticated"] };
  const account = (name: string) => ({
    name: `system:serviceaccount:kube-system:${name}`,
    groups: ["system:serviceaccounts", "system:serviceaccounts:kube-system", "system:authenticated"],
  });

  it("lets administrators do everything", () => {
    const root = { name: "root", groups: ["system:masters"] };
    assert.ok(may(root, "delete", "nodes", "", "n"));
    assert.ok(may(root, "get", "/metrics"));
  });

  it("shows the anonymous the health, the version and cluster-info, and nothing else", () => {
    for (const path of ["/livez", "/readyz", "/healthz", "/version"]) assert.ok(may(anonymous, "get", path));
    assert.ok(may(anonymous, "get", "configmaps", "kube-public", "cluster-info"));
    assert.ok(!may(anonymous, "get", "/api"));
    assert.ok(!may(anonymous, "get", "/metrics"));
    assert.ok(!may(anonymous, "get", "configmaps", "kube-public", "other"));
    assert.ok(!may(anonymous, "list", "configmaps", "kube-public"));
  });

  it("lets users discover the API and ask about themselves", () => {
    for (const path of ["/api", "/apis/apps/v1", "/openapi/v3"]) assert.ok(may(somebody, "get", path));
    assert.ok(may(somebody, "create", "selfsubjectaccessreviews.authorization.k8s.io"));
    assert.ok(!may(somebody, "list", "pods", "team"));
  });

  it("lets editors edit their namespace, with what viewers see, without touching roles", () => {
    const editor = { name: "ed", groups: ["system:authenticated"] };
    assert.ok(may(editor, "create", "deployments.apps", "team"));
    assert.ok(may(editor, "get", "pods/log", "team"));
    assert.ok(may(editor, "get", "secrets", "team"));
    assert.ok(!may(editor, "create", "roles.rbac.authorization.k8s.io", "team"));
    assert.ok(!may(editor, "create", "deployments.apps", "other"));
  });

  it("gives controllers their own powers", () => {
    assert.ok(may(account("generic-garbage-collector"), "delete", "widgets.example.com", "team", "w"));
    assert.ok(may(account("token-cleaner"), "delete", "secrets", "kube-system", "x"));
    assert.ok(!may(account("token-cleaner"), "delete", "secrets", "team", "x"));
    assert.ok(
      may(
        account("certificate-controller"),
        "sign",
        "signers.certificates.k8s.io",
        "",
        "kubernetes.io/kubelet-serving",
      ),
    );
    assert.ok(!may(account("certificate-controller"), "sign", "signers.certificates.k8s.io", "", "example.com/own"));
    assert.ok(may(account("any"), "get", "/openid/v1/jwks"));
  });

  it("aggregates view into edit into admin", () => {
    const rulesOf = (name: string) => named(clusterRoles, name).rules;
    assert.ok(rulesOf("view").length > 5);
    assert.deepEqual(uncoveredRules(rulesOf("edit"), rulesOf("view")), []);
    assert.deepEqual(uncoveredRules(rulesOf("admin"), rulesOf("edit")), []);
    assert.ok(uncoveredRules(rulesOf("view"), rulesOf("edit")).length > 0);
  });

  it("is well formed: names are unique, roles exist, marks are set, all is frozen", () => {
    const keys = all.map(({ kind, metadata }) => `${kind}/${metadata.namespace ?? ""}/${metadata.name}`);
    assert.equal(new Set(keys).size, keys.length);
    for (const binding of [...clusterRoleBindings, ...roleBindings]) {
      const { kind, name } = binding.roleRef;
      const namespace = kind === "Role" ? binding.metadata.namespace : "";
      assert.ok(keys.includes(`${kind}/${namespace}/${name}`), name);
    }
    for (const object of all) {
      assert.equal(object.metadata.labels?.["kubernetes.io/bootstrapping"], "rbac-defaults");
      assert.equal(object.metadata.annotations?.["rbac.authorization.kubernetes.io/autoupdate"], "true");
      assert.ok(Object.isFrozen(object) && Object.isFrozen(object.metadata));
    }
  });
});

describe("reconciling the default policy", () => {
  const view = named(clusterRoles, "system:aggregate-to-view");
  const discovery = named(clusterRoleBindings, "system:discovery");
  const changed = (object: KubeObject, change: (copy: KubeObject) => void) => {
    const copy = structuredClone(object);
    change(copy);
    return copy;
  };

  it("creates what is absent and leaves what is right", () => {
    assert.deepEqual(reconcilePolicyObject(undefined, view), { action: "create", object: view });
    for (const object of all) {
      const stored = changed(object, (copy) => {
        copy.metadata.uid = "u";
        copy.metadata.resourceVersion = "5";
      });
      assert.deepEqual(reconcilePolicyObject(stored, object), { action: "none" }, object.metadata.name);
    }
  });

  it("adds missing rules and keeps those of users", () => {
    const own = { verbs: ["get"], apiGroups: ["example.com"], resources: ["widgets"] };
    const stored = changed(view, (copy) => {
      copy.rules = [own, ...copy.rules.slice(1)];
      copy.metadata.labels = { mine: "yes" };
    });
    const result = reconcilePolicyObject(stored, view);
    assert.ok(result.action === "update");
    assert.deepEqual(result.object.rules[0], own);
    assert.deepEqual(uncoveredRules(result.object.rules, view.rules), []);
    assert.equal(result.object.metadata.labels?.mine, "yes");
    assert.equal(result.object.metadata.labels?.["kubernetes.io/bootstrapping"], "rbac-defaults");
    assert.deepEqual(reconcilePolicyObject(result.object, view), { action: "none" });
  });

  it("respects autoupdate=false", () => {
    const stored = changed(view, (copy) => {
      copy.rules = [];
      copy.metadata.annotations!["rbac.authorization.kubernetes.io/autoupdate"] = "false";
    });
    assert.deepEqual(reconcilePolicyObject(stored, view), { action: "none" });
  });

  it("leaves the rules of aggregated roles to their controller, and completes their selectors", () => {
    const admin = named(clusterRoles, "admin");
    const stored = changed(admin, (copy) => {
      copy.rules = [];
    });
    assert.deepEqual(reconcilePolicyObject(stored, admin), { action: "none" });
    const plain = changed(admin, (copy) => {
      delete copy.aggregationRule;
    });
    const result = reconcilePolicyObject(plain, admin);
    assert.ok(result.action === "update");
    assert.deepEqual(result.object.aggregationRule, admin.aggregationRule);
  });

  it("adds missing subjects, and recreates a binding to another role", () => {
    const ann = { apiGroup: "rbac.authorization.k8s.io", kind: "User", name: "ann" };
    const stored = changed(discovery, (copy) => {
      copy.subjects = [ann];
    });
    const result = reconcilePolicyObject(stored, discovery);
    assert.ok(result.action === "update");
    assert.deepEqual(result.object.subjects, [ann, ...discovery.subjects]);
    const elsewhere = changed(stored, (copy) => {
      copy.roleRef.name = "other";
      copy.metadata.uid = "u";
    });
    const recreated = reconcilePolicyObject(elsewhere, discovery);
    assert.ok(recreated.action === "recreate");
    assert.deepEqual(recreated.object.roleRef, discovery.roleRef);
    assert.deepEqual(recreated.object.subjects, [ann, ...discovery.subjects]);
    assert.equal(recreated.object.metadata.uid, undefined);
  });
});

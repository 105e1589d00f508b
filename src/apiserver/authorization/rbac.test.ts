import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import type { KubeObject } from "../../machinery/object.ts";
import { StatusError } from "../../machinery/status-error.ts";
import { TestState } from "../authentication/testing.ts";
import type { Attributes, PolicyRule, UserInfo } from "../identity.ts";
import { EscalationCheck } from "./escalation.ts";
import { forbiddenRequest } from "./forbidden.ts";
import { RbacAuthorizer } from "./rbac.ts";
import { RbacIndex } from "./rbac-index.ts";
import { uncoveredRules } from "./rule-cover.ts";
import { RuleSet } from "./rule-set.ts";
import { rulesReviewStatus } from "./rules-review.ts";
import { PrivilegedGroupAuthorizer, UnionAuthorizer } from "./union.ts";

const apiVersion = "rbac.authorization.k8s.io/v1";
const role = (name: string, rules: PolicyRule[], namespace?: string): KubeObject => ({
  apiVersion,
  kind: namespace === undefined ? "ClusterRole" : "Role",
  metadata: { name, namespace },
  rules,
});
const binding = (name: string, roleRef: [string, string], subjects: object[], namespace?: string): KubeObject => ({
  apiVersion,
  kind: namespace === undefined ? "ClusterRoleBinding" : "RoleBinding",
  metadata: { name, namespace },
  roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: roleRef[0], name: roleRef[1] },
  subjects,
});
const user = (name: string, ...groups: string[]): UserInfo => ({ name, groups });
/** `ask(ann, "get", "pods/log", "team", "p")`, `ask(ann, "get", "deployments.apps")` or `ask(ann, "get", "/path")`. */
const ask = (who: UserInfo, verb: string, what: string, namespace = "", name = ""): Attributes => {
  if (what.startsWith("/")) return { user: who, verb, path: what };
  const [qualified = "", subresource = ""] = what.split("/");
  const [resource = "", ...group] = qualified.split(".");
  return {
    user: who,
    verb,
    path: "",
    resource: { group: group.join("."), version: "v1", resource, subresource, namespace, name },
  };
};
const stateOf = (...objects: KubeObject[]) => {
  const state = new TestState();
  for (const object of objects) state.set(`${object.kind.toLowerCase()}s.rbac.authorization.k8s.io`, object);
  return state;
};
const rbacOf = (...objects: KubeObject[]) => {
  const index = new RbacIndex(stateOf(...objects));
  return { index, rbac: new RbacAuthorizer(index) };
};
const readPods: PolicyRule = { verbs: ["get", "list"], apiGroups: [""], resources: ["pods"] };

describe("rules", () => {
  const cases: [PolicyRule, string, string, boolean, string?][] = [
    [readPods, "get", "pods", true],
    [readPods, "delete", "pods", false],
    [readPods, "get", "pods/log", false],
    [readPods, "get", "pods.metrics.k8s.io", false],
    [{ ...readPods, verbs: ["*"] }, "anything", "pods", true],
    [{ ...readPods, apiGroups: ["*"] }, "get", "pods.metrics.k8s.io", true],
    [{ ...readPods, resources: ["*"] }, "get", "secrets", true],
    [{ ...readPods, resources: ["*"] }, "get", "pods/exec", true],
    [{ ...readPods, resources: ["pods/log"] }, "get", "pods/log", true],
    [{ ...readPods, resources: ["pods/log"] }, "get", "pods", false],
    [{ ...readPods, resources: ["*/scale"] }, "get", "deployments/scale", true],
    [{ ...readPods, resources: ["*/scale"] }, "get", "deployments/status", false],
    [{ ...readPods, resources: ["*/scale"] }, "get", "scale", false],
    [{ ...readPods, resources: ["pods/*"] }, "get", "pods/log", false],
    [{ ...readPods, resourceNames: ["a"] }, "get", "pods", true, "a"],
    [{ ...readPods, resourceNames: ["a"] }, "get", "pods", false, "b"],
    [{ ...readPods, resourceNames: ["a"] }, "list", "pods", false],
    [{ ...readPods, resourceNames: ["*"] }, "get", "pods", false, "a"],
    [{ verbs: ["get"], nonResourceURLs: ["/healthz/*"] }, "get", "/healthz/etcd", true],
    [{ verbs: ["get"], nonResourceURLs: ["/healthz/*"] }, "get", "/healthz", false],
    [{ verbs: ["get"], nonResourceURLs: ["/healthz*"] }, "get", "/healthz", true],
    [{ verbs: ["get"], nonResourceURLs: ["*"] }, "get", "/metrics", true],
    [{ verbs: ["get"], nonResourceURLs: ["/a/*/b"] }, "get", "/a/x/b", false],
    [{ verbs: ["get"], nonResourceURLs: ["/a"] }, "post", "/a", false],
    [{ verbs: ["*"], apiGroups: ["*"], resources: ["*"] }, "get", "/metrics", false],
  ];
  for (const [rule, verb, what, expected, name] of cases) {
    it(`${expected ? "allow" : "do not allow"} ${verb} ${what} ${name ?? ""} by ${JSON.stringify(rule)}`, () =>
      assert.equal(new RuleSet([rule]).allows(ask(user("u"), verb, what, "", name)), expected));
  }

  const word = fc.constantFrom("a", "b", "c", "*");
  const words = fc.array(word, { maxLength: 3 });
  const resources = fc.array(fc.constantFrom("p", "q", "p/s", "q/t", "*/s", "*"), { maxLength: 3 });
  const urls = fc.array(fc.constantFrom("/x", "/x/*", "/x/y", "/*", "*", "/x**"), { maxLength: 2 });
  const rules: fc.Arbitrary<PolicyRule[]> = fc.array(
    fc.oneof(
      fc.record({
        verbs: words,
        apiGroups: words,
        resources,
        resourceNames: fc.oneof(fc.constant<string[]>([]), words),
      }),
      fc.record({ verbs: words, nonResourceURLs: urls }),
    ),
    { maxLength: 4 },
  );
  const question: fc.Arbitrary<Attributes> = fc.oneof(
    fc
      .record({
        group: fc.constantFrom("a", "b"),
        resource: fc.constantFrom("p", "q"),
        subresource: fc.constantFrom("", "s", "t"),
        name: fc.constantFrom("", "a", "b"),
      })
      .map((resource) => ({
        user: user("u"),
        verb: "a",
        path: "",
        resource: { ...resource, version: "v1", namespace: "" },
      })),
    fc.constantFrom("/x", "/x/y", "/x/", "/z", "/xx").map((path) => ({ user: user("u"), verb: "a", path })),
  );

  /** The definition, rule by rule. */
  const naive = (list: PolicyRule[], { verb, resource, path }: Attributes) =>
    list.some((rule) => {
      const has = (values: string[] | undefined, wanted: string) =>
        (values ?? []).some((value) => value === "*" || value === wanted);
      if (!has(rule.verbs, verb)) return false;
      if (resource === undefined) {
        return (rule.nonResourceURLs ?? []).some(
          (url) => url === path || (url.endsWith("*") && path.startsWith(url.replace(/\*+$/, ""))),
        );
      }
      const combined = resource.subresource === "" ? resource.resource : `${resource.resource}/${resource.subresource}`;
      const names = rule.resourceNames ?? [];
      return (
        has(rule.apiGroups, resource.group) &&
        (has(rule.resources, combined) ||
          (resource.subresource !== "" && rule.resources!.includes(`*/${resource.subresource}`))) &&
        (names.length === 0 || names.includes(resource.name))
      );
    });

  it("compiled mean what they mean one by one", () =>
    fc.assert(
      fc.property(rules, question, (list, attributes) => {
        assert.equal(new RuleSet(list).allows(attributes), naive(list, attributes));
      }),
      { numRuns: 3000 },
    ));

  it("that are covered allow nothing more", () =>
    fc.assert(
      fc.property(rules, rules, question, (held, wanted, attributes) => {
        if (uncoveredRules(held, wanted).length > 0) return;
        if (new RuleSet(wanted).allows(attributes)) assert.ok(new RuleSet(held).allows(attributes));
      }),
      { numRuns: 2000 },
    ));

  it("cover themselves", () =>
    fc.assert(
      fc.property(rules, (list) => assert.deepEqual(uncoveredRules(list, list), [])),
      { numRuns: 500 },
    ));

  it("with more parts than can be looked at are not covered", () => {
    const many = Array.from({ length: 500 }, (_, index) => `x${index}`);
    const wanted = [{ verbs: many, apiGroups: many, resources: many }];
    assert.ok(uncoveredRules([{ verbs: ["*"], apiGroups: ["*"], resources: ["*"] }], wanted).length > 0);
  });
});

describe("the RBAC authorizer", () => {
  const { rbac, index } = rbacOf(
    role("reader", [readPods]),
    role("local", [{ verbs: ["delete"], apiGroups: [""], resources: ["pods"] }], "team"),
    binding("everywhere", ["ClusterRole", "reader"], [{ kind: "Group", name: "ops" }]),
    binding("team-readers", ["ClusterRole", "reader"], [{ kind: "User", name: "ann" }], "team"),
    binding("team-robots", ["Role", "local"], [{ kind: "ServiceAccount", name: "robot" }], "team"),
    binding("other-robots", ["ClusterRole", "reader"], [{ kind: "ServiceAccount", name: "robot", namespace: "team" }]),
    binding("broken", ["ClusterRole", "gone"], [{ kind: "User", name: "bob" }]),
    binding("broken2", ["Role", "gone"], [{ kind: "User", name: "bob" }], "team"),
  );
  const robot = user("system:serviceaccount:team:robot");

  it("says by which binding it allows", () => {
    const reasons: [Attributes, string][] = [
      [
        ask(user("x", "ops"), "get", "pods", "any"),
        'ClusterRoleBinding "everywhere" of ClusterRole "reader" to Group "ops"',
      ],
      [
        ask(user("ann"), "get", "pods", "team"),
        'RoleBinding "team-readers/team" of ClusterRole "reader" to User "ann"',
      ],
      [
        ask(robot, "delete", "pods", "team"),
        'RoleBinding "team-robots/team" of Role "local" to ServiceAccount "robot/team"',
      ],
      [
        ask(robot, "get", "pods", ""),
        'ClusterRoleBinding "other-robots" of ClusterRole "reader" to ServiceAccount "robot/team"',
      ],
    ];
    for (const [attributes, by] of reasons) {
      assert.deepEqual(rbac.authorize(attributes), { decision: "allow", reason: `RBAC: allowed by ${by}` });
    }
  });

  it("has no opinion elsewhere", () => {
    const elsewhere = [
      ask(user("ann"), "get", "pods", "other"),
      ask(user("ann"), "get", "pods"),
      ask(user("ops"), "get", "pods", "team"),
      ask(user("x", "ann"), "get", "pods", "team"),
      ask(user("system:serviceaccount:other:robot"), "delete", "pods", "team"),
      ask(user("ann"), "get", "/healthz"),
    ];
    for (const attributes of elsewhere)
      assert.deepEqual(rbac.authorize(attributes), { decision: "noOpinion", reason: "" });
  });

  it("names roles that are missing", () => {
    assert.deepEqual(rbac.authorize(ask(user("bob"), "get", "pods")), {
      decision: "noOpinion",
      reason: 'RBAC: clusterrole.rbac.authorization.k8s.io "gone" not found',
    });
    assert.deepEqual(rbac.authorize(ask(user("bob"), "get", "pods", "team")), {
      decision: "noOpinion",
      reason:
        'RBAC: [clusterrole.rbac.authorization.k8s.io "gone" not found, role.rbac.authorization.k8s.io "gone" not found]',
    });
  });

  it("lists the rules of a user", () => {
    const rules = rbac.rulesFor(robot, "team");
    assert.equal(rules.length, 2);
    assert.deepEqual(rulesReviewStatus(robot, [...rules, { verbs: ["get"], nonResourceURLs: ["/x"] }]), {
      resourceRules: rules,
      nonResourceRules: [{ verbs: ["get"], nonResourceURLs: ["/x"] }],
      incomplete: false,
    });
    assert.equal(rulesReviewStatus(user("system:node:n", "system:nodes"), []).incomplete, true);
  });

  it("follows changes", () => {
    const bob = ask(user("bob"), "get", "pods", "team");
    const allowed = () => rbac.authorize(bob).decision === "allow";
    index.apply({ type: "set", object: role("gone", [readPods]) });
    assert.ok(allowed());
    index.apply({ type: "set", object: role("gone", []) });
    assert.ok(!allowed());
    index.apply({ type: "set", object: role("gone", [readPods]) });
    index.apply({ type: "set", object: binding("broken", ["ClusterRole", "gone"], [{ kind: "User", name: "carl" }]) });
    assert.ok(!allowed());
    index.apply({ type: "set", object: binding("broken", ["ClusterRole", "gone"], [{ kind: "User", name: "bob" }]) });
    assert.ok(allowed());
    index.apply({ type: "delete", object: binding("broken", ["ClusterRole", "gone"], []) });
    assert.ok(!allowed());
  });

  it("kept up to date by events agrees with one that was loaded afresh", () => {
    const names = fc.constantFrom("a", "b");
    const namespaces = fc.constantFrom(undefined, "n", "m");
    const objects = fc.oneof(
      fc
        .tuple(names, namespaces, fc.constantFrom("get", "list"))
        .map(([name, namespace, verb]) => role(name, [{ ...readPods, verbs: [verb] }], namespace)),
      fc
        .tuple(
          names,
          namespaces,
          names,
          fc.constantFrom("Role", "ClusterRole"),
          fc.array(fc.constantFrom("User", "Group"), { maxLength: 2 }),
        )
        .map(([name, namespace, roleName, kind, kinds]) =>
          binding(
            name,
            [kind, roleName],
            kinds.map((subject) => ({ kind: subject, name: "x" })),
            namespace,
          ),
        ),
    );
    const events = fc.array(fc.tuple(fc.constantFrom("set" as const, "delete" as const), objects), { maxLength: 12 });
    const questions = ["", "n", "m"].flatMap((namespace) =>
      ["get", "list"].flatMap((verb) => [user("x"), user("y", "x")].map((who) => ask(who, verb, "pods", namespace))),
    );
    fc.assert(
      fc.property(events, (list) => {
        const state = new TestState();
        const live = new RbacIndex(state);
        const authorizer = new RbacAuthorizer(live);
        authorizer.authorize(questions[0]!);
        for (const [type, object] of list) {
          const resource = `${object.kind.toLowerCase()}s.rbac.authorization.k8s.io`;
          if (type === "set") state.set(resource, object);
          else state.delete(resource, object.metadata.namespace ?? "", object.metadata.name!);
          live.apply({ type, object });
        }
        const fresh = new RbacAuthorizer(new RbacIndex(state));
        for (const one of questions) assert.equal(authorizer.authorize(one).decision, fresh.authorize(one).decision);
      }),
      { numRuns: 500 },
    );
  });
});

describe("several authorizers", () => {
  const { rbac } = rbacOf(binding("broken", ["ClusterRole", "gone"], [{ kind: "User", name: "bob" }]));
  const slow = { name: "slow", authorize: async () => ({ decision: "noOpinion" as const, reason: "not me" }) };
  const union = new UnionAuthorizer([new PrivilegedGroupAuthorizer(), slow, rbac]);

  it("let the privileged do everything", async () => {
    assert.equal((await union.authorize(ask(user("root", "system:masters"), "get", "/metrics"))).decision, "allow");
  });

  it("tell all their reasons when none allows", async () => {
    const attributes = ask(user("bob"), "list", "pods.apps/x", "team");
    const { decision, reason } = await union.authorize(attributes);
    assert.equal(decision, "noOpinion");
    const error = forbiddenRequest(attributes, reason);
    assert.equal(error.code, 403);
    assert.equal(
      error.message,
      'pods.apps is forbidden: User "bob" cannot list resource "pods/x" in API group "apps" in the namespace "team": not me\nRBAC: clusterrole.rbac.authorization.k8s.io "gone" not found',
    );
  });

  it("refuse with the words of Kubernetes", () => {
    const message = (attributes: Attributes) => forbiddenRequest(attributes, "").message;
    assert.equal(
      message(ask(user("ann"), "list", "pods", "default")),
      'pods is forbidden: User "ann" cannot list resource "pods" in API group "" in the namespace "default"',
    );
    assert.equal(
      message(ask(user("a<b>"), "get", "nodes", "", "n1")),
      'nodes "n1" is forbidden: User "a&lt;b&gt;" cannot get resource "nodes" in API group "" at the cluster scope',
    );
    assert.equal(message(ask(user("ann"), "get", "/metrics")), 'forbidden: User "ann" cannot get path "/metrics"');
  });
});

describe("escalation", () => {
  const { rbac, index } = rbacOf(
    role("reader", [readPods, { verbs: ["get"], nonResourceURLs: ["/healthz/*"] }]),
    role("binder", [
      {
        verbs: ["bind"],
        apiGroups: ["rbac.authorization.k8s.io"],
        resources: ["clusterroles"],
        resourceNames: ["admin"],
      },
    ]),
    role("escalator", [{ verbs: ["escalate"], apiGroups: ["rbac.authorization.k8s.io"], resources: ["roles"] }]),
    role("admin", [{ verbs: ["*"], apiGroups: ["*"], resources: ["*"] }]),
    role("everything", [
      { verbs: ["*"], apiGroups: ["*"], resources: ["*"] },
      { verbs: ["*"], nonResourceURLs: ["*"] },
    ]),
    binding("b1", ["ClusterRole", "reader"], [{ kind: "User", name: "ann" }]),
    binding("b2", ["ClusterRole", "binder"], [{ kind: "User", name: "ben" }]),
    binding("b3", ["ClusterRole", "escalator"], [{ kind: "User", name: "eve" }]),
    binding("b4", ["ClusterRole", "everything"], [{ kind: "User", name: "all" }]),
  );
  const check = new EscalationCheck(rbac, rbac, index);
  const attempt = async (who: UserInfo, object: KubeObject, old?: KubeObject) => {
    try {
      await check.check({ user: who, object, old });
      return "allowed";
    } catch (error) {
      assert.ok(error instanceof StatusError);
      return `${error.code} ${error.message}`;
    }
  };
  const ann = user("ann", "devs", "system:authenticated");
  const secrets: PolicyRule = {
    verbs: ["get", "list"],
    apiGroups: ["", "apps"],
    resources: ["secrets"],
    resourceNames: [],
  };

  it("is refused, saying what is not held", async () => {
    assert.equal(
      await attempt(ann, role("r", [readPods, { ...readPods, verbs: ["get", "delete", "watch"] }, secrets], "team")),
      `403 roles.rbac.authorization.k8s.io "r" is forbidden: user "ann" (groups=["devs" "system:authenticated"]) is attempting to grant RBAC permissions not currently held:
{APIGroups:[""], Resources:["pods"], Verbs:["delete" "watch"]}
{APIGroups:[""], Resources:["secrets"], Verbs:["get" "list"]}
{APIGroups:["apps"], Resources:["secrets"], Verbs:["get" "list"]}`,
    );
    assert.match(
      await attempt(
        ann,
        role("r", [
          { verbs: ["get"], nonResourceURLs: ["/metrics"] },
          { ...readPods, resourceNames: ["x"], verbs: ["delete"] },
        ]),
      ),
      /:\n\{APIGroups:\[""\], Resources:\["pods"\], ResourceNames:\["x"\], Verbs:\["delete"\]\}\n\{NonResourceURLs:\["\/metrics"\], Verbs:\["get"\]\}$/,
    );
  });

  it("is none when the powers are held, the user is privileged or may escalate", async () => {
    const granting = role("r", [secrets], "team");
    assert.equal(await attempt(ann, role("r", [readPods, { ...readPods, resourceNames: ["x"] }], "team")), "allowed");
    assert.equal(await attempt(ann, role("r", [{ verbs: ["get"], nonResourceURLs: ["/healthz/a"] }])), "allowed");
    assert.equal(await attempt(user("root", "system:masters"), granting), "allowed");
    assert.equal(await attempt(user("eve"), granting), "allowed");
    assert.match(await attempt(user("eve"), role("r", [secrets])), /^403/);
  });

  it("is none when only finalizers or owners change", async () => {
    const old = role("r", [secrets], "team");
    const updated = { ...old, metadata: { ...old.metadata, resourceVersion: "7", finalizers: ["x"] } };
    assert.equal(await attempt(ann, updated, old), "allowed");
    assert.match(
      await attempt(ann, { ...updated, metadata: { ...updated.metadata, labels: { a: "b" } } }, old),
      /^403/,
    );
  });

  it("by binding needs the role's powers, or bind", async () => {
    const subjects = [{ kind: "User", name: "x" }];
    assert.equal(await attempt(ann, binding("b", ["ClusterRole", "reader"], subjects)), "allowed");
    assert.equal(await attempt(user("ben"), binding("b", ["ClusterRole", "admin"], subjects, "team")), "allowed");
    assert.match(
      await attempt(user("ben"), binding("b", ["ClusterRole", "reader"], subjects)),
      /^403 clusterrolebindings/,
    );
    assert.match(
      await attempt(ann, binding("b", ["ClusterRole", "admin"], subjects, "team")),
      /^403 rolebindings.rbac.authorization.k8s.io "b" is forbidden: .*:\n\{APIGroups:\["\*"\], Resources:\["\*"\], Verbs:\["\*"\]\}$/s,
    );
    assert.equal(
      await attempt(ann, binding("b", ["Role", "gone"], subjects, "team")),
      '404 role.rbac.authorization.k8s.io "gone" not found',
    );
  });

  it("by aggregation needs every power", async () => {
    const aggregated = {
      ...role("r", []),
      aggregationRule: { clusterRoleSelectors: [{ matchLabels: { a: "b" } }] },
    };
    assert.equal(
      await attempt(ann, aggregated),
      '403 clusterroles.rbac.authorization.k8s.io "r" is forbidden: must have cluster-admin privileges to use the aggregationRule',
    );
    assert.equal(await attempt(user("all"), aggregated), "allowed");
    assert.equal(
      await attempt(ann, { ...aggregated, metadata: { name: "r", labels: { x: "y" } } }, aggregated),
      "allowed",
    );
  });
});

// Who may do what: roles and bindings, what they forbid to give away, and the questions about it.

import assert from "node:assert/strict";
import { describe, type TestContext, test } from "node:test";
import type { JsonObject } from "../../src/machinery/object.ts";
import { api, eventually, expectObject, expectStatus, namespace, removeAfter, uniqueName } from "./support/api.ts";
import { configMap } from "./support/objects.ts";

const rbac = "/apis/rbac.authorization.k8s.io/v1";
const accessReviews = "/apis/authorization.k8s.io/v1";

interface Rule {
  apiGroups?: string[];
  resources?: string[];
  resourceNames?: string[];
  nonResourceURLs?: string[];
  verbs: string[];
}

/** Gives a new user these rules in a namespace, and waits until they hold. */
async function userWith(t: TestContext, ns: string, ...rules: Rule[]) {
  const user = uniqueName("user");
  await api.make(`${rbac}/namespaces/${ns}/roles`, { metadata: { name: user }, rules });
  await api.make(`${rbac}/namespaces/${ns}/rolebindings`, {
    metadata: { name: user },
    subjects: [{ kind: "User", apiGroup: "rbac.authorization.k8s.io", name: user }],
    roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "Role", name: user },
  });
  const [rule] = rules;
  await eventually(async () => {
    const allowed = await review({
      user,
      groups: ["system:authenticated"],
      resourceAttributes: {
        namespace: ns,
        verb: rule!.verbs[0],
        group: rule!.apiGroups?.[0],
        resource: rule!.resources?.[0]?.split("/")[0],
        subresource: rule!.resources?.[0]?.split("/")[1],
        name: rule!.resourceNames?.[0],
      },
    });
    assert.equal(allowed.allowed, true);
  });
  return { user, caller: api.as(user) };
}

async function review(spec: JsonObject): Promise<JsonObject> {
  const body = { apiVersion: "authorization.k8s.io/v1", kind: "SubjectAccessReview", spec };
  return expectObject(await api.post(`${accessReviews}/subjectaccessreviews`, body), 201).status;
}

const readConfigMaps: Rule = { apiGroups: [""], resources: ["configmaps"], verbs: ["get", "list", "watch"] };

describe("authorization", { concurrency: 8 }, () => {
  test("without a rule nothing is allowed, and the refusal says what was asked", async (t) => {
    const ns = await namespace(t);
    const nobody = api.as(uniqueName("user"));
    const { message, details } = expectStatus(
      await nobody.get(`/apis/apps/v1/namespaces/${ns}/deployments/a`),
      403,
      "Forbidden",
    );
    assert.match(
      message,
      new RegExp(
        `^deployments\\.apps "a" is forbidden: User "user-[0-9a-f]+" cannot get resource "deployments" in API group "apps" in the namespace "${ns}"$`,
      ),
    );
    assert.deepEqual(details, { name: "a", group: "apps", kind: "deployments" });
    expectStatus(
      await nobody.get("/api/v1/nodes"),
      403,
      "Forbidden",
      /cannot list resource "nodes" in API group "" at the cluster scope$/,
    );
    expectStatus(
      await nobody.get("/metrics"),
      403,
      "Forbidden",
      /^forbidden: User "user-[0-9a-f]+" cannot get path "\/metrics"$/,
    );
    expectStatus(
      await nobody.get(`/api/v1/namespaces/${ns}/pods/a/log`),
      403,
      "Forbidden",
      /cannot get resource "pods\/log"/,
    );
  });

  test("a role allows its verbs on its resources in its namespace", async (t) => {
    const [ns, other] = [await namespace(t), await namespace(t)];
    await api.make(`/api/v1/namespaces/${ns}/configmaps`, configMap("a"));
    const { caller } = await userWith(t, ns, readConfigMaps);
    expectObject(await caller.get(`/api/v1/namespaces/${ns}/configmaps/a`));
    expectObject(await caller.get(`/api/v1/namespaces/${ns}/configmaps`));
    for (const refused of [
      await caller.post(`/api/v1/namespaces/${ns}/configmaps`, configMap("b")),
      await caller.delete(`/api/v1/namespaces/${ns}/configmaps/a`),
      await caller.delete(`/api/v1/namespaces/${ns}/configmaps`),
      await caller.get(`/api/v1/namespaces/${ns}/secrets`),
      await caller.get(`/api/v1/namespaces/${other}/configmaps`),
      await caller.get("/api/v1/configmaps"),
    ]) {
      expectStatus(refused, 403, "Forbidden");
    }
  });

  test("names limit a rule to objects, also in lists and watches of one name", async (t) => {
    const ns = await namespace(t);
    const path = `/api/v1/namespaces/${ns}/configmaps`;
    await api.make(path, configMap("mine"));
    await api.make(path, configMap("other"));
    const { caller } = await userWith(t, ns, { ...readConfigMaps, resourceNames: ["mine"] });
    expectObject(await caller.get(`${path}/mine`));
    expectStatus(await caller.get(`${path}/other`), 403, "Forbidden");
    expectStatus(await caller.get(path), 403, "Forbidden");
    const list = expectObject(await caller.get(`${path}?fieldSelector=metadata.name%3Dmine`));
    assert.equal(list.items.length, 1);
    expectStatus(await caller.get(`${path}?fieldSelector=metadata.name%3Dother`), 403, "Forbidden");
    const watch = caller.watch(t, `${path}?fieldSelector=metadata.name%3Dmine`);
    assert.equal((await watch.expect()).object.metadata.name, "mine");
  });

  test("a subresource needs a rule of its own", async (t) => {
    const ns = await namespace(t);
    const { caller } = await userWith(t, ns, { apiGroups: ["apps"], resources: ["deployments/scale"], verbs: ["get"] });
    expectStatus(await caller.get(`/apis/apps/v1/namespaces/${ns}/deployments/a`), 403, "Forbidden");
    expectStatus(await caller.get(`/apis/apps/v1/namespaces/${ns}/deployments/a/scale`), 404, "NotFound");
  });

  test("an update may not create what the user may not create", async (t) => {
    const ns = await namespace(t);
    const { caller } = await userWith(t, ns, { ...readConfigMaps, verbs: ["patch", "update"] });
    const answer = await caller.apply(`/api/v1/namespaces/${ns}/configmaps/new`, "me", {
      apiVersion: "v1",
      kind: "ConfigMap",
      metadata: { name: "new" },
    });
    expectStatus(answer, 403, "Forbidden", /cannot create resource "configmaps"/);
  });

  test("a cluster role is bound for one namespace or for all", async (t) => {
    const ns = await namespace(t);
    const name = uniqueName("conformance");
    removeAfter(t, `${rbac}/clusterrolebindings/${name}`);
    await api.make(`${rbac}/clusterrolebindings`, {
      metadata: { name },
      subjects: [{ kind: "Group", apiGroup: "rbac.authorization.k8s.io", name }],
      roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "ClusterRole", name: "view" },
    });
    const caller = api.as(uniqueName("user"), [name]);
    await eventually(async () => expectObject(await caller.get("/api/v1/configmaps?limit=1")));
    expectObject(await caller.get(`/api/v1/namespaces/${ns}/configmaps`));
    expectStatus(await caller.get(`/api/v1/namespaces/${ns}/secrets`), 403, "Forbidden");
  });

  test("taking a binding away takes effect at once", async (t) => {
    const ns = await namespace(t);
    const { user, caller } = await userWith(t, ns, readConfigMaps);
    expectObject(await caller.get(`/api/v1/namespaces/${ns}/configmaps`));
    expectObject(await api.delete(`${rbac}/namespaces/${ns}/rolebindings/${user}`));
    await eventually(async () =>
      expectStatus(await caller.get(`/api/v1/namespaces/${ns}/configmaps`), 403, "Forbidden"),
    );
  });

  test("nobody gives away more than they have", async (t) => {
    const ns = await namespace(t);
    const { user, caller } = await userWith(
      t,
      ns,
      { apiGroups: ["rbac.authorization.k8s.io"], resources: ["roles", "rolebindings"], verbs: ["create", "update"] },
      readConfigMaps,
    );
    const roles = `${rbac}/namespaces/${ns}/roles`;
    expectObject(await caller.post(roles, { metadata: { name: "same" }, rules: [readConfigMaps] }), 201);
    expectStatus(
      await caller.post(roles, {
        metadata: { name: "more" },
        rules: [{ apiGroups: [""], resources: ["secrets"], verbs: ["get"] }],
      }),
      403,
      "Forbidden",
      new RegExp(
        `^roles\\.rbac\\.authorization\\.k8s\\.io "more" is forbidden: user "${user}" \\(groups=\\["system:authenticated"\\]\\) is attempting to grant RBAC permissions not currently held:\\n\\{APIGroups:\\[""\\], Resources:\\["secrets"\\], Verbs:\\["get"\\]\\}$`,
      ),
    );
    const binding = (name: string) => ({
      metadata: { name },
      subjects: [{ kind: "User", apiGroup: "rbac.authorization.k8s.io", name: user }],
      roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "ClusterRole", name: "cluster-admin" },
    });
    expectStatus(
      await caller.post(`${rbac}/namespaces/${ns}/rolebindings`, binding("up")),
      403,
      "Forbidden",
      /is attempting to grant RBAC permissions not currently held/,
    );
    // The name is taken, but that is nothing to tell those who may not.
    expectStatus(await caller.post(`${rbac}/namespaces/${ns}/rolebindings`, binding(user)), 403, "Forbidden");
  });

  test("a binding keeps its role", async (t) => {
    const ns = await namespace(t);
    const { user } = await userWith(t, ns, readConfigMaps);
    const status = expectStatus(
      await api.patch(`${rbac}/namespaces/${ns}/rolebindings/${user}`, "merge", { roleRef: { name: "other" } }),
      422,
      "Invalid",
      /cannot change roleRef/,
    );
    assert.equal(status.details.causes[0].field, "roleRef");
  });

  test("the default roles are there", async () => {
    for (const name of [
      "cluster-admin",
      "admin",
      "edit",
      "view",
      "system:discovery",
      "system:basic-user",
      "system:node",
    ]) {
      assert.equal((await api.get(`${rbac}/clusterroles/${name}`)).code, 200, name);
    }
    const { rules } = await api.read(`${rbac}/clusterroles/cluster-admin`);
    assert.deepEqual(rules[0], { apiGroups: ["*"], resources: ["*"], verbs: ["*"] });
    const binding = await api.read(`${rbac}/clusterrolebindings/cluster-admin`);
    assert.deepEqual(binding.subjects, [
      { kind: "Group", apiGroup: "rbac.authorization.k8s.io", name: "system:masters" },
    ]);
  });

  test("a cluster role can be made of others by their labels", async (t) => {
    const name = uniqueName("conformance");
    removeAfter(t, `${rbac}/clusterroles/${name}`);
    removeAfter(t, `${rbac}/clusterroles/${name}-part`);
    await api.make(`${rbac}/clusterroles`, {
      metadata: { name },
      aggregationRule: { clusterRoleSelectors: [{ matchLabels: { [name]: "yes" } }] },
      rules: [],
    });
    await api.make(`${rbac}/clusterroles`, {
      metadata: { name: `${name}-part`, labels: { [name]: "yes" } },
      rules: [readConfigMaps],
    });
    await eventually(async () =>
      assert.deepEqual((await api.read(`${rbac}/clusterroles/${name}`)).rules, [readConfigMaps]),
    );
  });

  test("users ask what they may", async (t) => {
    const ns = await namespace(t);
    const { caller } = await userWith(t, ns, readConfigMaps);
    const ask = async (resourceAttributes: JsonObject) =>
      expectObject(
        await caller.post(`${accessReviews}/selfsubjectaccessreviews`, {
          apiVersion: "authorization.k8s.io/v1",
          kind: "SelfSubjectAccessReview",
          spec: { resourceAttributes },
        }),
        201,
      ).status;
    const yes = await ask({ namespace: ns, verb: "get", resource: "configmaps" });
    assert.equal(yes.allowed, true);
    assert.match(yes.reason, /^RBAC: allowed by RoleBinding "/);
    assert.equal((await ask({ namespace: ns, verb: "delete", resource: "configmaps" })).allowed, false);
    assert.equal((await ask({ verb: "get", resource: "configmaps" })).allowed, false);
    const rules = expectObject(
      await caller.post(`${accessReviews}/selfsubjectrulesreviews`, {
        apiVersion: "authorization.k8s.io/v1",
        kind: "SelfSubjectRulesReview",
        spec: { namespace: ns },
      }),
      201,
    ).status;
    assert.ok(
      rules.resourceRules.some(
        (rule: JsonObject) => rule.resources.includes("configmaps") && rule.verbs.includes("watch"),
      ),
    );
    assert.ok(rules.nonResourceRules.length > 0);
  });

  test("an administrator asks what others may", async (t) => {
    const ns = await namespace(t);
    const { user } = await userWith(t, ns, readConfigMaps);
    const local = expectObject(
      await api.post(`${accessReviews}/namespaces/${ns}/localsubjectaccessreviews`, {
        apiVersion: "authorization.k8s.io/v1",
        kind: "LocalSubjectAccessReview",
        metadata: { namespace: ns },
        spec: { user, resourceAttributes: { namespace: ns, verb: "list", resource: "configmaps" } },
      }),
      201,
    );
    assert.equal(local.status.allowed, true);
    assert.equal((await review({ user, nonResourceAttributes: { path: "/metrics", verb: "get" } })).allowed, false);
    assert.equal(
      (
        await review({
          user: "x",
          groups: ["system:masters"],
          resourceAttributes: { verb: "*", resource: "*", group: "*" },
        })
      ).allowed,
      true,
    );
  });

  test("a review that asks about nothing or nobody is invalid", async () => {
    const send = (spec: JsonObject) =>
      api.post(`${accessReviews}/subjectaccessreviews`, {
        apiVersion: "authorization.k8s.io/v1",
        kind: "SubjectAccessReview",
        spec,
      });
    expectStatus(
      await send({ user: "x" }),
      422,
      "Invalid",
      /exactly one of nonResourceAttributes or resourceAttributes must be specified/,
    );
    expectStatus(
      await send({ resourceAttributes: { verb: "get", resource: "pods" } }),
      422,
      "Invalid",
      /at least one of user or group must be specified/,
    );
  });

  test("a node reads what its pods use, and nothing else", async (t) => {
    const ns = await namespace(t);
    const name = uniqueName("node");
    const node = api.as(`system:node:${name}`, ["system:nodes", "system:authenticated"]);
    removeAfter(t, `/api/v1/nodes/${name}`);
    expectObject(await node.post("/api/v1/nodes", { metadata: { name } }), 201);
    for (const secret of ["used", "other"])
      await api.make(`/api/v1/namespaces/${ns}/secrets`, { metadata: { name: secret } });
    await eventually(async () =>
      assert.equal((await api.get(`/api/v1/namespaces/${ns}/serviceaccounts/default`)).code, 200),
    );
    await api.make(`/api/v1/namespaces/${ns}/pods`, {
      metadata: { name: "a" },
      spec: {
        nodeName: name,
        containers: [{ name: "main", image: "example", envFrom: [{ secretRef: { name: "used" } }] }],
      },
    });
    await eventually(async () => expectObject(await node.get(`/api/v1/namespaces/${ns}/secrets/used`)));
    expectStatus(
      await node.get(`/api/v1/namespaces/${ns}/secrets/other`),
      403,
      "Forbidden",
      /no relationship found between node '[^']+' and this object/,
    );
    expectStatus(await node.get(`/api/v1/namespaces/${ns}/secrets`), 403, "Forbidden");
    const another = uniqueName("node");
    removeAfter(t, `/api/v1/nodes/${another}`);
    await api.make("/api/v1/nodes", { metadata: { name: another } });
    expectObject(await node.patch(`/api/v1/nodes/${name}/status`, "merge", { status: { addresses: [] } }));
    expectStatus(
      await node.patch(`/api/v1/nodes/${another}/status`, "merge", { status: { addresses: [] } }),
      403,
      "Forbidden",
      `nodes "${another}" is forbidden: node "${name}" is not allowed to modify node "${another}"`,
    );
    await api.delete(`/api/v1/namespaces/${ns}/pods/a?gracePeriodSeconds=0`);
  });
});

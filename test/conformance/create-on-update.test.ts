// Updates and applies of what is not there yet: they create it, for those who may create.

import assert from "node:assert/strict";
import { describe, type TestContext, test } from "node:test";
import { api, expectObject, expectStatus, namespace, uniqueName } from "./support/api.ts";

const rbac = "/apis/rbac.authorization.k8s.io/v1";

/** A namespace and a user who has these verbs on its config maps and leases. */
async function userWith(t: TestContext, verbs: string[]) {
  const place = await namespace(t);
  const name = uniqueName("user");
  const rules = [
    { apiGroups: [""], resources: ["configmaps"], verbs },
    { apiGroups: ["coordination.k8s.io"], resources: ["leases"], verbs },
  ];
  const metadata = { name };
  const apiVersion = "rbac.authorization.k8s.io/v1";
  await api.make(`${rbac}/namespaces/${place}/roles`, { apiVersion, kind: "Role", metadata, rules });
  const roleRef = { apiGroup: "rbac.authorization.k8s.io", kind: "Role", name };
  const subjects = [{ apiGroup: "rbac.authorization.k8s.io", kind: "User", name }];
  const binding = { apiVersion, kind: "RoleBinding", metadata, roleRef, subjects };
  await api.make(`${rbac}/namespaces/${place}/rolebindings`, binding);
  return { place, name, user: api.as(name) };
}

describe("creating by update", { concurrency: 8 }, () => {
  const configMap = { apiVersion: "v1", kind: "ConfigMap", metadata: { name: "a" }, data: { one: "1" } };

  test("an apply that would create needs the permission to create", async (t) => {
    const { place, name, user } = await userWith(t, ["get", "patch"]);
    const path = `/api/v1/namespaces/${place}/configmaps/a`;
    expectStatus(
      await user.apply(path, "me", configMap),
      403,
      "Forbidden",
      `configmaps "a" is forbidden: User "${name}" cannot create resource "configmaps" in API group "" in the namespace "${place}"`,
    );
    assert.equal((await api.get(path)).code, 404);
    await api.make(`/api/v1/namespaces/${place}/configmaps`, configMap);
    expectObject(await user.apply(path, "me", { ...configMap, data: { two: "2" } }));
  });

  test("a replace that would create needs the permission to create", async (t) => {
    const { place, user } = await userWith(t, ["get", "update"]);
    const path = `/apis/coordination.k8s.io/v1/namespaces/${place}/leases/a`;
    const lease = { apiVersion: "coordination.k8s.io/v1", kind: "Lease", metadata: { name: "a" } };
    expectStatus(await user.put(path, lease), 403, "Forbidden", /cannot create resource "leases"/);
    assert.equal((await api.get(path)).code, 404);
  });

  test("who may create creates by apply and by replace", async (t) => {
    const { place, user } = await userWith(t, ["create", "patch", "update"]);
    expectObject(await user.apply(`/api/v1/namespaces/${place}/configmaps/a`, "me", configMap), 201);
    const lease = { apiVersion: "coordination.k8s.io/v1", kind: "Lease", metadata: { name: "a" } };
    expectObject(await user.put(`/apis/coordination.k8s.io/v1/namespaces/${place}/leases/a`, lease), 201);
  });
});

import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { clusterRoles } from "../../kinds.ts";
import type { ClusterRole } from "../../types.generated.ts";
import { openPlane, settled, type TestPlane, until } from "../testing.ts";
import { aggregatedRules } from "./cluster-role-aggregation.ts";

const rule = (resource: string) => ({ apiGroups: ["example.com"], resources: [resource], verbs: ["get"] });

function role(name: string, labels: Record<string, string>, resources: string[]): ClusterRole {
  const rules = resources.map(rule);
  return { apiVersion: "rbac.authorization.k8s.io/v1", kind: "ClusterRole", metadata: { name, labels }, rules };
}

const selector = { matchLabels: { part: "of-x" } };
const aggregated = { ...role("x", { part: "of-x" }, []), aggregationRule: { clusterRoleSelectors: [selector] } };

describe("aggregated rules", () => {
  it("are those of the selected roles by name, each once, without the role's own", () => {
    const roles = [
      role("b", { part: "of-x" }, ["one", "two"]),
      role("a", { part: "of-x" }, ["two", "three"]),
      role("c", { part: "of-y" }, ["four"]),
      { ...aggregated, rules: [rule("own")] },
    ];
    assert.deepEqual(aggregatedRules(aggregated, roles), ["two", "three", "one"].map(rule));
  });

  it("are none when a selector is malformed", () => {
    const malformed = { matchExpressions: [{ key: "part", operator: "Near" }] };
    const broken = { ...aggregated, aggregationRule: { clusterRoleSelectors: [malformed] } };
    assert.deepEqual(aggregatedRules(broken, [role("a", { part: "of-x" }, ["one"])]), []);
  });
});

describe("cluster roles", () => {
  let test: TestPlane;
  before(async () => {
    test = await openPlane();
    await settled(test.plane);
  });
  after(() => test.close());

  it("follow the roles that they aggregate", async () => {
    const roles = test.client.resource(clusterRoles);
    const resources = async () => (await roles.get("x")).rules?.map((one) => one.resources?.[0]);
    await roles.create(aggregated);
    await roles.create(role("one", { part: "of-x" }, ["ones"]));
    await until(async () => (await resources())?.join() === "ones");
    await roles.create(role("another", { part: "of-x" }, ["others"]));
    await until(async () => (await resources())?.join() === "others,ones");
    await roles.patch("one", undefined, { type: "merge", body: { metadata: { labels: null } } });
    await until(async () => (await resources())?.join() === "others");
    await roles.delete("another");
    await until(async () => ((await resources()) ?? []).length === 0);
  });

  it("of the default policy are complete from the start", async () => {
    const { revision } = test.plane.store;
    await settled(test.plane);
    assert.equal(test.plane.store.revision, revision);
    const admin = await test.client.resource(clusterRoles).get("admin");
    assert.equal(
      admin.metadata.managedFields?.some(({ manager }) => manager?.startsWith("clusterrole-")),
      false,
    );
  });
});

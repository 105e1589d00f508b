import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import type { KubeObject } from "../../../machinery/object.ts";
import { configMaps, pods, resourceQuotas } from "../../kinds.ts";
import { configMap, openPlane, settled, type TestPlane, until } from "../testing.ts";
import { measuredResources, withUsage } from "./quota-status.ts";

function quotaOf(hard: Record<string, string>): KubeObject {
  return {
    apiVersion: "v1",
    kind: "ResourceQuota",
    metadata: { name: "bounds", namespace: "default" },
    spec: { hard },
  };
}

function pod(name: string, cpu: string): KubeObject {
  const resources = { requests: { cpu }, limits: { cpu } };
  return {
    apiVersion: "v1",
    kind: "Pod",
    metadata: { name, namespace: "default" },
    spec: { containers: [{ name: "c", image: "i", resources }] },
  };
}

describe("the status of a quota", () => {
  it("names the resources that are measured", () => {
    const quota = quotaOf({
      pods: "1",
      cpu: "1",
      "count/widgets.example.com": "2",
      secrets: "3",
      "no.such/thing": "1",
    });
    assert.deepEqual(measuredResources(quota), [
      { group: "", resource: "pods" },
      { group: "example.com", resource: "widgets" },
      { group: "", resource: "secrets" },
    ]);
  });

  it("sums what objects use, and shows zero for what nothing uses", () => {
    const quota = quotaOf({ pods: "5", "requests.cpu": "2", secrets: "1" });
    const objects = new Map([
      [{ group: "", resource: "pods" }, [pod("a", "250m"), pod("b", "1")]],
      [{ group: "", resource: "secrets" }, []],
    ]);
    const next = withUsage(quota, objects);
    assert.deepEqual(next.status, {
      hard: quota.spec.hard,
      used: { pods: "2", "requests.cpu": "1250m", secrets: "0" },
    });
    assert.equal(withUsage(next, objects), next);
  });
});

describe("quotas", () => {
  let test: TestPlane;
  before(async () => {
    test = await openPlane();
    await settled(test.plane);
  });
  after(() => test.close());

  it("show what is used as it comes and goes", async () => {
    const { client } = test;
    const used = async () => (await client.resource(resourceQuotas).get("bounds", "default")).status?.used;
    await client.resource(resourceQuotas).create(quotaOf({ pods: "5", "requests.cpu": "2", configmaps: "9" }));
    await until(async () => (await used())?.pods === "0");
    const before = Number((await used())?.configmaps);
    await client.resource(configMaps).create(configMap("counted"));
    await client.resource(pods).create(pod("web", "500m"));
    await until(async () => {
      const now = await used();
      return now?.pods === "1" && now["requests.cpu"] === "500m" && Number(now.configmaps) === before + 1;
    });
    const web = await client.resource(pods).get("web", "default");
    await client.resource(pods).updateStatus({ ...web, status: { phase: "Succeeded" } });
    await until(async () => (await used())?.pods === "0");
    await client.resource(configMaps).delete("counted", "default");
    await until(async () => Number((await used())?.configmaps) === before);
  });
});

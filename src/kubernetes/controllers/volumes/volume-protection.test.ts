import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import type { KubeObject } from "../../../machinery/object.ts";
import { persistentVolumeClaims, persistentVolumes, pods } from "../../kinds.ts";
import { openPlane, settled, type TestPlane, until } from "../testing.ts";

const size = { storage: "1Gi" };

function claim(name: string): KubeObject {
  return {
    apiVersion: "v1",
    kind: "PersistentVolumeClaim",
    metadata: { name, namespace: "default", finalizers: ["kubernetes.io/pvc-protection"] },
    spec: { accessModes: ["ReadWriteOnce"], resources: { requests: size } },
  };
}

function pod(name: string, claimName: string): KubeObject {
  return {
    apiVersion: "v1",
    kind: "Pod",
    metadata: { name, namespace: "default" },
    spec: {
      containers: [{ name: "c", image: "i" }],
      volumes: [{ name: "v", persistentVolumeClaim: { claimName } }],
    },
  };
}

describe("deleted claims and volumes", () => {
  let test: TestPlane;
  before(async () => {
    test = await openPlane();
    await settled(test.plane);
  });
  after(() => test.close());

  const findClaim = (name: string) => test.client.resource(persistentVolumeClaims).find(name, "default");

  it("stay while a pod uses the claim", async () => {
    const { client, plane } = test;
    await client.resource(persistentVolumeClaims).create(claim("used"));
    await client.resource(pods).create(pod("web", "used"));
    await client.resource(persistentVolumeClaims).delete("used", "default");
    await settled(plane);
    assert.ok(await findClaim("used"));
    const web = await client.resource(pods).get("web", "default");
    await client.resource(pods).updateStatus({ ...web, status: { phase: "Succeeded" } });
    await until(async () => (await findClaim("used")) === undefined);
  });

  it("go at once when nobody uses them", async () => {
    const { client } = test;
    await client.resource(persistentVolumeClaims).create(claim("free"));
    await client.resource(persistentVolumeClaims).delete("free", "default");
    await until(async () => (await findClaim("free")) === undefined);
  });

  it("stay while the volume is bound", async () => {
    const { client, plane } = test;
    const find = () => client.resource(persistentVolumes).find("disk");
    const volume = await client.resource(persistentVolumes).create({
      apiVersion: "v1",
      kind: "PersistentVolume",
      metadata: { name: "disk", finalizers: ["kubernetes.io/pv-protection"] },
      spec: { capacity: size, accessModes: ["ReadWriteOnce"], hostPath: { path: "/disk" } },
    });
    await client.resource(persistentVolumes).updateStatus({ ...volume, status: { phase: "Bound" } });
    await client.resource(persistentVolumes).delete("disk");
    await settled(plane);
    const bound = await find();
    assert.ok(bound);
    await client.resource(persistentVolumes).updateStatus({ ...bound, status: { phase: "Released" } });
    await until(async () => (await find()) === undefined);
  });
});

import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import type { KindReference } from "../client/client.ts";
import { bootstrapKubernetes } from "./bootstrap.ts";
import { apiServerEndpointSlice, apiServerEndpoints, type clusterInfoMap, restoreFields } from "./bootstrap-objects.ts";
import { openPlane, settled, type TestPlane } from "./controllers/testing.ts";
import {
  clusterRoles,
  configMaps,
  endpointSlices,
  flowSchemas,
  namespaces,
  priorityClasses,
  serviceCIDRs,
  services,
} from "./kinds.ts";

describe("the objects that a plane begins with", () => {
  let test: TestPlane;
  before(async () => {
    test = await openPlane({ advertisedUrl: "https://10.1.2.3:6443" });
    await settled(test.plane);
  });
  after(() => test.close());

  it("are there", async () => {
    const { client } = test;
    const names = async (kind: KindReference) =>
      (await client.resource(kind).list()).items.map(({ metadata }) => metadata.name);
    assert.deepEqual(await names(namespaces), ["default", "kube-node-lease", "kube-public", "kube-system"]);
    assert.deepEqual(await names(priorityClasses), ["system-cluster-critical", "system-node-critical"]);
    assert.ok((await names(clusterRoles)).includes("cluster-admin"));
    assert.ok((await names(flowSchemas)).includes("catch-all"));
    const service = await client.resource(services).get("kubernetes", "default");
    assert.equal(service.spec?.clusterIP, "10.96.0.1");
    const slice = await client.resource(endpointSlices).get("kubernetes", "default");
    assert.deepEqual(slice.endpoints?.[0]?.addresses, ["10.1.2.3"]);
    const range = await client.resource(serviceCIDRs).get("kubernetes");
    assert.equal(range.status?.conditions?.[0]?.type, "Ready");
    const trust = await client.resource(configMaps).get("extension-apiserver-authentication", "kube-system");
    assert.equal(trust.data?.["client-ca-file"], test.plane.keys.authority.certificate);
    const info = await client.resource(configMaps).get("cluster-info", "kube-public");
    assert.match(info.data?.kubeconfig ?? "", /server: https:\/\/10\.1\.2\.3:6443/);
  });

  it("are not written again", async () => {
    const { revision } = test.plane.store;
    await bootstrapKubernetes(test.client, test.plane);
    assert.equal(test.plane.store.revision, revision);
  });

  it("are put right where they belong to the server, and left alone where they belong to users", async () => {
    const { client, plane } = test;
    const trust = await client.resource(configMaps).get("extension-apiserver-authentication", "kube-system");
    const data = { ...trust.data, "client-ca-file": "other", mine: "1" };
    await client.resource(configMaps).update({ ...trust, data });
    await client
      .resource(flowSchemas)
      .patch("catch-all", undefined, { type: "merge", body: { spec: { matchingPrecedence: 77 } } })
      .catch(() => undefined);
    await client.resource(flowSchemas).delete("service-accounts");
    await client.resource(priorityClasses).patch("system-node-critical", undefined, {
      type: "merge",
      body: { description: "mine" },
    });
    await bootstrapKubernetes(client, plane);
    const restored = await client.resource(configMaps).get("extension-apiserver-authentication", "kube-system");
    assert.equal(restored.data?.["client-ca-file"], plane.keys.authority.certificate);
    assert.equal(restored.data?.mine, "1");
    assert.equal((await client.resource(flowSchemas).get("catch-all")).spec?.matchingPrecedence, 10000);
    assert.equal((await client.resource(flowSchemas).get("service-accounts")).spec?.matchingPrecedence, 9000);
    assert.equal((await client.resource(priorityClasses).get("system-node-critical")).description, "mine");
  });
});

describe("the endpoint of a server", () => {
  const description = (externalUrl: string, keys: unknown = {}) =>
    ({ keys, settings: { externalUrl, serviceClusterIPRange: "10.96.0.0/12" } }) as Parameters<
      typeof clusterInfoMap
    >[0];

  it("is unknown while the URL names a host or this machine alone", () => {
    for (const url of ["https://kubernetes.default.svc", "https://127.0.0.1:6443", "https://[::1]:6443"]) {
      assert.deepEqual(apiServerEndpointSlice(description(url)).endpoints, []);
      assert.equal(apiServerEndpoints(description(url)).subsets, undefined);
    }
  });

  it("may be an IPv6 address", () => {
    const slice = apiServerEndpointSlice(description("https://[fd00::1]:443"));
    assert.equal(slice.addressType, "IPv6");
    assert.deepEqual(slice.endpoints?.[0]?.addresses, ["fd00::1"]);
    assert.equal(slice.ports[0].port, 443);
  });
});

describe("fields that are restored", () => {
  const wanted = { apiVersion: "v1", kind: "X", metadata: { name: "x" }, spec: { a: [{ b: 1 }] } };

  it("may have defaults beside them", () => {
    const stored = { ...wanted, spec: { a: [{ b: 1, c: 2 }], d: 3 } };
    assert.deepEqual(restoreFields(stored, wanted), { action: "none" });
  });

  it("are written when they differ", () => {
    const stored = { ...wanted, spec: { a: [{ b: 2 }] }, other: 1 };
    assert.deepEqual(restoreFields(stored, wanted), { action: "update", object: { ...wanted, other: 1 } });
  });
});

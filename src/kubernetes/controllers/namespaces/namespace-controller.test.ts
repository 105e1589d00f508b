import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { configMaps, namespaces, pods, serviceAccounts } from "../../kinds.ts";
import type { Namespace } from "../../types.generated.ts";
import { configMap, openPlane, settled, type TestPlane, until } from "../testing.ts";

describe("namespaces", () => {
  let test: TestPlane;
  before(async () => {
    test = await openPlane();
    await settled(test.plane);
  });
  after(() => test.close());

  const make = (name: string, extra: object = {}) =>
    test.client.resource(namespaces).create({ apiVersion: "v1", kind: "Namespace", metadata: { name }, ...extra });
  const find = (name: string) => test.client.resource(namespaces).find(name);
  const isGone = (name: string) => until(async () => (await find(name)) === undefined);
  const condition = (namespace: Namespace | undefined, type: string) =>
    namespace?.status?.conditions?.find((one) => one.type === type);

  it("get their account and the root CA, and again when somebody deletes or changes them", async () => {
    const { client, plane } = test;
    await make("team");
    const account = await until(() => client.resource(serviceAccounts).find("default", "team"));
    const authority = plane.keys.authority.certificate;
    const isRight = async () =>
      (await client.resource(configMaps).find("kube-root-ca.crt", "team"))?.data?.["ca.crt"] === authority;
    await until(isRight);
    await client.resource(serviceAccounts).delete("default", "team");
    await until(async () => {
      const next = await client.resource(serviceAccounts).find("default", "team");
      return next !== undefined && next.metadata.uid !== account.metadata.uid;
    });
    const data = { "ca.crt": "other" };
    await client.resource(configMaps).patch("kube-root-ca.crt", "team", { type: "merge", body: { data } });
    await until(isRight);
    await client.resource(configMaps).delete("kube-root-ca.crt", "team");
    await until(isRight);
  });

  it("go with all they hold", async () => {
    const { client } = test;
    await make("full");
    for (let index = 0; index < 20; index++)
      await client.resource(configMaps).create(configMap(`map-${index}`, "full"));
    await client.resource(namespaces).delete("full");
    await isGone("full");
    assert.equal((await client.resource(configMaps).list({ namespace: "full" })).items.length, 0);
    assert.equal((await client.resource(serviceAccounts).list({ namespace: "full" })).items.length, 0);
  });

  it("wait for finalizers, say so, and go at once when they are removed", async () => {
    const { client } = test;
    await make("held");
    const finalizers = ["example.com/hold"];
    await client.resource(configMaps).create(configMap("held", "held", { finalizers }));
    await client.resource(namespaces).delete("held");
    const namespace = await until(async () => {
      const found = await find("held");
      return condition(found, "NamespaceFinalizersRemaining") && found;
    });
    assert.equal(namespace.status?.phase, "Terminating");
    assert.equal(
      condition(namespace, "NamespaceContentRemaining")?.message,
      "Some resources are remaining: configmaps. has 1 resource instances",
    );
    assert.equal(
      condition(namespace, "NamespaceFinalizersRemaining")?.message,
      "Some content in the namespace has finalizers remaining: example.com/hold in 1 resource instances",
    );
    await client
      .resource(configMaps)
      .patch("held", "held", { type: "merge", body: { metadata: { finalizers: null } } });
    await isGone("held");
  });

  it("keep everything else until their pods have ended", async () => {
    const { client } = test;
    await make("running");
    await client.resource(configMaps).create(configMap("needed", "running"));
    await client.resource(pods).create({
      apiVersion: "v1",
      kind: "Pod",
      metadata: { name: "web", namespace: "running" },
      spec: { nodeName: "n1", containers: [{ name: "c", image: "i" }] },
    });
    await client.resource(namespaces).delete("running");
    await until(async () => condition(await find("running"), "NamespaceContentRemaining"));
    await settled(test.plane);
    assert.ok(await client.resource(configMaps).find("needed", "running"));
    await client.resource(pods).delete("web", "running", { gracePeriodSeconds: 0 });
    await isGone("running");
  });

  it("stay while somebody else's finalizer is on them", async () => {
    const { client } = test;
    await make("kept", { spec: { finalizers: ["example.com/keep"] } });
    await client.resource(namespaces).delete("kept");
    const left = await until(async () => {
      const found = await find("kept");
      return found?.spec?.finalizers?.length === 1 && found;
    });
    assert.deepEqual(left.spec?.finalizers, ["example.com/keep"]);
    assert.equal(condition(left, "NamespaceContentRemaining")?.status, "False");
    await client.resource(namespaces).update({ ...left, spec: {} }, { subresource: "finalize" });
    await isGone("kept");
  });
});

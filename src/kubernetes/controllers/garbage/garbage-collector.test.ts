import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import type { KindReference } from "../../../client/client.ts";
import type { KubeObject } from "../../../machinery/object.ts";
import { configMaps, namespaces } from "../../kinds.ts";
import { configMap, openPlane, ownedBy, settled, type TestPlane, until } from "../testing.ts";

const widgets: KindReference = {
  group: "example.com",
  version: "v1",
  kind: "Widget",
  plural: "widgets",
  namespaced: true,
};
const definition: KubeObject = {
  apiVersion: "apiextensions.k8s.io/v1",
  kind: "CustomResourceDefinition",
  metadata: { name: "widgets.example.com" },
  spec: {
    group: "example.com",
    scope: "Namespaced",
    names: { plural: "widgets", kind: "Widget" },
    versions: [{ name: "v1", served: true, storage: true, schema: { openAPIV3Schema: { type: "object" } } }],
  },
};
const definitions: KindReference = {
  group: "apiextensions.k8s.io",
  version: "v1",
  kind: "CustomResourceDefinition",
  plural: "customresourcedefinitions",
  namespaced: false,
};

describe("the garbage collector", () => {
  let test: TestPlane;
  before(async () => {
    test = await openPlane();
    await test.client.resource(definitions).create(definition);
    await settled(test.plane);
  });
  after(() => test.close());

  const make = (object: KubeObject) => test.client.resource(configMaps).create(object);
  const find = (name: string, namespace = "default") => test.client.resource(configMaps).find(name, namespace);
  const isGone = (name: string) => until(async () => (await find(name)) === undefined);

  it("deletes the dependents of a deleted owner, and theirs", async () => {
    const owner = await make(configMap("owner"));
    const child = await make(configMap("child", "default", ownedBy(owner)));
    await make(configMap("grandchild", "default", ownedBy(child)));
    await settled(test.plane);
    await test.client.resource(configMaps).delete("owner", "default");
    await isGone("grandchild");
    assert.equal(await find("child"), undefined);
  });

  it("deletes what names an owner that does not exist, or another of its name", async () => {
    const owner = await make(configMap("recent"));
    const stranger = { ...owner, metadata: { ...owner.metadata, uid: "00000000-0000-0000-0000-000000000000" } };
    await make(configMap("of-stranger", "default", ownedBy(stranger)));
    await isGone("of-stranger");
    assert.ok(await find("recent"));
  });

  it("keeps what has another owner, and takes the reference off", async () => {
    const [one, two] = [await make(configMap("one")), await make(configMap("two"))];
    const ownerReferences = [...ownedBy(one).ownerReferences!, ...ownedBy(two).ownerReferences!];
    await make(configMap("shared", "default", { ownerReferences }));
    await settled(test.plane);
    await test.client.resource(configMaps).delete("one", "default");
    await until(async () => (await find("shared"))?.metadata.ownerReferences?.length === 1);
    await test.client.resource(configMaps).delete("two", "default");
    await isGone("shared");
  });

  it("takes an owner in another namespace for absent", async () => {
    const owner = await make(configMap("far", "kube-public"));
    await make(configMap("near", "default", ownedBy(owner)));
    await isGone("near");
    assert.ok(await find("far", "kube-public"));
  });

  it("does not take an owner for absent because somebody looks for it in the wrong place", async () => {
    const owner = await make(configMap("elsewhere", "kube-public"));
    const finalizers = ["example.com/hold"];
    await make(configMap("wrong", "default", { ...ownedBy(owner), finalizers }));
    await until(async () => (await find("wrong"))?.metadata.deletionTimestamp !== undefined);
    await make(configMap("right", "kube-public", ownedBy(owner)));
    await settled(test.plane);
    assert.equal((await find("right", "kube-public"))?.metadata.deletionTimestamp, undefined);
    await test.client.resource(configMaps).delete("elsewhere", "kube-public");
    await until(async () => (await find("right", "kube-public")) === undefined);
    await test.client
      .resource(configMaps)
      .patch("wrong", "default", { type: "merge", body: { metadata: { finalizers: null } } });
    await isGone("wrong");
  });

  it("lets cluster-scoped owners have dependents in namespaces", async () => {
    const owner = await test.client.resource(namespaces).get("kube-public");
    await make(configMap("of-namespace", "default", ownedBy(owner)));
    await settled(test.plane);
    assert.ok(await find("of-namespace"));
  });

  it("deletes in the foreground: what blocks goes first", async () => {
    const owner = await make(configMap("front"));
    const finalizers = ["example.com/hold"];
    await make(configMap("held", "default", { ...ownedBy(owner, true), finalizers }));
    await make(configMap("free", "default", ownedBy(owner, false)));
    await settled(test.plane);
    await test.client.resource(configMaps).delete("front", "default", { propagationPolicy: "Foreground" });
    await until(async () => (await find("held"))?.metadata.deletionTimestamp !== undefined);
    await settled(test.plane);
    assert.ok(await find("front"), "the owner waits");
    await test.client.resource(configMaps).patch("held", "default", {
      type: "merge",
      body: { metadata: { finalizers: null } },
    });
    await isGone("front");
    await isGone("free");
    assert.equal(await find("held"), undefined);
  });

  it("ends circles of owners", async () => {
    const first = await make(configMap("first"));
    const second = await make(configMap("second", "default", ownedBy(first, true)));
    await test.client.resource(configMaps).patch("first", "default", {
      type: "merge",
      body: { metadata: ownedBy(second, true) },
    });
    await settled(test.plane);
    await test.client.resource(configMaps).delete("first", "default", { propagationPolicy: "Foreground" });
    await isGone("first");
    await isGone("second");
  });

  it("sets dependents free with the policy Orphan", async () => {
    const owner = await make(configMap("parent"));
    await make(configMap("orphan", "default", ownedBy(owner)));
    await settled(test.plane);
    await test.client.resource(configMaps).delete("parent", "default", { propagationPolicy: "Orphan" });
    await isGone("parent");
    await settled(test.plane);
    assert.equal((await find("orphan"))?.metadata.ownerReferences, undefined);
  });

  it("knows custom resources, as owners and as dependents", async () => {
    const widget = await test.client.resource(widgets).create({
      apiVersion: "example.com/v1",
      kind: "Widget",
      metadata: { name: "w", namespace: "default" },
    });
    const map = await make(configMap("of-widget", "default", ownedBy(widget)));
    await test.client.resource(widgets).create({
      apiVersion: "example.com/v1",
      kind: "Widget",
      metadata: { name: "of-map", namespace: "default", ...ownedBy(map) },
    });
    await settled(test.plane);
    await test.client.resource(widgets).delete("w", "default");
    await isGone("of-widget");
    await until(async () => (await test.client.resource(widgets).find("of-map", "default")) === undefined);
  });

  it("leaves alone what names an owner of an unknown kind", async () => {
    const owner = { apiVersion: "unknown.example.com/v1", kind: "Thing", metadata: { name: "x", uid: "u" } };
    await make(configMap("of-unknown", "default", ownedBy(owner)));
    await settled(test.plane);
    assert.ok(await find("of-unknown"));
  });
});

import assert from "node:assert/strict";
import { afterEach, describe, it } from "node:test";
import { configMap, openPlane, ownedBy, settled, type TestPlane, until } from "../kubernetes/controllers/testing.ts";
import { configMaps, namespaces } from "../kubernetes/kinds.ts";
import type { Change, EverySource } from "./controller.ts";
import { followEveryKind } from "./every-kind.ts";

const reader = { get: () => undefined, list: () => [] };

/** Writes down what a source is shown, and which keys come of it. */
function recorder(having: EverySource["having"] = ["ownerReferences"]) {
  const shown: string[] = [];
  const keys: string[] = [];
  let forgotten = 0;
  const source: EverySource = {
    having,
    keys({ kind, object, old }: Change) {
      const { name } = (object ?? old)!.metadata;
      shown.push(`${object === undefined ? "-" : old === undefined ? "+" : "~"}${kind.kind}/${name}`);
      return [name!];
    },
    forget() {
      forgotten++;
      shown.length = 0;
    },
  };
  return { source, shown, keys, enqueue: (key: string) => keys.push(key), forgotten: () => forgotten };
}

describe("following every kind", () => {
  let test: TestPlane;
  let stop: () => void = () => undefined;
  afterEach(async () => {
    stop();
    await test.close();
  });

  async function begin(having?: EverySource["having"]) {
    test = await openPlane();
    const owner = await test.client.resource(namespaces).get("default");
    await test.client.resource(configMaps).create(configMap("owned", "default", ownedBy(owner)));
    await test.client.resource(configMaps).create(configMap("free"));
    await settled(test.plane);
    const record = recorder(having);
    stop = followEveryKind(test.plane, record.source, reader, record.enqueue);
    await settled(test.plane);
    return { ...record, maps: test.client.resource(configMaps), owner };
  }

  it("shows what there is, passing over what lacks the fields", async () => {
    const { shown, keys } = await begin();
    assert.deepEqual(shown, ["+ConfigMap/owned"]);
    assert.deepEqual(keys, ["owned"]);
  });

  it("shows changes of objects that have the fields or had them, and all deletions", async () => {
    const { shown, maps, owner } = await begin();
    shown.length = 0;
    await maps.patch("free", "default", { type: "merge", body: { data: { a: "1" } } });
    await maps.patch("free", "default", { type: "merge", body: { metadata: ownedBy(owner) } });
    await maps.patch("free", "default", { type: "merge", body: { metadata: { ownerReferences: null } } });
    await maps.delete("free", "default");
    assert.deepEqual(shown, ["~ConfigMap/free", "~ConfigMap/free", "-ConfigMap/free"]);
  });

  it("shows all changes and nothing else when that is asked for", async () => {
    const { shown, maps } = await begin("changes");
    assert.deepEqual(shown, []);
    await maps.patch("free", "default", { type: "merge", body: { data: { a: "1" } } });
    await maps.create(configMap("new"));
    assert.deepEqual(shown, ["~ConfigMap/free", "+ConfigMap/new"]);
  });

  it("hands out no key before everything was shown", async () => {
    const { source, shown, enqueue, keys } = await begin();
    stop();
    stop = followEveryKind(test.plane, source, reader, (key) => {
      assert.ok(shown.includes("+ConfigMap/owned"));
      enqueue(key);
    });
    assert.deepEqual(shown, ["+ConfigMap/owned"]);
    await test.client.resource(configMaps).delete("free", "default");
    assert.deepEqual(keys, ["owned", "owned", "free"]);
  });

  it("begins anew when the plane was loaded again", async () => {
    const { shown, keys, forgotten } = await begin();
    keys.length = 0;
    await test.plane.store.jump(test.plane.store.revision + 100);
    await until(() => keys.length > 0);
    assert.equal(forgotten(), 1);
    assert.deepEqual(shown, ["+ConfigMap/owned"]);
  });

  it("shows kinds that are defined later", async () => {
    const { shown, owner } = await begin();
    const names = { plural: "widgets", kind: "Widget" };
    const versions = [{ name: "v1", served: true, storage: true, schema: { openAPIV3Schema: { type: "object" } } }];
    await test.client
      .resource({
        group: "apiextensions.k8s.io",
        version: "v1",
        kind: "CustomResourceDefinition",
        plural: "customresourcedefinitions",
        namespaced: false,
      })
      .create({
        apiVersion: "apiextensions.k8s.io/v1",
        kind: "CustomResourceDefinition",
        metadata: { name: "widgets.example.com" },
        spec: { group: "example.com", scope: "Namespaced", names, versions },
      });
    await settled(test.plane);
    await test.client.resource({ group: "example.com", version: "v1", ...names, namespaced: true }).create({
      apiVersion: "example.com/v1",
      kind: "Widget",
      metadata: { name: "w", namespace: "default", ...ownedBy(owner) },
    });
    assert.equal(shown.at(-1), "+Widget/w");
  });

  it("is silent after it was stopped", async () => {
    const { shown, maps, forgotten } = await begin();
    stop();
    assert.equal(forgotten(), 1);
    await maps.delete("owned", "default");
    assert.deepEqual(shown, []);
  });
});

// Label and field selectors of lists, watches and collections.

import assert from "node:assert/strict";
import { describe, type TestContext, test } from "node:test";
import type { JsonObject } from "../../src/machinery/object.ts";
import { api, expectObject, expectStatus, namespace, namespaceForPods } from "./support/api.ts";
import { configMap, pod } from "./support/objects.ts";

async function collection(t: TestContext): Promise<(selector: string) => Promise<string>> {
  const path = `/api/v1/namespaces/${await namespace(t)}/configmaps`;
  const labels: Record<string, Record<string, string>> = {
    a: { tier: "web", stage: "prod" },
    b: { tier: "web", stage: "test" },
    c: { tier: "db", stage: "prod", "example.com/extra": "" },
    d: { stage: "dev" },
  };
  for (const [name, own] of Object.entries(labels))
    await api.make(path, configMap(name, {}, { labels: { ...own, case: "yes" } }));
  return async (selector) => {
    const list = await api.read(`${path}?labelSelector=${encodeURIComponent(`case=yes,${selector}`)}`);
    return list.items.map(({ metadata }: JsonObject) => metadata.name).join("");
  };
}

describe("selectors", { concurrency: 8 }, () => {
  test("labels are selected by equality, sets and presence, all of which have to hold", async (t) => {
    const select = await collection(t);
    assert.equal(await select("tier=web"), "ab");
    assert.equal(await select("tier==web,stage=prod"), "a");
    assert.equal(await select("tier!=web"), "cd", "what has no such label is not equal");
    assert.equal(await select("stage in (prod, dev)"), "acd");
    assert.equal(await select("stage notin (prod,dev)"), "b");
    assert.equal(await select("tier"), "abc");
    assert.equal(await select("!tier"), "d");
    assert.equal(await select("example.com/extra="), "c");
  });

  test("labels that are numbers compare as such", async (t) => {
    const path = `/api/v1/namespaces/${await namespace(t)}/configmaps`;
    for (const [name, size] of [
      ["a", "5"],
      ["b", "50"],
      ["c", "many"],
    ] as const) {
      await api.make(path, configMap(name, {}, { labels: { size } }));
    }
    const select = async (selector: string) =>
      (await api.read(`${path}?labelSelector=${encodeURIComponent(selector)}`)).items.map(
        ({ metadata }: JsonObject) => metadata.name,
      );
    assert.deepEqual(await select("size>6"), ["b"]);
    assert.deepEqual(await select("size<6"), ["a"]);
  });

  test("a label selector that nobody can read is refused", async () => {
    for (const selector of ["a in (", "=x", "a b", "a in x", "!a=b", "-bad-=x"]) {
      expectStatus(
        await api.get(`/api/v1/namespaces?labelSelector=${encodeURIComponent(selector)}`),
        400,
        "BadRequest",
      );
    }
    expectStatus(
      await api.get(`/api/v1/namespaces?labelSelector=${encodeURIComponent("a in (")}`),
      400,
      "BadRequest",
      /^unable to parse requirement: /,
    );
  });

  test("every kind is selected by name and namespace", async (t) => {
    const ns = await namespace(t);
    const path = `/api/v1/namespaces/${ns}/configmaps`;
    await api.make(path, configMap("a"));
    await api.make(path, configMap("b"));
    const names = async (where: string) =>
      (await api.read(where)).items.map(({ metadata }: JsonObject) => metadata.name);
    assert.deepEqual(await names(`${path}?fieldSelector=metadata.name%3Db`), ["b"]);
    const others = await names(`${path}?fieldSelector=metadata.name!%3Db`);
    assert.ok(others.includes("a") && !others.includes("b"));
    assert.ok((await names(`/api/v1/configmaps?fieldSelector=metadata.namespace%3D${ns}`)).includes("a"));
    assert.deepEqual(await names(`${path}?fieldSelector=metadata.name%3Da,metadata.name%3Db`), []);
  });

  test("pods are selected by phase, node, restart policy and service account", async (t) => {
    const ns = await namespaceForPods(t);
    const path = `/api/v1/namespaces/${ns}/pods`;
    await api.make(path, pod("a"));
    const other = pod("b");
    other.spec.restartPolicy = "Never";
    await api.make(path, other);
    const select = async (selector: string) =>
      (await api.read(`${path}?fieldSelector=${encodeURIComponent(selector)}`)).items
        .map(({ metadata }: JsonObject) => metadata.name)
        .join("");
    assert.equal(await select("status.phase=Pending"), "ab");
    assert.equal(await select("status.phase!=Pending"), "");
    assert.equal(await select("spec.restartPolicy=Never"), "b");
    assert.equal(await select("spec.nodeName="), "ab");
    assert.equal(await select("spec.serviceAccountName=default"), "ab");
  });

  test("secrets are selected by type, namespaces by phase, events by what they are about", async (t) => {
    const ns = await namespace(t);
    await api.make(`/api/v1/namespaces/${ns}/secrets`, { metadata: { name: "a" }, type: "example.com/kind" });
    const secrets = await api.read(`/api/v1/namespaces/${ns}/secrets?fieldSelector=type%3Dexample.com/kind`);
    assert.deepEqual(
      secrets.items.map(({ metadata }: JsonObject) => metadata.name),
      ["a"],
    );
    const namespaces = await api.read("/api/v1/namespaces?fieldSelector=status.phase%3DActive");
    assert.ok(namespaces.items.some(({ metadata }: JsonObject) => metadata.name === ns));
    await api.make(`/api/v1/namespaces/${ns}/events`, {
      metadata: { name: "e" },
      involvedObject: { kind: "Pod", namespace: ns, name: "p" },
      reason: "Tested",
      type: "Normal",
    });
    const selector = encodeURIComponent("involvedObject.kind=Pod,involvedObject.name=p,reason=Tested,type=Normal");
    const events = await api.read(`/api/v1/namespaces/${ns}/events?fieldSelector=${selector}`);
    assert.equal(events.items.length, 1);
  });

  test("a field that cannot be selected by is refused by name", async () => {
    expectStatus(
      await api.get("/api/v1/configmaps?fieldSelector=data.key%3Dx"),
      400,
      "BadRequest",
      /field label not supported: data\.key$/,
    );
    expectStatus(
      await api.get("/api/v1/pods?fieldSelector=status.nonsense%3Dx"),
      400,
      "BadRequest",
      /field label not supported: status\.nonsense/,
    );
  });

  test("a field selector that nobody can read is refused", async () => {
    expectStatus(
      await api.get("/api/v1/pods?fieldSelector=nonsense"),
      400,
      "BadRequest",
      /invalid selector: .*can't understand 'nonsense'/,
    );
  });

  test("a watch by selectors shows what it selects", async (t) => {
    const path = `/api/v1/namespaces/${await namespace(t)}/configmaps`;
    const { metadata } = await api.read(path);
    const selector = encodeURIComponent("stage in (prod),!hidden");
    const watch = api.watch(t, `${path}?resourceVersion=${metadata.resourceVersion}&labelSelector=${selector}`);
    await api.make(path, configMap("a", {}, { labels: { stage: "test" } }));
    await api.make(path, configMap("b", {}, { labels: { stage: "prod", hidden: "" } }));
    await api.make(path, configMap("c", {}, { labels: { stage: "prod" } }));
    assert.equal((await watch.expect()).object.metadata.name, "c");
  });

  test("a collection is deleted by field selectors too", async (t) => {
    const path = `/api/v1/namespaces/${await namespace(t)}/configmaps`;
    await api.make(path, configMap("a"));
    await api.make(path, configMap("b"));
    expectObject(await api.delete(`${path}?fieldSelector=metadata.name%3Da`));
    assert.equal((await api.get(`${path}/a`)).code, 404);
    assert.equal((await api.get(`${path}/b`)).code, 200);
  });
});

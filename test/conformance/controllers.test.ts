// What happens by itself on every server: the controllers that a control plane has without any node.

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { JsonObject } from "../../src/machinery/object.ts";
import { api, eventually, expectObject, expectStatus, namespace } from "./support/api.ts";
import { defineKind } from "./support/definitions.ts";
import { configMap } from "./support/objects.ts";

const owned = (name: string, owner: JsonObject, more: JsonObject = {}): JsonObject =>
  configMap(
    name,
    {},
    {
      ownerReferences: [
        { apiVersion: owner.apiVersion, kind: owner.kind, name: owner.metadata.name, uid: owner.metadata.uid, ...more },
      ],
    },
  );

const gone = (path: string) => eventually(async () => assert.equal((await api.get(path)).code, 404, path));

describe("controllers", { concurrency: 8 }, () => {
  test("a new namespace gets its default service account and the server's authority", async (t) => {
    const ns = await namespace(t);
    await eventually(async () =>
      assert.equal((await api.get(`/api/v1/namespaces/${ns}/serviceaccounts/default`)).code, 200),
    );
    const { data } = await eventually(
      async () => await api.read(`/api/v1/namespaces/${ns}/configmaps/kube-root-ca.crt`),
    );
    assert.match(data["ca.crt"], /^-----BEGIN CERTIFICATE-----/);
  });

  test("they come back when they are deleted", async (t) => {
    const ns = await namespace(t);
    const account = `/api/v1/namespaces/${ns}/serviceaccounts/default`;
    const { metadata } = await eventually(async () => await api.read(account));
    expectObject(await api.delete(account));
    await eventually(async () => assert.notEqual((await api.read(account)).metadata.uid, metadata.uid));
    const authority = `/api/v1/namespaces/${ns}/configmaps/kube-root-ca.crt`;
    await eventually(async () => await api.read(authority));
    expectObject(await api.patch(authority, "merge", { data: { "ca.crt": "changed" } }));
    await eventually(async () => assert.match((await api.read(authority)).data["ca.crt"], /BEGIN CERTIFICATE/));
  });

  test("deleting a namespace deletes all that is in it, custom objects too", async (t) => {
    const kind = await defineKind(t);
    const ns = await namespace(t);
    await api.make(`/api/v1/namespaces/${ns}/configmaps`, configMap("a"));
    await api.make(`/apis/batch/v1/namespaces/${ns}/cronjobs`, {
      metadata: { name: "a" },
      spec: {
        schedule: "0 0 1 1 *",
        suspend: true,
        jobTemplate: {
          spec: { template: { spec: { restartPolicy: "Never", containers: [{ name: "c", image: "i" }] } } },
        },
      },
    });
    await api.make(kind.path(ns), kind.widget("a"));
    const marked = expectObject(await api.delete(`/api/v1/namespaces/${ns}`));
    assert.equal(marked.status.phase, "Terminating");
    await gone(`/api/v1/namespaces/${ns}`);
    expectStatus(await api.get(`${kind.path(ns)}/a`), 404, "NotFound");
    expectStatus(await api.get(`/apis/batch/v1/namespaces/${ns}/cronjobs/a`), 404, "NotFound");
  });

  test("a namespace that cannot be emptied says what holds it", async (t) => {
    const ns = await namespace(t);
    await api.make(`/api/v1/namespaces/${ns}/configmaps`, configMap("held", {}, { finalizers: ["example.com/hold"] }));
    expectObject(await api.delete(`/api/v1/namespaces/${ns}`));
    const conditions = await eventually(async () => {
      const { status } = await api.read(`/api/v1/namespaces/${ns}`);
      const found = new Map<string, JsonObject>((status.conditions ?? []).map((each: JsonObject) => [each.type, each]));
      assert.equal(found.get("NamespaceFinalizersRemaining")?.status, "True");
      return found;
    });
    assert.match(conditions.get("NamespaceFinalizersRemaining")!.message, /example\.com\/hold in 1 resource instances/);
    assert.match(conditions.get("NamespaceContentRemaining")!.message, /configmaps\. has 1 resource instances/);
    expectObject(
      await api.patch(`/api/v1/namespaces/${ns}/configmaps/held`, "merge", { metadata: { finalizers: null } }),
    );
    await gone(`/api/v1/namespaces/${ns}`);
  });

  test("dependents go after their owner", async (t) => {
    const path = `/api/v1/namespaces/${await namespace(t)}/configmaps`;
    const owner = await api.make(path, configMap("owner"));
    const middle = await api.make(path, owned("middle", owner));
    await api.make(path, owned("leaf", middle));
    await api.make(path, configMap("stranger"));
    expectObject(await api.delete(`${path}/owner`));
    await gone(`${path}/middle`);
    await gone(`${path}/leaf`);
    assert.equal((await api.get(`${path}/stranger`)).code, 200);
  });

  test("dependents of custom objects go as well, and custom dependents of others", async (t) => {
    const kind = await defineKind(t);
    const ns = await namespace(t);
    const owner = await api.make(kind.path(ns), kind.widget("owner"));
    const path = `/api/v1/namespaces/${ns}/configmaps`;
    const middle = await api.make(path, owned("middle", owner));
    const leaf = kind.widget("leaf");
    leaf.metadata.ownerReferences = owned("x", middle).metadata.ownerReferences;
    await api.make(kind.path(ns), leaf);
    expectObject(await api.delete(`${kind.path(ns)}/owner`));
    await gone(`${path}/middle`);
    await gone(`${kind.path(ns)}/leaf`);
  });

  test("an object with another owner stays", async (t) => {
    const path = `/api/v1/namespaces/${await namespace(t)}/configmaps`;
    const [one, two] = [await api.make(path, configMap("one")), await api.make(path, configMap("two"))];
    const both = owned("both", one);
    both.metadata.ownerReferences.push(...owned("x", two).metadata.ownerReferences);
    await api.make(path, both);
    expectObject(await api.delete(`${path}/one`));
    await eventually(async () => {
      const { metadata } = await api.read(`${path}/both`);
      assert.deepEqual(
        metadata.ownerReferences.map(({ name }: JsonObject) => name),
        ["two"],
      );
    });
  });

  test("an object whose owner never was is collected", async (t) => {
    const path = `/api/v1/namespaces/${await namespace(t)}/configmaps`;
    const ghost = {
      apiVersion: "v1",
      kind: "ConfigMap",
      metadata: { name: "ghost", uid: "00000000-0000-4000-8000-000000000000" },
    };
    await api.make(path, owned("orphan", ghost));
    await gone(`${path}/orphan`);
  });

  test("Foreground waits for the dependents that block", async (t) => {
    const path = `/api/v1/namespaces/${await namespace(t)}/configmaps`;
    const owner = await api.make(path, configMap("owner"));
    const blocking = owned("blocking", owner, { blockOwnerDeletion: true });
    blocking.metadata.finalizers = ["example.com/hold"];
    await api.make(path, blocking);
    expectObject(await api.delete(`${path}/owner?propagationPolicy=Foreground`));
    await eventually(async () => assert.ok((await api.read(`${path}/blocking`)).metadata.deletionTimestamp));
    assert.deepEqual((await api.read(`${path}/owner`)).metadata.finalizers, ["foregroundDeletion"]);
    expectObject(await api.patch(`${path}/blocking`, "merge", { metadata: { finalizers: null } }));
    await gone(`${path}/owner`);
    await gone(`${path}/blocking`);
  });

  test("Orphan leaves the dependents without their owner", async (t) => {
    const path = `/api/v1/namespaces/${await namespace(t)}/configmaps`;
    const owner = await api.make(path, configMap("owner"));
    await api.make(path, owned("left", owner));
    expectObject(await api.delete(`${path}/owner?propagationPolicy=Orphan`));
    await gone(`${path}/owner`);
    assert.equal((await api.read(`${path}/left`)).metadata.ownerReferences, undefined);
  });

  test("a quota's usage follows what there is", async (t) => {
    const ns = await namespace(t);
    await api.make(`/api/v1/namespaces/${ns}/secrets`, { metadata: { name: "a" } });
    await api.make(`/api/v1/namespaces/${ns}/resourcequotas`, {
      metadata: { name: "quota" },
      spec: { hard: { "count/secrets": "5" } },
    });
    const path = `/api/v1/namespaces/${ns}/resourcequotas/quota`;
    const used = (count: string) =>
      eventually(async () => {
        const { status } = await api.read(path);
        assert.deepEqual(status.hard, { "count/secrets": "5" });
        assert.deepEqual(status.used, { "count/secrets": count });
      });
    await used("1");
    expectObject(await api.delete(`/api/v1/namespaces/${ns}/secrets/a`));
    await used("0");
  });

  test("the authority of the front proxy and of clients is published", async () => {
    const { data } = await api.read("/api/v1/namespaces/kube-system/configmaps/extension-apiserver-authentication");
    assert.match(data["client-ca-file"], /BEGIN CERTIFICATE/);
    assert.match(data["requestheader-client-ca-file"], /BEGIN CERTIFICATE/);
    assert.deepEqual(JSON.parse(data["requestheader-username-headers"]), ["X-Remote-User"]);
  });

  test("the server is a service of the default namespace", async () => {
    const { spec } = await api.read("/api/v1/namespaces/default/services/kubernetes");
    assert.equal(spec.ports[0].port, 443);
    assert.equal(spec.ports[0].name, "https");
  });
});

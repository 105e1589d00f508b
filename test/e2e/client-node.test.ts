// The official JavaScript client, unmodified, with the kubeconfig that the server wrote. It has no leader election of its own; what
// one stands on (leases, and updates that conflict) is here.

import assert from "node:assert/strict";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import {
  ApiException,
  AuthorizationV1Api,
  CoordinationV1Api,
  CoreV1Api,
  CustomObjectsApi,
  KubeConfig,
  type KubernetesObject,
  KubernetesObjectApi,
  makeInformer,
  PatchStrategy,
  setHeaderOptions,
  type V1ConfigMap,
  V1MicroTime,
  Watch,
} from "@kubernetes/client-node";
import { Connection } from "../conformance/support/http.ts";
import { MusterServer, remove, temporaryDirectory } from "./support/muster.ts";
import { until } from "./support/until.ts";

interface Seen {
  type: string;
  object: KubernetesObject;
}

describe("@kubernetes/client-node", () => {
  const directory = temporaryDirectory();
  let server: MusterServer;
  let config: KubeConfig;
  let core: CoreV1Api;

  before(async () => {
    server = await MusterServer.start({ dataDir: join(directory, "data") });
    config = new KubeConfig();
    config.loadFromFile(server.kubeconfig);
    core = config.makeApiClient(CoreV1Api);
  });
  after(async () => {
    await server?.stop();
    remove(directory);
  });

  /** A new namespace, and how to make a ConfigMap in it. */
  async function place(namespace: string) {
    await core.createNamespace({ body: { metadata: { name: namespace } } });
    const create = (name: string, data: Record<string, string> = {}) =>
      core.createNamespacedConfigMap({ namespace, body: { metadata: { name, labels: { ours: "yes" } }, data } });
    return { namespace, create };
  }

  /** A watch that notes what it sees. */
  async function watch(path: string, query: Record<string, string>) {
    const seen: Seen[] = [];
    let ended: unknown;
    const controller = await new Watch(config).watch(
      path,
      query,
      (type, object) => seen.push({ type, object }),
      (error) => {
        ended = error ?? "closed";
      },
    );
    return { seen, close: () => controller.abort(), ended: () => ended };
  }

  it("an informer has what is there and follows what happens", async () => {
    const { namespace, create } = await place("informed");
    await create("before", { a: "1" });
    const list = () => core.listNamespacedConfigMap({ namespace, labelSelector: "ours=yes" });
    const informer = makeInformer<V1ConfigMap>(config, `/api/v1/namespaces/${namespace}/configmaps`, list, "ours=yes");
    const log: string[] = [];
    for (const verb of ["add", "update", "delete"] as const) {
      informer.on(verb, (object) => log.push(`${verb} ${object.metadata?.name} ${object.data?.a}`));
    }
    informer.on("error", (error) => log.push(`error ${error}`));
    await informer.start();
    try {
      await create("later", { a: "2" });
      await until("later is added", () => informer.get("later", namespace));
      await core.patchNamespacedConfigMap(
        { namespace, name: "later", body: { data: { a: "3" } } },
        setHeaderOptions("Content-Type", PatchStrategy.MergePatch),
      );
      await core.deleteNamespacedConfigMap({ namespace, name: "before" });
      await until("before is deleted", () => log.includes("delete before 1"));
      assert.deepEqual(log, ["add before 1", "add later 2", "update later 3", "delete before 1"]);
      assert.deepEqual(
        informer.list().map(({ metadata }) => metadata?.name),
        ["later"],
      );
    } finally {
      await informer.stop();
    }
  });

  it("a watch is resumed from the last revision without loss or repetition", async () => {
    const { namespace, create } = await place("watched");
    const path = `/api/v1/namespaces/${namespace}/configmaps`;
    const { metadata } = await core.listNamespacedConfigMap({ namespace });
    const query = (resourceVersion: string | undefined) => ({
      resourceVersion: resourceVersion!,
      labelSelector: "ours=yes",
    });
    const first = await watch(path, query(metadata?.resourceVersion));
    await create("a");
    await create("b");
    await until("two events", () => first.seen.length === 2);
    first.close();
    await until("the end", first.ended);
    await create("c");
    await core.deleteNamespacedConfigMap({ namespace, name: "a" });
    const second = await watch(path, query(first.seen.at(-1)!.object.metadata?.resourceVersion));
    await create("d");
    await until("three events", () => second.seen.length === 3);
    second.close();
    const shown = [...first.seen, ...second.seen].map(({ type, object }) => `${type} ${object.metadata?.name}`);
    assert.deepEqual(shown, ["ADDED a", "ADDED b", "ADDED c", "DELETED a", "ADDED d"]);
  });

  it("a watch that asks for bookmarks ends when its time is over", async () => {
    const { namespace, create } = await place("bookmarked");
    await create("a");
    const watching = await watch(`/api/v1/namespaces/${namespace}/configmaps`, {
      labelSelector: "ours=yes",
      allowWatchBookmarks: "true",
      sendInitialEvents: "true",
      resourceVersionMatch: "NotOlderThan",
      timeoutSeconds: "1",
    });
    await until("the end", watching.ended);
    assert.deepEqual(
      watching.seen.slice(0, 2).map(({ type }) => type),
      ["ADDED", "BOOKMARK"],
    );
    assert.equal(watching.seen[1]!.object.metadata?.annotations?.["k8s.io/initial-events-end"], "true");
  });

  it("patches in every form", async () => {
    const { namespace, create } = await place("patched");
    await create("a", { x: "1", y: "2" });
    const patch = async (strategy: string, body: object) => {
      const patched = await core.patchNamespacedConfigMap(
        { namespace, name: "a", body },
        setHeaderOptions("Content-Type", strategy),
      );
      return patched.data;
    };
    assert.deepEqual(await patch(PatchStrategy.JsonPatch, [{ op: "replace", path: "/data/x", value: "3" }]), {
      x: "3",
      y: "2",
    });
    assert.deepEqual(await patch(PatchStrategy.MergePatch, { data: { y: null } }), { x: "3" });
    assert.deepEqual(await patch(PatchStrategy.StrategicMergePatch, { data: { z: "4" } }), { x: "3", z: "4" });
  });

  it("server-side apply conflicts with other managers, and takes over when forced", async () => {
    const { namespace } = await place("applied");
    const objects = KubernetesObjectApi.makeApiClient(config);
    const apply = (manager: string, color: string, force: boolean) => {
      const object = { apiVersion: "v1", kind: "ConfigMap", metadata: { name: "shared", namespace }, data: { color } };
      return objects.patch<V1ConfigMap>(object, undefined, undefined, manager, force, PatchStrategy.ServerSideApply);
    };
    await apply("one", "blue", false);
    await assert.rejects(apply("two", "red", false), (error: ApiException<string>) => {
      assert.ok(error instanceof ApiException);
      assert.equal(error.code, 409);
      const status = typeof error.body === "string" ? JSON.parse(error.body) : error.body;
      assert.equal(status.reason, "Conflict");
      assert.deepEqual(
        status.details.causes.map(({ field, message }: { field: string; message: string }) => [field, message]),
        [[".data.color", 'conflict with "one"']],
      );
      return true;
    });
    assert.deepEqual((await apply("two", "red", true)).data, { color: "red" });
  });

  it("failures are ApiExceptions with the Status", async () => {
    await assert.rejects(
      core.readNamespacedPod({ namespace: "default", name: "absent" }),
      (error: ApiException<string>) => {
        assert.ok(error instanceof ApiException);
        assert.equal(error.code, 404);
        const status = typeof error.body === "string" ? JSON.parse(error.body) : error.body;
        assert.equal(status.kind, "Status");
        assert.equal(status.message, 'pods "absent" not found');
        return true;
      },
    );
  });

  it("of two candidates for a lease one wins", async () => {
    const { namespace } = await place("elected");
    const leases = config.makeApiClient(CoordinationV1Api);
    const lease = await leases.createNamespacedLease({ namespace, body: { metadata: { name: "leader" }, spec: {} } });
    const take = (holderIdentity: string) =>
      leases.replaceNamespacedLease({
        namespace,
        name: "leader",
        body: { ...lease, spec: { holderIdentity, leaseDurationSeconds: 15, renewTime: new V1MicroTime() } },
      });
    const outcomes = await Promise.allSettled(["a", "b", "c"].map(take));
    const codes = outcomes.map((outcome) => (outcome.status === "fulfilled" ? 200 : outcome.reason.code));
    assert.deepEqual(codes.sort(), [200, 409, 409]);
  });

  it("custom objects, and integers beyond what the client can count to", async () => {
    const { namespace } = await place("custom");
    const objects = KubernetesObjectApi.makeApiClient(config);
    await objects.create({
      apiVersion: "apiextensions.k8s.io/v1",
      kind: "CustomResourceDefinition",
      metadata: { name: "counters.e2e.example" },
      spec: {
        group: "e2e.example",
        scope: "Namespaced",
        names: { plural: "counters", singular: "counter", kind: "Counter" },
        versions: [
          {
            name: "v1",
            served: true,
            storage: true,
            schema: {
              openAPIV3Schema: {
                type: "object",
                properties: {
                  spec: {
                    type: "object",
                    properties: { count: { type: "integer", format: "int64" }, step: { type: "integer", _default: 1 } },
                  },
                },
              },
            },
          },
        ],
      },
    } as KubernetesObject);
    const custom = config.makeApiClient(CustomObjectsApi);
    const kind = { group: "e2e.example", version: "v1", namespace, plural: "counters" };
    const body = { apiVersion: "e2e.example/v1", kind: "Counter", metadata: { name: "small" }, spec: { count: 1 } };
    assert.equal((await custom.createNamespacedCustomObject({ ...kind, body })).spec.step, 1);

    const connection = new Connection(server.access());
    try {
      const path = `/apis/e2e.example/v1/namespaces/${namespace}/counters`;
      const large =
        '{"apiVersion":"e2e.example/v1","kind":"Counter","metadata":{"name":"large"},"spec":{"count":9223372036854775807}}';
      assert.equal((await connection.send("POST", path, { body: large })).code, 201);
      await custom.patchNamespacedCustomObject(
        { ...kind, name: "large", body: { spec: { step: 7 } } },
        setHeaderOptions("Content-Type", PatchStrategy.MergePatch),
      );
      const { text } = await connection.send("GET", `${path}/large`);
      assert.match(text, /"count": ?9223372036854775807[,}]/);
      assert.match(text, /"step": ?7[,}]/);
    } finally {
      connection.close();
    }
    const { items } = await custom.listNamespacedCustomObject(kind);
    assert.deepEqual(
      items.map(({ metadata }: V1ConfigMap) => metadata?.name),
      ["large", "small"],
    );
  });

  it("a requested token lets a service account in", async () => {
    const { namespace } = await place("tokens");
    await core.createNamespacedServiceAccount({ namespace, body: { metadata: { name: "robot" } } });
    const { status } = await core.createNamespacedServiceAccountToken({
      namespace,
      name: "robot",
      body: { spec: { audiences: [], expirationSeconds: 600 } },
    });
    const cluster = config.getCurrentCluster()!;
    const robot = new KubeConfig();
    robot.loadFromClusterAndUser(cluster, { name: "robot", token: status!.token });
    const review = { spec: { resourceAttributes: { verb: "list", resource: "pods", namespace } } };
    const answer = await robot.makeApiClient(AuthorizationV1Api).createSelfSubjectAccessReview({ body: review });
    assert.equal(answer.status?.allowed, false);
    await assert.rejects(
      robot.makeApiClient(CoreV1Api).listNamespacedPod({ namespace }),
      (error: ApiException<string>) => {
        assert.equal(error.code, 403);
        assert.match(JSON.stringify(error.body), /system:serviceaccount:tokens:robot/);
        return true;
      },
    );
  });

  it("hundreds of requests at once are all answered, and each write has a revision of its own", async () => {
    const { namespace, create } = await place("many");
    const made = await Promise.all(Array.from({ length: 300 }, (_, index) => create(`m-${index}`)));
    assert.equal(new Set(made.map(({ metadata }) => metadata?.resourceVersion)).size, 300);
    const { items } = await core.listNamespacedConfigMap({ namespace, labelSelector: "ours=yes" });
    assert.equal(items.length, 300);
  });
});

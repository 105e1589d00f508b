import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import type { KindReference } from "../../../client/client.ts";
import type { KubeObject, ObjectMeta } from "../../../machinery/object.ts";
import { configMaps, namespaces } from "../../kinds.ts";
import { blockingDependents, ownerState, planDependent, unblocked } from "./garbage-reconcile.ts";
import { OwnerGraph } from "./graph.ts";

function map(uid: string, owners: string[] = [], metadata: ObjectMeta = {}): KubeObject {
  const ownerReferences = owners.map((owner) => ({ apiVersion: "v1", kind: "ConfigMap", name: owner, uid: owner }));
  return {
    apiVersion: "v1",
    kind: "ConfigMap",
    metadata: { name: uid, namespace: "a", uid, ...(owners.length > 0 && { ownerReferences }), ...metadata },
  };
}

const deleting = (finalizer: string): ObjectMeta => ({
  deletionTimestamp: "2026-01-01T00:00:00Z",
  finalizers: [finalizer],
});

function graphOf(...objects: KubeObject[]): OwnerGraph {
  const graph = new OwnerGraph();
  for (const object of objects) graph.set(configMaps, object);
  return graph;
}

function plan(graph: OwnerGraph, object: KubeObject) {
  return planDependent(object, graph.node(object.metadata.uid!)!, graph);
}

describe("the owner graph", () => {
  it("asks to look at an owner that was never seen", () => {
    const graph = new OwnerGraph();
    assert.deepEqual([...graph.set(configMaps, map("child", ["parent"]))], ["parent"]);
    assert.equal(graph.node("parent")?.presence, "unknown");
  });

  it("is quiet about an owner that is there", () => {
    const graph = graphOf(map("other", ["parent"]), map("parent"));
    assert.equal(graph.node("parent")?.presence, "present");
    assert.deepEqual([...graph.set(configMaps, map("child", ["parent"]))], []);
  });

  it("asks to look at a deleted owner, and forgets it with its last dependent", () => {
    const graph = graphOf(map("child", ["parent"]), map("parent"));
    assert.deepEqual([...graph.delete("parent")], ["parent"]);
    assert.equal(graph.node("parent")?.presence, "absent");
    graph.delete("child");
    assert.equal(graph.size, 0);
  });

  it("keeps nothing of objects without owners and dependents", () => {
    const graph = graphOf(map("alone"), map("held", [], { finalizers: ["example.com/x"] }));
    assert.equal(graph.size, 0);
  });

  it("tells a waiting owner when a dependent goes or lets go", () => {
    const graph = graphOf(map("one", ["parent"]), map("two", ["parent"]), map("parent"));
    assert.deepEqual([...graph.set(configMaps, map("parent", [], deleting("foregroundDeletion")))], ["parent"]);
    assert.deepEqual([...graph.delete("one")], ["parent"]);
    assert.deepEqual([...graph.set(configMaps, map("two"))], ["parent"]);
  });

  it("asks to look at an owner in another namespace", () => {
    const graph = graphOf(map("near", ["parent"]), map("parent"));
    const far = map("far", ["parent"], { namespace: "b" });
    assert.deepEqual([...graph.set(configMaps, far)], ["parent"]);
    assert.equal(plan(graph, far).action, "delete");
  });

  it("holds exactly what follows from the latest objects, whatever the order of events", () => {
    const uid = fc.constantFrom("a", "b", "c", "d", "e");
    const event = fc.oneof(
      fc.record({ type: fc.constant("set" as const), uid, owners: fc.uniqueArray(uid, { maxLength: 3 }) }),
      fc.record({ type: fc.constant("delete" as const), uid, owners: fc.constant([]) }),
    );
    fc.assert(
      fc.property(fc.array(event, { maxLength: 40 }), (events) => {
        const graph = new OwnerGraph();
        const latest = new Map<string, string[]>();
        for (const { type, uid, owners } of events) {
          if (type === "set") {
            latest.set(uid, owners);
            graph.set(configMaps, map(uid, owners));
          } else {
            latest.delete(uid);
            graph.delete(uid);
          }
        }
        for (const [child, owners] of latest) {
          for (const owner of owners) {
            const dependents = [...(graph.node(owner)?.dependents ?? [])].map((node) => node.uid);
            assert.ok(dependents.includes(child), `${owner} knows ${child}`);
          }
        }
        const named = new Set([...latest.values()].flat());
        const wanted = [...latest].filter(([, owners]) => owners.length > 0).map(([child]) => child);
        assert.equal(graph.size, new Set([...wanted, ...named]).size);
      }),
      { numRuns: 200 },
    );
  });
});

describe("a dependent", () => {
  it("stays with one solid owner, and loses the references to absent ones", () => {
    const child = map("child", ["one", "two"]);
    const graph = graphOf(child, map("one"), map("two"));
    assert.deepEqual(plan(graph, child), { action: "keep" });
    graph.delete("two");
    const ownerReferences = [child.metadata.ownerReferences![0]!];
    assert.deepEqual(plan(graph, child), { action: "release", ownerReferences });
  });

  it("goes with its last owner, in the way that its finalizers ask for", () => {
    const policy = (finalizers?: string[]) => {
      const child = map("child", ["parent"], finalizers && { finalizers });
      const graph = graphOf(child, map("parent"));
      graph.delete("parent");
      return plan(graph, child);
    };
    assert.deepEqual(policy(), { action: "delete", propagationPolicy: "Background", unblock: false });
    assert.deepEqual(policy(["foregroundDeletion"]), {
      action: "delete",
      propagationPolicy: "Foreground",
      unblock: false,
    });
    assert.deepEqual(policy(["orphan"]), { action: "delete", propagationPolicy: "Orphan", unblock: false });
  });

  it("stays while it is not known whether its owner exists", () => {
    const child = map("child", ["parent"]);
    assert.deepEqual(plan(graphOf(child), child), { action: "keep" });
  });

  it("is left alone when it is being deleted", () => {
    const child = map("child", ["parent"], deleting("example.com/x"));
    const graph = graphOf(child, map("parent"));
    graph.delete("parent");
    assert.deepEqual(plan(graph, child), { action: "keep" });
  });

  it("is deleted in the foreground when its owner waits and it has dependents itself", () => {
    const child = map("child", ["parent"]);
    const graph = graphOf(child, map("grandchild", ["child"]), map("parent", [], deleting("foregroundDeletion")));
    assert.deepEqual(plan(graph, child), { action: "delete", propagationPolicy: "Foreground", unblock: false });
  });

  it("stops blocking when owners wait for each other in a circle", () => {
    const parent = map("parent", ["child"], deleting("foregroundDeletion"));
    const child = map("child", ["parent"]);
    const graph = graphOf(child, parent);
    assert.deepEqual(plan(graph, child), { action: "delete", propagationPolicy: "Foreground", unblock: true });
    assert.equal(unblocked(child.metadata.ownerReferences!)[0]!.blockOwnerDeletion, false);
  });

  it("of no namespace is not taken for garbage because its owner has one", () => {
    const ownerReferences = [{ apiVersion: "v1", kind: "ConfigMap", name: "parent", uid: "parent" }];
    const space: KubeObject = {
      apiVersion: "v1",
      kind: "Namespace",
      metadata: { name: "space", uid: "space", ownerReferences },
    };
    const graph = graphOf(map("near", ["parent"]), map("parent"));
    graph.set(namespaces, space);
    assert.deepEqual(plan(graph, space), { action: "keep" });
  });

  it("of an owner that bears another kind or name is garbage", () => {
    for (const wrong of [{ kind: "Secret" }, { name: "other" }, { apiVersion: "example.com/v1" }]) {
      const child = map("child", ["parent"]);
      Object.assign(child.metadata.ownerReferences![0]!, wrong);
      const graph = graphOf(map("near", ["parent"]), map("parent"));
      graph.set(configMaps, child);
      assert.equal(plan(graph, child).action, "delete", JSON.stringify(wrong));
    }
  });

  it("may name its owner in another version", () => {
    const kind: KindReference = {
      group: "apps",
      version: "v1",
      kind: "Deployment",
      plural: "deployments",
      namespaced: true,
    };
    const child = map("child", ["parent"]);
    Object.assign(child.metadata.ownerReferences![0]!, { apiVersion: "apps/v1beta1", kind: "Deployment" });
    const graph = graphOf(child);
    graph.set(kind, map("parent"));
    assert.equal(ownerState(graph, graph.node("child")!, child.metadata.ownerReferences![0]!), "solid");
  });

  it("blocks its owner only when it says so", () => {
    const free = map("free", ["parent"]);
    const blocking = map("blocking", ["parent"]);
    blocking.metadata.ownerReferences![0]!.blockOwnerDeletion = true;
    const graph = graphOf(free, blocking, map("parent"));
    assert.deepEqual(
      blockingDependents(graph.node("parent")!).map(({ uid }) => uid),
      ["blocking"],
    );
  });
});

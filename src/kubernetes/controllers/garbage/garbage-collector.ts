// The garbage collector: deletes what nobody owns any more, lets owners go in the foreground after their dependents, and sets
// dependents free when their owner is deleted with the policy Orphan.
//
// It works owner by owner: a key is the uid of a node whose dependents may have to go. The graph (graph.ts) is kept from events, so
// only an owner that no event has shown is looked up, once, however many dependents it has.

import type { KindReference } from "../../../client/client.ts";
import { type KubeObject, parseApiVersion } from "../../../machinery/object.ts";
import type { Change, Controller, ReconcileContext } from "../../../runtime/controller.ts";
import type { ControllerEnvironment } from "../../../runtime/module.ts";
import { ignoreNotFound } from "../ignore.ts";
import { forEachInParallel } from "../parallel.ts";
import { findKind, servedKinds } from "../served-kinds.ts";
import { blockingDependents, ownerState, planDependent, unblocked } from "./garbage-reconcile.ts";
import { foregroundFinalizer, type Node, OwnerGraph, orphanFinalizer, type Place, placeId } from "./graph.ts";

/** An owner whose kind is not served now is looked for again after this long. */
const uncertainDelay = 10 * 60_000;

export function garbageCollector(environment: ControllerEnvironment): Controller {
  const graphs = new Map<string, OwnerGraph>();
  return {
    name: "garbage-collector",
    sources: [],
    every: {
      having: ["ownerReferences", "finalizers"],
      keys({ plane, kind, object, old }: Change) {
        // Events own nothing and nobody owns them.
        if (isEvent(kind)) return [];
        let graph = graphs.get(plane);
        if (graph === undefined) {
          graph = new OwnerGraph();
          graphs.set(plane, graph);
        }
        return object === undefined ? graph.delete(old?.metadata.uid ?? "") : graph.set(kind, object);
      },
      forget: (plane) => graphs.delete(plane),
    },
    concurrency: 16,
    async reconcile(context, uid) {
      const graph = graphs.get(context.plane);
      const node = graph?.node(uid);
      if (graph === undefined || node === undefined) return undefined;
      const certain = node.presence !== "unknown" || (await lookUp(environment, context, graph, node));
      await settle(context, graph, node);
      return certain ? undefined : { requeueAfter: uncertainDelay };
    },
  };
}

function isEvent({ group, plural }: KindReference): boolean {
  return plural === "events" && (group === "" || group === "events.k8s.io");
}

/**
 * Looks for an owner that no event has shown, in the places where its dependents say it is. Returns whether it was found, or cannot
 * be in any of them.
 */
async function lookUp(
  environment: ControllerEnvironment,
  context: ReconcileContext,
  graph: OwnerGraph,
  node: Node,
): Promise<boolean> {
  const served = await servedKinds(environment, context);
  let certain = true;
  for (const dependent of node.dependents) {
    for (const reference of dependent.owners.filter(({ uid }) => uid === node.uid)) {
      const id = placeId(reference, dependent);
      if (node.vain?.has(id)) continue;
      const { group } = parseApiVersion(reference.apiVersion);
      const kind = findKind(served, { group, kind: reference.kind });
      const namespace = kind?.namespaced ? dependent.place?.namespace : undefined;
      if (kind === undefined || (kind.namespaced && !namespace)) {
        certain = false;
        continue;
      }
      const object = await context.client.resource(kind).find(reference.name, namespace);
      if (object?.metadata.uid === node.uid) {
        graph.set(kind, object);
        return true;
      }
      // An event may have come first.
      if (node.presence !== "unknown") return true;
      node.vain ??= new Set();
      node.vain.add(id);
    }
  }
  return certain;
}

/** Does what the state of an owner asks for. */
async function settle(context: ReconcileContext, graph: OwnerGraph, owner: Node): Promise<void> {
  if (owner.waiting === "orphan") {
    await forEachInParallel(owner.dependents, (dependent) => release(context, dependent, owner));
    await removeFinalizer(context, owner, orphanFinalizer);
  } else if (owner.waiting === "foreground") {
    const blocking = blockingDependents(owner);
    if (blocking.length === 0) await removeFinalizer(context, owner, foregroundFinalizer);
    else await forEachInParallel(blocking, (dependent) => collect(context, graph, dependent));
  }
  // Besides, references to this uid may name something else than the object that has it.
  const abandoned = [...owner.dependents].filter((dependent) => isAbandoned(graph, dependent, owner));
  await forEachInParallel(abandoned, (dependent) => collect(context, graph, dependent));
}

function isAbandoned(graph: OwnerGraph, dependent: Node, owner: Node): boolean {
  return dependent.owners.some(
    (reference) => reference.uid === owner.uid && ownerState(graph, dependent, reference) === "absent",
  );
}

/** Deletes a dependent that no owner keeps, or takes meaningless references off it. */
async function collect(context: ReconcileContext, graph: OwnerGraph, dependent: Node): Promise<void> {
  const current = await read(context, dependent);
  if (current === undefined) return;
  const { object, place } = current;
  const plan = planDependent(object, dependent, graph);
  if (plan.action === "keep") return;
  const { uid, resourceVersion, ownerReferences = [] } = object.metadata;
  if (plan.action === "release") {
    await patchMetadata(context, place, object, { ownerReferences: plan.ownerReferences });
    return;
  }
  const { propagationPolicy } = plan;
  if (plan.unblock) await patchMetadata(context, place, object, { ownerReferences: unblocked(ownerReferences) });
  // Its owners may change until the delete arrives, unless the delete names the revision that was judged.
  const preconditions = plan.unblock ? { uid } : { uid, resourceVersion };
  await context.client
    .resource(place.kind)
    .delete(place.name, place.namespace, { propagationPolicy, preconditions })
    .catch(ignoreNotFound);
}

/** Takes the references to an owner off a dependent. */
async function release(context: ReconcileContext, dependent: Node, owner: Node): Promise<void> {
  const current = await read(context, dependent);
  if (current === undefined) return;
  const { ownerReferences = [] } = current.object.metadata;
  const kept = ownerReferences.filter(({ uid }) => uid !== owner.uid);
  if (kept.length === ownerReferences.length) return;
  await patchMetadata(context, current.place, current.object, { ownerReferences: kept });
}

async function removeFinalizer(context: ReconcileContext, node: Node, finalizer: string): Promise<void> {
  const current = await read(context, node);
  if (current === undefined) return;
  const { finalizers = [] } = current.object.metadata;
  if (!finalizers.includes(finalizer)) return;
  await patchMetadata(context, current.place, current.object, {
    finalizers: finalizers.filter((one) => one !== finalizer),
  });
}

/** The object of a node as it is now; undefined when it is gone, or another has its name. */
async function read(context: ReconcileContext, node: Node): Promise<{ object: KubeObject; place: Place } | undefined> {
  const { place } = node;
  if (place === undefined) return undefined;
  const object = await context.client.resource(place.kind).find(place.name, place.namespace);
  return object?.metadata.uid === node.uid ? { object, place } : undefined;
}

/** Replaces lists in the metadata of exactly this revision; an empty list is removed. */
async function patchMetadata(
  context: ReconcileContext,
  { kind, name, namespace }: { kind: KindReference; name: string; namespace: string },
  { metadata: { uid, resourceVersion } }: KubeObject,
  lists: Record<string, unknown[]>,
): Promise<void> {
  const fields = Object.entries(lists).map(([field, list]) => [field, list.length === 0 ? null : list]);
  const body = { metadata: { uid, resourceVersion, ...Object.fromEntries(fields) } };
  await context.client.resource(kind).patch(name, namespace, { type: "merge", body }).catch(ignoreNotFound);
}

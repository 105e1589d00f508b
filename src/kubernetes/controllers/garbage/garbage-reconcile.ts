// Decides what becomes of a dependent, from its current state and what is known of its owners. Pure.
// Source of the rules: kubernetes pkg/controller/garbagecollector (attemptToDeleteItem).

import type { DeleteOptions } from "../../../client/client.ts";
import type { KubeObject, OwnerReference } from "../../../machinery/object.ts";
import { foregroundFinalizer, type Node, type OwnerGraph, orphanFinalizer, placeId, refersTo } from "./graph.ts";

/** What an owner reference is worth: its object is there, is going once its dependents are gone, is absent, or cannot be found out. */
type OwnerState = "solid" | "waiting" | "absent" | "uncertain";

type DependentPlan =
  | { action: "keep" }
  /** Owner references that mean nothing any more are taken off. */
  | { action: "release"; ownerReferences: OwnerReference[] }
  | { action: "delete"; propagationPolicy: NonNullable<DeleteOptions["propagationPolicy"]>; unblock: boolean };

/** How an owner stands towards one of its dependents. */
export function ownerState(graph: OwnerGraph, dependent: Node, reference: OwnerReference): OwnerState {
  const owner = graph.node(reference.uid);
  // A node is dropped only when it has no dependents: this reference is newer than the graph.
  if (owner === undefined) return "uncertain";
  if (owner.presence === "absent") return "absent";
  if (owner.presence === "unknown") return owner.vain?.has(placeId(reference, dependent)) ? "absent" : "uncertain";
  if (owner.place === undefined) return "uncertain";
  if (!refersTo(reference, dependent, owner.place)) {
    // An object without a namespace cannot name an owner that has one; such a reference is ignored rather than obeyed.
    const unnameable = dependent.place?.namespace === "" && owner.place.namespace !== "";
    return unnameable ? "uncertain" : "absent";
  }
  return owner.waiting === "foreground" ? "waiting" : "solid";
}

/** What to do about an object some of whose owners may be gone. `node` is its node in the graph. */
export function planDependent(object: KubeObject, node: Node, graph: OwnerGraph): DependentPlan {
  const { ownerReferences = [], deletionTimestamp, finalizers = [] } = object.metadata;
  if (ownerReferences.length === 0 || deletionTimestamp !== undefined) return { action: "keep" };
  const states = ownerReferences.map((reference) => ownerState(graph, node, reference));
  if (states.includes("uncertain")) return { action: "keep" };
  if (states.includes("solid")) {
    const kept = ownerReferences.filter((_, index) => states[index] === "solid");
    return kept.length === ownerReferences.length ? { action: "keep" } : { action: "release", ownerReferences: kept };
  }
  if (states.includes("waiting") && node.dependents.size > 0) {
    // A circle of owners that wait for each other would never end.
    const circle = [...node.dependents].some((dependent) => dependent.waiting === "foreground");
    return { action: "delete", propagationPolicy: "Foreground", unblock: circle };
  }
  const propagationPolicy = finalizers.includes(orphanFinalizer)
    ? "Orphan"
    : finalizers.includes(foregroundFinalizer)
      ? "Foreground"
      : "Background";
  return { action: "delete", propagationPolicy, unblock: false };
}

/** The dependents that hold back the foreground deletion of their owner. */
export function blockingDependents(owner: Node): Node[] {
  return [...owner.dependents].filter((dependent) =>
    dependent.owners.some(({ uid, blockOwnerDeletion }) => uid === owner.uid && blockOwnerDeletion === true),
  );
}

/** References as they are, but none of them blocks. */
export function unblocked(references: readonly OwnerReference[]): OwnerReference[] {
  return references.map((reference) => ({ ...reference, blockOwnerDeletion: false }));
}

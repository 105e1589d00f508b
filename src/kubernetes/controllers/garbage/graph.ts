// Who owns whom in one control plane: a graph kept from events, so that the garbage collector needs no query per object. It has a
// node for an object that has owners, that is named as an owner, or whose deletion waits for its dependents; nothing else.
//
// A node's presence is what is known of the object: `present` (an event or a look-up showed it), `absent` (it was deleted), `unknown`
// (only named by others). An unknown object remembers where it was looked for in vain: that it is not where one dependent says does
// not mean that it is not where another one says.
//
// Invariants: `dependents` is the exact inverse of `owners`; a node that nothing needs is dropped.

import type { KindReference } from "../../../client/client.ts";
import type { KubeObject, OwnerReference } from "../../../machinery/object.ts";
import { parseApiVersion } from "../../../machinery/object.ts";

export const foregroundFinalizer = "foregroundDeletion";
export const orphanFinalizer = "orphan";

/** Where an object is. */
export interface Place {
  readonly kind: KindReference;
  /** "" for cluster-scoped objects. */
  readonly namespace: string;
  readonly name: string;
}

export type Waiting = "foreground" | "orphan" | undefined;

export interface Node {
  readonly uid: string;
  presence: "present" | "unknown" | "absent";
  /** Places (see placeId) where the object is not, while it is unknown. */
  vain: Set<string> | undefined;
  /** Known when the object was seen. */
  place: Place | undefined;
  owners: readonly OwnerReference[];
  dependents: ReadonlySet<Node>;
  /** What its deletion waits for. */
  waiting: Waiting;
}

// Most nodes are leaves: they share what they do not have.
const noOwners: readonly OwnerReference[] = Object.freeze([]);
const noDependents: ReadonlySet<Node> = new Set();

export class OwnerGraph {
  readonly #nodes = new Map<string, Node>();

  get size(): number {
    return this.#nodes.size;
  }

  node(uid: string): Node | undefined {
    return this.#nodes.get(uid);
  }

  /** Takes in an object as it is now. Returns the uids of the nodes that need a look: those whose dependents may have to go. */
  set(kind: KindReference, object: KubeObject): Set<string> {
    const touched = new Set<string>();
    const { uid = "", name = "", namespace = "", ownerReferences = noOwners } = object.metadata;
    const waiting = waitingOf(object);
    let node = this.#nodes.get(uid);
    if (node === undefined) {
      if (ownerReferences.length === 0 && waiting === undefined) return touched;
      node = this.#add(uid);
    }
    node.presence = "present";
    node.vain = undefined;
    node.place ??= { kind, namespace, name };
    if (waiting !== undefined) touched.add(uid);
    node.waiting = waiting;
    this.#setOwners(node, ownerReferences, touched);
    this.#dropIfIdle(node);
    return touched;
  }

  /** Takes note that an object is gone. Returns the uids of the nodes that need a look. */
  delete(uid: string): Set<string> {
    const touched = new Set<string>();
    const node = this.#nodes.get(uid);
    if (node === undefined) return touched;
    node.presence = "absent";
    node.vain = undefined;
    node.waiting = undefined;
    this.#setOwners(node, noOwners, touched);
    if (node.dependents.size > 0) touched.add(uid);
    this.#dropIfIdle(node);
    return touched;
  }

  #setOwners(node: Node, owners: readonly OwnerReference[], touched: Set<string>): void {
    const before = node.owners;
    node.owners = owners;
    if (before === owners) return;
    const kept = new Set<string>();
    for (const reference of owners) {
      const owner = this.#nodes.get(reference.uid) ?? this.#add(reference.uid);
      kept.add(reference.uid);
      addDependent(owner, node);
      if (needsLook(owner, node, reference)) touched.add(owner.uid);
    }
    for (const { uid } of before) {
      const owner = kept.has(uid) ? undefined : this.#nodes.get(uid);
      if (owner === undefined) continue;
      removeDependent(owner, node);
      if (owner.waiting !== undefined) touched.add(uid);
      this.#dropIfIdle(owner);
    }
  }

  #add(uid: string): Node {
    const node: Node = {
      uid,
      presence: "unknown",
      vain: undefined,
      place: undefined,
      owners: noOwners,
      dependents: noDependents,
      waiting: undefined,
    };
    this.#nodes.set(uid, node);
    return node;
  }

  #dropIfIdle(node: Node): void {
    if (node.dependents.size === 0 && node.owners.length === 0 && node.waiting === undefined) {
      this.#nodes.delete(node.uid);
    }
  }
}

function addDependent(owner: Node, dependent: Node): void {
  if (owner.dependents === noDependents) owner.dependents = new Set([dependent]);
  else (owner.dependents as Set<Node>).add(dependent);
}

function removeDependent(owner: Node, dependent: Node): void {
  if (owner.dependents !== noDependents) (owner.dependents as Set<Node>).delete(dependent);
  if (owner.dependents.size === 0) owner.dependents = noDependents;
}

/** Whether an owner has to be looked at because of one of its dependents. */
function needsLook(owner: Node, dependent: Node, reference: OwnerReference): boolean {
  if (owner.presence !== "present" || owner.waiting !== undefined) return true;
  return owner.place !== undefined && !refersTo(reference, dependent, owner.place);
}

/** Where a dependent says that its owner is. */
export function placeId({ apiVersion, kind, name }: OwnerReference, dependent: Node): string {
  return `${parseApiVersion(apiVersion).group}/${kind}/${dependent.place?.namespace ?? ""}/${name}`;
}

function waitingOf({ metadata }: KubeObject): Waiting {
  if (metadata.deletionTimestamp === undefined) return undefined;
  if (metadata.finalizers?.includes(orphanFinalizer)) return "orphan";
  return metadata.finalizers?.includes(foregroundFinalizer) ? "foreground" : undefined;
}

/**
 * Whether a dependent's reference names the object that is in this place. The version does not matter; an owner in another namespace
 * is nobody's owner.
 */
export function refersTo(reference: OwnerReference, dependent: Node, place: Place): boolean {
  return (
    reference.name === place.name &&
    reference.kind === place.kind.kind &&
    parseApiVersion(reference.apiVersion).group === place.kind.group &&
    (place.namespace === "" || place.namespace === dependent.place?.namespace)
  );
}

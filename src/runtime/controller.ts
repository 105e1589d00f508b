// What a controller is: which objects concern it, and what it does about one key. Decisions are pure functions beside it; this is
// the wiring. One controller serves many control planes: its queue's keys begin with the plane, and nothing of it belongs to a plane
// that is idle (DESIGN.md, invariants 6 and 8).

import type { Client, KindReference } from "../client/client.ts";
import type { KubeObject } from "../machinery/object.ts";
import type { Clock } from "./clock.ts";
import type { EventRecorder } from "./events.ts";
import type { Logger } from "./log.ts";

/** Objects that wake the controller. */
export interface Source<T extends KubeObject = KubeObject> {
  kind: KindReference<T>;
  /**
   * Keys to reconcile after a change; `object` is absent after a deletion, `old` before a creation. Both are frozen.
   * Default: `namespace/name` of the object, or `name` when it has no namespace.
   */
  keys?(object: T | undefined, old: T | undefined, reader: Reader): Iterable<string>;
}

/**
 * Wakes the controller for objects of every kind that a plane serves, custom ones included: for controllers that cannot name their
 * kinds.
 */
export interface EverySource {
  /**
   * Fields of `metadata` of which an object has one, before or after the change, to be worth a look. Deletions always come. With
   * `changes` all changes come, but of what there is already nothing is shown.
   */
  having: readonly ("ownerReferences" | "finalizers")[] | "changes";
  /** Keys to reconcile after a change. All objects that there are come first, as creations. */
  keys(change: Change, reader: Reader): Iterable<string>;
  /** What is kept of the plane is void: it went idle, or all of its objects will come again. */
  forget?(plane: string): void;
}

/** One change of one object; `object` is absent after a deletion, `old` before a creation. Both are frozen. */
export interface Change {
  plane: string;
  kind: KindReference;
  object?: KubeObject;
  old?: KubeObject;
}

/** Reads of what the controller's sources hold, without a request. Objects are frozen. */
export interface Reader {
  get<T extends KubeObject>(kind: KindReference<T>, name: string, namespace?: string): T | undefined;
  list<T extends KubeObject>(kind: KindReference<T>, namespace?: string): Iterable<T>;
}

export interface ReconcileContext {
  /** Name of the control plane. */
  plane: string;
  client: Client;
  reader: Reader;
  clock: Clock;
  events: EventRecorder;
  log: Logger;
  signal: AbortSignal;
}

export interface ReconcileResult {
  /** Reconcile the key again after this many milliseconds. */
  requeueAfter?: number;
}

export interface Controller {
  name: string;
  sources: Source[];
  every?: EverySource;
  /** A rejection puts the key back with growing delays. */
  reconcile(context: ReconcileContext, key: string): Promise<ReconcileResult | undefined>;
  /** Keys reconciled at a time, over all planes. Default 4. */
  concurrency?: number;
  /** Called when a plane becomes active; returns keys that need a look whatever events come (a periodic task's key). */
  onActive?(plane: string): Iterable<string>;
  /** Called when a plane goes idle: nothing of it may be kept. */
  onIdle?(plane: string): void;
}

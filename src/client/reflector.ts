// Keeps a store equal to what a server has, as a pure state machine: it says what to ask the server for, takes the answers, and gives
// the changes of the store. informer.ts asks, waits and tells handlers.
//
//   phase     asks for                        leaves it when
//   stale     a watch with initial events,    they are complete → current; the server cannot do that → stale, in pages
//             or pages of a list              the last page came → current; a page is too old → stale, from the beginning
//   current   a watch from the last revision  the revision is compacted, or the server went back in time → stale
//
// Invariants (each is a property in reflector.test.ts):
//   R1 once the answers are through, the store holds exactly the server's objects;
//   R2 the changes, applied one by one to an empty store, give this store;
//   R3 an object that did not change makes no change, however often the list is made anew;
//   R4 a failure in the middle of a list leaves the store as it was;
//   R5 a watch goes on from the last event or bookmark that was seen.

import type { KubeList, KubeObject } from "../machinery/object.ts";
import { StatusError } from "../machinery/status-error.ts";
import type { WatchEvent } from "./client.ts";
import type { ObjectChange, ObjectStore } from "./object-store.ts";

export type ReflectorRequest =
  | { type: "watchList" }
  | { type: "page"; limit: number | undefined; continue: string | undefined }
  | { type: "watch"; resourceVersion: string };

type Phase<T extends KubeObject> =
  | { name: "stale"; how: "stream"; collected: Map<string, T> }
  | { name: "stale"; how: "pages"; collected: Map<string, T>; next: string | undefined; limit: number | undefined }
  | { name: "current"; revision: string };

/** What a failure means for the next request: `retry` after a while, `again` at once, `absent`: the kind is not served. */
export type Failure = "retry" | "again" | "absent";

const pageSize = 500;
const initialEventsEnd = "k8s.io/initial-events-end";

export class Reflector<T extends KubeObject> {
  readonly #store: ObjectStore<T>;
  #phase: Phase<T> = { name: "stale", how: "stream", collected: new Map() };
  #streams = true;

  constructor(store: ObjectStore<T>) {
    this.#store = store;
  }

  /** Whether the store holds what the server had when it was last heard of. */
  get current(): boolean {
    return this.#phase.name === "current";
  }

  /** What to ask for now. A request that begins a list forgets what an earlier attempt has gathered. */
  next(): ReflectorRequest {
    const phase = this.#phase;
    if (phase.name === "current") return { type: "watch", resourceVersion: phase.revision };
    if (phase.how === "pages") return { type: "page", limit: phase.limit, continue: phase.next };
    phase.collected.clear();
    return { type: "watchList" };
  }

  /** Takes a page of a list. */
  page({ items, metadata }: KubeList<T>): ObjectChange<T>[] {
    const phase = this.#phase;
    if (phase.name !== "stale" || phase.how !== "pages") return [];
    for (const object of items) phase.collected.set(keyOf(object), object);
    if (metadata.continue) {
      phase.next = metadata.continue;
      return [];
    }
    return this.#complete(phase.collected, metadata.resourceVersion ?? "");
  }

  /** Takes an event of a watch. */
  event({ type, object }: WatchEvent<T>): ObjectChange<T>[] {
    const phase = this.#phase;
    const revision = object.metadata.resourceVersion ?? "";
    if (phase.name === "current") {
      phase.revision = revision;
      if (type === "BOOKMARK") return [];
      if (type !== "DELETED") return this.#store.set(object as T);
      return this.#store.delete(object.metadata.name ?? "", object.metadata.namespace);
    }
    if (phase.how !== "stream") return [];
    if (type !== "BOOKMARK") {
      // Changes may be mixed in with the initial events; the latest word on an object counts.
      if (type === "DELETED") phase.collected.delete(keyOf(object));
      else phase.collected.set(keyOf(object), object as T);
      return [];
    }
    if (object.metadata.annotations?.[initialEventsEnd] !== "true") return [];
    return this.#complete(phase.collected, revision);
  }

  /** Takes a failure: an answer that is no success, an ERROR event, or a lost connection. */
  failed(error: unknown): Failure {
    const phase = this.#phase;
    if (!(error instanceof StatusError)) return "retry";
    if (phase.name === "current") {
      if (!isTooOld(error) && !isAhead(error)) return error.code === 404 ? "absent" : "retry";
      this.#begin();
      return "again";
    }
    if (phase.how === "stream" && lacksStreams(error)) {
      this.#streams = false;
      this.#begin();
      return "again";
    }
    if (phase.how === "pages" && isTooOld(error) && phase.next !== undefined) {
      // Pages that expire while they are read are too slow to be read at all.
      this.#begin(undefined);
      return "again";
    }
    return error.code === 404 ? "absent" : "retry";
  }

  #begin(limit: number | undefined = pageSize): void {
    this.#phase = this.#streams
      ? { name: "stale", how: "stream", collected: new Map() }
      : { name: "stale", how: "pages", collected: new Map(), next: undefined, limit };
  }

  #complete(objects: Map<string, T>, revision: string): ObjectChange<T>[] {
    this.#phase = { name: "current", revision };
    return this.#store.replace([...objects.values()]);
  }
}

function keyOf({ metadata }: KubeObject): string {
  return `${metadata.namespace ?? ""}/${metadata.name}`;
}

function isTooOld({ code, reason }: StatusError): boolean {
  return code === 410 || reason === "Expired" || reason === "Gone";
}

/** The server is behind the revision that it gave before: it was restored. */
function isAhead({ status }: StatusError): boolean {
  return status.details?.causes?.some(({ reason }) => reason === "ResourceVersionTooLarge") === true;
}

/** The server refuses the parameters of a watch with initial events. */
function lacksStreams({ code }: StatusError): boolean {
  return code === 400 || code === 405 || code === 422;
}

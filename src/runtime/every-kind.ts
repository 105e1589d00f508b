// Follows the objects of every kind of a plane in this process, for a controller's EverySource.
//
// Invariants:
//   E1 no key is handed out before all objects that there were at the beginning have been shown, so what the source keeps is whole;
//   E2 the first look goes in slices, so that a large plane does not hold up the process;
//   E3 objects without the wanted fields are passed over by their bytes, without parsing them.

import type { ControlPlane } from "../apiserver/plane/control-plane.ts";
import type { StoreEvent, Subscriber } from "../apiserver/store/plane-store.ts";
import type { ResourceState } from "../apiserver/store/resource-state.ts";
import type { KindReference } from "../client/client.ts";
import { type Kind, storedResource } from "../machinery/kind.ts";
import type { KubeObject } from "../machinery/object.ts";
import type { EverySource, Reader } from "./controller.ts";

/** Objects looked at between two turns of the event loop. */
const slice = 2000;

/** Calls `enqueue` with the source's keys until the returned function is called. */
export function followEveryKind(
  plane: ControlPlane,
  source: EverySource,
  reader: Reader,
  enqueue: (key: string) => void,
): () => void {
  const feed = new Feed(plane, source, reader, enqueue);
  return () => feed.stop();
}

class Feed implements Subscriber {
  readonly #plane: ControlPlane;
  readonly #source: EverySource;
  readonly #reader: Reader;
  readonly #enqueue: (key: string) => void;
  /** The wanted fields, as they are and as they stand in JSON. */
  readonly #fields: Exclude<EverySource["having"], "changes">;
  readonly #needles: readonly string[];
  readonly #followed = new Map<ResourceState, KindReference>();
  readonly #unlisten: () => void;
  /** Keys that wait for the first look to end; undefined when it has. */
  #held: Set<string> | undefined;
  #stopped = false;

  constructor(plane: ControlPlane, source: EverySource, reader: Reader, enqueue: (key: string) => void) {
    this.#plane = plane;
    this.#source = source;
    this.#reader = reader;
    this.#enqueue = enqueue;
    this.#fields = source.having === "changes" ? [] : source.having;
    this.#needles = this.#fields.map((field) => JSON.stringify(field));
    this.#unlisten = plane.kinds.onChange(() => this.#kindsChanged());
    this.#begin();
  }

  stop(): void {
    if (this.#stopped) return;
    this.#stopped = true;
    this.#unlisten();
    this.#forget();
  }

  deliver({ type, entry, previous, resource }: StoreEvent): void {
    const kind = this.#followed.get(resource);
    if (kind === undefined) return;
    if (type === "DELETED") this.#show(kind, undefined, entry.object);
    else {
      const old = previous?.object;
      const matters = this.#matters(entry.object) || (old !== undefined && this.#matters(old));
      if (matters || this.#source.having === "changes") this.#show(kind, entry.object, old);
    }
  }

  /** Every resource is reset in the same turn: the first one begins anew for all, when the plane has its new state. */
  reset(reason: "closed" | "expired"): void {
    if (reason === "closed") this.stop();
    if (this.#stopped || this.#followed.size === 0) return;
    this.#forget();
    setImmediate(() => {
      if (!this.#stopped) this.#begin();
    });
  }

  /** A kind that comes with objects (its CRD was away for a while) is rare enough to begin anew. */
  #kindsChanged(): void {
    if (this.#followed.size === 0 || this.#followKinds().every(({ entries }) => entries.size === 0)) return;
    this.#forget();
    this.#begin();
  }

  #forget(): void {
    for (const state of this.#followed.keys()) this.#plane.store.unsubscribe(state, this);
    this.#followed.clear();
    this.#source.forget?.(this.#plane.name);
  }

  #begin(): void {
    const held = new Set<string>();
    this.#held = held;
    const added = this.#followKinds();
    this.#look(added, held).catch((error: unknown) => this.#plane.onUnexpectedError(error));
  }

  /** Follows the kinds that are served now; returns those that are new. */
  #followKinds(): ResourceState[] {
    const served = new Map<ResourceState, KindReference>();
    for (const { kind } of this.#plane.kinds.registrations()) {
      const reference = referenceOf(kind);
      if (reference === undefined) continue;
      const { group, resource } = storedResource(kind);
      served.set(this.#plane.store.resource(group, resource), reference);
    }
    const added: ResourceState[] = [];
    for (const [state, reference] of served) {
      if (!this.#followed.has(state)) {
        this.#plane.store.follow(state, this);
        added.push(state);
      }
      this.#followed.set(state, reference);
    }
    for (const state of this.#followed.keys()) {
      if (served.has(state)) continue;
      this.#followed.delete(state);
      this.#plane.store.unsubscribe(state, this);
    }
    return added;
  }

  /** Shows the objects that there are. What is deleted meanwhile is passed over, what is changed is shown as it is then. */
  async #look(states: ResourceState[], held: Set<string>): Promise<void> {
    let count = 0;
    for (const state of states) {
      for (const key of state.snapshot().keys()) {
        if (++count % slice === 0) await new Promise<void>((resolve) => setImmediate(resolve));
        if (this.#held !== held || this.#stopped) return;
        const kind = this.#followed.get(state);
        const entry = state.entries.get(key);
        if (kind === undefined || entry === undefined || !this.#mentions(entry.bytes)) continue;
        if (this.#matters(entry.object)) this.#show(kind, entry.object, undefined);
      }
    }
    this.#held = undefined;
    for (const key of held) this.#enqueue(key);
  }

  #show(kind: KindReference, object: KubeObject | undefined, old: KubeObject | undefined): void {
    const change = { plane: this.#plane.name, kind, ...(object && { object }), ...(old && { old }) };
    for (const key of this.#source.keys(change, this.#reader)) {
      if (this.#held === undefined) this.#enqueue(key);
      else this.#held.add(key);
    }
  }

  #matters({ metadata }: KubeObject): boolean {
    return this.#fields.some((field) => (metadata[field]?.length ?? 0) > 0);
  }

  #mentions({ buffer, byteOffset, byteLength }: Uint8Array): boolean {
    const bytes = Buffer.from(buffer, byteOffset, byteLength);
    return this.#needles.some((needle) => bytes.includes(needle));
  }
}

/** How the client names a kind whose objects are kept as such; undefined for reviews and for second names of another kind. */
function referenceOf(kind: Kind): KindReference | undefined {
  const version = kind.versions.find(({ served }) => served);
  if (version === undefined || kind.storedAs !== undefined || kind.verbs?.includes("list") === false) return undefined;
  const { group, plural, namespaced } = kind;
  return { group, kind: kind.kind, plural, namespaced, version: version.name };
}

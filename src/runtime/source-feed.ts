// Follows the objects of one source of a controller in a plane of this process, on what is committed.
//
// Invariants:
//   F1 every change of the source's kind gives its keys, after the change can be read;
//   F2 a kind that is not served (yet) is waited for, without cost;
//   F3 when the plane was loaded again, only the objects that differ from before are shown;
//   F4 the first look goes in slices, so that a large plane does not hold up the process.

import type { ControlPlane } from "../apiserver/plane/control-plane.ts";
import { presentObject } from "../apiserver/registry/present.ts";
import type { Entry } from "../apiserver/store/entry.ts";
import type { StoreEvent, Subscriber } from "../apiserver/store/plane-store.ts";
import type { EntryTree, ResourceState } from "../apiserver/store/resource-state.ts";
import { storedResource } from "../machinery/kind.ts";
import { deepFreeze, type KubeObject } from "../machinery/object.ts";
import type { Reader, Source } from "./controller.ts";

/** Objects looked at between two turns of the event loop. */
const slice = 2000;

export class SourceFeed implements Subscriber {
  readonly #plane: ControlPlane;
  readonly #source: Source;
  readonly #reader: Reader;
  readonly #enqueue: (key: string) => void;
  /** Followed now; undefined while the kind is not served. */
  #state: ResourceState | undefined;
  /** The look that is under way; a later one takes its place. */
  #look: symbol | undefined;

  constructor(plane: ControlPlane, source: Source, reader: Reader, enqueue: (key: string) => void) {
    this.#plane = plane;
    this.#source = source;
    this.#reader = reader;
    this.#enqueue = enqueue;
  }

  /** Follows the kind if it is served; to be called again when the plane's kinds change. */
  settle(): void {
    const { group, version, plural } = this.#source.kind;
    const served = this.#plane.kinds.resource(group, version, plural);
    let state: ResourceState | undefined;
    if (served !== undefined) {
      const stored = storedResource(served.kind);
      state = this.#plane.store.resource(stored.group, stored.resource);
    }
    if (state === this.#state) return;
    this.stop();
    if (state === undefined) return;
    this.#state = state;
    this.#plane.store.follow(state, this);
    this.#begin(state, undefined);
  }

  stop(): void {
    if (this.#state !== undefined) this.#plane.store.unsubscribe(this.#state, this);
    this.#state = undefined;
    this.#look = undefined;
  }

  deliver({ type, entry, previous }: StoreEvent): void {
    this.#show(type === "DELETED" ? undefined : entry, type === "DELETED" ? entry : previous);
  }

  reset(reason: "closed" | "expired"): void {
    const state = this.#state;
    if (state === undefined) return;
    if (reason === "closed") {
      this.stop();
      return;
    }
    this.#plane.store.follow(state, this);
    // The plane takes its new state in this turn; the one before is kept for comparison.
    this.#begin(state, state.entries);
  }

  #begin(state: ResourceState, before: EntryTree | undefined): void {
    const look = Symbol();
    this.#look = look;
    setImmediate(() => {
      this.#showAll(state, before, look).catch((error: unknown) => this.#plane.onUnexpectedError(error));
    });
  }

  /** Shows all objects that there are, or what became different since `before`. What changes meanwhile comes as an event. */
  async #showAll(state: ResourceState, before: EntryTree | undefined, look: symbol): Promise<void> {
    let count = 0;
    const mayGoOn = async () => {
      if (++count % slice === 0) await new Promise<void>((resolve) => setImmediate(resolve));
      return this.#look === look;
    };
    for (const [key, old] of before?.entries() ?? []) {
      if (!(await mayGoOn())) return;
      if (!state.entries.has(key)) this.#show(undefined, old);
    }
    for (const key of state.snapshot().keys()) {
      if (!(await mayGoOn())) return;
      const entry = state.entries.get(key);
      const old = before?.get(key);
      if (entry !== undefined && entry.revision !== old?.revision) this.#show(entry, old);
    }
  }

  #show(entry: Entry | undefined, old: Entry | undefined): void {
    const { keys } = this.#source;
    if (keys === undefined) {
      const key = (entry ?? old)?.key ?? "";
      this.#enqueue(key.startsWith("/") ? key.slice(1) : key);
      return;
    }
    const shown = [entry && present(this.#plane, this.#source, entry), old && present(this.#plane, this.#source, old)];
    if (shown.some((object) => object instanceof Promise)) {
      Promise.all(shown).then(
        ([object, before]) => this.#hand(object, before),
        (error: unknown) => this.#plane.onUnexpectedError(error),
      );
    } else this.#hand(shown[0] as KubeObject | undefined, shown[1] as KubeObject | undefined);
  }

  #hand(object: KubeObject | undefined, old: KubeObject | undefined): void {
    try {
      for (const key of this.#source.keys?.(object, old, this.#reader) ?? []) this.#enqueue(key);
    } catch (error) {
      // One faulty controller must not end the delivery to others.
      this.#plane.onUnexpectedError(error);
    }
  }
}

/** An entry in the version that a source or a reader names; undefined when that version is not served. */
export function present(
  plane: ControlPlane,
  { kind: { group, version, plural } }: Pick<Source, "kind">,
  entry: Entry,
): KubeObject | Promise<KubeObject> | undefined {
  const served = plane.kinds.resource(group, version, plural);
  if (served === undefined) return undefined;
  const object = presentObject(served, entry);
  return object instanceof Promise ? object.then(deepFreeze) : deepFreeze(object);
}

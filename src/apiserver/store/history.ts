// The recent past of a plane: its events since the compacted revision, and states that they lead back to. Watches, pages and exact
// lists rest on it, so all of them reach equally far back.
//
// Invariant: revisions are gap-free, so the event of revision r stands at index r - base - 1.

import type { StoreEvent } from "./plane-store.ts";
import type { EntryTree, ResourceState } from "./resource-state.ts";

export interface HistoryLimits {
  /** Most events kept, whatever their age. */
  events: number;
  /** Most bytes of their entries. */
  bytes: number;
}

/** States of the past that are remembered; what they share with the newest state costs nothing. */
const maximumPastStates = 32;

export class History {
  readonly #limits: HistoryLimits;
  #events: StoreEvent[] = [];
  #base = 0;
  #bytes = 0;
  /** By revision and resource, the one asked for last at the end. */
  readonly #pastStates = new Map<string, { revision: number; tree: EntryTree }>();

  constructor(limits: HistoryLimits) {
    this.#limits = limits;
  }

  /** The oldest revision that can still be read exactly or watched from. */
  get base(): number {
    return this.#base;
  }

  /** Whether the events have more bytes than may be kept. */
  get tooLarge(): boolean {
    return this.#bytes > this.#limits.bytes;
  }

  /** Begins anew with the events after `base`. */
  replace(base: number, events: StoreEvent[]): void {
    this.#pastStates.clear();
    this.#events = events;
    this.#bytes = events.reduce((sum, { entry }) => sum + entry.bytes.length, 0);
    this.#base = base;
  }

  append(event: StoreEvent): void {
    this.#events.push(event);
    this.#bytes += event.entry.bytes.length;
  }

  /** Events after a revision that is not older than `base`, of all resources. */
  *after(revision: number): IterableIterator<StoreEvent> {
    for (let index = revision - this.#base; index < this.#events.length; index++) yield this.#events[index]!;
  }

  /**
   * The resource as it was at a revision; undefined when that is forgotten. The last states that were asked for are remembered, so
   * that the pages of a list cost one reconstruction at most, however much is written between them.
   */
  stateAt(resource: ResourceState, revision: number): EntryTree | undefined {
    if (revision < this.#base) return undefined;
    const id = `${revision} ${resource.id}`;
    const tree = this.#pastStates.get(id)?.tree ?? this.#reconstruct(resource, revision);
    this.#pastStates.delete(id);
    this.#pastStates.set(id, { revision, tree });
    if (this.#pastStates.size > maximumPastStates) this.#pastStates.delete(this.#pastStates.keys().next().value!);
    return tree;
  }

  /** Undoes the events after `revision` on a copy. */
  #reconstruct(resource: ResourceState, revision: number): EntryTree {
    const tree = resource.snapshot();
    for (let index = this.#events.length - 1; index >= revision - this.#base; index--) {
      const event = this.#events[index]!;
      if (event.resource !== resource) continue;
      if (event.previous === undefined) tree.delete(event.key);
      else tree.set(event.key, event.previous);
    }
    return tree;
  }

  /** Forgets events older than `olderThan` (milliseconds since the epoch), or beyond the limits; returns whether there were any. */
  forget(olderThan: number): boolean {
    let count = 0;
    let bytes = this.#bytes;
    const surplus = this.#events.length - this.#limits.events;
    // Large events go in strides: not every write is to compact.
    const bytesKept = this.tooLarge ? 0.75 * this.#limits.bytes : bytes;
    while (count < this.#events.length) {
      const event = this.#events[count]!;
      if (count >= surplus && bytes <= bytesKept && event.time >= olderThan) break;
      bytes -= event.entry.bytes.length;
      event.entry.dropRenditions();
      count++;
    }
    if (count === 0) return false;
    this.#base += count;
    this.#bytes = bytes;
    this.#events = this.#events.slice(count);
    for (const [id, { revision }] of this.#pastStates) if (revision < this.#base) this.#pastStates.delete(id);
    return true;
  }
}

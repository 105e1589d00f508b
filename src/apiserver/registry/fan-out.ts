// Delivers committed events to watchers. Watchers who want the same thing (resource, version, shape, selectors) form a class; an
// event is filtered and serialised once for the class, and all that happened in one turn is one chunk, the same bytes for all.
//
// A watcher's life: `starting` (it gets the current objects or the events that it missed, by itself, as fast as it reads them) →
// `live` (a member of its class) → ended (timeout, client gone, too slow, server closing). It becomes live in the same turn in
// which it has caught up, so nothing is lost and nothing comes twice.
//
// Invariants: W1 events come in order, once; W2 a watcher that does not read is cut off at `backlogLimit`, never waited for;
// W3 no timer and no closure exist for a resource that nobody watches.

import { serviceUnavailable } from "../../machinery/status-error.ts";
import type { PlaneStore, StoreEvent } from "../store/plane-store.ts";
import type { ResourceState } from "../store/resource-state.ts";
import type { WatchRequest } from "./watch.ts";
import { WatchClass } from "./watch-class.ts";
import type { FrameMaker, Shared, WatchSink } from "./watch-frames.ts";
import { Watcher } from "./watcher.ts";

const bookmarkInterval = 60_000;

export interface FanOutOptions {
  store: PlaneStore;
  /** Milliseconds since the epoch. */
  now: () => number;
  /** Called for events that could not be shown. */
  onError?: (error: unknown) => void;
}

// biome-ignore lint/suspicious/noExplicitAny: classes of different frame types live in one map
type AnyClass = WatchClass<any>;

export class FanOut {
  readonly #store: PlaneStore;
  readonly #now: () => number;
  readonly #classes = new Map<string, AnyClass>();
  readonly #dirty = new Set<AnyClass>();
  readonly #watchers = new Set<{ state: ResourceState; end(): void }>();
  readonly #onError: ((error: unknown) => void) | undefined;
  /** What classes share of the events of this turn. */
  readonly #shared = new Map<StoreEvent, Shared>();
  #scheduled = false;
  #closing = false;

  constructor(options: FanOutOptions) {
    this.#store = options.store;
    this.#now = options.now;
    this.#onError = options.onError;
  }

  get watchers(): number {
    return this.#watchers.size;
  }

  /** Serves one watch until it ends. Errors before the first byte are thrown. */
  start<T>(state: ResourceState, request: WatchRequest, maker: FrameMaker<T>, sink: WatchSink<T>): void {
    if (this.#closing) throw serviceUnavailable("the control plane is shutting down", 1);
    const watcher = new Watcher(this, this.#store, state, request, maker, sink);
    this.#watchers.add(watcher);
    sink.onClose(() => {
      this.#watchers.delete(watcher);
      watcher.leave();
    });
    watcher.run();
  }

  /** The class that a watcher belongs to once it is live. */
  classFor<T>(watcher: Watcher<T>): WatchClass<T> {
    const { state, request, maker } = watcher;
    const id = `${state.id}\n${maker.id}\n${request.bookmarks}\n${request.filter.id}`;
    let watchClass = this.#classes.get(id) as WatchClass<T> | undefined;
    if (watchClass === undefined) {
      watchClass = new WatchClass(this, id, state, request.filter, maker, request.bookmarks, this.#now());
      this.#classes.set(id, watchClass);
      this.#store.subscribe(state, this.#store.revision, watchClass);
    }
    return watchClass;
  }

  leave<T>(watcher: Watcher<T>, watchClass: WatchClass<T>): void {
    watchClass.members.delete(watcher);
    if (watchClass.members.size > 0) return;
    this.#classes.delete(watchClass.id);
    this.#dirty.delete(watchClass);
    this.#store.unsubscribe(watchClass.state, watchClass);
  }

  drop(watchClass: AnyClass): void {
    this.#classes.delete(watchClass.id);
    this.#dirty.delete(watchClass);
  }

  touch(watchClass: AnyClass): void {
    this.#dirty.add(watchClass);
    this.#schedule();
  }

  #schedule(): void {
    if (this.#scheduled) return;
    this.#scheduled = true;
    setImmediate(() => {
      this.#scheduled = false;
      const dirty = [...this.#dirty];
      this.#dirty.clear();
      for (const each of dirty) each.flush();
      this.#shared.clear();
    });
  }

  shared(event: StoreEvent): Shared {
    let shared = this.#shared.get(event);
    if (shared === undefined) {
      shared = { frames: new Map() };
      this.#shared.set(event, shared);
      this.#schedule();
    }
    return shared;
  }

  /** Sends bookmarks that are due; called every few seconds while there are watchers. */
  sendBookmarks(): void {
    const now = this.#now();
    for (const watchClass of this.#classes.values()) {
      if (watchClass.bookmarks && now - watchClass.lastBookmark >= bookmarkInterval) {
        watchClass.lastBookmark = now;
        watchClass.sendBookmark(this.#store.revision);
      }
    }
  }

  /** Takes note of what went wrong while an event was shown. */
  onError(error: unknown): void {
    this.#onError?.(error);
  }

  /** Ends the watches of a resource, whose clients then ask anew: what it looks like has changed, or it is served no more. */
  endOf(state: ResourceState): void {
    for (const watchClass of [...this.#classes.values()]) if (watchClass.state === state) watchClass.flush();
    for (const watcher of [...this.#watchers]) if (watcher.state === state) watcher.end();
  }

  /** Ends every watch. */
  close(): void {
    this.#closing = true;
    for (const watchClass of [...this.#classes.values()]) watchClass.flush();
    for (const watcher of [...this.#watchers]) watcher.end();
  }
}

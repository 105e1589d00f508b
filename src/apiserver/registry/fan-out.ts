// Delivers committed events to watchers. Watchers who want the same thing (resource, version, shape, selectors) form a class; an
// event is filtered and serialised once for the class, and all that happened in one turn is one chunk, the same bytes for all.
//
// A watcher's life: `starting` (it gets the current objects or the events that it missed, by itself, as fast as it reads them) →
// `live` (a member of its class) → ended (timeout, client gone, too slow, server closing). It becomes live in the same turn in
// which it has caught up, so nothing is lost and nothing comes twice.
//
// Invariants: W1 events come in order, once; W2 a watcher that does not read is cut off at `backlogLimit`, never waited for;
// W3 no timer and no closure exist for a resource that nobody watches.

import { expired, type Status, type StatusError, serviceUnavailable } from "../../machinery/status-error.ts";
import type { Entry } from "../store/entry.ts";
import type { PlaneStore, StoreEvent, Subscriber } from "../store/plane-store.ts";
import { entriesIn, type ResourceState } from "../store/resource-state.ts";
import type { Filter } from "./filter.ts";
import { checkNotTooLarge } from "./list.ts";
import type { WatchRequest } from "./watch.ts";

export type WatchEventType = "ADDED" | "MODIFIED" | "DELETED" | "BOOKMARK" | "ERROR";

/** One event as a class shows it: for DELETED the entry already carries the deletion's revision. */
export interface ShownEvent {
  type: "ADDED" | "MODIFIED" | "DELETED";
  entry: Entry;
  revision: number;
  /** Where frames of this event are shared between classes for one turn. */
  frames: Map<string, unknown>;
}

/** Turns events into what a transport sends; `T` is bytes for HTTP, event objects in process. */
export interface FrameMaker<T> {
  /** Watches with equal ids share frames. */
  readonly id: string;
  event(event: ShownEvent): T | Promise<T>;
  bookmark(revision: number, initialEventsEnd: boolean): T;
  error(status: Status): T;
  /** Joins the frames of one turn. */
  join(frames: T[]): T;
}

/** Where a watcher's frames go. */
export interface WatchSink<T> {
  send(frames: T): void;
  /** Bytes (or events) accepted but not taken yet. */
  readonly backlog: number;
  /** Resolves when the backlog has shrunk, or the client has gone. */
  drained(): Promise<void>;
  readonly closed: boolean;
  end(): void;
  onClose(callback: () => void): void;
}

/** A watcher that has more than this many unsent bytes is cut off. */
const backlogLimit = 16 * 1024 * 1024;
/** While catching up, this many events are sent before others get a turn. */
const catchUpChunk = 500;
const bookmarkInterval = 60_000;

export interface FanOutOptions {
  store: PlaneStore;
  /** Milliseconds since the epoch. */
  now: () => number;
}

// biome-ignore lint/suspicious/noExplicitAny: classes of different frame types live in one map
type AnyClass = WatchClass<any>;

export class FanOut {
  readonly #store: PlaneStore;
  readonly #now: () => number;
  readonly #classes = new Map<string, AnyClass>();
  readonly #dirty = new Set<AnyClass>();
  readonly #watchers = new Set<{ end(): void }>();
  /** What classes share of the events of this turn. */
  readonly #shared = new Map<StoreEvent, Shared>();
  #scheduled = false;
  #closing = false;

  constructor(options: FanOutOptions) {
    this.#store = options.store;
    this.#now = options.now;
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

  /** Ends every watch. */
  close(): void {
    this.#closing = true;
    for (const watchClass of [...this.#classes.values()]) watchClass.flush();
    for (const watcher of [...this.#watchers]) watcher.end();
  }
}

class WatchClass<T> implements Subscriber {
  readonly id: string;
  readonly state: ResourceState;
  readonly bookmarks: boolean;
  readonly members = new Set<Watcher<T>>();
  lastBookmark: number;
  readonly #fanOut: FanOut;
  readonly #filter: Filter;
  readonly #maker: FrameMaker<T>;
  #pending: ShownEvent[] = [];
  /** Set while frames wait for a conversion webhook; later events queue behind it. */
  #sending: Promise<void> | undefined;

  constructor(
    fanOut: FanOut,
    id: string,
    state: ResourceState,
    filter: Filter,
    maker: FrameMaker<T>,
    bookmarks: boolean,
    now: number,
  ) {
    this.#fanOut = fanOut;
    this.id = id;
    this.state = state;
    this.#filter = filter;
    this.#maker = maker;
    this.bookmarks = bookmarks;
    this.lastBookmark = now;
  }

  /** Whether a watcher may join in this turn: nothing is on its way to the members. */
  get idle(): boolean {
    return this.#sending === undefined;
  }

  deliver(event: StoreEvent): void {
    const shown = showEvent(event, this.#filter, this.#fanOut.shared(event));
    if (shown === undefined) return;
    this.#pending.push(shown);
    this.#fanOut.touch(this);
  }

  reset(reason: "closed" | "expired"): void {
    this.#fanOut.drop(this);
    for (const member of [...this.members]) {
      if (reason === "expired") member.fail(expired("The resourceVersion for the provided watch is too old."));
      else member.end();
    }
    this.members.clear();
  }

  flush(): void {
    if (this.#sending !== undefined || this.#pending.length === 0) return;
    const events = this.#pending;
    this.#pending = [];
    const frames = makeFrames(this.#maker, events);
    if (!(frames instanceof Promise)) {
      this.#send(frames);
      return;
    }
    this.#sending = frames
      .then(
        (made) => this.#send(made),
        (error: StatusError) => {
          for (const member of [...this.members]) member.fail(error);
        },
      )
      .finally(() => {
        this.#sending = undefined;
        if (this.#pending.length > 0) this.#fanOut.touch(this);
      });
  }

  sendBookmark(revision: number): void {
    this.flush();
    if (this.#sending === undefined) this.#send(this.#maker.bookmark(revision, false));
  }

  #send(frames: T): void {
    for (const member of this.members) member.send(frames);
  }
}

/** Where classes share what they make of one event; a watcher that catches up makes its own. */
interface Shared {
  frames: Map<string, unknown>;
  deleted?: Entry;
}

/** What a watcher with this filter sees of an event: objects that begin or cease to match are added or deleted to it. */
function showEvent(event: StoreEvent, filter: Filter, shared: Shared): ShownEvent | undefined {
  if (filter.namespace !== "" && !event.key.startsWith(`${filter.namespace}/`)) return undefined;
  const { previous, revision } = event;
  let { type } = event;
  if (!filter.everything) {
    const now = type !== "DELETED" && filter.test(event.entry);
    const before = previous !== undefined && filter.test(previous);
    if (!now && !before) return undefined;
    type = !now ? "DELETED" : before ? "MODIFIED" : "ADDED";
  }
  let { entry } = event;
  if (type === "DELETED") {
    shared.deleted ??= previous!.at(revision);
    entry = shared.deleted;
  }
  return { type, entry, revision, frames: shared.frames };
}

function makeFrames<T>(maker: FrameMaker<T>, events: ShownEvent[]): T | Promise<T> {
  const frames: (T | Promise<T>)[] = events.map((event) => maker.event(event));
  if (frames.some((frame) => frame instanceof Promise)) {
    return Promise.all(frames).then((made) => (made.length === 1 ? made[0]! : maker.join(made)));
  }
  return frames.length === 1 ? frames[0]! : maker.join(frames as T[]);
}

class Watcher<T> {
  readonly state: ResourceState;
  readonly request: WatchRequest;
  readonly maker: FrameMaker<T>;
  readonly #fanOut: FanOut;
  readonly #store: PlaneStore;
  readonly #sink: WatchSink<T>;
  #class: WatchClass<T> | undefined;
  #timer: NodeJS.Timeout | undefined;
  #ended = false;

  constructor(
    fanOut: FanOut,
    store: PlaneStore,
    state: ResourceState,
    request: WatchRequest,
    maker: FrameMaker<T>,
    sink: WatchSink<T>,
  ) {
    this.#fanOut = fanOut;
    this.#store = store;
    this.state = state;
    this.request = request;
    this.maker = maker;
    this.#sink = sink;
  }

  run(): void {
    this.#timer = setTimeout(() => this.#timeout(), this.request.timeout);
    this.#begin().catch((error: unknown) => this.fail(error as StatusError));
  }

  send(frames: T): void {
    if (this.#ended) return;
    if (this.#sink.backlog > backlogLimit) {
      this.end();
      return;
    }
    this.#sink.send(frames);
  }

  /** Ends the watch with an ERROR event. */
  fail(error: StatusError): void {
    if (this.#ended) return;
    const status = error.status ?? serviceUnavailable(String(error), 1).status;
    this.#sink.send(this.maker.error(status));
    this.end();
  }

  end(): void {
    if (this.#ended) return;
    this.leave();
    this.#sink.end();
  }

  leave(): void {
    this.#ended = true;
    clearTimeout(this.#timer);
    if (this.#class !== undefined) this.#fanOut.leave(this, this.#class);
    this.#class = undefined;
  }

  #timeout(): void {
    // The last word of a watch tells where the next one may begin. It is only true for a watcher that has seen everything.
    if (this.request.bookmarks && this.#class !== undefined) {
      this.#class.flush();
      if (this.#class.idle) this.send(this.maker.bookmark(this.#store.revision, false));
    }
    this.end();
  }

  async #begin(): Promise<void> {
    const { start } = this.request;
    const newest = this.#store.revision;
    if (start.from === "state") {
      checkNotTooLarge(start.notOlderThan, newest);
      await this.#sendState();
      await this.#catchUp(newest, start.mark);
    } else if (start.from === "revision") {
      checkNotTooLarge(start.revision, newest);
      await this.#catchUp(start.revision, false);
    } else {
      await this.#catchUp(newest, false);
    }
  }

  async #sendState(): Promise<void> {
    const { filter } = this.request;
    const tree = this.state.snapshot();
    let chunk: ShownEvent[] = [];
    for (const entry of entriesIn(tree, filter.namespace)) {
      if (!filter.everything && !filter.test(entry)) continue;
      chunk.push({ type: "ADDED", entry, revision: entry.revision, frames: new Map() });
      if (chunk.length === catchUpChunk) {
        await this.#sendChunk(chunk);
        chunk = [];
        if (this.#ended) return;
      }
    }
    if (chunk.length > 0) await this.#sendChunk(chunk);
  }

  /** Sends the events after `revision` until there are none left, and joins the class in that same turn. */
  async #catchUp(after: number, mark: boolean): Promise<void> {
    const store = this.#store;
    let revision = after;
    for (;;) {
      if (this.#ended) return;
      if (revision < store.oldestRevision) {
        throw expired(`too old resource version: ${revision} (${store.oldestRevision})`);
      }
      const chunk: ShownEvent[] = [];
      let last = revision;
      for (const event of store.eventsAfter(revision)) {
        last = event.revision;
        if (event.resource !== this.state) continue;
        const shownEvent = showEvent(event, this.request.filter, { frames: new Map() });
        if (shownEvent !== undefined) chunk.push(shownEvent);
        if (chunk.length === catchUpChunk) break;
      }
      revision = Math.max(revision, last);
      if (chunk.length > 0) {
        await this.#sendChunk(chunk);
        continue;
      }
      const watchClass = this.#fanOut.classFor(this);
      // What the members have yet to get, this watcher has sent itself.
      watchClass.flush();
      if (watchClass.idle) {
        if (mark) this.send(this.maker.bookmark(revision, true));
        watchClass.members.add(this);
        this.#class = watchClass;
        return;
      }
      await new Promise((resolve) => setImmediate(resolve));
    }
  }

  async #sendChunk(events: ShownEvent[]): Promise<void> {
    this.send(await makeFrames(this.maker, events));
    await this.#sink.drained();
    await new Promise((resolve) => setImmediate(resolve));
  }
}

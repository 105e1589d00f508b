// One watch, from its first event to its end; see fan-out.ts for its life.

import { expired, internalError, StatusError } from "../../machinery/status-error.ts";
import type { PlaneStore } from "../store/plane-store.ts";
import { entriesIn, type ResourceState } from "../store/resource-state.ts";
import type { FanOut } from "./fan-out.ts";
import { checkNotTooLarge } from "./list.ts";
import type { WatchRequest } from "./watch.ts";
import type { WatchClass } from "./watch-class.ts";
import { type FrameMaker, makeFrames, type ShownEvent, showEvent, type WatchSink } from "./watch-frames.ts";

/** A watcher that has more than this many unsent bytes is cut off. */
const backlogLimit = 16 * 1024 * 1024;
/** While catching up, this many events are sent before others get a turn. */
const catchUpChunk = 500;

export class Watcher<T> {
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
    this.#timer.unref();
    this.#begin().catch((error: unknown) => this.fail(error));
  }

  send(frames: T): void {
    if (this.#ended) return;
    if (this.#sink.backlog > backlogLimit) {
      this.leave();
      this.#sink.cut();
      return;
    }
    this.#sink.send(frames);
  }

  /** Ends the watch with an ERROR event. */
  fail(error: unknown): void {
    if (this.#ended) return;
    const { status } = error instanceof StatusError ? error : internalError(String(error));
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

// Watchers who want the same: resource, version, shape, selectors. What happens in one turn is filtered and serialised once, and sent
// to all members as one chunk.

import { expired } from "../../machinery/status-error.ts";
import type { StoreEvent, Subscriber } from "../store/plane-store.ts";
import type { ResourceState } from "../store/resource-state.ts";
import type { FanOut } from "./fan-out.ts";
import type { Filter } from "./filter.ts";
import { type FrameMaker, makeFrames, type ShownEvent, showEvent } from "./watch-frames.ts";
import type { Watcher } from "./watcher.ts";

export class WatchClass<T> implements Subscriber {
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
    let shown: ShownEvent | undefined;
    try {
      shown = showEvent(event, this.#filter, this.#fanOut.shared(event));
    } catch (error) {
      this.#fail(error);
      return;
    }
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
    let frames: T | Promise<T>;
    try {
      frames = makeFrames(this.#maker, events);
    } catch (error) {
      this.#fail(error);
      return;
    }
    if (!(frames instanceof Promise)) {
      this.#send(frames);
      return;
    }
    this.#sending = frames
      .then(
        (made) => this.#send(made),
        (error: unknown) => this.#fail(error),
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

  /** Who cannot be shown an event cannot go on: the members list again, and are told then what is wrong. */
  #fail(error: unknown): void {
    this.#fanOut.onError(error);
    for (const member of [...this.members]) member.fail(error);
  }

  #send(frames: T): void {
    for (const member of this.members) member.send(frames);
  }
}

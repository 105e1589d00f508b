// What a watch sends: events as its filter sees them, the frames that a transport makes of them, and where the frames go.

import type { Status } from "../../machinery/status-error.ts";
import type { Entry } from "../store/entry.ts";
import type { StoreEvent } from "../store/plane-store.ts";
import type { Filter } from "./filter.ts";

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
  /** Ends at once; what was accepted and not taken is dropped. */
  cut(): void;
  onClose(callback: () => void): void;
}

/** Where classes share what they make of one event; a watcher that catches up makes its own. */
export interface Shared {
  frames: Map<string, unknown>;
  deleted?: Entry;
}

/** What a watcher with this filter sees of an event: objects that begin or cease to match are added or deleted to it. */
export function showEvent(event: StoreEvent, filter: Filter, shared: Shared): ShownEvent | undefined {
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

/** The frames of one turn as one. */
export function makeFrames<T>(maker: FrameMaker<T>, events: ShownEvent[]): T | Promise<T> {
  const frames: (T | Promise<T>)[] = events.map((event) => maker.event(event));
  if (frames.some((frame) => frame instanceof Promise)) {
    return Promise.all(frames).then((made) => (made.length === 1 ? made[0]! : maker.join(made)));
  }
  return frames.length === 1 ? frames[0]! : maker.join(frames as T[]);
}

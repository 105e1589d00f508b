// The keys that a controller has to reconcile, over all control planes.
//
// Invariants:
//   W1 a key is handed out to one worker at a time; added meanwhile, it comes again when that worker has finished;
//   W2 a key waits once, however often it is added;
//   W3 planes take turns, so that a plane with many keys delays another's key by one key, not by all;
//   W4 a failed key comes back after a delay that doubles with each failure in a row;
//   W5 a plane without keys has nothing here: no record, no timer.
// Delays and semantics follow k8s.io/client-go util/workqueue.

import type { Clock, Timer } from "./clock.ts";
import { Fifo } from "./fifo.ts";

export interface WorkQueueOptions {
  clock: Clock;
  /** Delay after the first failure, in milliseconds. Default 5. */
  firstDelay?: number;
  /** Longest delay after failures, in milliseconds. Default 1,000,000. */
  longestDelay?: number;
  /** Called whenever a key may be taken. */
  onReady?: () => void;
}

/** A key in the hands of a worker, who has to `finish` it. */
export interface WorkItem {
  readonly plane: string;
  readonly key: string;
}

export type WorkOutcome =
  | { type: "done" }
  /** Nothing failed; the key has to be looked at again after this many milliseconds. */
  | { type: "again"; after: number }
  | { type: "failed" };

export class WorkQueue {
  readonly #clock: Clock;
  readonly #firstDelay: number;
  readonly #longestDelay: number;
  readonly #onReady: () => void;
  readonly #planes = new Map<string, PlaneKeys>();
  /** Planes that have a key to take, in the order of their turns. */
  readonly #turns = new Fifo<PlaneKeys>();

  constructor({ clock, firstDelay = 5, longestDelay = 1_000_000, onReady = () => undefined }: WorkQueueOptions) {
    this.#clock = clock;
    this.#firstDelay = firstDelay;
    this.#longestDelay = longestDelay;
    this.#onReady = onReady;
  }

  /** Planes of which the queue knows anything. */
  get planes(): number {
    return this.#planes.size;
  }

  add(plane: string, key: string): void {
    this.#enqueue(this.#keysOf(plane), key);
  }

  /** Adds the key after a delay; of several delays the shortest counts. */
  addAfter(plane: string, key: string, milliseconds: number): void {
    if (milliseconds <= 0) this.add(plane, key);
    else this.#delay(this.#keysOf(plane), key, milliseconds);
  }

  /** The next key, of the plane whose turn it is. */
  take(): WorkItem | undefined {
    const keys = this.#turns.take();
    const key = keys?.waiting.take();
    if (keys === undefined || key === undefined) return undefined;
    if (keys.waiting.size > 0) this.#turns.add(keys);
    keys.worked.set(key, false);
    return new TakenItem(keys, key);
  }

  /** Gives a key back. Returns the milliseconds until it comes again, if it does because of the outcome. */
  finish(item: WorkItem, outcome: WorkOutcome): number | undefined {
    if (!(item instanceof TakenItem)) throw new TypeError("this item was not taken from a work queue");
    const { owner, key } = item;
    if (owner.dropped) return undefined;
    const again = owner.worked.get(key) === true;
    owner.worked.delete(key);
    if (again) this.#enqueue(owner, key);
    let delay: number | undefined;
    if (outcome.type === "failed") {
      const failures = owner.failures.get(key) ?? 0;
      owner.failures.set(key, failures + 1);
      delay = Math.min(this.#firstDelay * 2 ** failures, this.#longestDelay);
    } else {
      owner.failures.delete(key);
      if (outcome.type === "again") delay = Math.max(0, outcome.after);
    }
    if (delay === 0) this.#enqueue(owner, key);
    else if (delay !== undefined) this.#delay(owner, key, delay);
    this.#forgetIfIdle(owner);
    return delay;
  }

  /** Keeps the keys of a plane back, new ones too, until `release`. */
  hold(plane: string): void {
    const keys = this.#keysOf(plane);
    keys.held = true;
    this.#turns.delete(keys);
  }

  release(plane: string): void {
    const keys = this.#planes.get(plane);
    if (keys === undefined) return;
    keys.held = false;
    if (keys.waiting.size > 0) {
      this.#turns.add(keys);
      this.#onReady();
    }
    this.#forgetIfIdle(keys);
  }

  /** Forgets all keys of a plane. Those in the hands of workers do not come again. */
  drop(plane: string): void {
    const keys = this.#planes.get(plane);
    if (keys === undefined) return;
    keys.dropped = true;
    for (const { timer } of keys.delayed.values()) timer.cancel();
    this.#turns.delete(keys);
    this.#planes.delete(plane);
  }

  #keysOf(plane: string): PlaneKeys {
    let keys = this.#planes.get(plane);
    if (keys === undefined) {
      keys = new PlaneKeys(plane);
      this.#planes.set(plane, keys);
    }
    return keys;
  }

  #enqueue(keys: PlaneKeys, key: string): void {
    if (keys.worked.has(key)) {
      keys.worked.set(key, true);
      return;
    }
    keys.waiting.add(key);
    if (keys.held) return;
    this.#turns.add(keys);
    this.#onReady();
  }

  #delay(keys: PlaneKeys, key: string, milliseconds: number): void {
    const at = this.#clock.now().getTime() + milliseconds;
    const earlier = keys.delayed.get(key);
    if (earlier !== undefined && earlier.at <= at) return;
    earlier?.timer.cancel();
    const timer = this.#clock.after(milliseconds, () => {
      keys.delayed.delete(key);
      this.#enqueue(keys, key);
    });
    keys.delayed.set(key, { at, timer });
  }

  #forgetIfIdle(keys: PlaneKeys): void {
    const { waiting, worked, delayed, failures, held } = keys;
    if (waiting.size + worked.size + delayed.size + failures.size === 0 && !held) this.drop(keys.plane);
  }
}

class PlaneKeys {
  readonly plane: string;
  readonly waiting = new Fifo<string>();
  /** Keys in the hands of workers, and whether they were added meanwhile. */
  readonly worked = new Map<string, boolean>();
  readonly delayed = new Map<string, { at: number; timer: Timer }>();
  /** Failures in a row. */
  readonly failures = new Map<string, number>();
  held = false;
  dropped = false;

  constructor(plane: string) {
    this.plane = plane;
  }
}

class TakenItem implements WorkItem {
  readonly owner: PlaneKeys;
  readonly key: string;

  constructor(owner: PlaneKeys, key: string) {
    this.owner = owner;
    this.key = key;
  }

  get plane(): string {
    return this.owner.plane;
  }
}

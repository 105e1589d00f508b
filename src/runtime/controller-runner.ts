// Runs one controller for all control planes: its queue, its workers, and what it does about failures.

import { StatusError } from "../machinery/status-error.ts";
import type { Clock } from "./clock.ts";
import type { Controller, ReconcileContext } from "./controller.ts";
import { EventRecorder } from "./events.ts";
import type { Logger } from "./log.ts";
import type { Following, PlaneConnection } from "./plane-connection.ts";
import { type WorkItem, WorkQueue } from "./work-queue.ts";

const defaultConcurrency = 4;

/** Reasons of failures that others' writes cause and a second look heals. */
const races = new Set(["Conflict", "NotFound", "AlreadyExists"]);

export interface RunnerOptions {
  controller: Controller;
  clock: Clock;
  log: Logger;
  /** Delays after failures, in milliseconds; see WorkQueueOptions. */
  backoff?: { first?: number; longest?: number };
}

interface AttachedPlane {
  readonly context: ReconcileContext;
  readonly following: Following;
  readonly abort: AbortController;
  readonly running: Set<Promise<void>>;
}

export class ControllerRunner {
  readonly controller: Controller;
  readonly #clock: Clock;
  readonly #log: Logger;
  readonly #queue: WorkQueue;
  readonly #planes = new Map<string, AttachedPlane>();
  readonly #concurrency: number;
  #running = 0;
  #turnDue = false;

  constructor({ controller, clock, log, backoff = {} }: RunnerOptions) {
    this.controller = controller;
    this.#clock = clock;
    this.#log = log.with({ controller: controller.name });
    this.#concurrency = controller.concurrency ?? defaultConcurrency;
    this.#queue = new WorkQueue({
      clock,
      firstDelay: backoff.first,
      longestDelay: backoff.longest,
      onReady: () => this.#soon(),
    });
  }

  attach(connection: PlaneConnection): void {
    const { name: plane, client, reader } = connection;
    const abort = new AbortController();
    const log = this.#log.with({ plane });
    const clock = this.#clock;
    const events = new EventRecorder({ client, clock, log, component: this.controller.name, signal: abort.signal });
    const context: ReconcileContext = { plane, client, reader, clock, events, log, signal: abort.signal };
    const following = connection.follow(this.controller, (key) => this.#queue.add(plane, key));
    this.#planes.set(plane, { context, following, abort, running: new Set() });
    if (following.ready !== undefined) {
      this.#queue.hold(plane);
      following.ready.then(
        () => this.#queue.release(plane),
        (error: unknown) => log.error("the controller could not begin", { error: String(error) }),
      );
    }
    for (const key of this.controller.onActive?.(plane) ?? []) this.#queue.add(plane, key);
  }

  /** Resolves when no reconcile of the plane runs any more. */
  async detach(plane: string): Promise<void> {
    const attached = this.#planes.get(plane);
    if (attached === undefined) return;
    this.#planes.delete(plane);
    attached.following.stop();
    this.#queue.drop(plane);
    attached.abort.abort();
    await Promise.all(attached.running);
    if (!this.#planes.has(plane)) this.controller.onIdle?.(plane);
  }

  wake(plane: string, key: string): void {
    if (this.#planes.has(plane)) this.#queue.add(plane, key);
  }

  /** Work begins in a turn of its own: changes come while the store publishes, and sockets want to be read in between. */
  #soon(): void {
    if (this.#turnDue || this.#running >= this.#concurrency) return;
    this.#turnDue = true;
    setImmediate(() => {
      this.#turnDue = false;
      this.#work();
    });
  }

  #work(): void {
    while (this.#running < this.#concurrency) {
      const item = this.#queue.take();
      if (item === undefined) return;
      const attached = this.#planes.get(item.plane);
      if (attached === undefined) {
        this.#queue.finish(item, { type: "done" });
        continue;
      }
      this.#running++;
      const run = this.#reconcile(item, attached.context).finally(() => {
        attached.running.delete(run);
        this.#running--;
        this.#soon();
      });
      attached.running.add(run);
    }
  }

  async #reconcile(item: WorkItem, context: ReconcileContext): Promise<void> {
    try {
      const result = await this.controller.reconcile(context, item.key);
      const after = result?.requeueAfter;
      this.#queue.finish(item, after === undefined ? { type: "done" } : { type: "again", after });
    } catch (error) {
      const retryAfter = this.#queue.finish(item, { type: "failed" });
      if (context.signal.aborted) return;
      const fields = { key: item.key, retryAfter, ...describe(error) };
      if (error instanceof StatusError && races.has(error.reason)) context.log.debug("reconcile met a race", fields);
      else context.log.warn("reconcile failed", fields);
    }
  }
}

/** A Status says all in its message; anything else is a fault whose place matters. */
function describe(error: unknown): { error: string } {
  if (error instanceof StatusError || !(error instanceof Error)) return { error: String(error) };
  return { error: error.stack ?? error.message };
}

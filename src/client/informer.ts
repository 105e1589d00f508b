// Keeps the objects of one kind at hand, in step with a server: reads cost no request, and handlers hear of every change.
// The decisions are in reflector.ts; here are the requests, the waiting and the handlers.

import type { KubeObject } from "../machinery/object.ts";
import type { Client, KindReference, ResourceClient } from "./client.ts";
import { type Clock, sleep } from "./clock.ts";
import { type IndexFunction, type ObjectChange, ObjectStore } from "./object-store.ts";
import { type Failure, Reflector } from "./reflector.ts";

export interface InformerOptions<T extends KubeObject = KubeObject> {
  client: Client;
  kind: KindReference<T>;
  /** All namespaces when absent. */
  namespace?: string;
  labelSelector?: string;
  fieldSelector?: string;
  indexes?: Record<string, IndexFunction<T>>;
  clock: Clock;
  /** Spreads delays; gives numbers from 0 up to 1. */
  random?: () => number;
  /** Delays between attempts that fail, in milliseconds; default 800 to 30,000, as in client-go. */
  backoff?: { first: number; longest: number };
  /** Called for every failure; the informer goes on by itself. */
  onError?: (error: unknown) => void;
}

/** A watch is asked to end after this many seconds, up to twice as many: a connection that died silently is noticed. */
const watchSeconds = 300;
/** A watch that ends sooner than this (milliseconds), with nothing said, counts as a failure. */
const shortWatch = 1000;

export class Informer<T extends KubeObject = KubeObject> {
  readonly #options: InformerOptions<T>;
  readonly #resource: ResourceClient<T>;
  readonly #store: ObjectStore<T>;
  readonly #reflector: Reflector<T>;
  readonly #handlers = new Set<(change: ObjectChange<T>) => void>();
  readonly #abort = new AbortController();
  readonly #synced = Promise.withResolvers<void>();
  readonly #settled = Promise.withResolvers<void>();
  #hasSynced = false;
  #failures = 0;
  #running: Promise<void> | undefined;

  constructor(options: InformerOptions<T>) {
    this.#options = options;
    this.#resource = options.client.resource(options.kind);
    this.#store = new ObjectStore(options.indexes);
    this.#reflector = new Reflector(this.#store);
  }

  /** Begins; returns the informer. */
  start(): this {
    this.#running ??= this.#run();
    return this;
  }

  /** Ends all requests; resolves when none is under way. The objects stay readable. */
  async stop(): Promise<void> {
    this.#abort.abort();
    await this.#running;
  }

  /** Resolves when all objects are there for the first time. */
  get synced(): Promise<void> {
    return this.#synced.promise;
  }

  get hasSynced(): boolean {
    return this.#hasSynced;
  }

  /** Resolves when the objects are there, or the server has said that it does not serve the kind (it may later). */
  get settled(): Promise<void> {
    return this.#settled.promise;
  }

  /** Calls `handler` with every change, beginning with all objects that there are; the returned function ends that. */
  onEvent(handler: (change: ObjectChange<T>) => void): () => void {
    // Every registration is its own, also of the same function.
    const registered = (change: ObjectChange<T>) => handler(change);
    for (const object of [...this.#store.list()]) registered({ type: "ADDED", object });
    this.#handlers.add(registered);
    return () => this.#handlers.delete(registered);
  }

  get(name: string, namespace?: string): T | undefined {
    return this.#store.get(name, namespace);
  }

  list(namespace?: string): Iterable<T> {
    return this.#store.list(namespace);
  }

  byIndex(index: string, value: string): Iterable<T> {
    return this.#store.byIndex(index, value);
  }

  get size(): number {
    return this.#store.size;
  }

  async #run(): Promise<void> {
    while (!this.#abort.signal.aborted) {
      let outcome: Failure | "ended";
      try {
        outcome = await this.#request();
      } catch (error) {
        if (this.#abort.signal.aborted) return;
        this.#options.onError?.(error);
        outcome = this.#reflector.failed(error);
      }
      if (outcome === "ended") this.#failures = 0;
      if (outcome === "absent") this.#settled.resolve();
      if (outcome === "retry" || outcome === "absent") await this.#pause();
    }
  }

  /** Makes one request and takes its answer. A watch is one request, however long it lasts. */
  async #request(): Promise<"ended" | "retry"> {
    const { namespace, labelSelector, fieldSelector, clock } = this.#options;
    const selection = { namespace, labelSelector, fieldSelector };
    const request = this.#reflector.next();
    if (request.type === "page") {
      const { limit, continue: next } = request;
      this.#apply(this.#reflector.page(await this.#resource.list({ ...selection, limit, continue: next })));
      return "ended";
    }
    const began = clock.now().getTime();
    const events = this.#resource.watch({
      ...selection,
      allowWatchBookmarks: true,
      timeoutSeconds: Math.ceil(watchSeconds * (1 + this.#random())),
      signal: this.#abort.signal,
      ...(request.type === "watch" ? { resourceVersion: request.resourceVersion } : { sendInitialEvents: true }),
    });
    let heard = false;
    for await (const event of events) {
      heard = true;
      this.#apply(this.#reflector.event(event));
    }
    // A list whose end did not come has failed, and so has a watch that was over at once.
    if (!this.#reflector.current) return "retry";
    return heard || clock.now().getTime() - began >= shortWatch ? "ended" : "retry";
  }

  #apply(changes: ObjectChange<T>[]): void {
    if (this.#reflector.current) {
      this.#failures = 0;
      this.#hasSynced = true;
      this.#synced.resolve();
      this.#settled.resolve();
    }
    for (const change of changes) {
      for (const handler of this.#handlers) {
        try {
          handler(change);
        } catch (error) {
          // One faulty handler must not keep the change from the others.
          this.#options.onError?.(error);
        }
      }
    }
  }

  #random(): number {
    return (this.#options.random ?? Math.random)();
  }

  #pause(): Promise<void> {
    const { first, longest } = this.#options.backoff ?? { first: 800, longest: 30_000 };
    const delay = Math.min(first * 2 ** this.#failures++, longest) * (1 + this.#random());
    return sleep(this.#options.clock, delay, this.#abort.signal);
  }
}

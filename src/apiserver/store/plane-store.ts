// The data of one control plane: current entries, the events since the compacted revision, and the commit.
//
// Flow of a write: `write` decides at once, against the newest state with all pending writes (so conflicts need no engine); the
// write takes the next revision and goes to the engine in a batch (commit-pipeline.ts); when the batch is durable its writes are
// published in order — entries, event log, subscribers — and their callers are answered.
//
// Invariants:
//   S1 revisions are gap-free and in commit order; nothing is visible before it is durable;
//   S2 a write that changes nothing takes no revision, but is answered only after what it saw is durable;
//   S3 when the engine refuses a batch, every pending write fails and the plane is loaded again before the next one;
//   S4 subscribers get every event after the revision they began at, once and in order.

import { encodeJson } from "../../machinery/json.ts";
import type { KubeObject } from "../../machinery/object.ts";
import { internalError, StatusError, serviceUnavailable } from "../../machinery/status-error.ts";
import { type Engine, EngineError, type LogRecord, type PlaneHandle } from "../../storage/engine.ts";
import { CommitPipeline } from "./commit-pipeline.ts";
import { Entry, type ParsedObjectBudget } from "./entry.ts";
import { History } from "./history.ts";
import { type EntryTree, newTree, ResourceState } from "./resource-state.ts";

/** One committed change of one key. */
export interface StoreEvent {
  readonly revision: number;
  readonly type: "ADDED" | "MODIFIED" | "DELETED";
  readonly resource: ResourceState;
  /** `namespace/name`. */
  readonly key: string;
  /** The new entry; for DELETED the last one (use `entry.at(revision)` for what the event shows). */
  readonly entry: Entry;
  readonly previous: Entry | undefined;
  /** When it was published, in milliseconds; compaction goes by age. */
  readonly time: number;
}

/**
 * Gets events of one resource as they are published. Must not write to the store synchronously. One that throws has lost the event:
 * it is let go and reset, as if the plane had been loaded again.
 */
export interface Subscriber {
  deliver(event: StoreEvent): void;
  /** The events that the subscriber was promised are gone (the plane was loaded again, restored or closed). */
  reset(reason: "closed" | "expired"): void;
}

/** What `decide` wants done with the key. */
export type WriteDecision =
  | { action: "put"; object: KubeObject }
  | { action: "delete" }
  /** Nothing changes; the caller gets the entry that it saw. */
  | { action: "keep" };

export type WriteResult =
  | { action: "put"; entry: Entry; created: boolean }
  /** `entry` is the object as it was last, at the revision of the deletion. */
  | { action: "delete"; entry: Entry }
  | { action: "keep"; entry: Entry | undefined };

interface PendingWrite {
  readonly record: LogRecord;
  readonly resource: ResourceState;
  readonly key: string;
  readonly entry: Entry | undefined;
  readonly previous: Entry | undefined;
  readonly resolve: (result: WriteResult) => void;
  readonly reject: (error: unknown) => void;
  /** Callers that changed nothing but saw this write. */
  followers:
    | { resolve: (result: WriteResult) => void; reject: (error: unknown) => void; result: WriteResult }[]
    | undefined;
}

type Phase =
  | { name: "ready" }
  | { name: "loading"; done: Promise<void> }
  | { name: "failed"; error: EngineError }
  | { name: "closed" };

export interface PlaneStoreOptions {
  engine: Engine;
  plane: string;
  budget: ParsedObjectBudget;
  /** Milliseconds since the epoch. */
  now: () => number;
  /** Most events kept in memory for watches, whatever their age. */
  maximumEvents?: number;
  /** Most bytes of such events. */
  maximumEventBytes?: number;
  onError?: (error: EngineError) => void;
  /** Called for what subscribers throw: faults of the server. */
  onSubscriberError?: (error: unknown) => void;
}

export class PlaneStore {
  readonly #options: PlaneStoreOptions;
  readonly #resources = new Map<string, ResourceState>();
  #handle: PlaneHandle | undefined;
  #phase: Phase = { name: "closed" };
  /** The newest published revision. */
  #revision = 0;
  readonly #history: History;
  #assigned = 0;
  /** The newest unpublished write of each stored key. */
  readonly #pending = new Map<string, PendingWrite>();
  readonly #pipeline = new CommitPipeline<PendingWrite>({
    commit: (batch) => this.#commit(batch),
    settle: (batch) => this.#settle(batch),
    refuse: (writes, cause) => this.#refuse(writes, cause),
  });

  private constructor(options: PlaneStoreOptions) {
    this.#options = options;
    const { maximumEvents = 200_000, maximumEventBytes = 256 * 2 ** 20 } = options;
    this.#history = new History({ events: maximumEvents, bytes: maximumEventBytes });
  }

  /** Opens the plane for writing and loads it. */
  static async open(options: PlaneStoreOptions): Promise<PlaneStore> {
    const store = new PlaneStore(options);
    await store.#load();
    return store;
  }

  get revision(): number {
    return this.#revision;
  }

  /** Bytes of all current objects. */
  get bytes(): number {
    let sum = 0;
    for (const resource of this.#resources.values()) sum += resource.bytes;
    return sum;
  }

  get resources(): Iterable<ResourceState> {
    return this.#resources.values();
  }

  /** Undefined when all is well, else why writes are refused. */
  get failure(): string | undefined {
    return this.#phase.name === "failed" ? this.#phase.error.message : undefined;
  }

  resource(group: string, resource: string): ResourceState {
    const id = `${group}/${resource}`;
    let state = this.#resources.get(id);
    if (state === undefined) {
      state = new ResourceState(group, resource);
      this.#resources.set(id, state);
    }
    return state;
  }

  /** The newest entry of a key, pending writes included. For decisions only: it may not be durable yet. */
  newest(state: ResourceState, key: string): Entry | undefined {
    const pending = this.#pending.get(`${state.id}/${key}`);
    return pending === undefined ? state.find(key) : pending.entry;
  }

  /** The newest objects of a resource, pending writes included, in key order except for those that are pending. */
  *newestIn(state: ResourceState, namespace = ""): IterableIterator<Entry> {
    const prefix = namespace === "" ? "" : `${namespace}/`;
    for (const [key, entry] of state.entries.entries(prefix)) {
      if (prefix !== "" && !key.startsWith(prefix)) break;
      if (this.#pending.size === 0 || !this.#pending.has(`${state.id}/${key}`)) yield entry;
    }
    for (const pending of this.#pending.values()) {
      if (pending.resource === state && pending.entry !== undefined && pending.key.startsWith(prefix))
        yield pending.entry;
    }
  }

  /**
   * Decides and commits one change of one key. `decide` is called once, synchronously, with the newest entry; what it throws is
   * thrown. The object to put gets its `metadata.resourceVersion` here and is frozen.
   */
  write(
    state: ResourceState,
    key: string,
    decide: (current: Entry | undefined) => WriteDecision,
  ): Promise<WriteResult> {
    if (this.#phase.name !== "ready") return this.#whenReady().then(() => this.write(state, key, decide));
    const id = `${state.id}/${key}`;
    const previousWrite = this.#pending.get(id);
    const current = previousWrite === undefined ? state.find(key) : previousWrite.entry;
    const decision = decide(current);
    if (decision.action === "keep" || (decision.action === "delete" && current === undefined)) {
      const result: WriteResult = { action: "keep", entry: current };
      if (previousWrite === undefined) return Promise.resolve(result);
      return new Promise((resolve, reject) => {
        previousWrite.followers ??= [];
        previousWrite.followers.push({ resolve, reject, result });
      });
    }
    const revision = this.#assigned + 1;
    let entry: Entry | undefined;
    if (decision.action === "put") {
      const object = decision.object;
      object.metadata.resourceVersion = String(revision);
      entry = new Entry(key, revision, encodeJson(object), this.#options.budget, object);
    }
    this.#assigned = revision;
    return new Promise((resolve, reject) => {
      const write: PendingWrite = {
        record: { revision, key: id, previous: current?.revision ?? 0, value: entry?.bytes ?? null },
        resource: state,
        key,
        entry,
        previous: current,
        resolve,
        reject,
        followers: undefined,
      };
      this.#pending.set(id, write);
      this.#pipeline.add(write);
    });
  }

  /**
   * Delivers the events of a resource after `revision`, then every later one. Returns false when some of them are compacted.
   * Past events are delivered before this returns.
   */
  subscribe(state: ResourceState, revision: number, subscriber: Subscriber): boolean {
    if (this.#phase.name === "closed") {
      subscriber.reset("closed");
      return true;
    }
    if (revision < this.#history.base) return false;
    for (const event of this.eventsAfter(revision)) if (event.resource === state) subscriber.deliver(event);
    state.subscribers.add(subscriber);
    return true;
  }

  /** Delivers every event from now on. A reset subscriber may follow again at once, when it has read the state anew. */
  follow(state: ResourceState, subscriber: Subscriber): void {
    state.subscribers.add(subscriber);
  }

  unsubscribe(state: ResourceState, subscriber: Subscriber): void {
    state.subscribers.delete(subscriber);
  }

  /** Published events after a revision that is not compacted, of all resources. */
  eventsAfter(revision: number): IterableIterator<StoreEvent> {
    return this.#history.after(revision);
  }

  /** The oldest revision that can still be read exactly or watched from. */
  get oldestRevision(): number {
    return this.#history.base;
  }

  /** The resource as it was at a revision; undefined when that is compacted. */
  at(state: ResourceState, revision: number): EntryTree | undefined {
    return revision > this.#revision ? undefined : this.#history.stateAt(state, revision);
  }

  /** Forgets events older than `olderThan` (milliseconds since the epoch), or beyond the most that are kept. */
  async compact(olderThan: number): Promise<void> {
    if (this.#phase.name !== "ready" || this.#handle === undefined) return;
    if (this.#history.forget(olderThan)) await this.#handle.compact(this.#history.base);
  }

  /** Lifts the revision (after a restore) and ends every watch with 410. */
  async jump(revision: number): Promise<void> {
    await this.drain();
    await this.#handle?.jump(revision);
    await this.#reload();
  }

  /** Resolves when every write that was begun is durable or refused. */
  drain(): Promise<void> {
    return this.#pipeline.drain();
  }

  async close(): Promise<void> {
    if (this.#phase.name === "closed") return;
    await this.drain();
    this.#phase = { name: "closed" };
    this.#resetSubscribers("closed");
    await this.#handle?.close();
  }

  async #whenReady(): Promise<void> {
    if (this.#phase.name === "loading") await this.#phase.done;
    // The cause of a failure (a full disk, a lost database) may have passed; a lost ownership does not pass.
    else if (this.#phase.name === "failed" && this.#phase.error.code !== "fenced") await this.#reload();
    if (this.#phase.name === "closed") throw serviceUnavailable("the control plane is shutting down", 1);
    if (this.#phase.name === "failed") throw storageStatus(this.#phase.error);
  }

  async #commit(batch: readonly PendingWrite[]): Promise<void> {
    if (this.#handle === undefined) throw new EngineError("closed", "the control plane is closed");
    await this.#handle.commit(batch.map((write) => write.record));
  }

  #settle(batch: readonly PendingWrite[]): void {
    for (const write of batch) this.#publish(write);
    for (const write of batch) answer(write);
    if (this.#history.tooLarge) {
      this.compact(0).catch((error: unknown) => this.#options.onError?.(asEngineError(error)));
    }
  }

  #publish(write: PendingWrite): void {
    const { record, resource, key, entry, previous } = write;
    const event = makeEvent(record.revision, resource, key, entry, previous, this.#options.now());
    this.#revision = record.revision;
    resource.apply(event);
    this.#history.append(event);
    if (this.#pending.get(record.key) === write) this.#pending.delete(record.key);
    let failed: Subscriber[] | undefined;
    for (const subscriber of resource.subscribers) {
      try {
        subscriber.deliver(event);
      } catch (error) {
        this.#options.onSubscriberError?.(error);
        failed ??= [];
        failed.push(subscriber);
      }
    }
    // Afterwards, because a subscriber that follows again would be among those who are told.
    for (const subscriber of failed ?? []) {
      resource.subscribers.delete(subscriber);
      this.#reset(subscriber, "expired");
    }
  }

  async #refuse(writes: readonly PendingWrite[], cause: unknown): Promise<void> {
    const error = asEngineError(cause);
    this.#options.onError?.(error);
    this.#pending.clear();
    this.#assigned = this.#revision;
    const status = storageStatus(error);
    // "full" wrote nothing, so the state in memory is still the truth; anything else has to be read again.
    if (error.code !== "full") await this.#reload(error);
    for (const write of writes) {
      write.reject(status);
      for (const follower of write.followers ?? []) follower.reject(status);
    }
  }

  /** Reads the plane again; one attempt at a time. Until it succeeds, reads see what was published last. */
  async #reload(cause?: EngineError): Promise<void> {
    if (this.#phase.name === "loading") return this.#phase.done;
    if (cause?.code === "fenced") {
      // Another process owns the plane: it must not be taken back by reflex.
      this.#phase = { name: "failed", error: cause };
      this.#resetSubscribers("expired");
      return;
    }
    const done = this.#load().catch((error: unknown) => {
      this.#phase = { name: "failed", error: asEngineError(error) };
    });
    this.#phase = { name: "loading", done };
    await done;
  }

  #resetSubscribers(reason: "closed" | "expired"): void {
    for (const resource of this.#resources.values()) {
      const subscribers = [...resource.subscribers];
      resource.subscribers.clear();
      for (const subscriber of subscribers) this.#reset(subscriber, reason);
    }
  }

  #reset(subscriber: Subscriber, reason: "closed" | "expired"): void {
    try {
      subscriber.reset(reason);
    } catch (error) {
      this.#options.onSubscriberError?.(error);
    }
  }

  async #load(): Promise<void> {
    const { engine, plane, budget, now } = this.#options;
    await this.#handle?.close().catch(() => undefined);
    this.#handle = undefined;
    const handle = await engine.open(plane);
    const base = handle.compactedRevision;
    const loaded = new Map<ResourceState, EntryTree>();
    const events: StoreEvent[] = [];
    const time = now();
    for await (const chunk of handle.read(0)) {
      for (const record of chunk) {
        const [group, name, key] = splitKey(record.key);
        const resource = this.resource(group, name);
        const tree = loaded.get(resource) ?? newTree();
        loaded.set(resource, tree);
        const previous = tree.get(key);
        const entry = record.value === null ? undefined : new Entry(key, record.revision, record.value, budget);
        if (entry === undefined) tree.delete(key);
        else tree.set(key, entry);
        if (record.revision <= base) continue;
        if (record.revision !== base + events.length + 1 || (entry ?? previous) === undefined) {
          throw new EngineError(
            "corrupt",
            `plane ${plane}: record ${record.revision} does not follow from those before it`,
          );
        }
        events.push(makeEvent(record.revision, resource, key, entry, previous, time));
      }
    }
    for (const resource of this.#resources.values()) resource.replace(loaded.get(resource) ?? newTree());
    this.#handle = handle;
    this.#pending.clear();
    this.#history.replace(base, events);
    this.#revision = handle.revision;
    this.#assigned = handle.revision;
    this.#phase = { name: "ready" };
    // They read the state anew, so it has to be there.
    this.#resetSubscribers("expired");
  }
}

function makeEvent(
  revision: number,
  resource: ResourceState,
  key: string,
  entry: Entry | undefined,
  previous: Entry | undefined,
  time: number,
): StoreEvent {
  const type = entry === undefined ? "DELETED" : previous === undefined ? "ADDED" : "MODIFIED";
  return { revision, type, resource, key, entry: (entry ?? previous)!, previous, time };
}

function asEngineError(error: unknown): EngineError {
  if (error instanceof EngineError) return error;
  return new EngineError("unavailable", `storage failed: ${String(error)}`, { cause: error });
}

function answer(write: PendingWrite): void {
  const { entry, previous, record } = write;
  if (entry === undefined) write.resolve({ action: "delete", entry: previous!.at(record.revision) });
  else write.resolve({ action: "put", entry, created: previous === undefined });
  for (const follower of write.followers ?? []) follower.resolve(follower.result);
}

/** `group/resource/namespace/name` → its resource and the key within it. */
function splitKey(key: string): [group: string, resource: string, key: string] {
  const first = key.indexOf("/");
  const second = key.indexOf("/", first + 1);
  return [key.slice(0, first), key.slice(first + 1, second), key.slice(second + 1)];
}

/** What a client is told when storage refuses. */
export function storageStatus(error: EngineError): StatusError {
  switch (error.code) {
    case "full":
      return new StatusError(507, "InsufficientStorage", `the write was not stored: ${error.message}`);
    case "fenced":
    case "unavailable":
    case "closed":
    case "locked":
    case "readOnly":
      return serviceUnavailable(`the write was not stored: ${error.message}`, 1);
    default:
      return internalError(error.message);
  }
}

/** The key of an object within its resource. */
export function objectKey(namespace: string, name: string): string {
  return `${namespace}/${name}`;
}

// The order of work inside the worker thread. All messages that have arrived are one group: successive commits become one transaction
// and share its fsync. Long work (compaction, what dropped planes left) advances by one bounded step between groups. Checkpoints wait
// until nobody waits for them, or until the write-ahead log has reached its bound. Without work there is no timer.

import type { EngineError } from "../engine.ts";
import { engineClosed } from "../refusals.ts";
import { toEngineError } from "./errors.ts";
import {
  type OperationName,
  type Operations,
  packedSize,
  packRecords,
  packValues,
  type Request,
  type RequestMessage,
  type RequestOf,
  unpackRecords,
} from "./messages.ts";
import type { CommitRequest, Store } from "./store.ts";

/** A checkpoint in idle time is worth its fsyncs from here on. */
const idleWalBytes = 2 * 1024 * 1024;
const idleMilliseconds = 100;
/** One transaction takes no more than this; the rest of a group follows in the next. */
const transactionBytes = 8 * 1024 * 1024;

type LongRequest = RequestOf<"compact"> | RequestOf<"jump">;
type ShortRequest = Exclude<Request, { operation: "commit" } | LongRequest>;

export interface Answers {
  succeed(id: number, output: Operations[OperationName]["output"]): void;
  fail(id: number, error: EngineError): void;
  /** Background work failed; it is tried again when there is more of it. */
  fault(error: EngineError): void;
  /** Sends what has been answered so far. */
  flush(): void;
}

export class Scheduler {
  readonly #store: Store;
  readonly #answers: Answers;
  readonly #walBytes: number;
  /** Where the next checkpoint is due; further away after one that failed, as on a full disk. */
  #checkpointAt: number;
  readonly #long: LongRequest[] = [];
  #purging = true;
  #closed = false;
  #group: { id: number; commit: CommitRequest }[] = [];
  #groupBytes = 0;
  #step: NodeJS.Immediate | undefined;
  #idle: NodeJS.Timeout | undefined;

  /** `walBytes`: where the write-ahead log is checkpointed in the midst of work. */
  constructor(store: Store, answers: Answers, walBytes: number) {
    this.#store = store;
    this.#answers = answers;
    this.#walBytes = walBytes;
    this.#checkpointAt = walBytes;
    this.#plan();
  }

  /** Handles messages that arrived together; answers to their commits are sent once these are durable. */
  receive(messages: Iterable<RequestMessage>): void {
    for (const { requests, bytes } of messages) {
      let offset = 0;
      for (const request of requests) {
        if (request.operation === "commit") {
          this.#gather(request, bytes, offset);
          offset += packedSize(request.records);
        } else {
          this.#commitGroup();
          this.#handle(request);
        }
      }
    }
    this.#commitGroup();
    this.#answers.flush();
    if (this.#closed) return;
    this.#checkpointFrom(this.#checkpointAt);
    this.#plan();
  }

  #gather({ id, owner, records }: RequestOf<"commit">, bytes: Uint8Array, offset: number): void {
    this.#group.push({ id, commit: { owner, records: unpackRecords(records, bytes, offset) } });
    this.#groupBytes += packedSize(records);
    if (this.#groupBytes >= transactionBytes) this.#commitGroup();
  }

  #commitGroup(): void {
    if (this.#group.length === 0) return;
    const group = this.#group;
    this.#group = [];
    this.#groupBytes = 0;
    const outcomes = this.#store.commit(group.map(({ commit }) => commit));
    for (const [index, { id }] of group.entries()) {
      const error = outcomes[index];
      if (error) this.#answers.fail(id, error);
      else this.#answers.succeed(id, undefined);
    }
    this.#answers.flush();
  }

  #handle(request: ShortRequest | LongRequest): void {
    if (request.operation === "compact" || request.operation === "jump") this.#long.push(request);
    else this.#answer(request.id, () => this.#perform(request));
  }

  #perform(request: ShortRequest): Operations[ShortRequest["operation"]]["output"] {
    const store = this.#store;
    switch (request.operation) {
      case "create":
        return store.create(request.name, request.meta);
      case "open":
        return store.open(request.name);
      case "planes":
        return store.planes();
      case "setMeta":
        store.setMeta(request.name, request.meta);
        return undefined;
      case "drop":
        store.drop(request.name);
        this.#purging = true;
        return undefined;
      case "stats":
        return { bytes: store.bytes() };
      case "read": {
        const { records, more } = store.read(request.owner, request.after, request.until);
        return { records: packRecords(records), bytes: packValues(records.map(({ value }) => value)), more };
      }
      case "close":
        this.#close();
        return undefined;
    }
  }

  #answer(id: number, work: () => Operations[OperationName]["output"]): void {
    try {
      this.#answers.succeed(id, work());
    } catch (error) {
      this.#answers.fail(id, toEngineError(error, "the store"));
    }
  }

  /** Work that nobody's answer waits for: the next step of long work at once, a checkpoint when all has been quiet for a while. */
  #plan(): void {
    clearTimeout(this.#idle);
    if (this.#long.length > 0 || this.#purging) {
      this.#step ??= setImmediate(() => {
        this.#step = undefined;
        this.#advance();
        this.#answers.flush();
        this.#checkpointFrom(this.#checkpointAt);
        this.#plan();
      });
    } else {
      this.#idle = setTimeout(() => this.#checkpointFrom(idleWalBytes), idleMilliseconds);
    }
  }

  #advance(): void {
    const request = this.#long[0];
    if (request === undefined) {
      this.#purging = this.#background(() => this.#store.purgeStep()) ?? false;
      return;
    }
    const { owner, revision } = request;
    try {
      const { done, record } =
        request.operation === "jump" ? this.#store.jumpStep(owner, revision) : this.#store.compactStep(owner, revision);
      if (!done) return;
      this.#answers.succeed(request.id, record);
    } catch (error) {
      this.#answers.fail(request.id, toEngineError(error, "the store"));
    }
    this.#long.shift();
  }

  #checkpointFrom(bytes: number): void {
    this.#background(() => {
      const walBytes = this.#store.walBytes();
      if (walBytes < bytes) return;
      this.#checkpointAt = walBytes + this.#walBytes;
      this.#store.checkpoint();
      this.#checkpointAt = this.#walBytes;
    });
  }

  #background<T>(work: () => T): T | undefined {
    try {
      return work();
    } catch (error) {
      this.#answers.fault(toEngineError(error, "the store"));
      this.#answers.flush();
      return undefined;
    }
  }

  /** Long work that is not done is refused; each of its steps is complete in itself. */
  #close(): void {
    this.#closed = true;
    clearImmediate(this.#step);
    clearTimeout(this.#idle);
    for (const { id } of this.#long.splice(0)) this.#answers.fail(id, engineClosed());
    this.#store.close();
  }
}

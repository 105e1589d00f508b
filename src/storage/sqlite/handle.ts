// The right to write one plane in SQLite. Requests keep their order on the way to the worker, so overlapping commits do too.

import { checkBatch } from "../batch.ts";
import type { LogRecord, PlaneHandle, PlaneRecord } from "../engine.ts";
import { handleClosed } from "../refusals.ts";
import type { WorkerClient } from "./client.ts";
import { type OpenedPlane, type PlaneOwner, unpackRecords } from "./messages.ts";

export class SqlitePlaneHandle implements PlaneHandle {
  readonly #client: WorkerClient;
  readonly #owner: PlaneOwner;
  #revision: number;
  #compactedRevision: number;
  readonly #begun = new Set<Promise<unknown>>();
  #closed = false;

  constructor(client: WorkerClient, { id, record }: OpenedPlane) {
    this.#client = client;
    this.#owner = { id, name: record.name, epoch: record.epoch };
    this.#revision = record.revision;
    this.#compactedRevision = record.compactedRevision;
  }

  get name(): string {
    return this.#owner.name;
  }

  get epoch(): number {
    return this.#owner.epoch;
  }

  get revision(): number {
    return this.#revision;
  }

  get compactedRevision(): number {
    return this.#compactedRevision;
  }

  read(after: number): AsyncIterable<LogRecord[]> {
    return this.#chunks(after, this.#revision);
  }

  async commit(batch: readonly LogRecord[]): Promise<void> {
    this.#checkOpen();
    checkBatch(this.name, batch);
    await this.#begin(this.#client.commit(this.#owner, batch));
    this.#revision = Math.max(this.#revision, batch.at(-1)?.revision ?? 0);
  }

  async compact(revision: number): Promise<void> {
    this.#checkOpen();
    this.#learn(await this.#begin(this.#client.request("compact", { owner: this.#owner, revision })));
  }

  async jump(revision: number): Promise<void> {
    this.#checkOpen();
    this.#learn(await this.#begin(this.#client.request("jump", { owner: this.#owner, revision })));
  }

  async close(): Promise<void> {
    this.#closed = true;
    await Promise.allSettled(this.#begun);
  }

  /** The next chunk is asked for while the caller works on this one. */
  async *#chunks(after: number, until: number): AsyncGenerator<LogRecord[]> {
    let next = this.#readChunk(after, until);
    for (;;) {
      const { records, bytes, more } = await next;
      const chunk = unpackRecords(records, bytes);
      if (more) {
        next = this.#readChunk(chunk.at(-1)!.revision, until);
        // Awaited above; a consumer that stops early leaves it to itself.
        next.catch(() => undefined);
      }
      if (chunk.length > 0) yield chunk;
      if (!more) return;
    }
  }

  async #readChunk(after: number, until: number) {
    this.#checkOpen();
    return this.#client.request("read", { owner: this.#owner, after, until });
  }

  async #begin<T>(work: Promise<T>): Promise<T> {
    this.#begun.add(work);
    try {
      return await work;
    } finally {
      this.#begun.delete(work);
    }
  }

  #learn({ revision, compactedRevision }: PlaneRecord): void {
    this.#revision = Math.max(this.#revision, revision);
    this.#compactedRevision = compactedRevision;
  }

  #checkOpen(): void {
    if (this.#closed) throw handleClosed(this.name);
  }
}

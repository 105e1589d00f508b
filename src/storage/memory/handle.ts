// The right to write one plane in memory. Every call takes effect before it returns its promise, so overlapping commits keep their order.

import { checkBatch } from "../batch.ts";
import type { LogRecord, PlaneHandle } from "../engine.ts";
import { engineClosed, handleClosed } from "../refusals.ts";
import type { PlaneStore } from "./store.ts";

const chunkLength = 512;

export class MemoryPlaneHandle implements PlaneHandle {
  readonly name: string;
  readonly epoch: number;
  #revision: number;
  #compactedRevision: number;
  readonly #store: PlaneStore;
  readonly #engineOpen: () => boolean;
  #closed = false;

  constructor(store: PlaneStore, engineOpen: () => boolean) {
    this.name = store.record.name;
    this.epoch = store.take();
    this.#revision = store.record.revision;
    this.#compactedRevision = store.record.compactedRevision;
    this.#store = store;
    this.#engineOpen = engineOpen;
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
    this.#store.commit(this.epoch, batch);
    this.#learn();
  }

  async compact(revision: number): Promise<void> {
    this.#checkOpen();
    this.#store.compact(this.epoch, revision);
    this.#learn();
  }

  async jump(revision: number): Promise<void> {
    this.#checkOpen();
    this.#store.jump(this.epoch, revision);
    this.#learn();
  }

  async close(): Promise<void> {
    this.#closed = true;
  }

  async *#chunks(after: number, until: number): AsyncGenerator<LogRecord[]> {
    this.#checkOpen();
    let chunk: LogRecord[] = [];
    for (const record of this.#store.records(after, until)) {
      chunk.push(record);
      if (chunk.length === chunkLength) {
        yield chunk;
        chunk = [];
        this.#checkOpen();
      }
    }
    if (chunk.length > 0) yield chunk;
  }

  #learn(): void {
    this.#revision = this.#store.record.revision;
    this.#compactedRevision = this.#store.record.compactedRevision;
  }

  #checkOpen(): void {
    if (!this.#engineOpen()) throw engineClosed();
    if (this.#closed) throw handleClosed(this.name);
    this.#store.checkPresent();
  }
}

// One plane's log in memory: the records that the contract keeps, by revision.
// A Map iterates in the order of insertion, which is the order of revisions, and survives deletions while it is iterated.

import type { LogRecord, PlaneRecord } from "../engine.ts";
import { planeFenced, planeMissing, revisionConflict } from "../refusals.ts";

const recordOverhead = 64;

export class PlaneStore {
  readonly record: PlaneRecord;
  readonly #log = new Map<number, LogRecord>();
  #bytes = 0;
  #dropped = false;

  constructor(name: string, meta: string) {
    this.record = { name, epoch: 0, revision: 0, compactedRevision: 0, meta };
  }

  /** Bytes held, roughly. */
  get bytes(): number {
    return this.#bytes;
  }

  /** Takes the plane over and returns the new epoch. */
  take(): number {
    this.record.epoch += 1;
    return this.record.epoch;
  }

  commit(epoch: number, batch: readonly LogRecord[]): void {
    this.#checkOwner(epoch);
    const first = batch[0]?.revision;
    if (first === undefined) return;
    if (first !== this.record.revision + 1) throw revisionConflict(this.record.name, first, this.record.revision);
    for (const record of batch) {
      this.#log.set(record.revision, record);
      this.#bytes += sizeOf(record);
    }
    this.record.revision += batch.length;
  }

  compact(epoch: number, revision: number): void {
    this.#checkOwner(epoch);
    const target = Math.min(revision, this.record.revision);
    for (let at = this.record.compactedRevision + 1; at <= target; at++) {
      const record = this.#log.get(at);
      if (record === undefined) continue;
      if (this.#log.get(record.previous)?.key === record.key) this.#forget(record.previous);
      if (record.value === null) this.#forget(at);
    }
    this.record.compactedRevision = Math.max(this.record.compactedRevision, target);
  }

  jump(epoch: number, revision: number): void {
    this.compact(epoch, this.record.revision);
    this.record.revision = Math.max(this.record.revision, revision);
    this.record.compactedRevision = this.record.revision;
  }

  /** Kept records in (after, until], in order. */
  *records(after: number, until: number): Generator<LogRecord> {
    for (const record of this.#log.values()) {
      if (record.revision > until) return;
      if (record.revision > after) yield record;
    }
  }

  checkPresent(): void {
    if (this.#dropped) throw planeMissing(this.record.name);
  }

  drop(): void {
    this.#dropped = true;
    this.#log.clear();
    this.#bytes = 0;
  }

  #checkOwner(epoch: number): void {
    this.checkPresent();
    if (epoch !== this.record.epoch) throw planeFenced(this.record.name, epoch, this.record.epoch);
  }

  #forget(revision: number): void {
    const record = this.#log.get(revision);
    if (record === undefined) return;
    this.#log.delete(revision);
    this.#bytes -= sizeOf(record);
  }
}

function sizeOf(record: LogRecord): number {
  return recordOverhead + record.key.length + (record.value?.byteLength ?? 0);
}

// The store inside the worker thread: each operation of the contract as one transaction, commits of many callers as one together.
//
// Invariants:
//   - epoch and revision are checked inside the transaction that writes;
//   - a commit that cannot be written takes no other with it: a group that fails is tried again one by one;
//   - after an I/O error nobody knows what reached the disk: the planes of the transaction are fenced until they are opened again. The
//     connection stays: its rollback makes the next transaction (the opening itself writes one) overwrite the frames that failed.

import type { DatabaseSync, StatementSync } from "node:sqlite";
import { EngineError, type LogRecord, type PlaneRecord } from "../engine.ts";
import { planeExists, planeFenced, planeMissing, revisionConflict } from "../refusals.ts";
import { pageSize } from "./database.ts";
import { toEngineError } from "./errors.ts";
import { LogTable } from "./log-table.ts";
import type { OpenedPlane, PlaneOwner } from "./messages.ts";
import { type PlaneRow, PlaneTable } from "./plane-table.ts";

/** Bytes of values that one step of reading, compacting or purging handles, so that no commit waits for more. */
const stepBytes = 256 * 1024;
const sqliteIoError = 10;

export interface CommitRequest {
  owner: PlaneOwner;
  records: readonly LogRecord[];
}

/** null for a commit that is durable. */
export type CommitOutcome = EngineError | null;

export class Store {
  readonly #database: DatabaseSync;
  readonly #what: string;
  readonly #planes: PlaneTable;
  readonly #log: LogTable;
  readonly #begin: StatementSync;
  readonly #commit: StatementSync;
  readonly #size: StatementSync;
  readonly #walState: StatementSync;
  readonly #checkpoint: StatementSync;
  /** Planes whose last transaction met an I/O error, and their epoch then. */
  readonly #uncertain = new Map<number, number>();

  constructor(database: DatabaseSync, directory: string) {
    this.#database = database;
    this.#what = `the store in ${directory}`;
    this.#planes = new PlaneTable(database);
    this.#log = new LogTable(database);
    this.#begin = database.prepare("BEGIN IMMEDIATE");
    this.#commit = database.prepare("COMMIT");
    this.#size = database.prepare("SELECT page_count * page_size AS size FROM pragma_page_count, pragma_page_size");
    this.#walState = database.prepare("PRAGMA wal_checkpoint(NOOP)");
    this.#checkpoint = database.prepare("PRAGMA wal_checkpoint(PASSIVE)");
  }

  create(name: string, meta: string): PlaneRecord {
    return this.#transaction(() => {
      if (this.#planes.find(name) !== undefined) throw planeExists(name);
      return this.#describe(this.#planes.insert(name, meta));
    });
  }

  open(name: string): OpenedPlane {
    const opened = this.#transaction(() => {
      const plane = this.#named(name);
      plane.epoch += 1;
      this.#planes.update(plane);
      return { id: plane.id, record: this.#describe(plane) };
    });
    this.#uncertain.delete(opened.id);
    return opened;
  }

  planes(): PlaneRecord[] {
    return this.#guard(() => this.#planes.all().map((plane) => this.#describe(plane)));
  }

  setMeta(name: string, meta: string): void {
    this.#transaction(() => this.#planes.update({ ...this.#named(name), meta }));
  }

  /** Takes the name away; `purgeStep` frees the space. */
  drop(name: string): void {
    this.#transaction(() => {
      const plane = this.#planes.find(name);
      if (plane !== undefined) this.#planes.update({ ...plane, name: null });
    });
  }

  /** Makes the commits durable in one transaction, each checked on its own. Never throws. */
  commit(requests: readonly CommitRequest[]): CommitOutcome[] {
    const outcomes = this.#tryCommit(requests);
    if (!(outcomes instanceof EngineError)) return outcomes;
    if (outcomes.code === "full") this.#makeRoom();
    else if (requests.length === 1) return [outcomes];
    return requests.flatMap((request) => {
      const single = this.#tryCommit([request]);
      return single instanceof EngineError ? [single] : single;
    });
  }

  read(owner: PlaneOwner, after: number, until: number): { records: LogRecord[]; more: boolean } {
    return this.#guard(() => {
      const plane = this.#planes.get(owner.id);
      if (plane === undefined || plane.name === null) throw planeMissing(owner.name);
      return this.#log.read(plane, after, until, stepBytes);
    }, owner.name);
  }

  /** Compacts a bounded part of the way to `revision`; done when the plane's compacted revision has reached it. */
  compactStep(owner: PlaneOwner, revision: number): { done: boolean; record: PlaneRecord } {
    return this.#transaction(() => {
      const plane = this.#owned(owner);
      const target = Math.min(revision, this.#log.revision(plane));
      this.#compactTowards(plane, target);
      return { done: plane.compacted >= target, record: this.#describe(plane) };
    }, owner.name);
  }

  /** Compacts a bounded part of the way to the plane's revision; when that is reached, lifts both to `revision`. */
  jumpStep(owner: PlaneOwner, revision: number): { done: boolean; record: PlaneRecord } {
    return this.#transaction(() => {
      const plane = this.#owned(owner);
      const current = this.#log.revision(plane);
      this.#compactTowards(plane, current);
      const done = plane.compacted === current;
      if (done && revision > current) this.#planes.update(Object.assign(plane, { compacted: revision }));
      return { done, record: this.#describe(plane) };
    }, owner.name);
  }

  /** Frees a bounded part of what dropped planes left; returns whether there is more. */
  purgeStep(): boolean {
    return this.#transaction(() => {
      const plane = this.#planes.someDropped();
      if (plane === undefined) return false;
      if (!this.#log.purge(plane, stepBytes)) this.#planes.delete(plane);
      return true;
    });
  }

  /** Bytes of the write-ahead log that are not in the database file yet. */
  walBytes(): number {
    const { log, checkpointed } = this.#walState.get() as { log: number; checkpointed: number };
    return (log - checkpointed) * pageSize;
  }

  /** Bytes on disk. */
  bytes(): number {
    const { size } = this.#size.get() as { size: number };
    return size + this.walBytes();
  }

  /** Moves the write-ahead log into the database file, so that the log is written from its start again. */
  checkpoint(): void {
    this.#guard(() => this.#checkpoint.get());
  }

  close(): void {
    this.#database.close();
  }

  /** One transaction; an EngineError if it failed as a whole and may be tried again in parts. */
  #tryCommit(requests: readonly CommitRequest[]): CommitOutcome[] | EngineError {
    try {
      return this.#transaction(() => this.#appendAll(requests));
    } catch (thrown) {
      const error = thrown as EngineError;
      if (!isIoError(error)) return error;
      for (const { owner } of requests) this.#uncertain.set(owner.id, owner.epoch);
      return requests.map(() => error);
    }
  }

  /** The write-ahead log that is in the database file can be written over, which needs no room on the disk. */
  #makeRoom(): void {
    try {
      this.checkpoint();
    } catch {
      // The disk may be too full for this as well; the commit that is tried again says so.
    }
  }

  #appendAll(requests: readonly CommitRequest[]): CommitOutcome[] {
    /** Planes of this transaction as it has left them so far; read once each. */
    const standing = new Map<number, { plane: PlaneRow | undefined; revision: number }>();
    return requests.map(({ owner, records }) => {
      let at = standing.get(owner.id);
      if (at === undefined) {
        const plane = this.#planes.get(owner.id);
        at = { plane, revision: plane === undefined ? 0 : this.#log.revision(plane) };
        standing.set(owner.id, at);
      }
      const refusal = this.#refusal(owner, at.plane);
      if (refusal !== undefined) return refusal;
      const first = records[0]?.revision ?? at.revision + 1;
      if (first !== at.revision + 1) return revisionConflict(owner.name, first, at.revision);
      for (const record of records) this.#log.insert(owner.id, record);
      at.revision += records.length;
      return null;
    });
  }

  #compactTowards(plane: PlaneRow, target: number): void {
    if (target <= plane.compacted) return;
    plane.compacted = this.#log.compact(plane, plane.compacted, target, stepBytes);
    this.#planes.update(plane);
  }

  #named(name: string): PlaneRow {
    const plane = this.#planes.find(name);
    if (plane === undefined) throw planeMissing(name);
    return plane;
  }

  #owned(owner: PlaneOwner): PlaneRow {
    const plane = this.#planes.get(owner.id);
    const refusal = this.#refusal(owner, plane);
    if (refusal !== undefined) throw refusal;
    return plane!;
  }

  /** Why this handle may not write the plane, if so. */
  #refusal({ id, name, epoch }: PlaneOwner, plane: PlaneRow | undefined): EngineError | undefined {
    if (plane === undefined || plane.name === null) return planeMissing(name);
    if (plane.epoch !== epoch) return planeFenced(name, epoch, plane.epoch);
    if (this.#uncertain.get(id) !== epoch) return undefined;
    return new EngineError("fenced", `plane ${JSON.stringify(name)}: a write failed on the disk; open the plane again`);
  }

  #describe(plane: PlaneRow): PlaneRecord {
    const { epoch, compacted, meta } = plane;
    return { name: plane.name!, epoch, revision: this.#log.revision(plane), compactedRevision: compacted, meta };
  }

  #transaction<T>(work: () => T, plane?: string): T {
    return this.#guard(() => {
      this.#begin.run();
      try {
        const result = work();
        this.#commit.run();
        return result;
      } finally {
        if (this.#database.isTransaction) this.#database.exec("ROLLBACK");
      }
    }, plane);
  }

  #guard<T>(work: () => T, plane?: string): T {
    try {
      return work();
    } catch (error) {
      throw toEngineError(error, plane === undefined ? this.#what : `${this.#what}, plane ${JSON.stringify(plane)},`);
    }
  }
}

function isIoError(error: EngineError): boolean {
  const { errcode } = (error.cause ?? {}) as { errcode?: number };
  return errcode !== undefined && (errcode & 0xff) === sqliteIoError;
}

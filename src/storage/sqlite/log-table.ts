// The table of records, keyed by plane and revision and by nothing else. Every row is checked when it is read: its checksum, and that no
// revision is missing where none may be.

import type { DatabaseSync, SQLOutputValue, StatementSync } from "node:sqlite";
import { EngineError, type LogRecord } from "../engine.ts";
import { recordChecksum } from "./checksums.ts";
import type { PlaneRow } from "./plane-table.ts";

export class LogTable {
  readonly #last: StatementSync;
  readonly #insert: StatementSync;
  readonly #select: StatementSync;
  readonly #sizes: StatementSync;
  readonly #delete: StatementSync;
  readonly #deleteOfKey: StatementSync;
  readonly #deleteUpTo: StatementSync;

  constructor(database: DatabaseSync) {
    this.#last = database.prepare("SELECT revision FROM log WHERE plane = ? ORDER BY revision DESC LIMIT 1");
    this.#insert = database.prepare("INSERT INTO log VALUES (?, ?, ?, ?, ?, ?)");
    this.#select = database.prepare(
      "SELECT revision, key, previous, value, checksum FROM log WHERE plane = ? AND revision > ? AND revision <= ? ORDER BY revision",
    );
    this.#sizes = database.prepare("SELECT revision, length(value) AS size FROM log WHERE plane = ? ORDER BY revision");
    this.#delete = database.prepare("DELETE FROM log WHERE plane = ? AND revision = ?");
    this.#deleteOfKey = database.prepare("DELETE FROM log WHERE plane = ? AND revision = ? AND key = ?");
    this.#deleteUpTo = database.prepare("DELETE FROM log WHERE plane = ? AND revision <= ?");
  }

  /** The plane's revision. */
  revision(plane: PlaneRow): number {
    const last = this.#last.get(plane.id)?.revision as number | undefined;
    return Math.max(plane.compacted, last ?? 0);
  }

  insert(plane: number, record: LogRecord): void {
    const { revision, key, previous, value } = record;
    this.#insert.run(plane, revision, key, previous, value, recordChecksum(plane, record));
  }

  /** Records in (after, until], in order, until `bytes` of values are passed; `more` if it stopped there. */
  read(plane: PlaneRow, after: number, until: number, bytes: number): { records: LogRecord[]; more: boolean } {
    const records: LogRecord[] = [];
    let size = 0;
    let previous = after;
    for (const raw of this.#select.iterate(plane.id, after, until)) {
      const record = toRecord(plane, raw);
      checkContinuity(plane, previous, record.revision);
      previous = record.revision;
      records.push(record);
      size += overhead + (record.value?.byteLength ?? 0);
      if (size >= bytes) return { records, more: previous < until };
    }
    if (previous < until) checkContinuity(plane, previous, until + 1);
    return { records, more: false };
  }

  /** Forgets what the records in (after, until] replaced, and the deletions among them; returns how far `bytes` sufficed. */
  compact(plane: PlaneRow, after: number, until: number, bytes: number): number {
    const { records, more } = this.read(plane, after, until, bytes);
    for (const { revision, key, previous, value } of records) {
      if (previous > 0) this.#deleteOfKey.run(plane.id, previous, key);
      if (value === null) this.#delete.run(plane.id, revision);
    }
    return more ? records.at(-1)!.revision : until;
  }

  /** Deletes the plane's first records, some `bytes` of values; returns whether any are left. */
  purge(plane: number, bytes: number): boolean {
    let size = 0;
    let last: number | undefined;
    for (const row of this.#sizes.iterate(plane)) {
      last = row.revision as number;
      size += overhead + ((row.size as number | null) ?? 0);
      if (size >= bytes) break;
    }
    if (last !== undefined) this.#deleteUpTo.run(plane, last);
    return size >= bytes;
  }
}

/** Bytes that a record counts for beside its value, so that chunks of tiny records end too. */
const overhead = 256;

function toRecord(plane: PlaneRow, raw: Record<string, SQLOutputValue>): LogRecord {
  const { checksum, ...record } = raw as unknown as LogRecord & { checksum: number };
  const shaped = record.value === null || record.value instanceof Uint8Array;
  if (!shaped || recordChecksum(plane.id, record) !== checksum) {
    throw new EngineError(
      "corrupt",
      `plane ${JSON.stringify(plane.name)}: the record at revision ${record.revision} is not what was written`,
    );
  }
  return record;
}

/** Above the compacted revision every revision has its record. */
function checkContinuity(plane: PlaneRow, previous: number, revision: number): void {
  const expected = Math.max(previous, plane.compacted) + 1;
  if (revision > expected) {
    throw new EngineError(
      "corrupt",
      `plane ${JSON.stringify(plane.name)}: the record at revision ${expected} is missing`,
    );
  }
}

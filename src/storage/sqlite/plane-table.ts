// The table of planes: name, epoch, compacted revision and meta, each row under a checksum. A dropped plane keeps its row without a name
// until its records are gone; ids are never used twice, so a handle of a dropped plane cannot touch one of the same name.

import type { DatabaseSync, SQLOutputValue, StatementSync } from "node:sqlite";
import { EngineError } from "../engine.ts";
import { planeChecksum } from "./checksums.ts";

export interface PlaneRow {
  id: number;
  /** null once dropped. */
  name: string | null;
  epoch: number;
  compacted: number;
  meta: string;
}

export class PlaneTable {
  readonly #byName: StatementSync;
  readonly #byId: StatementSync;
  readonly #named: StatementSync;
  readonly #dropped: StatementSync;
  readonly #insert: StatementSync;
  readonly #update: StatementSync;
  readonly #delete: StatementSync;

  constructor(database: DatabaseSync) {
    this.#byName = database.prepare("SELECT * FROM planes WHERE name = ?");
    this.#byId = database.prepare("SELECT * FROM planes WHERE id = ?");
    this.#named = database.prepare("SELECT * FROM planes WHERE name IS NOT NULL ORDER BY name");
    this.#dropped = database.prepare("SELECT id FROM planes WHERE name IS NULL LIMIT 1");
    this.#insert = database.prepare(
      "INSERT INTO planes (name, epoch, compacted, meta, checksum) VALUES (?, 0, 0, ?, 0)",
    );
    this.#update = database.prepare(
      "UPDATE planes SET name = ?, epoch = ?, compacted = ?, meta = ?, checksum = ? WHERE id = ?",
    );
    this.#delete = database.prepare("DELETE FROM planes WHERE id = ?");
  }

  find(name: string): PlaneRow | undefined {
    return toRow(this.#byName.get(name));
  }

  get(id: number): PlaneRow | undefined {
    return toRow(this.#byId.get(id));
  }

  all(): PlaneRow[] {
    return this.#named.all().map((row) => toRow(row)!);
  }

  /** The id of some plane that was dropped and still has its row. */
  someDropped(): number | undefined {
    return this.#dropped.get()?.id as number | undefined;
  }

  insert(name: string, meta: string): PlaneRow {
    const { lastInsertRowid } = this.#insert.run(name, meta);
    const row = { id: Number(lastInsertRowid), name, epoch: 0, compacted: 0, meta };
    this.update(row);
    return row;
  }

  update({ id, name, epoch, compacted, meta }: PlaneRow): void {
    this.#update.run(name, epoch, compacted, meta, planeChecksum(id, name, epoch, compacted, meta), id);
  }

  delete(id: number): void {
    this.#delete.run(id);
  }
}

function toRow(raw: Record<string, SQLOutputValue> | undefined): PlaneRow | undefined {
  if (raw === undefined) return undefined;
  const { checksum, ...row } = raw as unknown as PlaneRow & { checksum: number };
  if (planeChecksum(row.id, row.name, row.epoch, row.compacted, row.meta) !== checksum) {
    throw new EngineError("corrupt", `the record of plane ${JSON.stringify(row.name)} is not what was written`);
  }
  return row;
}

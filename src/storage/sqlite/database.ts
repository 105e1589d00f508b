// Opens the database file: private to its user, held by one process, durable from the first byte, of a schema that this code knows.
//
// The lock is SQLite's own EXCLUSIVE lock on the file, kept for the life of the connection; the kernel releases it when the process dies.
// POSIX locks vanish when the process closes *any* descriptor of the file, so nothing else here may open a database that exists.

import { closeSync, existsSync, fsyncSync, mkdirSync, openSync } from "node:fs";
import { dirname, join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { EngineError } from "../engine.ts";
import { toEngineError } from "./errors.ts";

export const databaseName = "muster.db";

/** Layout of the tables; raised with every change of it, together with a step that lifts older files. */
const schemaVersion = 1;
/** "Must" in ASCII, so that `file` and this code can tell the database from others. */
const applicationId = 0x4d757374;
/** WITHOUT ROWID rows leave their page above a quarter of it: 16 KiB keeps objects up to 4 KiB in place. */
export const pageSize = 16384;

/** Revisions need no column of their own: a plane's is the greater of its last record's and its compacted one. */
const schema = `
  CREATE TABLE planes (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    name TEXT UNIQUE, -- NULL once dropped, until its records are gone
    epoch INTEGER NOT NULL,
    compacted INTEGER NOT NULL,
    meta TEXT NOT NULL,
    checksum INTEGER NOT NULL
  ) STRICT;
  CREATE TABLE log (
    plane INTEGER NOT NULL,
    revision INTEGER NOT NULL,
    key TEXT NOT NULL,
    previous INTEGER NOT NULL,
    value BLOB, -- NULL deletes the key
    checksum INTEGER NOT NULL,
    PRIMARY KEY (plane, revision)
  ) WITHOUT ROWID, STRICT;
  PRAGMA application_id = ${applicationId};
  PRAGMA user_version = ${schemaVersion};
`;

export interface DatabaseLimits {
  /** The database file grows no further than this; null means as far as the disk allows. */
  maximumBytes: number | null;
  /** The write-ahead log is checkpointed in the midst of work once it is longer. */
  walBytes: number;
}

/** Opens or creates the database in `directory`. Throws EngineError: `locked`, `corrupt`, `full`, `readOnly`, `unavailable`. */
export function openDatabase(directory: string, limits: DatabaseLimits): DatabaseSync {
  const what = `the store in ${directory}`;
  let database: DatabaseSync | undefined;
  try {
    createFile(directory);
    database = new DatabaseSync(join(directory, databaseName), { timeout: 0 });
    prepare(database, what, limits);
    return database;
  } catch (error) {
    database?.close();
    throw toEngineError(error, what);
  }
}

/** Creates directory and file, for their user only, and makes their names durable. */
function createFile(directory: string): void {
  const file = join(directory, databaseName);
  if (existsSync(file)) return;
  const created = mkdirSync(directory, { recursive: true, mode: 0o700 });
  try {
    closeSync(openSync(file, "wx", 0o600));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
  }
  const top = created === undefined ? directory : dirname(created);
  for (let path = directory; ; path = dirname(path)) {
    syncDirectory(path);
    if (path === top || path === dirname(path)) return;
  }
}

function syncDirectory(path: string): void {
  const descriptor = openSync(path, "r");
  try {
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
}

function prepare(database: DatabaseSync, what: string, limits: DatabaseLimits): void {
  // The lock first: with this mode set before the first access, that access takes the lock and keeps it.
  database.exec(`PRAGMA locking_mode = EXCLUSIVE; PRAGMA page_size = ${pageSize}`);
  const mode = database.prepare("PRAGMA journal_mode = WAL").get()?.journal_mode;
  if (mode !== "wal") throw new EngineError("unavailable", `${what} is on a file system without support for WAL`);
  database.exec(`
    PRAGMA synchronous = FULL;
    PRAGMA wal_autocheckpoint = 0;
    PRAGMA journal_size_limit = ${limits.walBytes};
    PRAGMA cell_size_check = ON;
    PRAGMA trusted_schema = OFF;
    PRAGMA temp_store = MEMORY;
    PRAGMA cache_size = -32768;
  `);
  if (limits.maximumBytes !== null) {
    database.exec(`PRAGMA max_page_count = ${Math.max(1, Math.floor(limits.maximumBytes / pageSize))}`);
  }
  database.exec("BEGIN IMMEDIATE");
  const version = pragma(database, "user_version");
  const application = pragma(database, "application_id");
  const tables = Number(database.prepare("SELECT count(*) AS count FROM sqlite_schema").get()?.count);
  if (tables === 0 && version === 0) database.exec(schema);
  else if (application !== applicationId)
    throw new EngineError("unavailable", `${what} is a database of another program`);
  else if (version !== schemaVersion) {
    throw new EngineError(
      "unavailable",
      `${what} has schema version ${version} and this program knows ${schemaVersion}; use the version of the program that wrote it`,
    );
  }
  database.exec("COMMIT");
}

function pragma(database: DatabaseSync, name: string): number {
  return Number(database.prepare(`PRAGMA ${name}`).get()?.[name]);
}

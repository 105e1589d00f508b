// What the tests of the SQLite store stand on: a directory of its own, engines on it that are closed in the end, a seeded store.

import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { it } from "node:test";
import { put } from "../engine.harness.ts";
import { type Engine, EngineError, type EngineErrorCode } from "../engine.ts";
import { databaseName } from "./database.ts";
import { openSqliteEngine, type SqliteOptions } from "./engine.ts";

export interface Place {
  directory: string;
  /** Opens an engine, on `directory` unless told otherwise, that is closed with the test. */
  open(options?: Partial<SqliteOptions>): Promise<Engine>;
}

export async function withPlace(body: (place: Place) => Promise<void>): Promise<void> {
  const directory = mkdtempSync(join(tmpdir(), "muster-sqlite-"));
  const opened: Engine[] = [];
  try {
    await body({
      directory,
      async open(options) {
        const engine = await openSqliteEngine({ directory, ...options });
        opened.push(engine);
        return engine;
      },
    });
  } finally {
    for (const engine of opened) await engine.close();
    rmSync(directory, { recursive: true, force: true });
  }
}

export function check(name: string, body: (place: Place) => Promise<void>): void {
  it(name, () => withPlace(body));
}

/** Asserts the code and that the message says each of these. */
export function refusesSaying(work: Promise<unknown>, code: EngineErrorCode, ...words: string[]): Promise<void> {
  return assert.rejects(work, (error) => {
    assert.ok(error instanceof EngineError, String(error));
    assert.equal(error.code, code, error.message);
    for (const word of words) assert.ok(error.message.includes(word), `${error.message} says ${word}`);
    return true;
  });
}

/** A closed store whose plane `p` has twenty records and `q` one. */
export async function seed(directory: string): Promise<void> {
  const engine = await openSqliteEngine({ directory });
  for (const name of ["p", "q"]) await engine.create(name, "{}");
  await (await engine.open("q")).commit([put(1, "other")]);
  const handle = await engine.open("p");
  await handle.commit(
    Array.from({ length: 20 }, (_, index) => put(index + 1, `key-${index + 1}`, `value of ${index + 1};`)),
  );
  await engine.close();
}

/** Runs SQL on the database file of a closed store. */
export function edit(directory: string, sql: string): void {
  const database = new DatabaseSync(join(directory, databaseName));
  database.exec(sql);
  database.close();
}

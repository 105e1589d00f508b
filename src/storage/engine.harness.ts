// What the tests of engines stand on: an engine on a directory of its own, records in few words, readings as plain values.

import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Engine, EngineError, type EngineErrorCode, type LogRecord, type PlaneHandle } from "./engine.ts";

export interface EngineFactory {
  name: string;
  /** Whether an engine opened on the same directory after `close` has the planes of the one before. */
  persistent: boolean;
  open(directory: string): Promise<Engine>;
}

/** An engine under test and a way to start it anew (for one that is not persistent: to go on with it). */
export interface EngineUnderTest {
  engine: Engine;
  restart(): Promise<Engine>;
}

/** Runs `body` with an engine on an empty directory of its own. */
export async function withEngine(
  factory: EngineFactory,
  body: (test: EngineUnderTest) => Promise<void>,
): Promise<void> {
  const directory = await mkdtemp(join(tmpdir(), "muster-storage-"));
  const test: EngineUnderTest = {
    engine: await factory.open(directory),
    async restart() {
      if (factory.persistent) {
        await test.engine.close();
        test.engine = await factory.open(directory);
      }
      return test.engine;
    },
  };
  try {
    await body(test);
  } finally {
    await test.engine.close();
    await rm(directory, { recursive: true, force: true });
  }
}

export function put(
  revision: number,
  key: string,
  value: string | Uint8Array = `${key}@${revision}`,
  previous = 0,
): LogRecord {
  return { revision, key, previous, value: typeof value === "string" ? new TextEncoder().encode(value) : value };
}

export function remove(revision: number, key: string, previous: number): LogRecord {
  return { revision, key, previous, value: null };
}

/** Everything a handle reads, values as text. */
export async function readAll(
  handle: PlaneHandle,
  after = 0,
): Promise<{ revision: number; key: string; value: string | null }[]> {
  const all = [];
  for await (const chunk of handle.read(after)) {
    for (const { revision, key, value } of chunk) {
      all.push({ revision, key, value: value === null ? null : new TextDecoder().decode(value) });
    }
  }
  return all;
}

export async function readRevisions(handle: PlaneHandle, after = 0): Promise<number[]> {
  return (await readAll(handle, after)).map(({ revision }) => revision);
}

export function refuses(work: Promise<unknown>, code: EngineErrorCode): Promise<void> {
  return assert.rejects(
    work,
    (error) => error instanceof EngineError && error.code === code && error.message.length > 10,
  );
}

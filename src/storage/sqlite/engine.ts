// The SQLite engine: all planes in one file on this machine's disk, written by a worker thread. See docs/storage.md.

import { resolve } from "node:path";
import { checkText } from "../batch.ts";
import type { Engine, EngineError, EngineStats, PlaneHandle, PlaneRecord } from "../engine.ts";
import { WorkerClient } from "./client.ts";
import { SqlitePlaneHandle } from "./handle.ts";

export interface SqliteOptions {
  /** Where `muster.db` is or will be; created, for its user only, when it is missing. */
  directory: string;
  /** The database refuses to grow beyond this many bytes (`full`); by default the disk is the limit. */
  maximumBytes?: number;
  /** Bound of the write-ahead log; beyond it, it is moved into the database in the midst of work. 32 MiB by default. */
  walBytes?: number;
  /** Told when work in the background fails (a checkpoint, the removal of a dropped plane's data); no write is lost by that. */
  onFault?: (error: EngineError) => void;
}

/**
 * Opens or creates the store in a directory. Rejects with `locked` while another process or engine holds it, with `corrupt`, `full`,
 * `readOnly`, or with `unavailable` for a file that this version cannot use.
 */
export async function openSqliteEngine(options: SqliteOptions): Promise<Engine> {
  const { maximumBytes = null, walBytes = 32 * 1024 * 1024, onFault = () => undefined } = options;
  const settings = { directory: resolve(options.directory), limits: { maximumBytes, walBytes } };
  return new SqliteEngine(await WorkerClient.start(settings, onFault));
}

class SqliteEngine implements Engine {
  readonly name = "sqlite";
  readonly #client: WorkerClient;

  constructor(client: WorkerClient) {
    this.#client = client;
  }

  async create(name: string, meta: string): Promise<PlaneRecord> {
    checkText("plane name", name);
    checkText("meta", meta);
    return this.#client.request("create", { name, meta });
  }

  async open(name: string): Promise<PlaneHandle> {
    return new SqlitePlaneHandle(this.#client, await this.#client.request("open", { name }));
  }

  planes(): Promise<PlaneRecord[]> {
    return this.#client.request("planes", {});
  }

  async setMeta(name: string, meta: string): Promise<void> {
    checkText("meta", meta);
    await this.#client.request("setMeta", { name, meta });
  }

  async drop(name: string): Promise<void> {
    await this.#client.request("drop", { name });
  }

  stats(): Promise<EngineStats> {
    return this.#client.request("stats", {});
  }

  close(): Promise<void> {
    return this.#client.close();
  }
}

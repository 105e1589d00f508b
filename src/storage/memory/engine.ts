// The memory engine: planes that live as long as the process. The contract's simplest form, which tests run on and other engines are
// compared with.

import { checkText } from "../batch.ts";
import type { Engine, EngineStats, PlaneHandle, PlaneRecord } from "../engine.ts";
import { engineClosed, planeExists, planeMissing } from "../refusals.ts";
import { MemoryPlaneHandle } from "./handle.ts";
import { PlaneStore } from "./store.ts";

/** An empty engine that keeps everything in memory; nothing outlives the process. */
export function createMemoryEngine(): Engine {
  return new MemoryEngine();
}

class MemoryEngine implements Engine {
  readonly name = "memory";
  readonly #planes = new Map<string, PlaneStore>();
  #open = true;

  async create(name: string, meta: string): Promise<PlaneRecord> {
    this.#checkOpen();
    checkText("plane name", name);
    checkText("meta", meta);
    if (this.#planes.has(name)) throw planeExists(name);
    const store = new PlaneStore(name, meta);
    this.#planes.set(name, store);
    return { ...store.record };
  }

  async open(name: string): Promise<PlaneHandle> {
    return new MemoryPlaneHandle(this.#plane(name), () => this.#open);
  }

  async planes(): Promise<PlaneRecord[]> {
    this.#checkOpen();
    return [...this.#planes.values()].map(({ record }) => ({ ...record })).sort(byName);
  }

  async setMeta(name: string, meta: string): Promise<void> {
    checkText("meta", meta);
    this.#plane(name).record.meta = meta;
  }

  async drop(name: string): Promise<void> {
    this.#checkOpen();
    this.#planes.get(name)?.drop();
    this.#planes.delete(name);
  }

  async stats(): Promise<EngineStats> {
    this.#checkOpen();
    let bytes = 0;
    for (const store of this.#planes.values()) bytes += store.bytes;
    return { bytes };
  }

  async close(): Promise<void> {
    this.#open = false;
    this.#planes.clear();
  }

  #plane(name: string): PlaneStore {
    this.#checkOpen();
    const store = this.#planes.get(name);
    if (store === undefined) throw planeMissing(name);
    return store;
  }

  #checkOpen(): void {
    if (!this.#open) throw engineClosed();
  }
}

function byName(left: PlaneRecord, right: PlaneRecord): number {
  return left.name < right.name ? -1 : 1;
}

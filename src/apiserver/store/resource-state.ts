// The state of one resource of one control plane: its entries in key order, and who watches them.
// Written only by the PlaneStore, after the commit.

import sortedBTree from "sorted-btree";
import type { Entry } from "./entry.ts";
import type { StoreEvent, Subscriber } from "./plane-store.ts";

// The package is CommonJS: its default export is a property of the module.
const BTree = sortedBTree.default;

function compareKeys(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/** Entries by key, in order; `clone` is O(1), later writes copy what they touch. */
export type EntryTree = InstanceType<typeof BTree<string, Entry>>;

export function newTree(): EntryTree {
  return new BTree<string, Entry>(undefined, compareKeys);
}

export class ResourceState {
  /** `group/resource`. */
  readonly id: string;
  readonly group: string;
  readonly resource: string;
  /** Entries in key order. */
  entries: EntryTree = newTree();
  /** The same entries by key: found at once, however many there are. */
  readonly #byKey = new Map<string, Entry>();
  readonly subscribers = new Set<Subscriber>();
  bytes = 0;

  constructor(group: string, resource: string) {
    this.group = group;
    this.resource = resource;
    this.id = `${group}/${resource}`;
  }

  get(namespace: string, name: string): Entry | undefined {
    return this.#byKey.get(`${namespace}/${name}`);
  }

  find(key: string): Entry | undefined {
    return this.#byKey.get(key);
  }

  apply(event: StoreEvent): void {
    if (event.previous !== undefined) this.bytes -= event.previous.bytes.length;
    if (event.type === "DELETED") {
      this.entries.delete(event.key);
      this.#byKey.delete(event.key);
    } else {
      this.entries.set(event.key, event.entry);
      this.#byKey.set(event.key, event.entry);
      this.bytes += event.entry.bytes.length;
    }
  }

  /** Takes another set of entries, after the plane was loaded. */
  replace(entries: EntryTree): void {
    this.entries = entries;
    this.#byKey.clear();
    this.bytes = 0;
    for (const entry of entries.values()) {
      this.#byKey.set(entry.key, entry);
      this.bytes += entry.bytes.length;
    }
  }

  /** A frozen copy in O(1). */
  snapshot(): EntryTree {
    return this.entries.clone();
  }
}

/** Entries of one namespace ("" for all), from `start` on, in key order. */
export function* entriesIn(tree: EntryTree, namespace: string, start = ""): IterableIterator<Entry> {
  const low = namespace === "" ? start : start > `${namespace}/` ? start : `${namespace}/`;
  // "0" follows "/" in the order of code units: the end of the namespace's range.
  const end = namespace === "" ? undefined : `${namespace}0`;
  for (const [key, entry] of tree.entries(low)) {
    if (end !== undefined && key >= end) return;
    yield entry;
  }
}

/** How many keys `entriesIn` would give, without visiting them when the whole tree counts. */
export function countFrom(tree: EntryTree, namespace: string, start = ""): number {
  if (namespace === "" && start === "") return tree.size;
  let count = 0;
  for (const _ of entriesIn(tree, namespace, start)) count++;
  return count;
}

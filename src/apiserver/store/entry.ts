// One revision of one object: the bytes it was stored as, and what is derived from them on demand.
//
// Invariants:
//   the bytes are JSON in the storage version and hold `metadata.resourceVersion` = `revision`;
//   `object` is frozen; nobody changes an entry after it was made.

import { encodeJson, parseJson } from "../../machinery/json.ts";
import { deepFreeze, type KubeObject } from "../../machinery/object.ts";

/**
 * Bounds how many parsed objects are kept beside their bytes: the oldest are forgotten and parsed again when asked for.
 * Shared by all control planes of a process.
 *
 * Objects that somebody asked for are kept long. Objects that were just written are kept for the turn or two in which watchers and
 * controllers look at them: most are never looked at again, and what dies young costs the garbage collector next to nothing.
 */
export class ParsedObjectBudget {
  readonly #asked: Ring;
  readonly #written: Ring;

  constructor(asked = 32_768, written = 512) {
    this.#asked = new Ring(asked);
    this.#written = new Ring(written);
  }

  addAsked(entry: Entry): void {
    this.#asked.add(entry);
  }

  addWritten(entry: Entry): void {
    this.#written.add(entry);
  }
}

/** The last entries that were added. */
class Ring {
  readonly #entries: (Entry | undefined)[];
  #next = 0;

  constructor(capacity: number) {
    this.#entries = new Array(capacity).fill(undefined);
  }

  add(entry: Entry): void {
    this.#entries[this.#next]?.forget();
    this.#entries[this.#next] = entry;
    this.#next = (this.#next + 1) % this.#entries.length;
  }
}

const noLabels: Readonly<Record<string, string>> = Object.freeze({});

export class Entry {
  /** `namespace/name`, or `/name` for cluster-scoped objects: the key within its resource. */
  readonly key: string;
  readonly revision: number;
  readonly bytes: Uint8Array;
  readonly #budget: ParsedObjectBudget;
  #object: KubeObject | undefined;
  #labels: Readonly<Record<string, string>> | undefined;
  /** Other forms of these bytes (another version, a watch frame), made once and shared by all who ask. */
  #renditions: Map<string, Uint8Array> | undefined;

  constructor(key: string, revision: number, bytes: Uint8Array, budget: ParsedObjectBudget, object?: KubeObject) {
    this.key = key;
    this.revision = revision;
    this.bytes = bytes;
    this.#budget = budget;
    if (object === undefined) return;
    this.#object = deepFreeze(object);
    budget.addWritten(this);
  }

  get namespace(): string {
    return this.key.slice(0, this.key.indexOf("/"));
  }

  get name(): string {
    return this.key.slice(this.key.indexOf("/") + 1);
  }

  /** The frozen object. */
  get object(): KubeObject {
    if (this.#object !== undefined) return this.#object;
    const parsed = parseJson(this.bytes);
    if (!parsed.ok)
      throw new Error(`stored object ${this.key} at revision ${this.revision} is not JSON: ${parsed.error}`);
    this.#object = deepFreeze(parsed.value as unknown as KubeObject);
    this.#budget.addAsked(this);
    return this.#object;
  }

  get labels(): Readonly<Record<string, string>> {
    this.#labels ??= this.object.metadata.labels ?? noLabels;
    return this.#labels;
  }

  rendition(form: string, make: (entry: Entry) => Uint8Array): Uint8Array {
    this.#renditions ??= new Map();
    let bytes = this.#renditions.get(form);
    if (bytes === undefined) {
      bytes = make(this);
      this.#renditions.set(form, bytes);
    }
    return bytes;
  }

  /** Drops what can be derived again. */
  forget(): void {
    this.#object = undefined;
  }

  /** Drops the shared forms; called when the revision has left the events that are being delivered. */
  dropRenditions(): void {
    this.#renditions = undefined;
  }

  /** The same object as a later revision shows it: what a DELETED event carries. */
  at(revision: number): Entry {
    const object = this.object;
    const next = { ...object, metadata: { ...object.metadata, resourceVersion: String(revision) } };
    return new Entry(this.key, revision, encodeJson(next), this.#budget, next);
  }
}

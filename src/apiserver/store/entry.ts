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
 */
export class ParsedObjectBudget {
  readonly #ring: (Entry | undefined)[];
  #next = 0;

  constructor(capacity = 32_768) {
    this.#ring = new Array(capacity).fill(undefined);
  }

  add(entry: Entry): void {
    this.#ring[this.#next]?.forget();
    this.#ring[this.#next] = entry;
    this.#next = (this.#next + 1) % this.#ring.length;
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
    if (object !== undefined) this.#remember(object);
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
    return this.#remember(parsed.value as unknown as KubeObject);
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

  #remember(object: KubeObject): KubeObject {
    this.#object = deepFreeze(object);
    this.#budget.add(this);
    return object;
  }
}

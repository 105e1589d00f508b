// The values that expressions compute with, and the words they are told apart by.
//
// int is a bigint and double a number, so the two never mix by accident; string, bool, null and bytes (Uint8Array) are JavaScript's
// own. Everything else is an instance of a class below. Values are immutable, except for a list or map that one macro still builds.

/** A failed evaluation. Not an Error: expressions fail often (`a || b` absorbs it) and a stack trace would cost more than the rest. */
export class EvaluationFailure {
  readonly message: string;
  constructor(message: string) {
    this.message = message;
  }
}

/** The cost limit was reached. Nothing absorbs it. */
export class BudgetExceeded {
  readonly message = "operation cancelled: actual cost limit exceeded";
}

export function fail(message: string): never {
  throw new EvaluationFailure(message);
}

export class Uint {
  readonly value: bigint;
  constructor(value: bigint) {
    this.value = value;
  }
}

/** Nanoseconds since 1970, from year 1 to year 9999. */
export class Timestamp {
  readonly nanos: bigint;
  constructor(nanos: bigint) {
    this.nanos = nanos;
  }
}

export class Duration {
  readonly nanos: bigint;
  constructor(nanos: bigint) {
    this.nanos = nanos;
  }
}

/** A type as a value: what `type(x)` gives and `int` names. */
export class TypeValue {
  readonly name: string;
  constructor(name: string) {
    this.name = name;
  }
}

export class Optional {
  static readonly none = new Optional(undefined);
  /** Undefined when there is none. */
  readonly value: Value | undefined;
  constructor(value: Value | undefined) {
    this.value = value;
  }
}

/** A value of a library's own type: a URL, a quantity, an address, a check of the authorizer. */
export abstract class Opaque {
  abstract readonly typeName: string;
  /** `other` is of the same class. */
  abstract equals(other: this): boolean;
}

/** A list; `get` is called with a valid index only. */
export abstract class List {
  abstract readonly size: number;
  abstract get(index: number): Value;
  /** How equality and `+` treat it: Kubernetes' list types. */
  get semantics(): ListSemantics {
    return atomicList;
  }
}

/** `x-kubernetes-list-type`; `keyOf` gives an item of a map list its identity, or undefined when it has none. */
export type ListSemantics =
  | { readonly type: "atomic" }
  | { readonly type: "set" }
  | { readonly type: "map"; keyOf(item: Value): string | undefined };
export const atomicList: ListSemantics = { type: "atomic" };

/** A list of values at hand. */
export class ArrayList extends List {
  readonly items: Value[];
  readonly #semantics: ListSemantics;
  constructor(items: Value[], semantics: ListSemantics = atomicList) {
    super();
    this.items = items;
    this.#semantics = semantics;
  }
  override get size(): number {
    return this.items.length;
  }
  override get(index: number): Value {
    return this.items[index]!;
  }
  override get semantics(): ListSemantics {
    return this.#semantics;
  }
}

/** A map, or an object with fields. Keys are bool, int, uint or string; the numeric ones are equal across types. */
export abstract class MapValue {
  abstract readonly size: number;
  /** Undefined when there is no such key. */
  abstract get(key: Value): Value | undefined;
  abstract keys(): Iterable<Value>;
  abstract has(key: Value): boolean;
  get typeName(): string {
    return "map";
  }
}

/** One text per key, the same for equal numbers of different types; undefined when the value cannot be a key. */
function keyText(key: Value): string | undefined {
  switch (typeof key) {
    case "string":
      return `s${key}`;
    case "bigint":
      return `n${key}`;
    case "boolean":
      return key ? "t" : "f";
    case "number":
      return Number.isInteger(key) ? `n${BigInt(key)}` : undefined;
    default:
      return key instanceof Uint ? `n${key.value}` : undefined;
  }
}

/** A map of values at hand. */
export class EntryMap extends MapValue {
  readonly #entries = new Map<string, [Value, Value]>();
  override get size(): number {
    return this.#entries.size;
  }
  override get(key: Value): Value | undefined {
    const text = keyText(key);
    return text === undefined ? undefined : this.#entries.get(text)?.[1];
  }
  override has(key: Value): boolean {
    const text = keyText(key);
    return text !== undefined && this.#entries.has(text);
  }
  override *keys(): Iterable<Value> {
    for (const [key] of this.#entries.values()) yield key;
  }
  /** Adds an entry; fails on a key that cannot be one or is there already. */
  insert(key: Value, value: Value): void {
    const text = typeof key === "number" ? undefined : keyText(key);
    if (text === undefined) fail("unsupported key type");
    if (this.#entries.has(text))
      fail(`insert failed: key ${key instanceof Uint ? key.value : String(key)} already exists`);
    this.#entries.set(text, [key, value]);
  }
}

export type Value =
  | null
  | boolean
  | bigint
  | number
  | string
  | Uint8Array
  | Uint
  | Timestamp
  | Duration
  | TypeValue
  | Optional
  | Opaque
  | List
  | MapValue;

/** What a value is, by the name its type has in CEL. */
export function typeNameOf(value: Value): string {
  switch (typeof value) {
    case "string":
      return "string";
    case "bigint":
      return "int";
    case "boolean":
      return "bool";
    case "number":
      return "double";
    default:
      if (value === null) return "null_type";
      if (value instanceof List) return "list";
      if (value instanceof MapValue) return value.typeName;
      if (value instanceof Uint8Array) return "bytes";
      if (value instanceof Uint) return "uint";
      if (value instanceof Timestamp) return "google.protobuf.Timestamp";
      if (value instanceof Duration) return "google.protobuf.Duration";
      if (value instanceof TypeValue) return "type";
      if (value instanceof Optional) return "optional_type";
      return value.typeName;
  }
}

/** The size that costs are reckoned with: characters, bytes, items, entries, else 1. */
export function sizeOf(value: Value): number {
  if (typeof value === "string") return value.length;
  if (value instanceof List || value instanceof MapValue) return value.size;
  return value instanceof Uint8Array ? value.length : 1;
}

export function* itemsOf(list: List): Generator<Value> {
  for (let index = 0; index < list.size; index++) yield list.get(index);
}

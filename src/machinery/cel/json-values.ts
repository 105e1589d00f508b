// JSON seen as CEL values, wrapped member by member when an expression reaches it. A wrapped list or object is kept for the
// evaluation, for it remembers what it has found, such as its size.

import type { Json, JsonObject } from "../object.ts";
import type { FieldShape, Shape } from "./shape.ts";
import { List, type ListSemantics, MapValue, type Value } from "./values.ts";

/** The lists and objects wrapped so far. */
class Members {
  #wrapped: Map<string, Value> | undefined;

  get(shape: Shape, name: string, json: Json): Value {
    if (typeof json !== "object") return shape.wrap(json);
    this.#wrapped ??= new Map();
    let value = this.#wrapped.get(name);
    if (value === undefined) {
      value = shape.wrap(json);
      this.#wrapped.set(name, value);
    }
    return value;
  }
}

/** A JSON list. */
export class JsonList extends List {
  readonly #json: readonly Json[];
  readonly #element: Shape;
  readonly #semantics: ListSemantics;
  #wrapped: Value[] | undefined;
  constructor(json: readonly Json[], element: Shape, semantics: ListSemantics) {
    super();
    this.#json = json;
    this.#element = element;
    this.#semantics = semantics;
  }
  override get size(): number {
    return this.#json.length;
  }
  override get(index: number): Value {
    const item = this.#json[index]!;
    if (typeof item !== "object") return this.#element.wrap(item);
    this.#wrapped ??= [];
    this.#wrapped[index] ??= this.#element.wrap(item);
    return this.#wrapped[index];
  }
  override get semantics(): ListSemantics {
    return this.#semantics;
  }
}

/** A JSON object whose keys are data. */
export class JsonMap extends MapValue {
  readonly #json: JsonObject;
  readonly #element: Shape;
  readonly #wrapped = new Members();
  #size = -1;
  constructor(json: JsonObject, element: Shape) {
    super();
    this.#json = json;
    this.#element = element;
  }
  override get size(): number {
    if (this.#size < 0) this.#size = Object.keys(this.#json).length;
    return this.#size;
  }
  override get(key: Value): Value | undefined {
    if (typeof key !== "string" || !Object.hasOwn(this.#json, key)) return undefined;
    return this.#wrapped.get(this.#element, key, this.#json[key]);
  }
  override has(key: Value): boolean {
    return typeof key === "string" && Object.hasOwn(this.#json, key);
  }
  override keys(): string[] {
    return Object.keys(this.#json);
  }
}

/** A JSON object with the fields of a schema; what the schema does not know is not there. */
export class JsonObjectValue extends MapValue {
  readonly json: JsonObject;
  readonly #wrapped = new Members();
  readonly #field: (name: string) => FieldShape | undefined;
  constructor(json: JsonObject, field: (name: string) => FieldShape | undefined) {
    super();
    this.json = json;
    this.#field = field;
  }
  override get size(): number {
    return Object.keys(this.json).length;
  }
  override get(key: Value): Value | undefined {
    if (typeof key !== "string") return undefined;
    const field = this.#field(key);
    if (field === undefined) return undefined;
    const json = this.json[field.property];
    if (json === undefined || !Object.hasOwn(this.json, field.property)) return undefined;
    return this.#wrapped.get(field.shape, field.property, json);
  }
  override has(key: Value): boolean {
    const field = typeof key === "string" ? this.#field(key) : undefined;
    return field !== undefined && Object.hasOwn(this.json, field.property) && this.json[field.property] !== undefined;
  }
  override *keys(): Iterable<string> {
    for (const key of Object.keys(this.json)) if (this.#field(key) !== undefined) yield key;
  }
  override get typeName(): string {
    return "object";
  }
}

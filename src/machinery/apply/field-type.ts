// What server-side apply needs to know of a schema: whether a value is a leaf, a struct or map whose fields are owned one by one, a set, or
// a list keyed by fields of its items. Types are derived from a Schema when first asked for and kept with it; the graph may have cycles, so
// the parts of a type are derived when data reaches them. Source: kube-openapi pkg/schemaconv.
//
//   type, format                                  → scalars; strings with a format accept any scalar
//   x-kubernetes-list-type, -list-map-keys        → atomic (the default), set, map
//   x-kubernetes-patch-strategy, -patch-merge-key → the same, where there is no list type
//   x-kubernetes-map-type                         → granular (the default), atomic
//   x-kubernetes-preserve-unknown-fields, no type → shape deduced from the value: maps granular, lists atomic
//   RawExtension                                  → shape deduced, all atomic

import type { Json } from "../object.ts";
import type { Schema } from "../schema/schema.ts";
import { objectMetaSchema } from "./object-meta.ts";
import { fieldElement, type PathElement } from "./path.ts";

export type Scalar = "numeric" | "string" | "boolean" | "untyped";

/** A type has one shape, or several where the value decides. */
export interface FieldType {
  scalar?: Scalar;
  list?: ListType;
  map?: MapType;
}

/** A part of a type, derived when first used. */
class Lazy {
  #type: FieldType | undefined;
  readonly #derive: () => FieldType;

  constructor(derive: () => FieldType) {
    this.#derive = derive;
  }

  get type(): FieldType {
    this.#type ??= this.#derive();
    return this.#type;
  }
}

/** A declared field. */
class Field extends Lazy {
  /** `f:name`. */
  readonly element: PathElement;

  constructor(name: string, derive: () => FieldType) {
    super(derive);
    this.element = fieldElement(name);
  }
}

export class ListType {
  readonly atomic: boolean;
  /** Sorted names of the keys of a keyed list; empty for sets. */
  readonly keys: readonly string[];
  /** The defaults of the keys in the same order. */
  readonly defaults: readonly (Json | undefined)[];
  readonly #item: Lazy;

  constructor(
    atomic: boolean,
    keys: readonly string[],
    defaults: readonly (Json | undefined)[],
    item: () => FieldType,
  ) {
    this.atomic = atomic;
    this.keys = keys;
    this.defaults = defaults;
    this.#item = new Lazy(item);
  }

  get item(): FieldType {
    return this.#item.type;
  }
}

export class MapType {
  readonly atomic: boolean;
  readonly fields: ReadonlyMap<string, Field>;
  readonly #rest: Lazy | undefined;

  constructor(atomic: boolean, fields: ReadonlyMap<string, Field>, rest: (() => FieldType) | undefined) {
    this.atomic = atomic;
    this.fields = fields;
    this.#rest = rest === undefined ? undefined : new Lazy(rest);
  }

  /** The type of fields that are not declared; undefined when there may be none. */
  get rest(): FieldType | undefined {
    return this.#rest?.type;
  }

  /** The type of a field; undeclared ones have the shape of their value. */
  typeOf(name: string): FieldType {
    return this.fields.get(name)?.type ?? this.rest ?? deduced;
  }
}

const noFields: ReadonlyMap<string, Field> = new Map();

/** All of it is one leaf. */
const untyped: FieldType = {
  scalar: "untyped",
  list: new ListType(true, [], [], () => untyped),
  map: new MapType(true, noFields, () => untyped),
};

/** Maps are granular, lists atomic. */
export const deduced: FieldType = {
  scalar: "untyped",
  list: new ListType(true, [], [], () => untyped),
  map: new MapType(false, noFields, () => deduced),
};

const anyScalar: FieldType = { scalar: "untyped" };
const scalars: Record<string, FieldType> = {
  integer: { scalar: "numeric" },
  number: { scalar: "numeric" },
  boolean: { scalar: "boolean" },
  string: { scalar: "string" },
};

// Derived types are kept with their schema, once for places where unknown fields are preserved and once for others.
const types = new WeakMap<Schema, FieldType>();
const preservingTypes = new WeakMap<Schema, FieldType>();
const rootTypes = new WeakMap<Schema, FieldType>();

/** The type of whole objects of a schema: with `apiVersion`, `kind` and `metadata` as every object has them. */
export function rootTypeOf(schema: Schema): FieldType {
  let type = rootTypes.get(schema);
  if (type === undefined) {
    type = deriveObject(
      schema,
      schema["x-kubernetes-preserve-unknown-fields"] === true || schema.type === undefined,
      true,
    );
    rootTypes.set(schema, type);
  }
  return type;
}

/** The type of a part of an object. */
export function fieldTypeOf(schema: Schema, preserveUnknown = false): FieldType {
  const preserve =
    schema["x-kubernetes-preserve-unknown-fields"] === true || (preserveUnknown && schema.definition === undefined);
  const known = preserve ? preservingTypes : types;
  let type = known.get(schema);
  if (type === undefined) {
    type = derive(schema, preserve);
    known.set(schema, type);
  }
  return type;
}

function derive(schema: Schema, preserve: boolean): FieldType {
  if (schema.definition?.endsWith(".runtime.RawExtension")) return untyped;
  switch (schema.type) {
    case undefined:
      return schema.properties === undefined ? deduced : deriveObject(schema, preserve, false);
    case "object":
      return deriveObject(schema, preserve, false);
    case "array":
      return deriveList(schema, preserve);
    case "string":
      return schema.format === undefined || schema.format === "" || schema.format === "byte"
        ? scalars.string!
        : anyScalar;
    default:
      return scalars[schema.type] ?? anyScalar;
  }
}

function deriveObject(schema: Schema, preserve: boolean, root: boolean): FieldType {
  const fields = new Map<string, Field>();
  for (const [name, property] of Object.entries(schema.properties ?? {})) {
    fields.set(name, new Field(name, () => fieldTypeOf(property, preserve)));
  }
  if (root || schema["x-kubernetes-embedded-resource"] === true) {
    fields.set("apiVersion", new Field("apiVersion", () => scalars.string!));
    fields.set("kind", new Field("kind", () => scalars.string!));
    const metadata = schema.properties?.metadata;
    const complete = metadata?.properties?.ownerReferences === undefined ? objectMetaSchema : metadata;
    fields.set("metadata", new Field("metadata", () => fieldTypeOf(complete)));
  }
  const { additionalProperties } = schema;
  let rest: (() => FieldType) | undefined;
  if (typeof additionalProperties === "object") rest = () => fieldTypeOf(additionalProperties, preserve);
  else if (additionalProperties === true || preserve) rest = () => deduced;
  else if (additionalProperties === undefined && schema.properties === undefined) rest = () => deduced;
  return { map: new MapType(schema["x-kubernetes-map-type"] === "atomic", fields, rest) };
}

function deriveList(schema: Schema, preserve: boolean): FieldType {
  const items = schema.items ?? {};
  const item = () => fieldTypeOf(items, preserve);
  const keys = listKeys(schema);
  if (keys === undefined) return { list: new ListType(true, [], [], item) };
  const sorted = [...keys].sort();
  const defaults = sorted.map((key) => items.properties?.[key]?.default);
  return { list: new ListType(false, sorted, defaults, item) };
}

/** The keys of a keyed list, none for a set, undefined for an atomic list. */
function listKeys(schema: Schema): string[] | undefined {
  switch (schema["x-kubernetes-list-type"]) {
    case "set":
      return [];
    case "map":
      return schema["x-kubernetes-list-map-keys"] ?? [];
    case "atomic":
      return undefined;
    default: {
      const strategy = schema["x-kubernetes-patch-strategy"];
      if (strategy !== "merge" && strategy !== "merge,retainKeys") return undefined;
      const key = schema["x-kubernetes-patch-merge-key"];
      return key === undefined ? [] : [key];
    }
  }
}

export type Shape = "map" | "scalar" | "list";

/** How a value of this type is to be read. Null and values of a wrong shape are read as the first shape the type has. */
export function shapeOf(type: FieldType, value: unknown): Shape {
  if (Array.isArray(value)) {
    if (type.list !== undefined) return "list";
  } else if (typeof value === "object" && value !== null && !JSON.isRawJSON(value)) {
    if (type.map !== undefined) return "map";
  } else if (value !== null && value !== undefined && type.scalar !== undefined) {
    return "scalar";
  }
  return type.map !== undefined ? "map" : type.scalar !== undefined ? "scalar" : "list";
}

// What CEL makes of JSON: a shape is the type that the checker sees, the wrapping of values at run time and the sizes that worst-case
// costs are reckoned from. Values are wrapped when they are reached, never as a whole.
//
// Types are those of apiserver/pkg/cel/common/schemas.go: an unknown or untyped property has no field, int-or-string is dyn,
// quantities are strings. Shapes are made once per schema and look at nested schemas when asked, for schemas may be cyclic.

import { isObject, type Json } from "../object.ts";
import type { Schema } from "../schema/schema.ts";
import { escapeProperty } from "./escape.ts";
import { JsonList, JsonMap, JsonObjectValue } from "./json-values.ts";
import { decodeBase64 } from "./library/bytes.ts";
import { parseDuration, parseTimestamp } from "./library/time-text.ts";
import * as types from "./types.ts";
import { atomicList, Duration, type ListSemantics, Optional, Timestamp, type Value } from "./values.ts";

export interface Shape {
  readonly type: types.Type;
  /** Absent values are undefined. */
  wrap(json: Json | undefined): Value;
  /** Most characters, bytes, items or entries that a value can have. */
  readonly maxElements: number;
  /** Fewest bytes of its JSON. */
  readonly minSerializedSize: number;
  /** Shape of items, or of a map's values. */
  readonly element?: Shape;
  field?(name: string): FieldShape | undefined;
}

/** Property of an object: its name in JSON and its shape. */
export interface FieldShape {
  readonly property: string;
  readonly shape: Shape;
}

/** Bytes of the largest request; bounds what the schema does not. */
const maxRequestSize = 3 * 1024 * 1024;
const maxTextSize = maxRequestSize - 2;

/** What is known of nothing: any JSON without a schema. */
export const unboundShape = (type: types.Type): Shape => ({ ...dynShape, type, maxElements: Number.POSITIVE_INFINITY });

/** A value that may be absent. */
export function optionalShape(shape: Shape): Shape {
  return {
    type: types.optional(shape.type),
    minSerializedSize: 0,
    get maxElements() {
      return shape.maxElements;
    },
    get element() {
      return shape.element;
    },
    field: (name) => shape.field?.(name),
    wrap: (json) => (json === undefined ? Optional.none : new Optional(shape.wrap(json))),
  };
}

/** Any JSON by its own type: integers are int, other numbers double. */
const dynShape: Shape = {
  type: types.dyn,
  wrap: wrapDynamic,
  maxElements: maxTextSize,
  minSerializedSize: 1,
};

function wrapDynamic(json: Json | undefined): Value {
  switch (typeof json) {
    case "string":
    case "boolean":
      return json;
    case "number":
      return Number.isSafeInteger(json) ? BigInt(json) : json;
    default:
      if (json === null || json === undefined) return null;
      if (Array.isArray(json)) return new JsonList(json, dynShape, atomicList);
      if (JSON.isRawJSON(json)) return rawNumber(json.rawJSON);
      return new JsonMap(json, dynShape);
  }
}

function rawNumber(text: string): Value {
  if (/^-?\d+$/.test(text)) {
    const value = BigInt(text);
    if (BigInt.asIntN(64, value) === value) return value;
  }
  return Number(text);
}

function simpleShape(type: types.Type, minSerializedSize: number, wrap: (json: Json) => Value, maxElements = 1): Shape {
  return {
    type,
    minSerializedSize,
    maxElements,
    wrap: (json) => (json === null || json === undefined ? null : wrap(json)),
  };
}

const boolShape = simpleShape(types.bool, 4, (json) => (typeof json === "boolean" ? json : wrapDynamic(json)));
const intShape = simpleShape(types.int, 1, (json) =>
  Number.isSafeInteger(json) ? BigInt(json as number) : wrapDynamic(json),
);
const doubleShape = simpleShape(types.double, 1, (json) => {
  if (typeof json === "number") return json;
  return JSON.isRawJSON(json) ? Number(json.rawJSON) : wrapDynamic(json);
});

const shapes = new WeakMap<Schema, Shape | null>();
const rootShapes = new WeakMap<Schema, Shape | null>();

/**
 * The shape of a schema, or undefined when rules cannot see such values.
 * @param resource whether it is a whole object whose metadata shows its name and generateName only, as in rules of CRDs
 */
export function shapeOf(schema: Schema, resource = false): Shape | undefined {
  const cache = resource ? rootShapes : shapes;
  let shape = cache.get(schema);
  if (shape === undefined) {
    shape = makeShape(schema, resource) ?? null;
    cache.set(schema, shape);
  }
  return shape ?? undefined;
}

function nestedShape(schema: Schema): Shape | undefined {
  return shapeOf(schema, schema["x-kubernetes-embedded-resource"] === true);
}

function makeShape(schema: Schema, resource: boolean): Shape | undefined {
  if (schema["x-kubernetes-int-or-string"] || schema.format === "int-or-string") return dynShape;
  switch (schema.type) {
    case "array":
      return schema.items === undefined ? undefined : listShape(schema, schema.items);
    case "object":
      if (typeof schema.additionalProperties === "object" && !resource)
        return mapShape(schema, schema.additionalProperties);
      return objectShape(schema, resource);
    case "string":
      return textShape(schema);
    case "boolean":
      return boolShape;
    case "number":
      return doubleShape;
    case "integer":
      return intShape;
    default:
      return resource ? objectShape(schema, resource) : undefined;
  }
}

function textShape(schema: Schema): Shape {
  const text = (wrap: (text: string) => Value) => (json: Json) =>
    typeof json === "string" ? wrap(json) : wrapDynamic(json);
  switch (schema.format) {
    case "byte":
      return simpleShape(types.bytes, 2, text(decodeBase64), schema.maxLength ?? maxTextSize);
    case "duration":
      return simpleShape(
        types.duration,
        3,
        text((json) => new Duration(parseDuration(json))),
        32,
      );
    case "date":
      return simpleShape(
        types.timestamp,
        12,
        text((json) => new Timestamp(parseTimestamp(`${json}T00:00:00Z`))),
        12,
      );
    case "date-time":
    case "micro-time":
      return simpleShape(
        types.timestamp,
        21,
        text((json) => new Timestamp(parseTimestamp(json))),
        32,
      );
    default:
      return simpleShape(
        types.string,
        2,
        text((json) => json),
        maxTextLength(schema),
      );
  }
}

/** Lengths count characters, costs count bytes: a character has up to four. */
function maxTextLength(schema: Schema): number {
  if (schema.maxLength !== undefined) return Math.max(0, schema.maxLength) * 4;
  if (schema.enum === undefined || schema.enum.length === 0) return maxTextSize;
  return Math.max(...schema.enum.map((value) => (typeof value === "string" ? value.length : 0)));
}

function listShape(schema: Schema, items: Schema): Shape | undefined {
  if (isUnseen(items)) return undefined;
  const element = () => nestedShape(items)!;
  const semantics = listSemantics(schema);
  return {
    get type() {
      return types.list(element().type);
    },
    get element() {
      return element();
    },
    get maxElements() {
      return schema.maxItems ?? Math.floor((maxRequestSize - 2) / (element().minSerializedSize + 1));
    },
    minSerializedSize: 2,
    wrap: (json) => (Array.isArray(json) ? new JsonList(json, element(), semantics) : wrapDynamic(json)),
  };
}

function listSemantics(schema: Schema): ListSemantics {
  if (schema["x-kubernetes-list-type"] === "set") return { type: "set" };
  const keys = schema["x-kubernetes-list-map-keys"];
  if (schema["x-kubernetes-list-type"] !== "map" || keys === undefined) return atomicList;
  return {
    type: "map",
    keyOf(item) {
      if (!(item instanceof JsonObjectValue)) return undefined;
      return JSON.stringify(keys.map((key) => item.json[key] ?? null));
    },
  };
}

function mapShape(schema: Schema, values: Schema): Shape | undefined {
  if (isUnseen(values)) return undefined;
  const element = () => nestedShape(values)!;
  return {
    get type() {
      return types.map(types.string, element().type);
    },
    get element() {
      return element();
    },
    get maxElements() {
      return schema.maxProperties ?? Math.floor((maxRequestSize - 2) / (element().minSerializedSize + 6));
    },
    minSerializedSize: 2,
    wrap: (json) => (isObject(json) ? new JsonMap(json, element()) : wrapDynamic(json)),
  };
}

/** Whether nested values of a schema have no shape; decided without making it, for it may contain this very schema. */
function isUnseen(schema: Schema): boolean {
  if (
    schema["x-kubernetes-int-or-string"] ||
    schema.format === "int-or-string" ||
    schema["x-kubernetes-embedded-resource"]
  )
    return false;
  if (schema.type === undefined) return true;
  if (schema.type === "array") return schema.items === undefined || isUnseen(schema.items);
  return (
    typeof schema.additionalProperties === "object" && schema.type === "object" && isUnseen(schema.additionalProperties)
  );
}

const objectMetaSchema: Schema = {
  type: "object",
  properties: { name: { type: "string" }, generateName: { type: "string" } },
};
const resourceProperties: Record<string, Schema> = {
  apiVersion: { type: "string" },
  kind: { type: "string" },
  metadata: objectMetaSchema,
};

function objectShape(schema: Schema, resource: boolean): Shape {
  const properties = resource ? { ...schema.properties, ...resourceProperties } : (schema.properties ?? {});
  const fields = new Map<string, { property: string; schema: Schema }>();
  for (const [property, propertySchema] of Object.entries(properties)) {
    const name = escapeProperty(property);
    if (name !== undefined) fields.set(name, { property, schema: propertySchema });
    if (name !== property) fields.set(property, { property, schema: propertySchema });
  }
  const known = new Map<string, FieldShape | undefined>();
  const field = (name: string): FieldShape | undefined => {
    if (known.has(name)) return known.get(name);
    const declared = fields.get(name);
    const shape = declared === undefined || isUnseen(declared.schema) ? undefined : nestedShape(declared.schema);
    const found = shape === undefined ? undefined : { property: declared!.property, shape };
    known.set(name, found);
    return found;
  };
  let minSerializedSize: number | undefined;
  const shape: Shape & { field(name: string): FieldShape | undefined } = {
    type: { kind: "object", name: schema.definition ?? "object", field: (name) => field(name)?.shape.type },
    field,
    maxElements: 1,
    get minSerializedSize() {
      if (minSerializedSize === undefined) {
        // A schema that requires itself has no finite value; the walk ends here.
        minSerializedSize = 2;
        let size = 2;
        for (const name of schema.required ?? []) {
          const required = field(escapeProperty(name) ?? name);
          if (required === undefined || properties[name]?.default !== undefined) continue;
          size += name.length + required.shape.minSerializedSize + 4;
        }
        minSerializedSize = size;
      }
      return minSerializedSize;
    },
    wrap: (json) => (isObject(json) ? new JsonObjectValue(json, field) : wrapDynamic(json)),
  };
  return shape;
}

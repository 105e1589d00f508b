// Walks the schema of a CRD as its author wrote it (JSON that was decoded, not yet trusted to be structural).

import { isObject, type JsonObject } from "../object.ts";

/** The lists of alternatives that a schema may hold. */
export const junctorLists = ["allOf", "anyOf", "oneOf"] as const;

/** A schema in a place where JSON may hold something else (`items`, `additionalProperties`); undefined when it does. */
export function subschema(value: unknown): JsonObject | undefined {
  return isObject(value) ? value : undefined;
}

/** The schemas in a map (`properties`), by name. */
export function subschemas(value: unknown): [name: string, schema: JsonObject][] {
  if (!isObject(value)) return [];
  return Object.entries(value).filter((entry): entry is [string, JsonObject] => isObject(entry[1]));
}

/** A property's schema; undefined when there is none of this name. */
export function propertyOf(schema: JsonObject | undefined, name: string): JsonObject | undefined {
  const { properties } = schema ?? {};
  return isObject(properties) && Object.hasOwn(properties, name) ? subschema(properties[name]) : undefined;
}

/** The schemas of a list (`allOf`). */
export function schemaList(value: unknown): JsonObject[] {
  return Array.isArray(value) ? value.filter(isObject) : [];
}

/** Whether a keyword was given a value that Go would not call empty. */
export function isSet(value: unknown): boolean {
  if (value === undefined || value === null || value === false || value === "" || value === 0) return false;
  return typeof value !== "object" || Object.keys(value).length > 0;
}

/** Calls `visit` for a schema and all below it until one answers true. */
export function someSchema(schema: JsonObject, visit: (schema: JsonObject) => boolean): boolean {
  if (visit(schema)) return true;
  const below = [
    subschema(schema.items),
    subschema(schema.additionalProperties),
    subschema(schema.not),
    ...junctorLists.flatMap((name) => schemaList(schema[name])),
    ...subschemas(schema.properties).map(([, property]) => property),
  ];
  return below.some((child) => child !== undefined && someSchema(child, visit));
}

// Fills in the defaults of a structural schema. Nulls where null is not allowed count as absent: they are replaced by the default,
// or removed when there is none. Types of Kubernetes itself (schemas with a definition) hold no defaults and are not entered.
// Source of the rules: apiextensions-apiserver pkg/apiserver/schema/defaulting.

import { deepCopy, isObject, type Json, type JsonObject } from "../object.ts";
import type { Schema } from "./schema.ts";

/** Applies defaults in place; defaults inside defaults included. Idempotent. */
export function applyDefaults(object: unknown, schema: Schema): void {
  if (schema.definition !== undefined) return;
  if (Array.isArray(object)) defaultList(object, schema);
  else if (isObject(object)) defaultObject(object, schema);
}

function defaultObject(object: JsonObject, schema: Schema): void {
  const { properties, additionalProperties } = schema;
  for (const key in properties) {
    const property = properties[key]!;
    if (property.default !== undefined && !Object.hasOwn(object, key))
      setField(object, key, deepCopy(property.default));
  }
  for (const key of Object.keys(object)) {
    const child =
      properties !== undefined && Object.hasOwn(properties, key)
        ? properties[key]
        : typeof additionalProperties === "object"
          ? additionalProperties
          : undefined;
    if (child === undefined) continue;
    const value = object[key];
    if (value === null) {
      if (child.nullable === true) continue;
      if (child.default === undefined) {
        delete object[key];
        continue;
      }
      setField(object, key, deepCopy(child.default));
    }
    if (typeof object[key] === "object") applyDefaults(object[key], child);
  }
}

function defaultList(list: unknown[], schema: Schema): void {
  const { items } = schema;
  if (items === undefined) return;
  for (let index = 0; index < list.length; index++) {
    if (list[index] === null && items.nullable !== true && items.default !== undefined)
      list[index] = deepCopy(items.default);
    applyDefaults(list[index], items);
  }
}

/** Sets a field also when it is called `__proto__`. */
function setField(object: JsonObject, key: string, value: Json): void {
  if (key !== "__proto__") object[key] = value;
  else Object.defineProperty(object, key, { value, enumerable: true, configurable: true, writable: true });
}

// Lists of type `set` and `map`: their items are unique, as a whole or by their keys. Also finds the old item that belongs to a new
// one. Source of the rules: apiextensions-apiserver pkg/apiserver/schema/listtype.

import { childPath, duplicate, type FieldError, invalid, keyPath } from "../field-error.ts";
import { isObject, type JsonObject } from "../object.ts";
import type { Schema } from "./schema.ts";

/** Items that occur before in a set or map: `spec.list[1]: Duplicate value: …`, once for each value. */
export function validateListTypes(value: unknown, schema: Schema, path = ""): FieldError[] {
  const errors: FieldError[] = [];
  visit(value, schema, path, errors);
  return errors;
}

function visit(value: unknown, schema: Schema, path: string, errors: FieldError[]): void {
  if (schema.definition !== undefined) return;
  if (Array.isArray(value)) visitList(value, schema, path, errors);
  else if (isObject(value)) {
    const { properties, additionalProperties } = schema;
    for (const key in value) {
      if (typeof value[key] !== "object" || value[key] === null) continue;
      if (properties !== undefined && Object.hasOwn(properties, key)) {
        visit(value[key], properties[key]!, childPath(path, key), errors);
      } else if (typeof additionalProperties === "object") {
        visit(value[key], additionalProperties, keyPath(path, key), errors);
      }
    }
  }
}

function visitList(list: unknown[], schema: Schema, path: string, errors: FieldError[]): void {
  const type = schema["x-kubernetes-list-type"];
  if (type === "set") reportRepeated(list, path, errors);
  else if (type === "map") {
    const stranger = list.findIndex((item) => item !== null && !isObject(item));
    if (stranger >= 0) {
      errors.push(
        invalid(childPath(path, stranger), list[stranger], "must be an object for an array of list-type map"),
      );
    } else {
      const names = schema["x-kubernetes-list-map-keys"] ?? [];
      const keys = list.map((item) => keyObject(item, names));
      reportRepeated(keys, path, errors);
    }
  }
  if (schema.items === undefined) return;
  for (let index = 0; index < list.length; index++) visit(list[index], schema.items, childPath(path, index), errors);
}

function reportRepeated(list: readonly unknown[], path: string, errors: FieldError[]): void {
  if (list.length < 2) return;
  const times = new Map<string, number>();
  for (let index = 0; index < list.length; index++) {
    const text = identity(list[index]);
    const seen = times.get(text) ?? 0;
    times.set(text, seen + 1);
    if (seen === 1) errors.push(duplicate(childPath(path, index), list[index]));
  }
}

/** The keys of an item that are present, as an object. */
function keyObject(item: unknown, names: readonly string[]): JsonObject {
  const key: JsonObject = {};
  if (isObject(item)) for (const name of names) if (Object.hasOwn(item, name)) key[name] = item[name];
  return key;
}

/** A text that is the same for equal values, whatever the order of their fields. */
function identity(value: unknown): string {
  if (typeof value !== "object" || value === null || JSON.isRawJSON(value)) return JSON.stringify(value);
  if (Array.isArray(value)) return `[${value.map(identity).join(",")}]`;
  const fields = Object.keys(value).sort();
  return `{${fields.map((key) => `${JSON.stringify(key)}:${identity((value as JsonObject)[key])}`).join(",")}}`;
}

/**
 * Answers, for the items of a new list, which old item they continue: by their keys in a list of type map, never in other lists.
 */
export function correlateItems(old: unknown, schema: Schema): (item: unknown) => unknown {
  if (!Array.isArray(old) || schema["x-kubernetes-list-type"] !== "map") return () => undefined;
  const names = schema["x-kubernetes-list-map-keys"] ?? [];
  let byKey: Map<string, unknown> | undefined;
  return (item) => {
    if (!isObject(item)) return undefined;
    if (byKey === undefined) {
      byKey = new Map();
      for (const candidate of old) {
        const key = identity(keyObject(candidate, names));
        if (isObject(candidate) && !byKey.has(key)) byKey.set(key, candidate);
      }
    }
    return byKey.get(identity(keyObject(item, names)));
  };
}

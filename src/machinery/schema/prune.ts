// Removes what a schema does not know, and says what it removed. Follows the data, so schemas may have cycles.
// Source of the rules: apiextensions-apiserver pkg/apiserver/schema/pruning.
//
//   x-kubernetes-preserve-unknown-fields   unknown fields stay; known ones are pruned by their own schema
//   x-kubernetes-embedded-resource         apiVersion, kind and metadata belong to the object; the root is one as well
//   additionalProperties                   any key is known; values are pruned by its schema

import { childPath } from "../field-error.ts";
import { isObject, type JsonObject } from "../object.ts";
import type { Schema } from "./schema.ts";
import { isSchemaProps, schemaUnionKind } from "./schema-props.ts";

/**
 * Removes unknown fields in place and returns their paths in the order of the object, as `spec.foo`, `spec.list[0].bar`: the
 * names that stand in `unknown field "…"`.
 */
export function prune(object: unknown, schema: Schema): string[] {
  const removed: string[] = [];
  pruneValue(object, schema, "", true, removed);
  return removed;
}

/** Fields that every object has, whatever its schema says. */
function isTypeOrMeta(key: string): boolean {
  return key === "apiVersion" || key === "kind" || key === "metadata";
}

function pruneValue(
  value: unknown,
  schema: Schema | undefined,
  path: string,
  resource: boolean,
  removed: string[],
): void {
  if (typeof value !== "object" || value === null) return;
  const preserve = schema?.["x-kubernetes-preserve-unknown-fields"] === true;
  if (Array.isArray(value)) {
    const items = preserve ? preserving(schema?.items) : schema?.items;
    if (preserve && items === undefined) return;
    for (let index = 0; index < value.length; index++) {
      pruneValue(value[index], items, `${path}[${index}]`, isResource(items), removed);
    }
    return;
  }
  if (!isObject(value)) return;
  pruneObject(value, schema, path, resource, preserve, removed);
}

function pruneObject(
  value: JsonObject,
  schema: Schema | undefined,
  path: string,
  resource: boolean,
  preserve: boolean,
  removed: string[],
): void {
  const properties = schema?.properties;
  const additional = schema?.additionalProperties;
  for (const key of Object.keys(value)) {
    const property = properties !== undefined && Object.hasOwn(properties, key) ? properties[key] : undefined;
    if (property === undefined && resource && isTypeOrMeta(key)) continue;
    if (property !== undefined) {
      if (isScalar(value[key])) continue;
      const known = isSchemaProps(schema) ? schemaAt(value[key], property, schema) : property;
      pruneValue(value[key], known, childPath(path, key), isResource(known), removed);
    } else if (additional !== undefined && additional !== false) {
      if (isScalar(value[key])) continue;
      const child = additional === true ? undefined : additional;
      if (!preserve || child !== undefined) {
        pruneValue(value[key], child, childPath(path, key), isResource(child), removed);
      }
    } else if (!preserve) {
      delete value[key];
      removed.push(childPath(path, key));
    }
  }
}

/** What is known of a property of JSONSchemaProps, which may hold a schema or something else. */
function schemaAt(value: unknown, property: Schema, parent: Schema): Schema {
  if (schemaUnionKind(property) === undefined) return property;
  return Array.isArray(value) ? { type: "array", items: parent } : parent;
}

function isScalar(value: unknown): boolean {
  return typeof value !== "object" || value === null;
}

function isResource(schema: Schema | undefined): boolean {
  return schema?.["x-kubernetes-embedded-resource"] === true;
}

const preservingItems = new WeakMap<Schema, Schema>();

/** Items of a preserving list preserve as well. */
function preserving(items: Schema | undefined): Schema | undefined {
  if (items === undefined || items["x-kubernetes-preserve-unknown-fields"] === true) return items;
  let known = preservingItems.get(items);
  if (known === undefined) {
    known = { ...items, "x-kubernetes-preserve-unknown-fields": true };
    preservingItems.set(items, known);
  }
  return known;
}

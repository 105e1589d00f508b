// The object of a kind with nothing set, as Go would write it. Created objects are compared with it, so that fields which are always there
// (`spec`, `status`, a pod's `containers`) are not owned as such by whoever creates the object.

import { isObject, type JsonObject, type KubeObject } from "../object.ts";
import type { Schema } from "../schema/schema.ts";

const emptyParts = new WeakMap<Schema, JsonObject>();

/** The object with nothing set. Custom resources have no fields of their own then. */
export function emptyObject(apiVersion: string, kind: string, schema: Schema): KubeObject {
  const parts = schema.definition === undefined ? {} : emptyStruct(schema);
  return { ...parts, apiVersion, kind, metadata: {} };
}

/**
 * Fields that Go always writes: structs held by value, which is what a default of `{}` says and what `metadata`, `spec` and `status` are in
 * every type that has an ObjectMeta; and required lists, which are null.
 */
function emptyStruct(schema: Schema): JsonObject {
  let result = emptyParts.get(schema);
  if (result !== undefined) return result;
  result = {};
  emptyParts.set(schema, result);
  const properties = schema.properties ?? {};
  const isObjectType = properties.metadata?.properties?.ownerReferences !== undefined;
  for (const [name, property] of Object.entries(properties)) {
    const byValue = isObject(property.default) || (isObjectType && topLevel.has(name));
    if (property.type === "object" && byValue) result[name] = name === "metadata" ? {} : emptyStruct(property);
    else if (property.type === "array" && schema.required?.includes(name)) result[name] = null;
  }
  return result;
}

const topLevel: ReadonlySet<string> = new Set(["metadata", "spec", "status"]);

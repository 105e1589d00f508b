// Lays the configuration that a mutating policy built over an object, by the rules of server-side apply for lists and maps; nobody's
// ownership is changed by it. Source: apiserver/pkg/admission/plugin/policy/mutating/patch/smd.go.

import { type FieldType, mergeTyped, rootTypeOf, validateTyped } from "../../machinery/apply/index.ts";
import { isObject, type JsonObject, type KubeObject } from "../../machinery/object.ts";
import type { Schema } from "../../machinery/schema/schema.ts";

type Applied = { ok: true; object: JsonObject } | { ok: false; error: string };

/** The object with the configuration laid over it. What the configuration does not touch is shared with the object. */
export function applyBuiltConfiguration(object: KubeObject, configuration: JsonObject, schema: Schema): Applied {
  const type = rootTypeOf(schema);
  const applied = { ...configuration, apiVersion: object.apiVersion, kind: object.kind };
  const mismatch = validateTyped(type, applied);
  if (mismatch !== undefined) {
    return failed(`failed to convert patch object to typed object: ${mismatch}`);
  }
  const atomics = findAtomics(type, applied, "");
  if (atomics.length > 0) {
    return failed(`invalid ApplyConfiguration: may not mutate atomic arrays, maps or structs: ${atomics.join(", ")}`);
  }
  try {
    return { ok: true, object: mergeTyped(type, object, applied) as JsonObject };
  } catch (error) {
    return failed(`failed to merge patch: ${error instanceof Error ? error.message : String(error)}`);
  }
}

function failed(why: string): Applied {
  return { ok: false, error: `error applying patch: ${why}` };
}

/** Paths of what would be replaced as a whole, though the configuration may show only a part of it. */
function findAtomics(type: FieldType, value: unknown, path: string): string[] {
  if (Array.isArray(value)) {
    if (type.list === undefined) return [];
    const { atomic, item } = type.list;
    return [...(atomic ? [path] : []), ...value.flatMap((one, index) => findAtomics(item, one, `${path}[${index}]`))];
  }
  if (!isObject(value) || type.map === undefined) return [];
  const { map } = type;
  return [
    ...(map.atomic ? [path] : []),
    ...Object.entries(value).flatMap(([name, one]) => {
      const field = map.fields.get(name);
      return field === undefined ? [] : findAtomics(field.type, one, `${path}.${name}`);
    }),
  ];
}

// From client-side to server-side apply: `kubectl apply` keeps its last configuration in an annotation. When kubectl then applies on the
// server, fields which that annotation accounts for are no conflicts, and the annotation is kept up to date.

import { isObject, type JsonObject, type KubeObject } from "../object.ts";
import { compareTyped } from "./compare.ts";
import type { FieldType } from "./field-type.ts";
import { fieldSetOf } from "./owned.ts";
import { differenceSets, emptySet, type FieldSet } from "./set.ts";
import { validateTyped } from "./validate.ts";

export const lastAppliedAnnotation = "kubectl.kubernetes.io/last-applied-configuration";

/** The field manager for which the annotation counts. */
export const clientSideManager = "kubectl";

const maximumAnnotationsSize = 256 * 1024;

/** Fields that the annotation set and that still are as it set them; undefined when it is absent, unreadable or of another version. */
export function fieldsOfLastApplied(type: FieldType, live: KubeObject): FieldSet | undefined {
  const text = live.metadata.annotations?.[lastAppliedAnnotation];
  if (!text) return undefined;
  let applied: unknown;
  try {
    applied = JSON.parse(text);
  } catch {
    return undefined;
  }
  if (!isObject(applied) || applied.apiVersion !== live.apiVersion) return undefined;
  if (validateTyped(type, applied) !== undefined) return undefined;
  const { added, modified, removed } = compareTyped(type, applied, live) ?? {};
  return [added, modified, removed].reduce<FieldSet>(
    (set, changed) => differenceSets(set, changed ?? emptySet),
    fieldSetOf(type, applied),
  );
}

/** The object with its annotation, if it has one, saying what was applied. Left out when annotations would grow beyond their limit. */
export function withLastApplied(object: KubeObject, applied: KubeObject): KubeObject {
  const annotations = object.metadata.annotations;
  if (!annotations?.[lastAppliedAnnotation]) return object;
  const { [lastAppliedAnnotation]: _, ...others } = annotations;
  const text = `${JSON.stringify(sortedKeys(withoutAnnotation(applied)))}\n`;
  let size = lastAppliedAnnotation.length + Buffer.byteLength(text);
  for (const [name, value] of Object.entries(others)) size += Buffer.byteLength(name) + Buffer.byteLength(value);
  const updated = size > maximumAnnotationsSize ? others : { ...others, [lastAppliedAnnotation]: text };
  return { ...object, metadata: { ...object.metadata, annotations: updated } };
}

function withoutAnnotation(applied: KubeObject): KubeObject {
  const annotations = applied.metadata?.annotations;
  if (annotations?.[lastAppliedAnnotation] === undefined) return applied;
  const { [lastAppliedAnnotation]: _, ...others } = annotations;
  return { ...applied, metadata: { ...applied.metadata, annotations: others } };
}

/** A value whose objects list their fields by name, as Go writes maps. */
function sortedKeys(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sortedKeys);
  if (!isObject(value)) return value;
  const entries = Object.keys(value)
    .sort()
    .map((key): [string, unknown] => [key, sortedKeys(value[key])]);
  return Object.fromEntries(entries) as JsonObject;
}

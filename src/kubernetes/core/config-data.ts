// What config maps and secrets share: maps of keys to texts or bytes, bounded in size and frozen by `immutable`.
// Source of the rules: kubernetes pkg/apis/core/validation (ValidateConfigMap, ValidateSecret).

import { type FieldError, forbidden, keyPath } from "../../machinery/field-error.ts";
import type { KubeObject } from "../../machinery/object.ts";
import { semanticEqual } from "../validation/equality.ts";
import { entriesOf } from "../validation/fields.ts";
import { checkConfigMapKey } from "../validation/names.ts";

/** Bytes of all values together. */
export const maxDataSize = 1_048_576;

export function checkDataKeys(data: unknown, path: string, errors: FieldError[]): void {
  for (const [key] of entriesOf(data)) checkConfigMapKey(key, keyPath(path, key), errors);
}

export function sizeOfTexts(data: unknown): number {
  return entriesOf(data).reduce((size, [, value]) => size + Buffer.byteLength(String(value)), 0);
}

export function sizeOfBytes(data: unknown): number {
  return entriesOf(data).reduce((size, [, value]) => size + Buffer.byteLength(String(value), "base64"), 0);
}

/** Once `immutable` is set, neither it nor the data may change. */
export function checkImmutableData(
  object: KubeObject,
  old: KubeObject,
  fields: readonly string[],
  errors: FieldError[],
): void {
  if (old.immutable !== true) return;
  const text = "field is immutable when `immutable` is set";
  if (object.immutable !== true) errors.push(forbidden("immutable", text));
  for (const field of fields) if (!semanticEqual(object[field], old[field])) errors.push(forbidden(field, text));
}

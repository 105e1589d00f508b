// Checks of single fields in the words of Kubernetes. A check appends what it finds to `errors`, so that the checks of a large
// object compose without building lists of lists.

import { childPath, type FieldError, invalid, notSupported, required } from "../../machinery/field-error.ts";
import { rangeErrors } from "../../machinery/names.ts";
import { isObject, type KubeObject } from "../../machinery/object.ts";
import { semanticEqual } from "./equality.ts";

export const immutableText = "field is immutable";
export const nonNegativeText = "must be greater than or equal to 0";
export const positiveText = "must be greater than 0";
export const maxInt32 = 2 ** 31 - 1;

/** The elements of a list field; a field that is absent or no list has none. */
// biome-ignore lint/suspicious/noExplicitAny: elements of unstructured lists are walked field by field
export function listOf(value: unknown): any[] {
  return Array.isArray(value) ? value : [];
}

/** The entries of a map field; a field that is absent or no map has none. */
// biome-ignore lint/suspicious/noExplicitAny: values of unstructured maps are walked field by field
export function entriesOf(value: unknown): [string, any][] {
  return isObject(value) ? Object.entries(value) : [];
}

/** Whether a text, list or map field is absent or has nothing in it. */
export function isEmpty(value: unknown): boolean {
  if (value === undefined || value === null || value === "") return true;
  if (Array.isArray(value)) return value.length === 0;
  return isObject(value) && Object.keys(value).length === 0;
}

/** Whether an optional field is set (null counts as absent). */
export function isSet(value: unknown): boolean {
  return value !== undefined && value !== null;
}

/** A number of an object; integers beyond 2^53 lose precision, which no range check here notices. */
export function numberOf(value: unknown): number | undefined {
  if (typeof value === "number") return value;
  return JSON.isRawJSON(value) ? Number((value as unknown as { rawJSON: string }).rawJSON) : undefined;
}

export function checkNonNegative(value: unknown, path: string, errors: FieldError[]): void {
  const number = numberOf(value);
  if (number !== undefined && number < 0) errors.push(invalid(path, value, nonNegativeText));
}

/** Applies `checkNonNegative` to some fields of an object. */
export function checkNonNegativeFields(
  object: Record<string, unknown> | undefined,
  fields: readonly string[],
  path: string,
  errors: FieldError[],
): void {
  for (const field of fields) checkNonNegative(object?.[field], childPath(path, field), errors);
}

/** Whether an object is being created: until it is stored it has no revision. For rules that spare what already exists. */
export function isNew(object: KubeObject): boolean {
  return object.metadata.resourceVersion === undefined;
}

export function checkPositive(value: unknown, path: string, errors: FieldError[]): void {
  const number = numberOf(value);
  if (number !== undefined && number <= 0) errors.push(invalid(path, value, positiveText));
}

/** `must be between low and high, inclusive`. */
export function checkRange(value: unknown, low: number, high: number, path: string, errors: FieldError[]): void {
  const number = numberOf(value);
  if (number === undefined) return;
  for (const problem of rangeErrors(number, low, high)) errors.push(invalid(path, value, problem));
}

/**
 * A field that must hold one of some texts; absence is an error unless `optional`. The message lists the texts as given here, which
 * is their order in Kubernetes: sorted where it keeps a set, else as it counts them up.
 */
export function checkEnum(
  value: unknown,
  supported: readonly string[],
  path: string,
  errors: FieldError[],
  optional: "optional" | "required" = "required",
): void {
  if (!isSet(value) || (value === "" && optional === "required")) {
    if (optional === "required") errors.push(required(path));
  } else if (!supported.includes(value as string)) {
    errors.push(notSupported(path, value, supported, "given"));
  }
}

export function checkRequired(value: unknown, path: string, errors: FieldError[], detail = ""): boolean {
  if (!isEmpty(value)) return true;
  errors.push(required(path, detail));
  return false;
}

/** A field that may not change after creation. */
export function checkImmutable(value: unknown, old: unknown, path: string, errors: FieldError[]): void {
  if (!semanticEqual(value, old)) errors.push(invalid(path, value, immutableText));
}

/** A user or group id. */
export function checkId(value: unknown, path: string, errors: FieldError[]): void {
  checkRange(value, 0, maxInt32, path, errors);
}

/** Texts of the problems of a port number. */
export function checkPortNumber(value: unknown, path: string, errors: FieldError[]): void {
  checkRange(value, 1, 65535, path, errors);
}

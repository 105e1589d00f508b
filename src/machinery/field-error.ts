// Errors about one field of an object, in the words that Kubernetes uses, so that users and scripts find them as they know them.
// Source of the forms: k8s.io/apimachinery pkg/util/validation/field.

import { quoteText } from "./quote.ts";

/** The `reason` of one cause in `Status.details.causes`. */
export type FieldErrorType =
  | "FieldValueNotFound"
  | "FieldValueRequired"
  | "FieldValueDuplicate"
  | "FieldValueInvalid"
  | "FieldValueNotSupported"
  | "FieldValueForbidden"
  | "FieldValueTooLong"
  | "FieldValueTooMany"
  | "InternalError"
  | "FieldValueTypeInvalid";

export interface FieldError {
  type: FieldErrorType;
  /** Path such as `spec.containers[0].ports[1].name`; keys of maps as `metadata.labels[app]` where Kubernetes writes them so. */
  field: string;
  /** Text without the path: `Invalid value: "x": must be …`. */
  message: string;
}

/** `spec.items` + 3 → `spec.items[3]`; `spec` + `name` → `spec.name`. */
export function childPath(path: string, child: string | number): string {
  if (typeof child === "number") return `${path}[${child}]`;
  return path === "" ? child : `${path}.${child}`;
}

/** `metadata.labels` + `a/b` → `metadata.labels[a/b]`. */
export function keyPath(path: string, key: string): string {
  return `${path}[${key}]`;
}

/** A bad value as Go's validation shows it: strings quoted by Go's rules, the rest as Go's JSON, which escapes `<`, `>` and `&`. */
function show(value: unknown): string {
  if (value === undefined || value === null) return "null";
  if (typeof value === "string") return quoteText(value);
  return JSON.stringify(value).replace(/[<>&\u2028\u2029]/g, unicodeEscape);
}

function unicodeEscape(character: string): string {
  return `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`;
}

/** `Invalid value: "v": detail`. */
export function invalid(field: string, value: unknown, detail: string): FieldError {
  return {
    type: "FieldValueInvalid",
    field,
    message: `Invalid value: ${show(value)}${detail === "" ? "" : `: ${detail}`}`,
  };
}
/** `Required value: detail`. */
export function required(field: string, detail = ""): FieldError {
  return { type: "FieldValueRequired", field, message: `Required value${detail === "" ? "" : `: ${detail}`}` };
}
/** `Duplicate value: "v"`. */
export function duplicate(field: string, value: unknown): FieldError {
  return { type: "FieldValueDuplicate", field, message: `Duplicate value: ${show(value)}` };
}
/** `Unsupported value: "v": supported values: "a", "b"`. */
export function notSupported(
  field: string,
  value: unknown,
  supported: readonly string[],
  order: "sorted" | "given" = "sorted",
): FieldError {
  const shown = order === "sorted" ? [...supported].sort() : supported;
  const values = shown.map(quoteText).join(", ");
  return {
    type: "FieldValueNotSupported",
    field,
    message: `Unsupported value: ${show(value)}${values === "" ? "" : `: supported values: ${values}`}`,
  };
}
/** `Forbidden: detail`. */
export function forbidden(field: string, detail: string): FieldError {
  return { type: "FieldValueForbidden", field, message: `Forbidden${detail === "" ? "" : `: ${detail}`}` };
}
/** `Not found: "v"`. */
export function notFound(field: string, value: unknown): FieldError {
  return { type: "FieldValueNotFound", field, message: `Not found: ${show(value)}` };
}
/** `Too long: may not be more than N bytes`. */
export function tooLong(field: string, maximum: number): FieldError {
  return { type: "FieldValueTooLong", field, message: `Too long: may not be more than ${maximum} bytes` };
}
/** `Too many: N: must have at most M items`. */
export function tooMany(field: string, count: number, maximum: number): FieldError {
  return { type: "FieldValueTooMany", field, message: `Too many: ${count}: must have at most ${maximum} items` };
}
/** `Invalid value: "string": detail`, for a value of the wrong type. */
export function typeInvalid(field: string, value: unknown, detail: string): FieldError {
  return {
    type: "FieldValueTypeInvalid",
    field,
    message: `Invalid value: ${show(value)}${detail === "" ? "" : `: ${detail}`}`,
  };
}

/** `field: message`, as it stands in a Status message. */
export function formatFieldError(error: FieldError): string {
  return `${fieldName(error)}: ${error.message}`;
}

/** The path as clients see it: Kubernetes writes the path without a name as `[]`. */
export function fieldName({ field }: FieldError): string {
  return field === "" ? "[]" : field;
}

// What every patch of this folder answers, and the two small things they share: writing a field under any name, and Go's way of
// printing a value, in which Kubernetes words its errors.

import { isObject, type JsonObject } from "../object.ts";

/** 400 a malformed patch, 413 too many operations, 422 a patch that cannot be applied to this object. */
export type PatchErrorCode = 400 | 413 | 422;

export type PatchResult = { ok: true; object: JsonObject } | PatchFailure;

export interface PatchFailure {
  ok: false;
  code: PatchErrorCode;
  /** The `message` of the Status. */
  message: string;
  /** What exactly failed, where Kubernetes leaves it out of the message. */
  detail?: string;
}

/** Thrown inside a patch and turned into a PatchFailure at its edge. */
export class PatchError extends Error {
  readonly failure: PatchFailure;

  constructor(code: PatchErrorCode, message: string, detail?: string) {
    super(message);
    this.failure = { ok: false, code, message };
    if (detail !== undefined) this.failure.detail = detail;
  }
}

/** The message of a 422 whose reason the server keeps to itself. */
export const unprocessable = "the server rejected our request due to an error in our request";

/** Runs a patch; a PatchError becomes its failure. */
export function patchResult(patch: () => JsonObject): PatchResult {
  try {
    return { ok: true, object: patch() };
  } catch (error) {
    if (error instanceof PatchError) return error.failure;
    throw error;
  }
}

/** The field of this name, `undefined` when the object itself has none (`__proto__` is a name like any other). */
export function ownField(object: JsonObject, name: string): unknown {
  return Object.hasOwn(object, name) ? object[name] : undefined;
}

/** Writes a field; `__proto__` becomes a field like any other. */
export function setField(object: JsonObject, name: string, value: unknown): void {
  if (name === "__proto__") {
    Object.defineProperty(object, name, { value, enumerable: true, configurable: true, writable: true });
  } else {
    object[name] = value;
  }
}

/** A value as Go prints it with `%v`: `map[a:1 b:[x y]]`, `<nil>`. */
export function goText(value: unknown): string {
  if (value === null || value === undefined) return "<nil>";
  if (Array.isArray(value)) return `[${value.map(goText).join(" ")}]`;
  if (isObject(value)) {
    const fields = Object.keys(value)
      .sort()
      .map((key) => `${key}:${goText(value[key])}`);
    return `map[${fields.join(" ")}]`;
  }
  return JSON.isRawJSON(value) ? value.rawJSON : String(value);
}

/** The name of Go's type for a JSON value. */
export function goType(value: unknown): string {
  if (value === null || value === undefined) return "%!s(<nil>)";
  if (typeof value === "string") return "string";
  if (typeof value === "boolean") return "bool";
  if (Array.isArray(value)) return "[]interface {}";
  if (isObject(value)) return "map[string]interface {}";
  return Number.isInteger(value) || JSON.isRawJSON(value) ? "int64" : "float64";
}

/** The kind of a JSON value as Go's JSON decoder names it in errors. */
export function goJsonKind(value: unknown): string {
  if (typeof value === "string") return "string";
  if (typeof value === "boolean") return "bool";
  if (Array.isArray(value)) return "array";
  return isObject(value) ? "object" : "number";
}

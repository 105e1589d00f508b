// JSON text to values and back, as the API reads and writes it. Differences from plain JSON.parse:
//
//   - integers beyond 2^53 that fit int64 stay exact, as `JSON.rawJSON` values; larger ones become floats, as in Go
//   - nesting is bounded, so that recursive walkers are safe on whatever was parsed
//   - a key `__proto__` is dropped
//   - invalid UTF-8 becomes U+FFFD, as in Go
//   - errors are worded as Go's encoding/json words them
//
// The usual text costs one scan of what is outside its strings, then the native parser; the slow reviver runs only when the scan saw
// a number, or the text an escape, that needs it.

import { duplicateKeys, jsonSyntaxError, stringEnd } from "./json-syntax.ts";
import type { Json } from "./object.ts";

export interface JsonLimits {
  /** Deepest nesting of objects and lists. */
  maxDepth?: number;
}

export type JsonResult = { ok: true; value: Json } | { ok: false; error: string };

/** Depth that parsed values have at most, unless the caller says otherwise. */
export const defaultMaxDepth = 500;

/** The error text of Go for text that is nested too deeply. */
export const depthError = "exceeded max depth";

/** Parses one JSON value. Never throws. */
export function parseJson(text: string | Uint8Array, limits: JsonLimits = {}): JsonResult {
  const source = jsonText(text);
  const { depth, unusualNumbers } = survey(source);
  if (depth > (limits.maxDepth ?? defaultMaxDepth)) return { ok: false, error: depthError };
  try {
    const special = unusualNumbers || mayNameProto.test(source);
    return { ok: true, value: (special ? JSON.parse(source, revive) : JSON.parse(source)) as Json };
  } catch (error) {
    if (error instanceof NumberRangeError) return { ok: false, error: error.message };
    return { ok: false, error: jsonSyntaxError(source) };
  }
}

/** The text of a body; invalid UTF-8 becomes U+FFFD, a byte order mark stays (and is a syntax error). */
export function jsonText(text: string | Uint8Array): string {
  if (typeof text === "string") return text;
  return Buffer.from(text.buffer, text.byteOffset, text.byteLength).toString("utf8");
}

/** Writes a value as UTF-8 JSON, exact integers included. */
export function encodeJson(value: unknown): Buffer {
  return Buffer.from(JSON.stringify(value), "utf8");
}

/** Paths of the keys that a valid text names more than once, such as `spec.replicas`; linear in the text. */
export function duplicateFields(text: string | Uint8Array): string[] {
  return duplicateKeys(jsonText(text));
}

/** `__proto__`, also with some of its letters escaped. */
const mayNameProto = /__proto__|\\u00[5-7]/i;
const integerText = /^-?[0-9]+$/;
const int64Minimum = -(2n ** 63n);
const int64Maximum = 2n ** 63n - 1n;

class NumberRangeError extends Error {}

function revive(key: string, value: unknown, { source }: { source?: string }): unknown {
  if (key === "__proto__") return undefined;
  if (typeof value !== "number" || source === undefined || Number.isSafeInteger(value)) return value;
  if (!Number.isFinite(value)) {
    throw new NumberRangeError(`json: cannot unmarshal number ${source} into Go value of type float64`);
  }
  return integerText.test(source) && source.length <= 20 ? exactInteger(BigInt(source)) : value;
}

/** An integer as a value that keeps it: a number when that is exact, raw JSON within int64, else the nearest number. */
export function exactInteger(integer: bigint): Json {
  const number = Number(integer);
  if (Number.isSafeInteger(number) || integer < int64Minimum || integer > int64Maximum) return number;
  return JSON.rawJSON(integer.toString()) as unknown as Json;
}

const quote = 0x22;

/** The depth of a text, and whether it holds numbers with an exponent or with 16 characters and more. */
function survey(text: string): { depth: number; unusualNumbers: boolean } {
  let depth = 0;
  let deepest = 0;
  let unusualNumbers = false;
  let numberLength = 0;
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code === quote) {
      at = stringEnd(text, at);
      if (at < 0) break;
      continue;
    }
    if (code >= 0x30 && code <= 0x39) {
      if (++numberLength === 16) unusualNumbers = true;
      continue;
    }
    if (code === 0x7b || code === 0x5b) {
      if (++depth > deepest) deepest = depth;
    } else if (code === 0x7d || code === 0x5d) depth--;
    else if ((code === 0x65 || code === 0x45) && numberLength > 0) unusualNumbers = true;
    else if (code === 0x2e) continue;
    numberLength = 0;
  }
  return { depth: deepest, unusualNumbers };
}

/** Whether a value is an integer: a number without fraction, or an exact integer of the parser. */
export function isIntegerValue(value: unknown): boolean {
  return Number.isInteger(value) || JSON.isRawJSON(value);
}

/** Whether a value is a JSON number, exact integers included. */
export function isNumberValue(value: unknown): boolean {
  return typeof value === "number" || JSON.isRawJSON(value);
}

/** The integer as a bigint, or undefined for anything else. */
export function integerOf(value: unknown): bigint | undefined {
  if (typeof value === "number") return Number.isInteger(value) ? BigInt(value) : undefined;
  return JSON.isRawJSON(value) ? BigInt(value.rawJSON) : undefined;
}

/** The number nearest to a numeric value; NaN for anything else. */
export function numberOf(value: unknown): number {
  if (typeof value === "number") return value;
  return JSON.isRawJSON(value) ? Number(value.rawJSON) : Number.NaN;
}

/** Negative, zero or positive as `a` is less than, equal to or greater than `b`; exact between integers. */
export function compareNumbers(a: unknown, b: unknown): number {
  if (typeof a === "number" && typeof b === "number") return a - b;
  const left = integerOf(a) ?? numberOf(a);
  const right = integerOf(b) ?? numberOf(b);
  return left < right ? -1 : left > right ? 1 : 0;
}

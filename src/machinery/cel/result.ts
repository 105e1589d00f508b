// What an expression gave, as JSON.

import type { Json } from "../object.ts";
import { encodeBase64 } from "./library/bytes.ts";
import { formatDuration, formatTimestamp } from "./library/time-text.ts";
import type { Meter } from "./meter.ts";
import { Duration, fail, List, MapValue, Optional, Timestamp, typeNameOf, Uint, type Value } from "./values.ts";

/** A value as JSON: integers beyond 2^53 raw, bytes in base64, times as text, none as null. */
export function toJson(value: Value, meter: Meter): Json {
  if (value === null || typeof value === "string" || typeof value === "boolean") return value;
  if (typeof value === "bigint") return integer(value);
  if (typeof value === "number") return Number.isFinite(value) ? value : fail("a number that JSON does not have");
  if (value instanceof Uint) return integer(value.value);
  if (value instanceof List) {
    meter.work(value.size);
    return Array.from({ length: value.size }, (_, index) => toJson(value.get(index), meter));
  }
  if (value instanceof MapValue) {
    const object: { [key: string]: Json } = Object.create(null);
    for (const key of value.keys()) object[keyOf(key)] = toJson(value.get(key) ?? null, meter);
    return { ...object };
  }
  if (value instanceof Timestamp) return formatTimestamp(value.nanos);
  if (value instanceof Duration) return formatDuration(value.nanos);
  if (value instanceof Uint8Array) return encodeBase64(value);
  if (value instanceof Optional) return value.value === undefined ? null : toJson(value.value, meter);
  return fail(`unsupported result type: ${typeNameOf(value)}`);
}

function integer(value: bigint): Json {
  const small = value >= Number.MIN_SAFE_INTEGER && value <= Number.MAX_SAFE_INTEGER;
  return small ? Number(value) : (JSON.rawJSON(String(value)) as unknown as Json);
}

function keyOf(key: Value): string {
  return key instanceof Uint ? String(key.value) : String(key);
}

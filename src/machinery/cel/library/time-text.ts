// Timestamps and durations as text: RFC 3339 and Go's duration syntax, in nanoseconds.

import { parseDuration as readDuration, parseTimestamp as readTimestamp } from "../../time.ts";
import { fail } from "../values.ts";

const billion = 1_000_000_000n;
const minTimestamp = -62135596800n * billion;
const maxTimestamp = 253402300799n * billion + 999_999_999n;

/** RFC 3339 as nanoseconds since 1970. */
export function parseTimestamp(text: string): bigint {
  const parsed = readTimestamp(text);
  if (parsed === undefined) return fail(`invalid timestamp: ${JSON.stringify(text)}`);
  return checkTimestamp(BigInt(parsed.seconds) * billion + BigInt(parsed.nanos));
}

export function checkTimestamp(nanos: bigint): bigint {
  return nanos < minTimestamp || nanos > maxTimestamp ? fail("timestamp overflow") : nanos;
}

/** RFC 3339 in UTC, with a fraction only when there is one. */
export function formatTimestamp(nanos: bigint): string {
  const { seconds, rest } = splitSeconds(nanos);
  return `${new Date(Number(seconds) * 1000).toISOString().slice(0, 19)}${fractionText(rest)}Z`;
}

/** Whole seconds, rounded down, and the nanoseconds above them. */
export function splitSeconds(nanos: bigint): { seconds: bigint; rest: bigint } {
  const rest = ((nanos % billion) + billion) % billion;
  return { seconds: (nanos - rest) / billion, rest };
}

function fractionText(nanos: bigint): string {
  return nanos === 0n ? "" : `.${String(nanos).padStart(9, "0").replace(/0+$/, "")}`;
}

/** A duration as Go writes it: `1h30m`, `-1.5s`, `0`. */
export function parseDuration(text: string): bigint {
  const parsed = readDuration(text);
  return parsed.ok ? checkDuration(parsed.nanoseconds) : fail(parsed.error);
}

export function checkDuration(nanos: bigint): bigint {
  return BigInt.asIntN(64, nanos) === nanos ? nanos : fail("duration overflow");
}

/** Seconds with a fraction: how CEL writes a duration. */
export function formatDuration(nanos: bigint): string {
  const absolute = nanos < 0n ? -nanos : nanos;
  return `${nanos < 0n ? "-" : ""}${absolute / billion}${fractionText(absolute % billion)}s`;
}

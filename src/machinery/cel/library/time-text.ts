// Timestamps and durations as text: RFC 3339 and Go's duration syntax, in nanoseconds.

import { fail } from "../values.ts";

const billion = 1_000_000_000n;
export const minTimestamp = -62135596800n * billion;
export const maxTimestamp = 253402300799n * billion + 999_999_999n;

const rfc3339 = /^(\d{4})-(\d\d)-(\d\d)[Tt](\d\d):(\d\d):(\d\d)(?:\.(\d{1,9}))?(?:[Zz]|([+-])(\d\d):(\d\d))$/;

/** Nanoseconds since 1970. */
export function parseTimestamp(text: string): bigint {
  const match = rfc3339.exec(text);
  if (match === null) return fail(`invalid timestamp: ${JSON.stringify(text)}`);
  const [year, month, day, hour, minute, second] = match.slice(1, 7).map(Number) as [
    number,
    number,
    number,
    number,
    number,
    number,
  ];
  const date = new Date(0);
  date.setUTCFullYear(year, month - 1, day);
  date.setUTCHours(hour, minute, second);
  const valid =
    date.getUTCMonth() === month - 1 && date.getUTCDate() === day && hour < 24 && minute < 60 && second < 60;
  if (!valid) return fail(`invalid timestamp: ${JSON.stringify(text)}`);
  const offset = (Number(match[9] ?? 0) * 60 + Number(match[10] ?? 0)) * (match[8] === "-" ? -60 : 60);
  const fraction = BigInt((match[7] ?? "").padEnd(9, "0"));
  return checkTimestamp(BigInt(date.getTime() / 1000 - offset) * billion + fraction);
}

export function checkTimestamp(nanos: bigint): bigint {
  return nanos < minTimestamp || nanos > maxTimestamp ? fail("timestamp overflow") : nanos;
}

/** RFC 3339 in UTC, with a fraction only when there is one. */
export function formatTimestamp(nanos: bigint): string {
  const { seconds, rest } = splitSeconds(nanos);
  const text = new Date(Number(seconds) * 1000).toISOString().slice(0, 19);
  return `${text.length === 19 ? text : text.slice(-19)}${fractionText(rest)}Z`;
}

/** Whole seconds, rounded down, and the nanoseconds above them. */
export function splitSeconds(nanos: bigint): { seconds: bigint; rest: bigint } {
  const rest = ((nanos % billion) + billion) % billion;
  return { seconds: (nanos - rest) / billion, rest };
}

function fractionText(nanos: bigint): string {
  return nanos === 0n ? "" : `.${String(nanos).padStart(9, "0").replace(/0+$/, "")}`;
}

const units: Record<string, bigint> = {
  ns: 1n,
  us: 1000n,
  µs: 1000n,
  μs: 1000n,
  ms: 1_000_000n,
  s: billion,
  m: 60n * billion,
  h: 3600n * billion,
};
const durationText = /^([+-]?)((?:(?:\d+\.?\d*|\.\d+)(?:ns|us|µs|μs|ms|s|m|h))+|0)$/;

/** A duration as Go writes it: `1h30m`, `-1.5s`, `0`. */
export function parseDuration(text: string): bigint {
  const match = text.length > 100 ? null : durationText.exec(text);
  if (match === null) return fail(`time: invalid duration ${JSON.stringify(text)}`);
  let total = 0n;
  for (const [, whole, fraction = "", name] of match[2]!.matchAll(/(\d*)(?:\.(\d*))?(ns|us|µs|μs|ms|s|m|h)/g)) {
    const scale = units[name!]!;
    total += BigInt(whole || "0") * scale + (BigInt(fraction || "0") * scale) / 10n ** BigInt(fraction.length);
  }
  return checkDuration(match[1] === "-" ? -total : total);
}

export function checkDuration(nanos: bigint): bigint {
  return BigInt.asIntN(64, nanos) === nanos ? nanos : fail("duration overflow");
}

/** Seconds with a fraction: how CEL writes a duration. */
export function formatDuration(nanos: bigint): string {
  const absolute = nanos < 0n ? -nanos : nanos;
  return `${nanos < 0n ? "-" : ""}${absolute / billion}${fractionText(absolute % billion)}s`;
}

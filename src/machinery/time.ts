// Times and durations as Kubernetes writes them: RFC 3339 in UTC (with seconds, or microseconds for MicroTime), Go durations
// (`1h2m3s`), and the ages of `kubectl get` (`3d4h`). Pure: `now` comes from the caller.
// Source: Go's time package; k8s.io/apimachinery pkg/util/duration.

import { quoteText } from "./quote.ts";

/** A point in time, to the nanosecond. */
export interface Timestamp {
  /** Seconds since 1970. */
  seconds: number;
  /** 0 to 999,999,999. */
  nanos: number;
}

/** `2006-01-02T15:04:05Z`. */
export function formatTime(date: Date): string {
  return `${date.toISOString().slice(0, 19)}Z`;
}

/** `2006-01-02T15:04:05.000000Z`; a Date holds milliseconds, so the last three digits are zero. */
export function formatMicroTime(date: Date): string {
  return `${date.toISOString().slice(0, 23)}000Z`;
}

const shape = /^(\d{4})-(\d\d)-(\d\d)T(\d\d):(\d\d):(\d\d)(?:[.,](\d+))?(?:Z|([-+])(\d\d):(\d\d))$/;

/** Reads RFC 3339 as Go does: any offset, any number of decimals; undefined when it is malformed or no real date. */
export function parseTimestamp(text: string): Timestamp | undefined {
  const match = text.length > 64 ? null : shape.exec(text);
  if (match === null) return undefined;
  const [year, month, day, hour, minute, second] = match.slice(1, 7).map(Number) as [
    number,
    number,
    number,
    number,
    number,
    number,
  ];
  if (hour > 23 || minute > 59 || second > 59) return undefined;
  const date = new Date(0);
  date.setUTCFullYear(year, month - 1, day);
  if (date.getUTCMonth() !== month - 1 || date.getUTCDate() !== day) return undefined;
  date.setUTCHours(hour, minute, second);
  const [, , , , , , , fraction = "", sign, offsetHours = "0", offsetMinutes = "0"] = match;
  if (Number(offsetHours) > 23 || Number(offsetMinutes) > 59) return undefined;
  const offset = (Number(offsetHours) * 60 + Number(offsetMinutes)) * 60 * (sign === "-" ? -1 : 1);
  return { seconds: date.getTime() / 1000 - offset, nanos: Number(fraction.slice(0, 9).padEnd(9, "0")) };
}

/** Reads RFC 3339 to the millisecond; undefined when it is malformed. */
export function parseTime(text: string): Date | undefined {
  const timestamp = parseTimestamp(text);
  return timestamp && new Date(timestamp.seconds * 1000 + Math.floor(timestamp.nanos / 1e6));
}

/** The text of a Time (seconds) or MicroTime (microseconds); undefined outside the years 0 to 9999, which RFC 3339 cannot name. */
export function formatTimestamp({ seconds, nanos }: Timestamp, precision: "seconds" | "micro"): string | undefined {
  const date = new Date(seconds * 1000);
  if (Number.isNaN(date.getTime()) || date.getUTCFullYear() < 0 || date.getUTCFullYear() > 9999) return undefined;
  const text = date.toISOString().slice(0, 19);
  if (precision === "seconds") return `${text}Z`;
  return `${text}.${String(Math.floor(nanos / 1000)).padStart(6, "0")}Z`;
}

const nanosecondsOf = new Map<string, bigint>([
  ["ns", 1n],
  ["us", 1_000n],
  ["µs", 1_000n],
  ["μs", 1_000n],
  ["ms", 1_000_000n],
  ["s", 1_000_000_000n],
  ["m", 60_000_000_000n],
  ["h", 3_600_000_000_000n],
]);
const longestDuration = 2n ** 63n - 1n;

/** Reads a Go duration such as `1h30m` or `-1.5s`; errors in Go's words. */
export function parseDuration(text: string): { ok: true; nanoseconds: bigint } | { ok: false; error: string } {
  const quoted = quoteText(text);
  const malformed = { ok: false, error: `time: invalid duration ${quoted}` } as const;
  let rest = text.replace(/^[-+]/, "");
  if (rest === "0") return { ok: true, nanoseconds: 0n };
  if (rest === "" || text.length > 256) return malformed;
  let total = 0n;
  while (rest !== "") {
    const number = /^(\d*)(?:\.(\d*))?/.exec(rest)!;
    const [digits, whole = "", fraction = ""] = number;
    if (whole === "" && fraction === "") return malformed;
    const unit = /^[^.\d]*/.exec(rest.slice(digits.length))![0];
    if (unit === "") return { ok: false, error: `time: missing unit in duration ${quoted}` };
    const factor = nanosecondsOf.get(unit);
    if (factor === undefined) {
      return { ok: false, error: `time: unknown unit ${quoteText(unit)} in duration ${quoted}` };
    }
    total += BigInt(whole || "0") * factor + (BigInt(fraction || "0") * factor) / 10n ** BigInt(fraction.length);
    if (total > longestDuration) return malformed;
    rest = rest.slice(digits.length + unit.length);
  }
  return { ok: true, nanoseconds: text.startsWith("-") ? -total : total };
}

/** `1h2m3s`, `1.5s`, `100ms`, `0s`. */
export function formatDuration(nanoseconds: bigint): string {
  if (nanoseconds === 0n) return "0s";
  const sign = nanoseconds < 0n ? "-" : "";
  const value = nanoseconds < 0n ? -nanoseconds : nanoseconds;
  if (value < 1_000n) return `${sign}${value}ns`;
  if (value < 1_000_000n) return `${sign}${decimal(value, 3)}µs`;
  if (value < 1_000_000_000n) return `${sign}${decimal(value, 6)}ms`;
  const minutes = value / 60_000_000_000n;
  const seconds = decimal(value % 60_000_000_000n, 9);
  if (minutes === 0n) return `${sign}${seconds}s`;
  if (minutes < 60n) return `${sign}${minutes}m${seconds}s`;
  return `${sign}${minutes / 60n}h${minutes % 60n}m${seconds}s`;
}

/** A number without its last `places` digits before the point, and without trailing zeros after it. */
function decimal(value: bigint, places: number): string {
  const scale = 10n ** BigInt(places);
  const fraction = String(value % scale)
    .padStart(places, "0")
    .replace(/0+$/, "");
  return fraction === "" ? String(value / scale) : `${value / scale}.${fraction}`;
}

/** A duration in milliseconds for people, to two or three figures: `45s`, `5m30s`, `3d4h`, `2y30d`. */
export function humanDuration(milliseconds: number): string {
  const seconds = Math.trunc(milliseconds / 1000);
  if (seconds < -1) return "<invalid>";
  if (seconds < 0) return "0s";
  if (seconds < 120) return `${seconds}s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 10) return pair(minutes, "m", seconds % 60, "s");
  if (minutes < 180) return `${minutes}m`;
  const hours = Math.floor(minutes / 60);
  if (hours < 8) return pair(hours, "h", minutes % 60, "m");
  if (hours < 48) return `${hours}h`;
  const days = Math.floor(hours / 24);
  if (days < 8) return pair(days, "d", hours % 24, "h");
  if (days < 730) return `${days}d`;
  const years = Math.floor(days / 365);
  return years < 8 ? pair(years, "y", days % 365, "d") : `${years}y`;
}

/** Time between a timestamp and now for people; `<unknown>` when there is no timestamp. */
export function since(timestamp: string | null | undefined, now: Date): string {
  if (timestamp === undefined || timestamp === null || timestamp === "") return "<unknown>";
  const time = Date.parse(timestamp);
  return Number.isNaN(time) ? "<unknown>" : humanDuration(now.getTime() - time);
}

function pair(large: number, largeUnit: string, small: number, smallUnit: string): string {
  return small === 0 ? `${large}${largeUnit}` : `${large}${largeUnit}${small}${smallUnit}`;
}

// Getters of timestamps, in UTC or a time zone, and of durations.

import * as t from "../types.ts";
import { type Duration, fail, type Timestamp } from "../values.ts";
import { type Library, method, type Overload } from "./overload.ts";
import { splitSeconds } from "./time-text.ts";

/** The calendar's view of a timestamp; the Date holds local time as if it were UTC. */
interface Calendar {
  readonly date: Date;
  readonly millisecond: number;
}

const offsetText = /^([+-]?)(\d\d):(\d\d)$/;

function calendarOf(timestamp: Timestamp, zone = "UTC"): Calendar {
  const { seconds, rest } = splitSeconds(timestamp.nanos);
  const milliseconds = Number(seconds) * 1000;
  return { date: new Date(milliseconds + zoneOffset(milliseconds, zone)), millisecond: Number(rest / 1_000_000n) };
}

/** How far local time is ahead of UTC, in milliseconds. */
function zoneOffset(milliseconds: number, zone: string): number {
  if (zone === "UTC" || zone === "") return 0;
  const fixed = offsetText.exec(zone);
  if (fixed !== null) return (fixed[1] === "-" ? -1 : 1) * (Number(fixed[2]) * 60 + Number(fixed[3])) * 60_000;
  try {
    return localTime(milliseconds, zone) - milliseconds;
  } catch {
    return fail(`unknown time zone ${zone}`);
  }
}

/** Making a formatter takes long; those of the last zones are kept. */
const formatters = new Map<string, Intl.DateTimeFormat>();
const maxFormatters = 100;

function formatterOf(timeZone: string): Intl.DateTimeFormat {
  let formatter = formatters.get(timeZone);
  if (formatter === undefined) {
    const numeric = {
      year: "numeric",
      month: "numeric",
      day: "numeric",
      hour: "numeric",
      minute: "numeric",
      second: "numeric",
    } as const;
    formatter = new Intl.DateTimeFormat("en-US", { timeZone, hourCycle: "h23", era: "short", ...numeric });
    if (formatters.size >= maxFormatters) formatters.clear();
    formatters.set(timeZone, formatter);
  }
  return formatter;
}

function localTime(milliseconds: number, timeZone: string): number {
  const parts = Object.fromEntries(
    formatterOf(timeZone)
      .formatToParts(milliseconds)
      .map(({ type, value }) => [type, value]),
  );
  const date = new Date(0);
  date.setUTCFullYear(
    parts.era === "BC" ? 1 - Number(parts.year) : Number(parts.year),
    Number(parts.month) - 1,
    Number(parts.day),
  );
  date.setUTCHours(Number(parts.hour), Number(parts.minute), Number(parts.second), 0);
  return date.getTime();
}

/** Asking for a zone: it takes a formatter of the system's. */
const zoneOptions = { work: 200 };

function getter(get: (calendar: Calendar) => number): Overload[] {
  const read = (timestamp: Timestamp, zone?: string) => BigInt(get(calendarOf(timestamp, zone)));
  return [
    method([t.timestamp], t.int, (timestamp: Timestamp) => read(timestamp)),
    method([t.timestamp, t.string], t.int, (timestamp: Timestamp, zone: string) => read(timestamp, zone), zoneOptions),
  ];
}

function durationGetter(get: (nanos: bigint) => bigint): Overload {
  return method([t.duration], t.int, (duration: Duration) => get(duration.nanos));
}

function dayOfYear(date: Date): number {
  const start = new Date(date);
  start.setUTCMonth(0, 1);
  return Math.round((date.getTime() - start.getTime()) / 86_400_000);
}

const second = 1_000_000_000n;

export const times: Library = {
  getFullYear: getter(({ date }) => date.getUTCFullYear()),
  getMonth: getter(({ date }) => date.getUTCMonth()),
  getDate: getter(({ date }) => date.getUTCDate()),
  getDayOfMonth: getter(({ date }) => date.getUTCDate() - 1),
  getDayOfWeek: getter(({ date }) => date.getUTCDay()),
  getDayOfYear: getter(({ date }) => dayOfYear(date)),
  getHours: [...getter(({ date }) => date.getUTCHours()), durationGetter((nanos) => nanos / (3600n * second))],
  getMinutes: [...getter(({ date }) => date.getUTCMinutes()), durationGetter((nanos) => nanos / (60n * second))],
  getSeconds: [...getter(({ date }) => date.getUTCSeconds()), durationGetter((nanos) => nanos / second)],
  getMilliseconds: [
    ...getter(({ millisecond }) => millisecond),
    durationGetter((nanos) => (nanos / 1_000_000n) % 1000n),
  ],
};

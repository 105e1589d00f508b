import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import {
  formatDuration,
  formatMicroTime,
  formatTime,
  formatTimestamp,
  humanDuration,
  parseDuration,
  parseTime,
  parseTimestamp,
} from "./time.ts";

test("times are written in UTC with seconds, or microseconds", () => {
  const date = new Date("2024-02-29T12:30:45.678Z");
  assert.equal(formatTime(date), "2024-02-29T12:30:45Z");
  assert.equal(formatMicroTime(date), "2024-02-29T12:30:45.678000Z");
});

test("times are read with offsets and decimals", () => {
  assert.deepEqual(parseTimestamp("1970-01-01T00:00:01.5Z"), { seconds: 1, nanos: 500_000_000 });
  assert.deepEqual(parseTimestamp("1970-01-01T01:00:00+01:00"), { seconds: 0, nanos: 0 });
  assert.deepEqual(parseTimestamp("1969-12-31T23:59:59.999999999Z"), { seconds: -1, nanos: 999_999_999 });
  assert.equal(parseTime("2024-02-29T12:30:45.678Z")?.getTime(), Date.parse("2024-02-29T12:30:45.678Z"));
});

test("what is no time is refused", () => {
  for (const text of [
    "",
    "2024-02-29",
    "2023-02-29T00:00:00Z",
    "2024-13-01T00:00:00Z",
    "2024-01-01T24:00:00Z",
    "2024-01-01T00:00:60Z",
    "2024-01-01 00:00:00Z",
    "2024-01-01T00:00:00",
    "2024-01-01t00:00:00z",
    "2024-01-01T00:00:00+25:00",
  ]) {
    assert.equal(parseTimestamp(text), undefined, text);
  }
});

test("timestamps survive the way through text", () => {
  fc.assert(
    fc.property(
      fc.integer({ min: -62_167_219_200, max: 253_402_300_799 }),
      fc.integer({ min: 0, max: 999_999 }),
      (seconds, micros) => {
        const text = formatTimestamp({ seconds, nanos: micros * 1000 }, "micro");
        assert.deepEqual(parseTimestamp(text!), { seconds, nanos: micros * 1000 });
      },
    ),
  );
  assert.equal(formatTimestamp({ seconds: 253_402_300_800, nanos: 0 }, "seconds"), undefined);
});

test("durations are those of Go", () => {
  const cases: [text: string, nanoseconds: bigint, canonical: string][] = [
    ["0", 0n, "0s"],
    ["1h2m3s", 3_723_000_000_000n, "1h2m3s"],
    ["1.5s", 1_500_000_000n, "1.5s"],
    ["90s", 90_000_000_000n, "1m30s"],
    ["-1h", -3_600_000_000_000n, "-1h0m0s"],
    ["100ms", 100_000_000n, "100ms"],
    ["1500us", 1_500_000n, "1.5ms"],
    ["12ns", 12n, "12ns"],
    [".5h", 1_800_000_000_000n, "30m0s"],
  ];
  for (const [text, nanoseconds, canonical] of cases) {
    assert.deepEqual(parseDuration(text), { ok: true, nanoseconds }, text);
    assert.equal(formatDuration(nanoseconds), canonical);
  }
});

test("malformed durations say why", () => {
  const errors: [text: string, error: string][] = [
    ["", 'time: invalid duration ""'],
    ["abc", 'time: invalid duration "abc"'],
    ["3", 'time: missing unit in duration "3"'],
    ["3x", 'time: unknown unit "x" in duration "3x"'],
    ["9999999h", 'time: invalid duration "9999999h"'],
    [".s", 'time: invalid duration ".s"'],
  ];
  for (const [text, error] of errors) assert.deepEqual(parseDuration(text), { ok: false, error }, text);
});

test("ages are those of kubectl", () => {
  const second = 1000;
  const minute = 60 * second;
  const hour = 60 * minute;
  const day = 24 * hour;
  const cases: [milliseconds: number, text: string][] = [
    [-5 * second, "<invalid>"],
    [-1 * second, "0s"],
    [999, "0s"],
    [119 * second, "119s"],
    [2 * minute, "2m"],
    [2 * minute + 5 * second, "2m5s"],
    [10 * minute + 5 * second, "10m"],
    [179 * minute, "179m"],
    [3 * hour, "3h"],
    [3 * hour + 5 * minute, "3h5m"],
    [47 * hour, "47h"],
    [2 * day, "2d"],
    [3 * day + 4 * hour, "3d4h"],
    [8 * day + 4 * hour, "8d"],
    [729 * day, "729d"],
    [730 * day, "2y"],
    [760 * day, "2y30d"],
    [3000 * day, "8y"],
  ];
  for (const [milliseconds, text] of cases) assert.equal(humanDuration(milliseconds), text);
});

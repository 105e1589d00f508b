import assert from "node:assert/strict";
import { test } from "node:test";
import { cronScheduleError } from "./cron-schedule.ts";

test("valid schedules", () => {
  const schedules = [
    "* * * * *",
    "*/5 0-6,12 1 jan-mar MON",
    "0 0 ? * 0",
    "@daily",
    "@every 1h30m",
    "TZ=UTC 5 * * * *",
  ];
  for (const schedule of schedules) assert.equal(cronScheduleError(schedule), undefined, schedule);
});

test("invalid schedules are explained in the words of their parser", () => {
  const cases: [string, string][] = [
    ["* * * *", "expected exactly 5 fields, found 4: [* * * *]"],
    ["hourly", "expected exactly 5 fields, found 1: [hourly]"],
    ["60 * * * *", "end of range (60) above maximum (59): 60"],
    ["* * 0 * *", "beginning of range (0) below minimum (1): 0"],
    ["5-3 * * * *", "beginning of range (5) beyond end of range (3): 5-3"],
    ["*/0 * * * *", "step of range should be a positive number: */0"],
    ["1-2-3 * * * *", "too many hyphens: 1-2-3"],
    ["1/2/3 * * * *", "too many slashes: 1/2/3"],
    ["x * * * *", 'failed to parse int from x: strconv.Atoi: parsing "x": invalid syntax'],
    ["@sometimes", "unrecognized descriptor: @sometimes"],
    ["@every soon", 'failed to parse duration @every soon: time: invalid duration "soon"'],
  ];
  for (const [schedule, expected] of cases) assert.equal(cronScheduleError(schedule), expected, schedule);
});

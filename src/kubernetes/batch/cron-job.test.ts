import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { JsonObject, KubeObject } from "../../machinery/object.ts";
import { createErrors, defaulted, row } from "../validation/testing.ts";
import { cronJobs } from "./cron-job.ts";

const template = { spec: { containers: [{ name: "work", image: "busybox:1" }], restartPolicy: "OnFailure" } };

function cronJob(spec: JsonObject = {}, fields: JsonObject = {}): KubeObject {
  return {
    apiVersion: "batch/v1",
    kind: "CronJob",
    metadata: { name: "work" },
    spec: { schedule: "*/5 * * * *", jobTemplate: { spec: { template } }, ...spec },
    ...fields,
  };
}

test("cron job defaults leave the job to the job", () => {
  const { jobTemplate, ...spec } = defaulted(cronJobs, cronJob()).spec;
  assert.deepEqual(spec, {
    schedule: "*/5 * * * *",
    concurrencyPolicy: "Allow",
    suspend: false,
    successfulJobsHistoryLimit: 3,
    failedJobsHistoryLimit: 1,
  });
  assert.deepEqual(Object.keys(jobTemplate.spec), ["template"]);
  assert.equal(jobTemplate.spec.template.spec.schedulerName, "default-scheduler");
});

describe("cron job validation", () => {
  const cases: [name: string, spec: JsonObject, expected: string[]][] = [
    ["a plain cron job", { timeZone: "Europe/Zurich" }, []],
    ["no schedule", { schedule: "" }, ["spec.schedule: Required value"]],
    [
      "a schedule of four fields",
      { schedule: "* * * *" },
      ['spec.schedule: Invalid value: "* * * *": expected exactly 5 fields, found 4: [* * * *]'],
    ],
    [
      "a time zone in the schedule",
      { schedule: "TZ=UTC 0 * * * *" },
      [
        'spec.schedule: Invalid value: "TZ=UTC 0 * * * *": cannot use TZ or CRON_TZ in schedule, use timeZone field instead',
      ],
    ],
    [
      "a time zone that is none",
      { timeZone: "Middle/Earth" },
      ['spec.timeZone: Invalid value: "Middle/Earth": unknown time zone Middle/Earth'],
    ],
    [
      "an unknown concurrency",
      { concurrencyPolicy: "Maybe" },
      ['spec.concurrencyPolicy: Unsupported value: "Maybe": supported values: "Allow", "Forbid", "Replace"'],
    ],
    [
      "a selector for the jobs",
      { jobTemplate: { spec: { template, selector: { matchLabels: { a: "b" } } } } },
      ['spec.jobTemplate.spec.selector: Invalid value: {"matchLabels":{"a":"b"}}: `selector` will be auto-generated'],
    ],
  ];
  for (const [name, spec, expected] of cases) {
    test(name, () => assert.deepEqual(createErrors(cronJobs, cronJob(spec)), expected));
  }

  test("names leave room for those of the jobs", () => {
    const name = "a".repeat(53);
    assert.deepEqual(createErrors(cronJobs, cronJob({}, { metadata: { name } })), [
      `metadata.name: Invalid value: "${name}": must be no more than 52 characters`,
    ]);
  });
});

test("kubectl get cronjobs", () => {
  const status = { active: [{}], lastScheduleTime: "2026-01-01T23:55:00Z" };
  assert.deepEqual(row(cronJobs, cronJob({ suspend: true }, { status })), {
    Schedule: "*/5 * * * *",
    Timezone: "<none>",
    Suspend: "True",
    Active: 1,
    "Last Schedule": "5m",
    Age: "<unknown>",
    Containers: "work",
    Images: "busybox:1",
    Selector: "<none>",
  });
});

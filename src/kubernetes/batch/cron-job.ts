// CronJobs.

import type { Strategy } from "../../apiserver/strategy.ts";
import { type FieldError, invalid, notSupported, required } from "../../machinery/field-error.ts";
import type { JsonObject, KubeObject } from "../../machinery/object.ts";
import { since } from "../../machinery/time.ts";
import { ageColumn, none, showLabelSelector, templateColumns, textColumn } from "../columns.ts";
import { defaultTemplateOf } from "../core/pod-defaults.ts";
import { templateWarnings } from "../core/pod-warnings.ts";
import { builtin } from "../define.ts";
import { checkEnum, checkNonNegativeFields, isEmpty, isNew, isSet, listOf } from "../validation/fields.ts";
import { cronScheduleError } from "./cron-schedule.ts";
import { checkJobSpec } from "./job-spec.ts";

/** Jobs are named after their CronJob with up to eleven characters more, and may have 63. */
const maxNameLength = 52;

const cronJobStrategy: Strategy = {
  defaults(object) {
    object.spec ??= {};
    const spec: JsonObject = object.spec;
    spec.concurrencyPolicy ||= "Allow";
    spec.suspend ??= false;
    spec.successfulJobsHistoryLimit ??= 3;
    spec.failedJobsHistoryLimit ??= 1;
    spec.jobTemplate ??= {};
    spec.jobTemplate.spec ??= {};
    defaultTemplateOf(spec.jobTemplate.spec);
  },

  validate(object) {
    const errors: FieldError[] = [];
    checkSpec(object.spec ?? {}, errors);
    const name = object.metadata.name ?? "";
    if (isNew(object)) checkZones(object.spec ?? {}, undefined, errors);
    if (isNew(object) && name.length > maxNameLength) {
      errors.push(invalid("metadata.name", name, `must be no more than ${maxNameLength} characters`));
    }
    return errors;
  },

  validateUpdate(object, old) {
    const errors: FieldError[] = [];
    checkZones(object.spec ?? {}, old.spec ?? {}, errors);
    return errors;
  },

  warnings(object, old) {
    const template = object.spec?.jobTemplate?.spec?.template;
    return templateWarnings(template, "spec.jobTemplate.spec.template", object, old);
  },
};

function checkSpec(spec: JsonObject, errors: FieldError[]): void {
  const { schedule } = spec;
  if (isEmpty(schedule)) {
    errors.push(required("spec.schedule"));
  } else {
    const problem = cronScheduleError(schedule);
    if (problem !== undefined) errors.push(invalid("spec.schedule", schedule, problem));
  }
  checkNonNegativeFields(spec, ["startingDeadlineSeconds"], "spec", errors);
  checkEnum(spec.concurrencyPolicy, ["Allow", "Forbid", "Replace"], "spec.concurrencyPolicy", errors);
  const path = "spec.jobTemplate.spec";
  const job: JsonObject = spec.jobTemplate?.spec ?? {};
  checkJobSpec(job, path, errors);
  if (isSet(job.selector)) {
    errors.push(invalid(`${path}.selector`, job.selector, "`selector` will be auto-generated"));
  }
  if (job.manualSelector === true) {
    errors.push(notSupported(`${path}.manualSelector`, true, ["nil", "false"], "given"));
  }
  checkNonNegativeFields(spec, ["successfulJobsHistoryLimit", "failedJobsHistoryLimit"], "spec", errors);
}

/** The time zone has a field. A schedule that had it within may keep it there; a zone that stays is not looked up again. */
function checkZones(spec: JsonObject, old: JsonObject | undefined, errors: FieldError[]): void {
  const schedule: string = spec.schedule ?? "";
  const tolerated = (old?.schedule ?? "").includes("TZ");
  if (schedule.includes("TZ") && (!tolerated || isSet(spec.timeZone))) {
    const why = tolerated
      ? "cannot use both timeZone field and TZ or CRON_TZ in schedule"
      : "cannot use TZ or CRON_TZ in schedule, use timeZone field instead";
    errors.push(invalid("spec.schedule", schedule, why));
  }
  const changed = old === undefined || old.timeZone !== spec.timeZone;
  if (changed && isSet(spec.timeZone)) checkTimeZone(spec.timeZone, "spec.timeZone", errors);
}

function checkTimeZone(timeZone: string, path: string, errors: FieldError[]): void {
  if (timeZone === "") {
    errors.push(invalid(path, timeZone, "timeZone must be nil or non-empty string"));
  } else if (timeZone.toLowerCase() === "local") {
    const why = "timeZone must be an explicit time zone as defined in https://www.iana.org/time-zones";
    errors.push(invalid(path, timeZone, why));
  } else if (!isTimeZone(timeZone)) {
    errors.push(invalid(path, timeZone, `unknown time zone ${timeZone}`));
  }
}

function isTimeZone(name: string): boolean {
  if (!/^[A-Za-z]/.test(name)) return false;
  try {
    new Intl.DateTimeFormat("en", { timeZone: name });
    return true;
  } catch {
    return false;
  }
}

const template = (object: KubeObject): JsonObject | undefined => object.spec?.jobTemplate?.spec?.template;

export const cronJobs = builtin({
  group: "batch",
  kind: "CronJob",
  versions: ["v1"],
  shortNames: ["cj"],
  categories: ["all"],
  columns: [
    textColumn("Schedule", "When jobs are made", (object) => object.spec?.schedule ?? ""),
    textColumn("Timezone", "The time zone of the schedule", (object) => object.spec?.timeZone ?? none),
    {
      name: "Suspend",
      type: "boolean",
      description: "Whether no jobs are made for now",
      // The table carries the word, not the value, as that of Kubernetes does.
      cell: (object) => (object.spec?.suspend === true ? "True" : "False"),
    },
    {
      name: "Active",
      type: "integer",
      description: "How many jobs are running",
      cell: (object) => listOf(object.status?.active).length,
    },
    textColumn("Last Schedule", "Time since a job was made", (object, now) => {
      const last = object.status?.lastScheduleTime;
      return isEmpty(last) ? none : since(last, now);
    }),
    ageColumn,
    ...templateColumns(template),
    textColumn(
      "Selector",
      "Selector of the pods of the jobs",
      (object) => showLabelSelector(object.spec?.jobTemplate?.spec?.selector),
      1,
    ),
  ],
  strategy: cronJobStrategy,
});

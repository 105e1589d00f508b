// Jobs. Unless the user manages the selector, a job selects its pods by its own uid, which is written into its template.

import type { Strategy } from "../../apiserver/strategy.ts";
import { type FieldError, invalid, required } from "../../machinery/field-error.ts";
import type { Column } from "../../machinery/kind.ts";
import { dns1123LabelErrors } from "../../machinery/names.ts";
import type { JsonObject, KubeObject } from "../../machinery/object.ts";
import { humanDuration } from "../../machinery/time.ts";
import { ageColumn, selectorColumn, templateColumns, textColumn } from "../columns.ts";
import { hasCondition } from "../core/pod-columns.ts";
import { defaultTemplateOf } from "../core/pod-defaults.ts";
import { templateWarnings } from "../core/pod-warnings.ts";
import { builtin } from "../define.ts";
import { isEmpty, isNew, isSet, listOf, maxInt32 } from "../validation/fields.ts";
import { checkLabelSelector, checkTemplateMatchesSelector } from "../validation/label-selectors.ts";
import { checkGeneratedSelector, generateSelector } from "./job-selector.ts";
import { checkJobSpec } from "./job-spec.ts";
import { checkJobStatus, checkJobUpdate } from "./job-update.ts";

const jobStrategy: Strategy = {
  // Pods of a job are its result; deleting the job must not take them unless the client says so.
  defaultPropagation: "orphan",

  defaults(object) {
    object.spec ??= {};
    defaultJobSpec(object.spec);
    const labels = object.spec.template?.metadata?.labels;
    if (isEmpty(object.metadata.labels) && !isEmpty(labels)) object.metadata.labels = { ...labels };
  },

  prepareForCreate(object) {
    if (object.spec?.manualSelector !== true) generateSelector(object);
  },

  validate(object) {
    const errors: FieldError[] = [];
    const spec = object.spec ?? {};
    if (isNew(object)) checkGeneratedSelector(object, errors);
    checkJobSpec(spec, "spec", errors);
    if (isSet(spec.selector)) checkLabelSelector(spec.selector, "spec.selector", errors);
    else errors.push(required("spec.selector"));
    checkTemplateMatchesSelector(spec.template, spec.selector, "spec.template", errors);
    if (isNew(object)) checkHostnames(object, errors);
    return errors;
  },

  validateUpdate: checkJobUpdate,
  validateStatusUpdate: checkJobStatus,

  warnings: (object, old) => templateWarnings(object.spec?.template, "spec.template", object, old),
};

/** Pods of an indexed job have their index behind its name, as the names of their hosts. */
function checkHostnames({ metadata, spec }: KubeObject, errors: FieldError[]): void {
  if (spec?.completionMode !== "Indexed" || !isSet(spec.completions) || spec.completions <= 0) return;
  const last = `${metadata.name ?? ""}-${spec.completions - 1}`;
  if (dns1123LabelErrors(last).length === 0) return;
  const why = `will not able to create pod with invalid DNS label: ${last}`;
  errors.push(invalid("metadata.name", metadata.name ?? "", why));
}

function defaultJobSpec(spec: JsonObject): void {
  if (!isSet(spec.completions) && !isSet(spec.parallelism)) spec.completions = 1;
  spec.parallelism ??= 1;
  spec.backoffLimit ??= isSet(spec.backoffLimitPerIndex) ? maxInt32 : 6;
  spec.completionMode ??= "NonIndexed";
  spec.suspend ??= false;
  spec.manualSelector ??= false;
  spec.podReplacementPolicy ??= isSet(spec.podFailurePolicy) ? "Failed" : "TerminatingOrFailed";
  for (const rule of listOf(spec.podFailurePolicy?.rules)) {
    for (const pattern of listOf(rule.onPodConditions)) pattern.status ||= "True";
  }
  defaultTemplateOf(spec);
}

const statusWords: [condition: string, word: string][] = [
  ["Complete", "Complete"],
  ["Failed", "Failed"],
];
const runningWords: [condition: string, word: string][] = [
  ["Suspended", "Suspended"],
  ["FailureTarget", "FailureTarget"],
  ["SuccessCriteriaMet", "SuccessCriteriaMet"],
];

function statusWord(job: KubeObject): string {
  const ended = statusWords.find(([condition]) => hasCondition(job, condition, "True"));
  if (ended !== undefined) return ended[1];
  if (isSet(job.metadata.deletionTimestamp)) return "Terminating";
  return runningWords.find(([condition]) => hasCondition(job, condition, "True"))?.[1] ?? "Running";
}

function completions(job: KubeObject): string {
  const succeeded = job.status?.succeeded ?? 0;
  const { completions: wanted, parallelism = 0 } = job.spec ?? {};
  if (isSet(wanted)) return `${succeeded}/${wanted}`;
  return parallelism > 1 ? `${succeeded}/1 of ${parallelism}` : `${succeeded}/1`;
}

function duration(job: KubeObject, now: Date): string {
  const { startTime, completionTime } = job.status ?? {};
  if (isEmpty(startTime)) return "";
  const end = isEmpty(completionTime) ? now.getTime() : Date.parse(completionTime);
  return humanDuration(end - Date.parse(startTime));
}

const jobColumns: Column[] = [
  textColumn("Status", "The state of the job in one word", statusWord),
  textColumn("Completions", "How many of the wanted pods succeeded", completions),
  textColumn("Duration", "How long the job has been running, or ran", duration),
  ageColumn,
  ...templateColumns((object) => object.spec?.template),
  selectorColumn,
];

export const jobs = builtin({
  group: "batch",
  kind: "Job",
  versions: ["v1"],
  categories: ["all"],
  columns: jobColumns,
  selectableFields: [{ name: "status.successful", value: (job) => String(job.status?.succeeded ?? 0) }],
  strategy: jobStrategy,
});

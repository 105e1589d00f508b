// Checks of the spec of a job, in a Job or in the template of a CronJob.

import { childPath, type FieldError, invalid, notSupported, required, tooLong } from "../../machinery/field-error.ts";
import type { JsonObject } from "../../machinery/object.ts";
import { checkPodTemplate } from "../core/validation/pod-template.ts";
import { checkEnum, checkNonNegativeFields, isEmpty, isSet } from "../validation/fields.ts";
import { checkQualifiedName } from "../validation/names.ts";
import { checkPodFailurePolicy, checkSuccessPolicy } from "./job-policies.ts";

const maxIndexedParallelism = 100_000;
const counters = [
  "parallelism",
  "completions",
  "activeDeadlineSeconds",
  "backoffLimit",
  "ttlSecondsAfterFinished",
  "backoffLimitPerIndex",
  "maxFailedIndexes",
];

export function checkJobSpec(spec: JsonObject, path: string, errors: FieldError[]): void {
  const at = (field: string): string => childPath(path, field);
  checkNonNegativeFields(spec, counters, path, errors);
  if (!isEmpty(spec.managedBy)) {
    checkQualifiedName(spec.managedBy, at("managedBy"), errors);
    if (spec.managedBy.length > 63) errors.push(tooLong(at("managedBy"), 63));
  }
  checkCompletionMode(spec, at, errors);
  const { podFailurePolicy, successPolicy, podReplacementPolicy } = spec;
  if (isSet(podFailurePolicy)) checkPodFailurePolicy(spec, at("podFailurePolicy"), errors);
  if (isSet(successPolicy)) {
    if (spec.completionMode === "Indexed") checkSuccessPolicy(spec, at("successPolicy"), errors);
    else errors.push(invalid(at("successPolicy"), successPolicy, "requires indexed job"));
  }
  const replacement = isSet(podFailurePolicy) ? ["Failed"] : ["Failed", "TerminatingOrFailed"];
  checkEnum(podReplacementPolicy, replacement, at("podReplacementPolicy"), errors, "optional");
  checkPodTemplate(spec.template, at("template"), errors);
  checkRestartPolicy(spec, at("template.spec.restartPolicy"), errors);
}

function checkCompletionMode(spec: JsonObject, at: (field: string) => string, errors: FieldError[]): void {
  const { completionMode, completions, parallelism, backoffLimitPerIndex, maxFailedIndexes } = spec;
  checkEnum(completionMode, ["Indexed", "NonIndexed"], at("completionMode"), errors, "optional");
  if (completionMode === "Indexed") {
    if (!isSet(completions)) errors.push(required(at("completions"), "when completion mode is Indexed"));
    if (isSet(parallelism) && parallelism > maxIndexedParallelism) {
      const why = `must be less than or equal to ${maxIndexedParallelism} when completion mode is Indexed`;
      errors.push(invalid(at("parallelism"), parallelism, why));
    }
    if (isSet(completions) && isSet(maxFailedIndexes) && maxFailedIndexes > completions) {
      errors.push(invalid(at("maxFailedIndexes"), maxFailedIndexes, "must be less than or equal to completions"));
    }
  } else if (isSet(backoffLimitPerIndex)) {
    errors.push(invalid(at("backoffLimitPerIndex"), backoffLimitPerIndex, "requires indexed job"));
  }
  if (isSet(maxFailedIndexes) && !isSet(backoffLimitPerIndex)) {
    errors.push(required(at("backoffLimitPerIndex"), "when maxFailedIndexes is specified"));
  }
}

/** Pods of a job end: they may not be restarted for ever. */
function checkRestartPolicy(spec: JsonObject, path: string, errors: FieldError[]): void {
  const policy = spec.template?.spec?.restartPolicy;
  if (policy === "Always") {
    errors.push(required(path, 'valid values: "OnFailure", "Never"'));
  } else if (policy !== "OnFailure" && policy !== "Never") {
    errors.push(notSupported(path, policy ?? "", ["OnFailure", "Never"]));
  } else if (isSet(spec.podFailurePolicy) && policy !== "Never") {
    errors.push(invalid(path, policy, 'only "Never" is supported when podFailurePolicy is specified'));
  }
}

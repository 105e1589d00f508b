// Checks of the spec of a job, in a Job or in the template of a CronJob.

import { childPath, type FieldError, invalid, notSupported, required, tooLong } from "../../machinery/field-error.ts";
import type { JsonObject } from "../../machinery/object.ts";
import { checkPodTemplate } from "../core/validation/pod-template.ts";
import { checkEnum, checkNonNegativeFields, isEmpty, isSet } from "../validation/fields.ts";
import { checkDomainPrefixedPath } from "../validation/names.ts";
import { checkPodFailurePolicy, checkSuccessPolicy } from "./job-policies.ts";

const maxIndexedParallelism = 100_000;
const maxFailedIndexesEver = 100_000;
/** Above so many completions, a limit per index narrows how many pods may run and fail. */
const manyCompletions = 100_000;
const limitForMany = 10_000;
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
  if (isSet(spec.maxFailedIndexes) && !isSet(spec.backoffLimitPerIndex)) {
    errors.push(required(at("backoffLimitPerIndex"), "when maxFailedIndexes is specified"));
  }
  if (isSet(spec.managedBy)) {
    checkDomainPrefixedPath(spec.managedBy, at("managedBy"), errors);
    if (spec.managedBy.length > 63) errors.push(tooLong(at("managedBy"), 63));
  }
  checkCompletionMode(spec, at, errors);
  const { podFailurePolicy, successPolicy, podReplacementPolicy } = spec;
  if (isSet(podFailurePolicy)) checkPodFailurePolicy(spec, at("podFailurePolicy"), errors);
  if (isSet(successPolicy)) {
    if (spec.completionMode === "Indexed") checkSuccessPolicy(spec, at("successPolicy"), errors);
    else errors.push(invalid(at("successPolicy"), successPolicy, "requires indexed completion mode"));
  }
  const replacement = isSet(podFailurePolicy) ? ["Failed"] : ["Failed", "TerminatingOrFailed"];
  checkEnum(podReplacementPolicy, replacement, at("podReplacementPolicy"), errors, "optional");
  checkPodTemplate(spec.template, at("template"), errors);
  checkRestartPolicy(spec, at("template.spec.restartPolicy"), errors);
}

function checkCompletionMode(spec: JsonObject, at: (field: string) => string, errors: FieldError[]): void {
  const { completionMode } = spec;
  checkEnum(completionMode, ["NonIndexed", "Indexed"], at("completionMode"), errors, "optional");
  if (completionMode === "Indexed") checkIndexed(spec, at, errors);
  if (isSet(completionMode) && completionMode !== "NonIndexed") return;
  for (const field of ["backoffLimitPerIndex", "maxFailedIndexes"]) {
    if (isSet(spec[field])) errors.push(invalid(at(field), spec[field], "requires indexed completion mode"));
  }
}

function checkIndexed(spec: JsonObject, at: (field: string) => string, errors: FieldError[]): void {
  const { completions, parallelism, backoffLimitPerIndex, maxFailedIndexes } = spec;
  const atMost = (field: string, limit: number, when = ""): void => {
    if (!isSet(spec[field]) || spec[field] <= limit) return;
    errors.push(invalid(at(field), spec[field], `must be less than or equal to ${limit}${when}`));
  };
  if (!isSet(completions)) errors.push(required(at("completions"), "when completion mode is Indexed"));
  atMost("parallelism", maxIndexedParallelism, " when completion mode is Indexed");
  if (isSet(completions) && isSet(maxFailedIndexes) && maxFailedIndexes > completions) {
    errors.push(invalid(at("maxFailedIndexes"), maxFailedIndexes, "must be less than or equal to completions"));
  }
  atMost("maxFailedIndexes", maxFailedIndexesEver);
  if (!isSet(completions) || completions <= manyCompletions || !isSet(backoffLimitPerIndex)) return;
  const many = `completions are above ${manyCompletions} and used with backoff limit per index`;
  if (!isSet(maxFailedIndexes)) {
    errors.push(required(at("maxFailedIndexes"), `must be specified when completions is above ${manyCompletions}`));
  }
  if (isSet(parallelism)) atMost("parallelism", limitForMany, ` when ${many}`);
  atMost("maxFailedIndexes", limitForMany, ` when ${many}`);
}

/** Pods of a job end: they may not be restarted for ever. */
function checkRestartPolicy(spec: JsonObject, path: string, errors: FieldError[]): void {
  const policy = spec.template?.spec?.restartPolicy;
  if (policy === "Always" || isEmpty(policy)) {
    errors.push(required(path, 'valid values: "OnFailure", "Never"'));
  } else if (policy !== "OnFailure" && policy !== "Never") {
    errors.push(notSupported(path, policy, ["OnFailure", "Never"], "given"));
  } else if (isSet(spec.podFailurePolicy) && policy !== "Never") {
    errors.push(invalid(path, policy, 'only "Never" is supported when podFailurePolicy is specified'));
  }
}

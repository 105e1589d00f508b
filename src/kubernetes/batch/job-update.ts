// What updates may change of a job: parallelism, suspension and deadlines; of a suspended job that has not started also where its
// pods may go.

import { type FieldError, invalid } from "../../machinery/field-error.ts";
import type { JsonObject, KubeObject } from "../../machinery/object.ts";
import { checkImmutable, checkNonNegativeFields, isSet } from "../validation/fields.ts";

const immutableFields = [
  "selector",
  "completionMode",
  "podFailurePolicy",
  "backoffLimitPerIndex",
  "managedBy",
  "successPolicy",
];

export function checkJobUpdate(job: KubeObject, old: KubeObject): FieldError[] {
  const errors: FieldError[] = [];
  const spec: JsonObject = job.spec ?? {};
  const oldSpec: JsonObject = old.spec ?? {};
  checkCompletions(spec, oldSpec, errors);
  const startable = oldSpec.suspend === true && !isSet(old.status?.startTime);
  const template = startable ? withOldDirectives(spec.template, oldSpec.template) : spec.template;
  checkImmutable(template, oldSpec.template, "spec.template", errors);
  for (const field of immutableFields) checkImmutable(spec[field], oldSpec[field], `spec.${field}`, errors);
  return errors;
}

/** An indexed job may grow and shrink when completions and parallelism stay equal. */
function checkCompletions(spec: JsonObject, old: JsonObject, errors: FieldError[]): void {
  const indexed = old.completionMode === "Indexed" && isSet(old.completions) && isSet(spec.completions);
  if (!indexed) {
    checkImmutable(spec.completions, old.completions, "spec.completions", errors);
  } else if (spec.completions !== old.completions && spec.completions !== spec.parallelism) {
    const why = "can only be modified in tandem with spec.parallelism";
    errors.push(invalid("spec.completions", spec.completions, why));
  }
}

/** The template with the old values of what steers scheduling. */
function withOldDirectives(template: JsonObject | undefined, old: JsonObject | undefined): JsonObject {
  const spec: JsonObject = { ...template?.spec };
  for (const field of ["nodeSelector", "tolerations", "schedulingGates"]) spec[field] = old?.spec?.[field];
  const affinity = { ...spec.affinity, nodeAffinity: old?.spec?.affinity?.nodeAffinity };
  spec.affinity = Object.values(affinity).some(isSet) ? affinity : undefined;
  const metadata = {
    ...template?.metadata,
    labels: old?.metadata?.labels,
    annotations: old?.metadata?.annotations,
  };
  return { ...template, metadata, spec };
}

export function checkJobStatus(job: KubeObject, old: KubeObject): FieldError[] {
  const errors: FieldError[] = [];
  checkNonNegativeFields(job.status, ["active", "ready", "succeeded", "failed", "terminating"], "status", errors);
  const before = old.status?.completionTime;
  if (isSet(before)) checkImmutable(job.status?.completionTime, before, "status.completionTime", errors);
  return errors;
}

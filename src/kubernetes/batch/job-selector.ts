// The generated selector of a job: labels with the job's uid and name in its template, and a selector for the uid.
// Each label is written under its present name and its older one without prefix, which controllers and users still read.

import { type FieldError, invalid, keyPath, required } from "../../machinery/field-error.ts";
import type { KubeObject } from "../../machinery/object.ts";
import { labelSelectorToRequirements, matches } from "../../machinery/selectors.ts";
import { isEmpty, isSet } from "../validation/fields.ts";

const uidLabel = "batch.kubernetes.io/controller-uid";
const nameLabel = "batch.kubernetes.io/job-name";

function generatedLabels(job: KubeObject): Record<string, string> {
  const { uid = "", name = "" } = job.metadata;
  return { "controller-uid": uid, "job-name": name, [uidLabel]: uid, [nameLabel]: name };
}

/** Writes labels and selector of a new job, in place. Labels that the user set are left for validation to refuse. */
export function generateSelector(job: KubeObject): void {
  const template = job.spec?.template;
  if (!isSet(template)) return;
  template.metadata ??= {};
  template.metadata.labels = { ...generatedLabels(job), ...template.metadata.labels };
  const { selector } = job.spec;
  job.spec.selector = { ...selector, matchLabels: { [uidLabel]: job.metadata.uid, ...selector?.matchLabels } };
}

/** A generated selector selects by the job's own uid, and the template has all generated labels. */
export function checkGeneratedSelector(job: KubeObject, errors: FieldError[]): void {
  const { spec, metadata } = job;
  if (spec?.manualSelector === true || !isSet(spec?.selector)) return;
  if (isEmpty(metadata.uid)) errors.push(required("metadata.uid"));
  const labels: Record<string, string> = spec.template?.metadata?.labels ?? {};
  for (const [key, value] of Object.entries(generatedLabels(job))) {
    const path = keyPath("spec.template.metadata.labels", key);
    if (!Object.hasOwn(labels, key)) errors.push(required(path, `must be '${value}'`));
    else if (labels[key] !== value) errors.push(invalid(path, labels, `must be '${value}'`));
  }
  const requirements = labelSelectorToRequirements(spec.selector);
  if (requirements !== undefined && !matches(requirements, generatedLabels(job))) {
    errors.push(invalid("spec.selector", spec.selector, "`selector` not auto-generated"));
  }
}

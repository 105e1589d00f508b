// `matchLabelKeys` and `mismatchLabelKeys`: on create, the values of the pod's own labels are merged into the selectors of its
// affinity terms and spread constraints, so that the scheduler reads plain selectors.

import type { JsonObject } from "../../machinery/object.ts";
import { isSet, listOf } from "../validation/fields.ts";

/** Merges label keys into the selectors of a pod that is being created, in place. */
export function mergeLabelKeys(pod: JsonObject): void {
  const labels: Record<string, string> = pod.metadata?.labels ?? {};
  const affinity = pod.spec?.affinity;
  for (const field of ["podAffinity", "podAntiAffinity"]) {
    const terms = affinity?.[field];
    for (const term of listOf(terms?.requiredDuringSchedulingIgnoredDuringExecution)) mergeTerm(term, labels);
    for (const weighted of listOf(terms?.preferredDuringSchedulingIgnoredDuringExecution)) {
      mergeTerm(weighted.podAffinityTerm ?? {}, labels);
    }
  }
  for (const constraint of listOf(pod.spec?.topologySpreadConstraints)) {
    mergeKeys(constraint, constraint.matchLabelKeys, "In", labels);
  }
}

function mergeTerm(term: JsonObject, labels: Record<string, string>): void {
  mergeKeys(term, term.matchLabelKeys, "In", labels);
  mergeKeys(term, term.mismatchLabelKeys, "NotIn", labels);
}

function mergeKeys(holder: JsonObject, keys: unknown, operator: "In" | "NotIn", labels: Record<string, string>): void {
  if (!isSet(holder.labelSelector)) return;
  for (const key of listOf(keys)) {
    if (!Object.hasOwn(labels, key)) continue;
    holder.labelSelector.matchExpressions = [
      ...listOf(holder.labelSelector.matchExpressions),
      { key, operator, values: [labels[key]] },
    ];
  }
}

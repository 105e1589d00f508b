// PodDisruptionBudgets. The eviction of pods reads and books them (core/eviction.ts).

import type { Strategy } from "../../apiserver/strategy.ts";
import { type FieldError, invalid } from "../../machinery/field-error.ts";
import type { JsonObject } from "../../machinery/object.ts";
import { ageColumn, countColumn, textColumn } from "../columns.ts";
import { builtin } from "../define.ts";
import { checkEnum, checkNonNegativeFields, isSet } from "../validation/fields.ts";
import { checkAtMost100Percent, checkIntOrPercent } from "../validation/int-or-percent.ts";
import { checkLabelSelector } from "../validation/label-selectors.ts";

const counters = ["disruptionsAllowed", "currentHealthy", "desiredHealthy", "expectedPods"];

const podDisruptionBudgetStrategy: Strategy = {
  unconditionalUpdate: false,

  prepareForCreate(object) {
    object.status = Object.fromEntries(counters.map((counter) => [counter, 0]));
  },

  validate(object) {
    const errors: FieldError[] = [];
    checkSpec(object.spec ?? {}, errors);
    return errors;
  },

  validateStatusUpdate(object) {
    const errors: FieldError[] = [];
    checkNonNegativeFields(object.status, counters, "status", errors);
    return errors;
  },
};

function checkSpec(spec: JsonObject, errors: FieldError[]): void {
  const { minAvailable, maxUnavailable } = spec;
  if (isSet(minAvailable) && isSet(maxUnavailable)) {
    errors.push(invalid("spec", spec, "minAvailable and maxUnavailable cannot be both set"));
  }
  for (const field of ["minAvailable", "maxUnavailable"]) {
    checkIntOrPercent(spec[field], `spec.${field}`, errors);
    checkAtMost100Percent(spec[field], `spec.${field}`, errors);
  }
  checkLabelSelector(spec.selector, "spec.selector", errors);
  const policies = ["AlwaysAllow", "IfHealthyBudget"];
  checkEnum(spec.unhealthyPodEvictionPolicy, policies, "spec.unhealthyPodEvictionPolicy", errors, "optional");
}

function show(value: unknown): string {
  return isSet(value) ? String(value) : "N/A";
}

export const podDisruptionBudgets = builtin({
  group: "policy",
  kind: "PodDisruptionBudget",
  versions: ["v1"],
  shortNames: ["pdb"],
  columns: [
    textColumn("Min Available", "How many pods must stay available", (o) => show(o.spec?.minAvailable)),
    textColumn("Max Unavailable", "How many pods may be unavailable", (o) => show(o.spec?.maxUnavailable)),
    countColumn("Allowed Disruptions", "How many pods may be disrupted now", (o) => o.status?.disruptionsAllowed),
    ageColumn,
  ],
  strategy: podDisruptionBudgetStrategy,
});

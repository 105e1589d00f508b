// The kind Lease. Source of the rules and words: kubernetes pkg/apis/coordination/validation.

import { type FieldError, forbidden, notSupported } from "../../machinery/field-error.ts";
import type { JsonObject } from "../../machinery/object.ts";
import { ageColumn, textColumn } from "../columns.ts";
import { builtin } from "../define.ts";
import { checkNonNegative, checkPositive, isSet } from "../validation/fields.ts";
import { checkQualifiedName } from "../validation/names.ts";

const strategies = ["OldestEmulationVersion"];

export const leaseKind = builtin({
  group: "coordination.k8s.io",
  kind: "Lease",
  versions: ["v1"],
  columns: [textColumn("Holder", "Who holds the lease", (lease) => lease.spec?.holderIdentity ?? ""), ageColumn],
  strategy: {
    generation: "none",
    createOnUpdate: true,
    unconditionalUpdate: false,
    validate(lease) {
      const errors: FieldError[] = [];
      checkLeaseSpec(lease.spec ?? {}, errors);
      return errors;
    },
  },
});

function checkLeaseSpec(spec: JsonObject, errors: FieldError[]): void {
  checkPositive(spec.leaseDurationSeconds, "spec.leaseDurationSeconds", errors);
  checkNonNegative(spec.leaseTransitions, "spec.leaseTransitions", errors);
  if (isSet(spec.strategy)) checkStrategy(String(spec.strategy), errors);
  if (spec.preferredHolder && !spec.strategy) {
    errors.push(forbidden("spec.preferredHolder", "may only be specified if `strategy` is defined"));
  }
}

/** Kubernetes names the field twice in what it says of its value. */
function checkStrategy(strategy: string, errors: FieldError[]): void {
  const path = "spec.strategy.strategy";
  if (strategy.includes("/")) checkQualifiedName(strategy, path, errors);
  else if (!strategies.includes(strategy)) errors.push(notSupported(path, strategy, strategies));
}

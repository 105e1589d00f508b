// PriorityClasses. Two are the system's own and have the highest values; at most one is the default of pods without a class.

import type { Strategy } from "../../apiserver/strategy.ts";
import { type FieldError, forbidden } from "../../machinery/field-error.ts";
import type { KubeObject } from "../../machinery/object.ts";
import { forbiddenError } from "../../machinery/status-error.ts";
import { ageColumn, textColumn } from "../columns.ts";
import { builtin } from "../define.ts";
import { checkEnum, checkImmutable, isSet } from "../validation/fields.ts";

const highestUserPriority = 1_000_000_000;

interface SystemClass {
  value: number;
  description: string;
}

/** The classes that every control plane has. */
export const systemPriorityClasses: Readonly<Record<string, SystemClass>> = {
  "system-node-critical": {
    value: 2_000_001_000,
    description: "Used for system critical pods that must not be moved from their current node.",
  },
  "system-cluster-critical": {
    value: 2_000_000_000,
    description:
      "Used for system critical pods that must run in the cluster, but can be moved to another node if necessary.",
  },
};

const priorityClasses = { group: "scheduling.k8s.io", resource: "priorityclasses" };

const priorityClassStrategy: Strategy = {
  defaults(object) {
    object.preemptionPolicy ??= "PreemptLowerPriority";
    object.value ??= 0;
  },

  validate(object) {
    const errors: FieldError[] = [];
    const name = object.metadata.name ?? "";
    if (name.startsWith("system-")) {
      if (!isSystemClass(object)) {
        const why = "priority class names with 'system-' prefix are reserved for system use only. error: ";
        errors.push(forbidden("metadata.name", `${why}${name} is not a known system priority class`));
      }
    } else if (object.value > highestUserPriority) {
      const why = `maximum allowed value of a user defined priority is ${highestUserPriority}`;
      errors.push(forbidden("value", why));
    }
    checkEnum(object.preemptionPolicy, ["PreemptLowerPriority", "Never"], "preemptionPolicy", errors);
    return errors;
  },

  validateUpdate(object, old) {
    const errors: FieldError[] = [];
    if (object.value !== old.value) errors.push(forbidden("value", "may not be changed in an update."));
    checkImmutable(object.preemptionPolicy, old.preemptionPolicy, "preemptionPolicy", errors);
    return errors;
  },

  beforeCommit({ object, old }, context) {
    if (object?.globalDefault !== true || old?.globalDefault === true) return;
    for (const other of context.state.list(priorityClasses)) {
      if (other.globalDefault !== true || other.metadata.name === object.metadata.name) continue;
      const why = `PriorityClass ${other.metadata.name} is already marked as default. Only one default can exist`;
      throw forbiddenError(priorityClasses, object.metadata.name ?? "", why);
    }
  },
};

function isSystemClass(object: KubeObject): boolean {
  const name = object.metadata.name ?? "";
  const known = Object.hasOwn(systemPriorityClasses, name) ? systemPriorityClasses[name] : undefined;
  return known !== undefined && known.value === object.value && object.globalDefault !== true;
}

export const priorityClassKind = builtin({
  group: "scheduling.k8s.io",
  kind: "PriorityClass",
  versions: ["v1"],
  shortNames: ["pc"],
  columns: [
    {
      name: "Value",
      type: "integer",
      description: "The priority of pods of this class",
      cell: (object) => object.value ?? 0,
    },
    {
      name: "Global-Default",
      type: "boolean",
      description: "Whether pods without a class get this one",
      cell: (object) => object.globalDefault === true,
    },
    ageColumn,
    textColumn("PreemptionPolicy", "Whether pods of this class displace others", (object) =>
      isSet(object.preemptionPolicy) ? object.preemptionPolicy : "<unset>",
    ),
  ],
  strategy: priorityClassStrategy,
});

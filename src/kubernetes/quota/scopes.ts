// The scopes that narrow a quota to some of a namespace's objects.

import type { KubeObject } from "../../machinery/object.ts";
import { listOf } from "../validation/fields.ts";

export interface ScopeRequirement {
  scopeName: string;
  operator: "In" | "NotIn" | "Exists" | "DoesNotExist";
  values: readonly string[];
}

/** The scopes of a quota, plain ones and those of its selector. */
export function scopesOf(quota: KubeObject): ScopeRequirement[] {
  return [
    ...listOf(quota.spec?.scopes).map((scopeName) => ({ scopeName, operator: "Exists" as const, values: [] })),
    ...listOf(quota.spec?.scopeSelector?.matchExpressions).map(({ scopeName, operator, values }) => ({
      scopeName,
      operator,
      values: listOf(values),
    })),
  ];
}

/** Whether a name, "" when there is none, meets a requirement. */
export function nameMeets({ operator, values }: ScopeRequirement, name: string): boolean {
  switch (operator) {
    case "Exists":
      return name !== "";
    case "DoesNotExist":
      return name === "";
    case "In":
      return values.includes(name);
    case "NotIn":
      return !values.includes(name);
  }
}

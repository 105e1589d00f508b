// Brings stored roles and bindings up to the default policy when a control plane starts. Pure: it says what to write.
// What users added stays; what is missing is added; an object with autoupdate "false" is left alone.
// Source: k8s.io/component-helpers auth/rbac/reconciliation.

import { isDeepStrictEqual } from "node:util";
import { uncoveredRules } from "../../apiserver/authorization/rule-cover.ts";
import type { JsonObject, KubeObject } from "../../machinery/object.ts";
import { autoUpdateAnnotation } from "./bootstrap-rules.ts";

export type PolicyReconciliation =
  | { action: "none" }
  | { action: "create"; object: KubeObject }
  | { action: "update"; object: KubeObject }
  /** The role that a binding refers to cannot be changed: delete what is stored, then create. */
  | { action: "recreate"; object: KubeObject };

/** What to do about an object of the policy, given what is stored under its name. */
export function reconcilePolicyObject(stored: KubeObject | undefined, wanted: KubeObject): PolicyReconciliation {
  if (stored === undefined) return { action: "create", object: wanted };
  if (stored.metadata.annotations?.[autoUpdateAnnotation] === "false") return { action: "none" };
  const metadata = {
    ...stored.metadata,
    labels: { ...wanted.metadata.labels, ...stored.metadata.labels },
    annotations: { ...wanted.metadata.annotations, ...stored.metadata.annotations },
  };
  const isBinding = wanted.roleRef !== undefined;
  if (isBinding && !isDeepStrictEqual(stored.roleRef, wanted.roleRef)) {
    const { labels, annotations } = metadata;
    const subjects = mergeList(stored.subjects, wanted.subjects);
    return {
      action: "recreate",
      object: { ...wanted, metadata: { ...wanted.metadata, labels, annotations }, subjects },
    };
  }
  const object = { ...stored, metadata, ...(isBinding ? bindingFields(stored, wanted) : roleFields(stored, wanted)) };
  return isDeepStrictEqual(object, stored) ? { action: "none" } : { action: "update", object };
}

function bindingFields(stored: KubeObject, wanted: KubeObject): JsonObject {
  if (wanted.subjects === undefined) return {};
  return { subjects: mergeList(stored.subjects, wanted.subjects) };
}

/** The rules of aggregated roles belong to the aggregation controller; of these only the selectors are completed. */
function roleFields(stored: KubeObject, wanted: KubeObject): JsonObject {
  if (wanted.aggregationRule !== undefined) {
    const selectors = mergeList(
      stored.aggregationRule?.clusterRoleSelectors,
      wanted.aggregationRule.clusterRoleSelectors,
    );
    return { aggregationRule: { ...stored.aggregationRule, clusterRoleSelectors: selectors } };
  }
  const missing = uncoveredRules(stored.rules ?? [], wanted.rules ?? []);
  return missing.length === 0 ? {} : { rules: [...(stored.rules ?? []), ...missing] };
}

/** The stored items, and behind them the wanted ones that are not among them. */
function mergeList(stored: JsonObject[] | undefined, wanted: JsonObject[] | undefined): JsonObject[] {
  const kept = stored ?? [];
  return [...kept, ...(wanted ?? []).filter((item) => !kept.some((known) => isDeepStrictEqual(known, item)))];
}

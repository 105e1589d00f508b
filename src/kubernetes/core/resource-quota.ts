// The kind ResourceQuota: what a namespace may hold, narrowed by scopes.
// Source of the rules and words: kubernetes pkg/apis/core/validation (ValidateResourceQuota), pkg/apis/core/helper.

import { type FieldError, invalid, keyPath, required } from "../../machinery/field-error.ts";
import type { JsonObject, KubeObject } from "../../machinery/object.ts";
import { ageColumn, textColumn } from "../columns.ts";
import { builtin } from "../define.ts";
import { entriesOf, immutableText, isEmpty, listOf } from "../validation/fields.ts";
import { checkQuotaResourceName, checkResourceQuantity, isQuotaResource } from "./resource-names.ts";

const podCompute = ["cpu", "memory", "limits.cpu", "limits.memory", "requests.cpu", "requests.memory"];
const storageCounts = ["persistentvolumeclaims", "requests.storage"];

/** Each scope with the resources that it can be applied to. */
const scopeResources: ReadonlyMap<string, readonly string[]> = new Map([
  ["Terminating", ["pods", ...podCompute]],
  ["NotTerminating", ["pods", ...podCompute]],
  ["BestEffort", ["pods"]],
  ["NotBestEffort", ["pods", ...podCompute]],
  ["PriorityClass", ["pods", ...podCompute]],
  ["CrossNamespacePodAffinity", ["pods", ...podCompute]],
  ["VolumeAttributesClass", storageCounts],
]);
const existsOnly = ["BestEffort", "NotBestEffort", "Terminating", "NotTerminating", "CrossNamespacePodAffinity"];
const conflicting = [
  ["BestEffort", "NotBestEffort"],
  ["NotTerminating", "Terminating"],
] as const;

export const resourceQuotaKind = builtin({
  group: "",
  kind: "ResourceQuota",
  versions: ["v1"],
  shortNames: ["quota"],
  columns: [
    textColumn("Request", "Use and bound of requests and object counts", (quota) => usage(quota, false)),
    textColumn("Limit", "Use and bound of limits", (quota) => usage(quota, true)),
    ageColumn,
  ],
  strategy: {
    generation: "none",
    validate: validateResourceQuota,
    validateUpdate(quota, old) {
      const scopes = new Set(listOf(quota.spec?.scopes));
      if (scopes.symmetricDifference(new Set(listOf(old.spec?.scopes))).size === 0) return [];
      return [invalid("spec.scopes", quota.spec?.scopes, immutableText)];
    },
    validateStatusUpdate(quota) {
      const errors: FieldError[] = [];
      checkHard(quota.status?.hard, "status.hard", errors);
      checkHard(quota.status?.used, "status.used", errors);
      return errors;
    },
  },
});

function usage(quota: KubeObject, limits: boolean): string {
  const used = quota.status?.used ?? {};
  return entriesOf(quota.status?.hard)
    .filter(([name]) => name.startsWith("limits.") === limits)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, hard]) => `${name}: ${Object.hasOwn(used, name) ? used[name] : "0"}/${hard}`)
    .join(", ");
}

function validateResourceQuota(quota: KubeObject): FieldError[] {
  const errors: FieldError[] = [];
  const spec: JsonObject = quota.spec ?? {};
  const hard = entriesOf(spec.hard).map(([name]) => name);
  checkHard(spec.hard, "spec.hard", errors);

  const scopes: string[] = listOf(spec.scopes);
  for (const scope of scopes) {
    if (!scopeResources.has(scope)) errors.push(invalid("spec.scopes", scopes, "unsupported scope"));
    for (const _ of hard.filter((name) => !isScopeFor(scope, name))) {
      errors.push(invalid("spec.scopes", scopes, "unsupported scope applied to resource"));
    }
  }
  checkConflicts(scopes, scopes, "spec.scopes", errors);
  if (spec.scopeSelector) checkScopeSelector(spec, hard, errors);
  return errors;
}

function checkHard(values: unknown, path: string, errors: FieldError[]): void {
  for (const [name, value] of entriesOf(values)) {
    checkQuotaResourceName(name, keyPath(path, name), errors);
    checkResourceQuantity(name, value, keyPath(path, name), errors);
  }
}

/** Whether the scope narrows this resource; resources beyond the standard ones take any scope. */
function isScopeFor(scope: string, name: string): boolean {
  const allowed = scopeResources.get(scope);
  return allowed === undefined || !isQuotaResource(name) || allowed.includes(name);
}

function checkConflicts(scopes: readonly string[], shown: unknown, path: string, errors: FieldError[]): void {
  for (const pair of conflicting) {
    if (pair.every((scope) => scopes.includes(scope))) errors.push(invalid(path, shown, "conflicting scopes"));
  }
}

function checkScopeSelector(spec: JsonObject, hard: readonly string[], errors: FieldError[]): void {
  const path = "spec.scopeSelector.matchExpressions";
  const expressions: JsonObject[] = listOf(spec.scopeSelector.matchExpressions);
  for (const { scopeName = "", operator = "", values } of expressions) {
    if (!scopeResources.has(scopeName)) errors.push(invalid(`${path}.scopeName`, scopeName, "unsupported scope"));
    for (const _ of hard.filter((name) => !isScopeFor(scopeName, name))) {
      errors.push(invalid(path, spec.scopeSelector, "unsupported scope applied to resource"));
    }
    if (existsOnly.includes(scopeName) && operator !== "Exists") {
      errors.push(
        invalid(
          `${path}.operator`,
          operator,
          "must be 'Exists' when scope is any of ResourceQuotaScopeTerminating, ResourceQuotaScopeNotTerminating, ResourceQuotaScopeBestEffort, ResourceQuotaScopeNotBestEffort or ResourceQuotaScopeCrossNamespacePodAffinity",
        ),
      );
    }
    checkOperator(operator, values, path, errors);
  }
  checkConflicts(
    expressions.map((expression) => expression.scopeName),
    spec.scopes,
    path,
    errors,
  );
}

function checkOperator(operator: string, values: unknown, path: string, errors: FieldError[]): void {
  if (operator === "In" || operator === "NotIn") {
    if (isEmpty(values)) {
      const text = "must be at least one value when `operator` is 'In' or 'NotIn' for scope selector";
      errors.push(required(`${path}.values`, text));
    }
  } else if (operator === "Exists" || operator === "DoesNotExist") {
    if (!isEmpty(values)) {
      const text = "must be no value when `operator` is 'Exist' or 'DoesNotExist' for scope selector";
      errors.push(invalid(`${path}.values`, values, text));
    }
  } else errors.push(invalid(`${path}.operator`, operator, "not a valid selector operator"));
}

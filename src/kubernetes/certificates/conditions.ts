// Conditions of certificate signing requests: which may be set where, and their times.
// Source of the rules and words: kubernetes pkg/apis/certificates/validation, pkg/registry/certificates.

import { duplicate, type FieldError, forbidden, invalid, notSupported, required } from "../../machinery/field-error.ts";
import type { JsonObject, KubeObject } from "../../machinery/object.ts";
import { formatTime } from "../../machinery/time.ts";
import { semanticEqual } from "../validation/equality.ts";
import { isEmpty, listOf } from "../validation/fields.ts";

const path = "status.conditions";
const approvals = ["Approved", "Denied"];
const trueOnly = [...approvals, "Failed"];

export function conditionsOf(request: KubeObject): JsonObject[] {
  return listOf(request.status?.conditions);
}

/** Each condition by itself, and Approved and Denied against each other. */
export function checkConditions(request: KubeObject, errors: FieldError[]): void {
  const seen = new Set<string>();
  conditionsOf(request).forEach((condition, index) => {
    const at = `${path}[${index}]`;
    const type: string = condition.type ?? "";
    if (type === "") errors.push(required(`${at}.type`));
    const allowed = trueOnly.includes(type) ? ["True"] : ["False", "True", "Unknown"];
    if (isEmpty(condition.status)) errors.push(required(`${at}.status`));
    else if (!allowed.includes(condition.status)) {
      errors.push(notSupported(`${at}.status`, condition.status, allowed));
    }
    const opposite = type === "Approved" ? "Denied" : type === "Denied" ? "Approved" : undefined;
    if (opposite !== undefined && seen.has(opposite)) {
      errors.push(invalid(`${at}.type`, type, "Approved and Denied conditions are mutually exclusive"));
    }
    if (seen.has(type)) errors.push(duplicate(`${at}.type`, type));
    seen.add(type);
  });
}

/** No decision is taken back; and decisions are made through `/approval` only. */
export function checkConditionUpdate(
  request: KubeObject,
  old: KubeObject,
  through: "approval" | "other",
  errors: FieldError[],
): void {
  const find = (of: KubeObject, type: string) => conditionsOf(of).filter((condition) => condition.type === type);
  for (const type of trueOnly) {
    const before = find(old, type);
    const after = find(request, type);
    const refuse = (verb: string) =>
      errors.push(forbidden(path, `updates may not ${verb} a condition of type "${type}"`));
    if (after.length < before.length) refuse("remove");
    else if (through === "approval" || !approvals.includes(type)) continue;
    else if (after.length > before.length) refuse("add");
    else if (!semanticEqual(before, after)) refuse("modify");
  }
}

/** Conditions without times get them; one that keeps its status keeps the time of its last transition. */
export function stampConditions(
  conditions: readonly JsonObject[],
  old: readonly JsonObject[],
  now: Date,
): JsonObject[] {
  const time = formatTime(now);
  return conditions.map((condition) => {
    const before = old.find(({ type, status }) => type === condition.type && status === condition.status);
    return {
      ...condition,
      lastUpdateTime: condition.lastUpdateTime ?? time,
      lastTransitionTime: condition.lastTransitionTime ?? before?.lastTransitionTime ?? time,
    };
  });
}

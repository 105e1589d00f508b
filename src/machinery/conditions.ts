// Conditions of a status: a list with one entry per type. Pure: `now` comes from the caller, and changes give a new list.
// Source: k8s.io/apimachinery pkg/api/meta/conditions.go.

import type { JsonObject } from "./object.ts";
import { formatTime } from "./time.ts";

export type ConditionStatus = "True" | "False" | "Unknown";

/** The usual fields; kinds may have more. */
export interface Condition {
  type: string;
  status: ConditionStatus;
  reason?: string;
  message?: string;
  observedGeneration?: number;
  lastTransitionTime?: string;
  lastUpdateTime?: string;
}

/** The condition of a type, from `status.conditions` or a list. */
export function getCondition<C extends { type: string } = Condition>(
  from: { status?: { conditions?: readonly C[] } | JsonObject } | readonly C[] | undefined,
  type: string,
): C | undefined {
  const list = isList(from) ? from : from?.status?.conditions;
  return (list as readonly C[] | undefined)?.find((condition) => condition.type === type);
}

function isList<C>(value: unknown): value is readonly C[] {
  return Array.isArray(value);
}

/** Whether the condition of a type is there with this status. */
export function hasCondition(
  from: { status?: JsonObject } | readonly Condition[] | undefined,
  type: string,
  status: ConditionStatus = "True",
): boolean {
  return getCondition<Condition>(from, type)?.status === status;
}

/**
 * The list with a condition set: `lastTransitionTime` becomes `now` when the status changes, and stays otherwise. Returns the same
 * list when nothing changes, so that callers can skip the write.
 */
export function setCondition<C extends Condition>(
  conditions: readonly C[] | undefined,
  condition: C,
  now: Date,
): readonly C[] {
  const list = conditions ?? [];
  const index = list.findIndex(({ type }) => type === condition.type);
  const old = list[index];
  const transition = condition.lastTransitionTime ?? formatTime(now);
  if (old === undefined) return [...list, { ...condition, lastTransitionTime: transition }];
  const kept = old.status === condition.status ? (old.lastTransitionTime ?? transition) : transition;
  const next: C = { ...old, ...condition, lastTransitionTime: kept };
  const same = (Object.keys(next) as (keyof C)[]).every((key) => next[key] === old[key]);
  return same ? list : list.with(index, next);
}

/** The list without the condition of a type; the same list when it is not there. */
export function removeCondition<C extends { type: string }>(
  conditions: readonly C[] | undefined,
  type: string,
): readonly C[] {
  const list = conditions ?? [];
  return list.some((condition) => condition.type === type) ? list.filter((condition) => condition.type !== type) : list;
}

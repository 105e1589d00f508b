// Conditions of a status: a list with one entry per type. Pure: the time comes from the caller, and changes give a new list.
// Source: k8s.io/apimachinery pkg/api/meta/conditions.go.

/** The usual fields; kinds may have more. */
export interface Condition {
  type: string;
  status?: string;
  reason?: string;
  message?: string;
  lastTransitionTime?: string;
}

/**
 * The list with a condition set: `lastTransitionTime` becomes `now` (RFC 3339) when the status changes, and stays otherwise. Returns
 * the same list when nothing changes, so that callers can skip the write.
 */
export function setCondition<C extends Condition>(conditions: C[] | undefined, condition: C, now: string): C[] {
  const list = conditions ?? [];
  const index = list.findIndex(({ type }) => type === condition.type);
  const old = list[index];
  if (old === undefined) return [...list, { ...condition, lastTransitionTime: now }];
  const lastTransitionTime = old.status === condition.status ? (old.lastTransitionTime ?? now) : now;
  const next: C = { ...old, ...condition, lastTransitionTime };
  const isSame = (Object.keys(next) as (keyof C)[]).every((key) => next[key] === old[key]);
  return isSame ? list : list.with(index, next);
}

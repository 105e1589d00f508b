// The use of one quota: which objects it is about, and the sum over them. Pure but for the memory of what an object uses, which never
// changes, as stored objects do not.

import type { KubeObject } from "../../machinery/object.ts";
import { compareQuantities, formatQuantity, integerQuantity, subtractQuantities } from "../../machinery/quantity.ts";
import { addResources, type ResourceList, readResources } from "../core/pod-resources.ts";
import type { QuotaEvaluator } from "./evaluator.ts";
import { scopesOf } from "./scopes.ts";

const zero = integerQuantity(0);

/** The bounds of a quota. */
export function hardOf(quota: KubeObject): ResourceList {
  return readResources(quota.spec?.hard);
}

/** Whether a quota is about an object: it bounds something the evaluator measures, and the object is in all of its scopes. */
export function quotaMatches(quota: KubeObject, evaluator: QuotaEvaluator, object: KubeObject): boolean {
  return (
    [...hardOf(quota).keys()].some((name) => evaluator.measures(name)) &&
    scopesOf(quota).every((requirement) => evaluator.inScope(requirement, object))
  );
}

const known = new WeakMap<KubeObject, ResourceList>();

/** What a stored (frozen) object uses. */
function storedUsage(evaluator: QuotaEvaluator, object: KubeObject): ResourceList {
  let usage = known.get(object);
  if (usage === undefined) {
    usage = evaluator.usage(object);
    known.set(object, usage);
  }
  return usage;
}

/**
 * What the stored objects of one resource use of a quota, for the bounded names that the evaluator measures; names that nothing uses are
 * there with zero.
 */
export function usedOf(quota: KubeObject, evaluator: QuotaEvaluator, objects: Iterable<KubeObject>): ResourceList {
  const names = [...hardOf(quota).keys()].filter((name) => evaluator.measures(name));
  const scopes = scopesOf(quota);
  const used: ResourceList = new Map(names.map((name) => [name, zero]));
  for (const object of objects) {
    if (!scopes.every((requirement) => evaluator.inScope(requirement, object))) continue;
    addResources(used, only(storedUsage(evaluator, object), names));
  }
  return used;
}

/** The part of a list with these names. */
export function only(list: ResourceList, names: Iterable<string>): ResourceList {
  const part: ResourceList = new Map();
  for (const name of names) {
    const quantity = list.get(name);
    if (quantity !== undefined) part.set(name, quantity);
  }
  return part;
}

/** What `next` uses more than `previous`; what is not more is left out. */
export function growth(next: ResourceList, previous: ResourceList): ResourceList {
  const more: ResourceList = new Map();
  for (const [name, quantity] of next) {
    const before = previous.get(name);
    const difference = before === undefined ? quantity : subtractQuantities(quantity, before);
    if (compareQuantities(difference, zero) > 0) more.set(name, difference);
  }
  return more;
}

/** `cpu=1,pods=2`, sorted. */
export function showResources(list: ResourceList): string {
  return [...list]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, quantity]) => `${name}=${formatQuantity(quantity)}`)
    .join(",");
}

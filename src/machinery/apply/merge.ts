// Lays an applied configuration over a live object. Nothing is taken away: removal is a step of its own (remove.ts).
// Source: structured-merge-diff typed/merge. What the configuration does not touch is shared with the live object.

import { isObject, type JsonObject } from "../object.ts";
import { setField } from "../patch/result.ts";
import { type FieldType, type ListType, type MapType, shapeOf } from "./field-type.ts";
import { type Item, itemsOf, TypedError } from "./list-items.ts";
import { formatElement, type PathElement } from "./path.ts";

/** The live value with the applied one laid over it. Throws a TypedError for lists that cannot be merged. */
export function mergeTyped(type: FieldType, live: unknown, applied: unknown): unknown {
  if (applied === undefined) return live;
  if (live === undefined) return applied;
  switch (shapeOf(type, applied)) {
    case "map":
      return mergeMaps(type.map!, live, applied);
    case "list":
      return mergeLists(type.list!, live, applied);
    default:
      return applied;
  }
}

function mergeMaps(map: MapType, live: unknown, applied: unknown): unknown {
  const base = isObject(live) ? live : {};
  const over = isObject(applied) ? applied : {};
  const empty = Object.keys(base).length === 0 && Object.keys(over).length === 0;
  if (map.atomic || empty) return applied;
  const result: JsonObject = { ...base };
  for (const name of Object.keys(over)) {
    const before = Object.hasOwn(base, name) ? base[name] : undefined;
    setField(result, name, mergeTyped(map.typeOf(name), before, over[name]));
  }
  return result;
}

function mergeLists(list: ListType, live: unknown, applied: unknown): unknown {
  const base = Array.isArray(live) ? live : [];
  const over = Array.isArray(applied) ? applied : [];
  if (list.atomic || (base.length === 0 && over.length === 0)) return applied;
  const overItems = itemsOf(list, over);
  const baseItems = itemsOf(list, base);
  const overByElement = new Map<PathElement, unknown>();
  for (const { element, value } of overItems) {
    if (overByElement.has(element)) throw new TypedError(`duplicate entries for key ${formatElement(element)}`);
    overByElement.set(element, value);
  }
  return interleave(list, baseItems, overItems, overByElement);
}

/**
 * Items of both lists: shared ones stand in the order of the configuration, those only the live object has keep their place before the
 * next shared one.
 */
function interleave(list: ListType, base: Item[], over: Item[], overByElement: Map<PathElement, unknown>): unknown[] {
  const baseByElement = new Map<PathElement, unknown>();
  for (const { element, value } of base) {
    // An item that the live list has twice is not merged but replaced.
    baseByElement.set(element, baseByElement.has(element) ? undefined : value);
  }
  const shared = over.filter(({ element }) => baseByElement.has(element));
  const merged = new Set<PathElement>();
  const result: unknown[] = [];
  let next = 0;
  let l = 0;
  let r = 0;
  const take = ({ element, value }: Item) => {
    merged.add(element);
    result.push(mergeTyped(list.item, baseByElement.get(element), value));
    if (shared[next]?.element === element) next++;
  };
  while (l < base.length || r < over.length) {
    const left = base[l];
    const right = over[r];
    if (left !== undefined && right !== undefined) {
      if (left.element === right.element) {
        take(right);
        l++;
        r++;
        continue;
      }
      const awaited = shared[next];
      if (overByElement.has(left.element) && awaited !== undefined && awaited.element !== left.element) {
        l++;
        continue;
      }
    }
    if (left !== undefined) {
      if (!overByElement.has(left.element)) {
        result.push(left.value);
        l++;
        continue;
      }
      if (merged.has(left.element)) l++;
    }
    if (right !== undefined) {
      take(right);
      r++;
    }
  }
  return result;
}

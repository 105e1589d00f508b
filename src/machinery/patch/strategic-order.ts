// The order of merged lists in strategic merge patch: first what the patch orders, then how the object has it. Items that only the object
// has keep their place relative to the items around them. Positions are looked up in maps, so long lists stay linear.

import { isObject } from "../object.ts";
import { goText, goType } from "./go-text.ts";
import { ownField, PatchError, unprocessable } from "./result.ts";

/** What an item is told apart by, usable as the key of a Map: the scalar itself, or the text of anything else. */
export function orderKey(value: unknown): unknown {
  if (typeof value !== "object" || value === null) return value;
  return JSON.stringify(value);
}

/** The merge key of a list item; 422 when it is no object or lacks the key. */
export function mergeKeyOf(item: unknown, mergeKey: string): unknown {
  if (!isObject(item)) {
    throw new PatchError(422, `expected a map[string]interface {}, but received a ${goType(item)}`);
  }
  const value = ownField(item, mergeKey);
  if (value === undefined) {
    throw new PatchError(422, `map: ${goText(item)} does not contain declared merge key: ${mergeKey}`);
  }
  return orderKey(value);
}

/** Whether the items of some lists are maps or scalars; 422 when they differ or are lists themselves. */
export function elementKind(...lists: (unknown[] | undefined)[]): "map" | "scalar" {
  let kind: string | undefined;
  for (const list of lists) {
    for (const item of list ?? []) {
      if (Array.isArray(item)) throw new PatchError(422, unprocessable, "lists of lists are not supported");
      const type = goType(item);
      kind ??= type;
      if (kind !== type) {
        const text = lists.filter((one) => one !== undefined).map((one) => goText(one));
        throw new PatchError(422, `list element types are not identical: [${text.join(" ")}]`);
      }
    }
  }
  if (kind === undefined) throw new PatchError(422, "no elements in any of the given slices");
  return kind === "map[string]interface {}" ? "map" : "scalar";
}

/** Parts a list into the items that another list names and those it does not. */
export function partition(list: unknown[], by: unknown[], mergeKey: string) {
  const named = new Set(by.map((item) => keyIn(item, mergeKey)));
  const inside: unknown[] = [];
  const outside: unknown[] = [];
  for (const item of list) {
    const key = mergeKey === "" ? orderKey(item) : mergeKeyOf(item, mergeKey);
    (named.has(key) ? inside : outside).push(item);
  }
  return { inside, outside };
}

/** Orders the items of a patch by `order`, the others by the object's own order, and weaves the two by the object's order. */
export function inElementOrder(
  patchItems: unknown[],
  otherItems: unknown[],
  order: unknown[],
  objectOrder: unknown[],
  mergeKey: string,
): unknown[] {
  const objectPlaces = placesOf(objectOrder, mergeKey);
  const right = sorted(patchItems, placesOf(order, mergeKey), mergeKey);
  const left = sorted(otherItems, objectPlaces, mergeKey);
  const result: unknown[] = [];
  let l = 0;
  let r = 0;
  while (l < left.length && r < right.length) {
    const leftPlace = objectPlaces.get(keyIn(left[l], mergeKey));
    const rightPlace = objectPlaces.get(keyIn(right[r], mergeKey));
    const leftFirst = leftPlace !== undefined && rightPlace !== undefined && leftPlace < rightPlace;
    result.push(leftFirst ? left[l++] : right[r++]);
  }
  return result.concat(left.slice(l), right.slice(r));
}

function keyIn(item: unknown, mergeKey: string): unknown {
  return mergeKey === "" ? orderKey(item) : orderKey(isObject(item) ? ownField(item, mergeKey) : undefined);
}

function placesOf(list: unknown[], mergeKey: string): Map<unknown, number> {
  const places = new Map<unknown, number>();
  for (const [index, item] of list.entries()) {
    const key = keyIn(item, mergeKey);
    if (!places.has(key)) places.set(key, index);
  }
  return places;
}

/** Sorts stably; items without a place stay at the end as they stood. */
function sorted(items: unknown[], places: Map<unknown, number>, mergeKey: string): unknown[] {
  const placeOf = (item: unknown) => places.get(keyIn(item, mergeKey)) ?? places.size + 1;
  return items
    .map((item) => ({ item, place: placeOf(item) }))
    .sort((a, b) => a.place - b.place)
    .map(({ item }) => item);
}

// Takes the paths of a set out of a value, or keeps only them. Source: structured-merge-diff typed/remove.

import { isObject, type JsonObject } from "../object.ts";
import { setField } from "../patch/result.ts";
import { type FieldType, type ListType, type MapType, shapeOf } from "./field-type.ts";
import { itemsOf } from "./list-items.ts";
import { type FieldSet, isEmptySet, isMember } from "./set.ts";

/**
 * The value without the items and fields of a set. A container that loses its last part becomes `emptied`: null, which still is a value
 * of its parent, or undefined, which leaves it out.
 */
export function removeItems(type: FieldType, value: unknown, set: FieldSet, emptied: null | undefined): unknown {
  switch (shapeOf(type, value)) {
    case "map":
      return isObject(value) ? removeFromMap(type.map!, value, set, emptied) : emptied;
    case "list":
      return Array.isArray(value) ? removeFromList(type.list!, value, set, emptied) : emptied;
    default:
      return value;
  }
}

function removeFromMap(map: MapType, value: JsonObject, set: FieldSet, emptied: null | undefined): unknown {
  if (map.atomic) return emptied;
  const result: JsonObject = {};
  let left = false;
  for (const name of Object.keys(value)) {
    const node = set[`f:${name}`];
    let field: unknown = value[name];
    if (node !== undefined) field = isMember(node) ? undefined : removeItems(map.typeOf(name), field, node, emptied);
    if (field === undefined) continue;
    setField(result, name, field);
    left = true;
  }
  return left ? result : emptied;
}

function removeFromList(list: ListType, value: unknown[], set: FieldSet, emptied: null | undefined): unknown {
  if (list.atomic) return emptied;
  const result: unknown[] = [];
  for (const { element, value: item } of itemsOf(list, value)) {
    const node = set[element];
    if (node !== undefined && isMember(node)) continue;
    const part = node === undefined ? item : removeItems(list.item, item, node, emptied);
    if (part !== undefined) result.push(part);
  }
  return result.length > 0 ? result : emptied;
}

/** Only the items and fields of a set; undefined when the value has none of them. Keys of list items are kept when the set has them. */
export function extractItems(type: FieldType, value: unknown, set: FieldSet): unknown {
  switch (shapeOf(type, value)) {
    case "map":
      if (!isObject(value) || type.map!.atomic) return value;
      return extractFromMap(type.map!, value, set);
    case "list":
      if (!Array.isArray(value) || type.list!.atomic) return value;
      return extractFromList(type.list!, value, set);
    default:
      return value;
  }
}

function extractFromMap(map: MapType, value: JsonObject, set: FieldSet): unknown {
  const result: JsonObject = {};
  for (const name of Object.keys(value)) {
    const node = set[`f:${name}`];
    if (node === undefined) continue;
    const part = extractItems(map.typeOf(name), value[name], node);
    if (part !== undefined) setField(result, name, part);
  }
  return isEmptySet(set) || Object.keys(result).length > 0 ? result : undefined;
}

function extractFromList(list: ListType, value: unknown[], set: FieldSet): unknown {
  const result: unknown[] = [];
  for (const { element, value: item } of itemsOf(list, value)) {
    const node = set[element];
    const part = node === undefined ? undefined : extractItems(list.item, item, node);
    if (part !== undefined) result.push(part);
  }
  return isEmptySet(set) || result.length > 0 ? result : undefined;
}

// The set of paths that a value takes up, built in one walk straight into the form of FieldsV1.

import { deduced, type FieldType, type ListType, type MapType, shapeOf } from "./field-type.ts";
import { itemsOf, sortItems } from "./list-items.ts";
import { emptySet, type FieldSet, leaf, type MutableFieldSet } from "./set.ts";

/**
 * The paths an applier owns: leaves, items of lists, entries of maps and empty structs. Structs, maps and lists as such are not owned.
 * Throws a TypedError for an item that has no key.
 */
export function fieldSetOf(type: FieldType, value: unknown): FieldSet {
  return build(type, value, false, false) ?? emptySet;
}

/** The node of a value that has come or gone as a whole: every part of it, itself included. Throws a TypedError like fieldSetOf. */
export function wholeNode(type: FieldType, value: unknown): FieldSet {
  return build(type, value, true, true) ?? leaf;
}

/** `member`: the node is itself in the set. `whole`: so is every part of it. */
function build(type: FieldType, value: unknown, member: boolean, whole: boolean): FieldSet | undefined {
  if (typeof value === "object" && value !== null) {
    switch (shapeOf(type, value)) {
      case "map":
        return buildMap(type.map!, value, member, whole);
      case "list":
        return buildList(type.list!, value, member, whole);
      default:
        return leaf;
    }
  }
  const shape = whole ? "scalar" : shapeOf(type, value);
  const isLeaf = shape === "scalar" || (shape === "map" ? type.map!.atomic : type.list!.atomic);
  return isLeaf || member ? leaf : undefined;
}

function buildMap(map: MapType, value: object, member: boolean, whole: boolean): FieldSet | undefined {
  if (map.atomic) return leaf;
  const object = value as { [name: string]: unknown };
  const names = sortedNames(object);
  const result: MutableFieldSet = member ? { ".": leaf } : {};
  let children = false;
  for (const name of names) {
    const child = object[name];
    if (child === undefined) continue;
    const field = map.fields.get(name);
    const owned = whole || field === undefined || isEmptyMap(child);
    const node = build(field === undefined ? (map.rest ?? deduced) : field.type, child, owned, whole);
    if (node === undefined) continue;
    result[field === undefined ? `f:${name}` : field.element] = node;
    children = true;
  }
  if (children) return result;
  return member ? leaf : undefined;
}

function sortedNames(object: object): string[] {
  const names = Object.keys(object);
  for (let index = 1; index < names.length; index++) if (names[index - 1]! > names[index]!) return names.sort();
  return names;
}

function isEmptyMap(value: unknown): boolean {
  if (value === null) return true;
  if (typeof value !== "object" || Array.isArray(value) || JSON.isRawJSON(value)) return false;
  for (const _ in value) return false;
  return true;
}

function buildList(list: ListType, value: object, member: boolean, whole: boolean): FieldSet | undefined {
  if (list.atomic) return leaf;
  if (!Array.isArray(value) || value.length === 0) return member ? leaf : undefined;
  const result: MutableFieldSet = member ? { ".": leaf } : {};
  for (const { element, value: item } of sortItems(list, itemsOf(list, value))) {
    // Items that share their key are owned together, as one leaf.
    result[element] = result[element] === undefined ? build(list.item, item, true, whole)! : leaf;
  }
  return result;
}

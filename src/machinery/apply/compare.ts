// What changed between two values, as sets of paths. Source: structured-merge-diff typed/compare.

import { equalJson } from "../equal.ts";
import { type FieldType, type ListType, type MapType, type Shape, shapeOf } from "./field-type.ts";
import { itemsOf } from "./list-items.ts";
import { wholeNode } from "./owned.ts";
import { compareElements, fieldElement, type PathElement } from "./path.ts";
import {
  emptySet,
  type FieldSet,
  leaf,
  type MutableFieldSet,
  mergeNodes,
  recursiveDifference,
  unionSets,
} from "./set.ts";

/** Paths that came, changed their value, or went. A part that is undefined is empty. */
export interface Difference {
  added?: FieldSet;
  modified?: FieldSet;
  removed?: FieldSet;
}

/**
 * Compares two values of a type; undefined when they are the same. Values that are the same object are not walked.
 * Throws a TypedError for items of keyed lists that have no key.
 */
export function compareTyped(type: FieldType, before: unknown, after: unknown): Difference | undefined {
  if (before === after) return undefined;
  if (before === undefined) return { added: wholeNode(type, after) };
  if (after === undefined) return { removed: wholeNode(type, before) };
  const oldShape = shapeOf(type, before);
  const newShape = shapeOf(type, after);
  const difference = compareAs(newShape, type, before, after);
  if (oldShape === newShape) return difference;
  return unionDifferences(compareAs(oldShape, type, before, after), difference);
}

function compareAs(shape: Shape, type: FieldType, before: unknown, after: unknown): Difference | undefined {
  if (shape === "map") return compareMaps(type.map!, before, after);
  if (shape === "list") return compareLists(type.list!, before, after);
  return compareLeaves(before, after);
}

function compareLeaves(before: unknown, after: unknown): Difference | undefined {
  return equalJson(before, after) ? undefined : { modified: leaf };
}

type Fields = { [name: string]: unknown };

function fieldsOf(value: unknown): Fields | undefined {
  if (typeof value !== "object" || value === null || Array.isArray(value) || JSON.isRawJSON(value)) return undefined;
  for (const _ in value) return value as Fields;
  return undefined;
}

function compareMaps(map: MapType, before: unknown, after: unknown): Difference | undefined {
  const old = fieldsOf(before);
  const now = fieldsOf(after);
  if (map.atomic || (old === undefined && now === undefined)) return compareLeaves(before, after);
  const parts: Part[] = [];
  for (const name in now) {
    const value = old === undefined || !Object.hasOwn(old, name) ? undefined : old[name];
    compareField(map, name, value, now[name], parts);
  }
  for (const name in old) {
    if (now === undefined || !Object.hasOwn(now, name)) compareField(map, name, old[name], undefined, parts);
  }
  return assemble(parts);
}

function compareField(map: MapType, name: string, before: unknown, after: unknown, parts: Part[]): void {
  if (before === after) return;
  const field = map.fields.get(name);
  const difference = compareTyped(field?.type ?? map.typeOf(name), before, after);
  if (difference !== undefined) parts.push({ element: field?.element ?? fieldElement(name), difference });
}

function compareLists(list: ListType, before: unknown, after: unknown): Difference | undefined {
  const old = Array.isArray(before) ? before : [];
  const now = Array.isArray(after) ? after : [];
  if (list.atomic || (old.length === 0 && now.length === 0)) return compareLeaves(before, after);
  const oldItems = grouped(list, old);
  const nowItems = grouped(list, now);
  const parts: Part[] = [];
  for (const [element, values] of nowItems) {
    compareItems(list, element, oldItems.get(element) ?? [], values, parts);
  }
  for (const [element, values] of oldItems) {
    if (!nowItems.has(element)) compareItems(list, element, values, [], parts);
  }
  return assemble(parts);
}

/** Items by their element; a key that is given several times, which live objects may do, has several. */
function grouped(list: ListType, values: readonly unknown[]): Map<PathElement, unknown[]> {
  const groups = new Map<PathElement, unknown[]>();
  for (const { element, value } of itemsOf(list, values)) {
    const group = groups.get(element);
    if (group === undefined) groups.set(element, [value]);
    else group.push(value);
  }
  return groups;
}

/** Items that share a key are compared as one atomic value. */
function compareItems(list: ListType, element: PathElement, old: unknown[], now: unknown[], parts: Part[]): void {
  let difference: Difference | undefined;
  if (old.length <= 1 && now.length <= 1) difference = compareTyped(list.item, old[0], now[0]);
  else if (old.length > 1 && now.length > 1) difference = compareLeaves(old, now);
  else if (old.length > 1) {
    const single = now.length === 0 ? undefined : compareTyped(list.item, undefined, now[0]);
    difference = unionDifferences(single, { removed: leaf });
  } else {
    const single = old.length === 0 ? undefined : compareTyped(list.item, old[0], undefined);
    difference = unionDifferences(single, { added: leaf });
  }
  if (difference !== undefined) parts.push({ element, difference });
}

interface Part {
  element: PathElement;
  difference: Difference;
}

/** The difference of a value from those of its parts. */
function assemble(parts: Part[]): Difference | undefined {
  if (parts.length === 0) return undefined;
  parts.sort((a, b) => compareElements(a.element, b.element));
  let added: MutableFieldSet | undefined;
  let modified: MutableFieldSet | undefined;
  let removed: MutableFieldSet | undefined;
  for (const { element, difference } of parts) {
    if (difference.added !== undefined) added = withNode(added, element, difference.added);
    if (difference.modified !== undefined) modified = withNode(modified, element, difference.modified);
    if (difference.removed !== undefined) removed = withNode(removed, element, difference.removed);
  }
  return { added, modified, removed };
}

function withNode(set: MutableFieldSet | undefined, element: PathElement, node: FieldSet): MutableFieldSet {
  const result = set ?? {};
  result[element] = node;
  return result;
}

function unionParts(a: FieldSet | undefined, b: FieldSet | undefined): FieldSet | undefined {
  return a === undefined || b === undefined ? (a ?? b) : mergeNodes(a, b);
}

function unionDifferences(a: Difference | undefined, b: Difference | undefined): Difference | undefined {
  if (a === undefined || b === undefined) return a ?? b;
  return {
    added: unionParts(a.added, b.added),
    modified: unionParts(a.modified, b.modified),
    removed: unionParts(a.removed, b.removed),
  };
}

/** A difference of whole objects without some fields and all below them. */
export function excludeFields(difference: Difference, fields: FieldSet | undefined): Difference {
  if (fields === undefined) return difference;
  const without = (set: FieldSet | undefined) => (set === undefined ? undefined : recursiveDifference(set, fields));
  return {
    added: without(difference.added),
    modified: without(difference.modified),
    removed: without(difference.removed),
  };
}

/** What came or changed. */
export function writtenFields({ added = emptySet, modified = emptySet }: Difference): FieldSet {
  return unionSets(added, modified);
}

// Sets of field paths. A set *is* its FieldsV1 object, so it is read and written without conversion:
//
//   {"f:spec": {"f:replicas": {}, "f:template": {".": {}, "f:spec": {…}}}}
//
// A node without children is a member; a node with children is one when it has ".". The root is never a member. Invariants: elements are
// canonical (path.ts) and sorted, "." first; no node but the root is empty and no member. Sets are never written after they are made and
// share their parts, so an operation that changes nothing gives back the same object.

import { isObject, type JsonObject } from "../object.ts";
import { canonicalElement, compareElements, formatPath, type PathElement } from "./path.ts";

/** A set of field paths in the form of FieldsV1. */
export type FieldSet = { readonly [element: PathElement]: FieldSet };

/** The member without children. As a root it is the empty set. */
export const leaf: FieldSet = Object.freeze({});

/**
 * The set without paths.
 * @alias leaf
 */
export const emptySet: FieldSet = leaf;

/** A node while it is being built. */
export type MutableFieldSet = { [element: PathElement]: FieldSet };

export function isEmptySet(set: FieldSet): boolean {
  for (const _ in set) return false;
  return true;
}

/** Whether a node other than the root is itself in the set. */
export function isMember(node: FieldSet): boolean {
  return node["."] !== undefined || isEmptySet(node);
}

/** Whether a path is in the set. */
export function hasPath(set: FieldSet, path: readonly PathElement[]): boolean {
  let node: FieldSet | undefined = set;
  for (const element of path) {
    node = node[element];
    if (node === undefined) return false;
  }
  return path.length > 0 && isMember(node);
}

/** The set of some paths. */
export function setOf(...paths: (readonly PathElement[])[]): FieldSet {
  return paths.reduce<FieldSet>(
    (set, path) =>
      unionSets(
        set,
        path.length === 0 ? emptySet : path.reduceRight<FieldSet>((node, element) => ({ [element]: node }), leaf),
      ),
    emptySet,
  );
}

/** Paths in either set. */
export function unionSets(a: FieldSet, b: FieldSet): FieldSet {
  if (isEmptySet(a) || a === b) return b;
  return isEmptySet(b) ? a : unionNodes(a, b, false);
}

/** The union of two nodes below the root. */
export function mergeNodes(a: FieldSet, b: FieldSet): FieldSet {
  return a === b ? a : unionNodes(a, b, isMember(a) || isMember(b));
}

function unionNodes(a: FieldSet, b: FieldSet, member: boolean): FieldSet {
  const changes: MutableFieldSet = {};
  let added = false;
  let changed = member && a["."] === undefined && !isEmptySet(a);
  for (const element in b) {
    if (element === ".") continue;
    const mine = a[element];
    const theirs = b[element]!;
    if (mine === undefined) {
      changes[element] = theirs;
      added = true;
    } else if (mine !== theirs) {
      const merged = mergeNodes(mine, theirs);
      if (merged === mine) continue;
      changes[element] = merged;
      changed = true;
    }
  }
  if (!added && !changed) return a;
  const elements = Object.keys(added ? { ...a, ...changes } : a).filter((element) => element !== ".");
  if (added) elements.sort(compareElements);
  const result: MutableFieldSet = member ? { ".": leaf } : {};
  for (const element of elements) result[element] = changes[element] ?? a[element]!;
  return result;
}

/** Paths of `a` that are not in `b`. Children stay when only their parent is in `b`. */
export function differenceSets(a: FieldSet, b: FieldSet): FieldSet {
  if (isEmptySet(a) || isEmptySet(b)) return a;
  return subtract(a, b, false, false) ?? emptySet;
}

/** Paths of `a` that are neither in `b` nor below a path of `b`. */
export function recursiveDifference(a: FieldSet, b: FieldSet): FieldSet {
  if (isEmptySet(a) || isEmptySet(b)) return a;
  return subtract(a, b, false, true) ?? emptySet;
}

/** The node without what `b` has; the node itself when that is nothing, undefined when nothing is left. */
function subtract(a: FieldSet, b: FieldSet, member: boolean, recursive: boolean): FieldSet | undefined {
  let changes: { [element: PathElement]: FieldSet | undefined } | undefined;
  for (const element in b) {
    const mine = element === "." ? undefined : a[element];
    if (mine === undefined) continue;
    const theirs = b[element]!;
    const taken = isMember(theirs);
    const rest = recursive && taken ? undefined : subtract(mine, theirs, isMember(mine) && !taken, recursive);
    if (rest === mine) continue;
    changes ??= {};
    changes[element] = rest;
  }
  const was = isMember(a);
  if (changes === undefined && member === was) return a;
  const result: MutableFieldSet = {};
  let left = false;
  for (const element in a) {
    if (element === ".") continue;
    const node = changes !== undefined && element in changes ? changes[element] : a[element];
    if (node === undefined) continue;
    if (!left && member) result["."] = leaf;
    left = true;
    result[element] = node;
  }
  if (left) return result;
  return member ? leaf : undefined;
}

/** Paths in both sets. */
export function intersectSets(a: FieldSet, b: FieldSet): FieldSet {
  return intersect(a, b, false) ?? emptySet;
}

function intersect(a: FieldSet, b: FieldSet, member: boolean): FieldSet | undefined {
  const result: MutableFieldSet = {};
  let left = false;
  for (const element in a) {
    const mine = a[element]!;
    const theirs = b[element];
    if (element === "." || theirs === undefined) continue;
    const node = intersect(mine, theirs, isMember(mine) && isMember(theirs));
    if (node === undefined) continue;
    if (!left && member) result["."] = leaf;
    left = true;
    result[element] = node;
  }
  if (left) return result;
  return member ? leaf : undefined;
}

/** Calls with every path, the members of a level before what is below them. The array is reused: copy it to keep it. */
export function forEachPath(set: FieldSet, visit: (path: readonly PathElement[]) => void): void {
  walk(set, [], visit);
}

function walk(node: FieldSet, path: PathElement[], visit: (path: readonly PathElement[]) => void): void {
  const last = path.length;
  for (const element in node) {
    if (element === "." || !isMember(node[element]!)) continue;
    path[last] = element;
    visit(path);
  }
  for (const element in node) {
    if (element === "." || isEmptySet(node[element]!)) continue;
    path[last] = element;
    path.length = last + 1;
    walk(node[element]!, path, visit);
  }
  path.length = last;
}

/** All paths as messages show them. */
export function formatSet(set: FieldSet): string[] {
  const paths: string[] = [];
  forEachPath(set, (path) => paths.push(formatPath(path)));
  return paths;
}

/** How deep a FieldsV1 object from outside may be. */
const maximumDepth = 1_000;

/** A FieldsV1 object from outside as a set: canonical and sorted, unknown kinds of elements left out. Throws an Error when it is none. */
export function readFieldSet(fields: unknown): FieldSet {
  return readNode(fields, 0, false) ?? emptySet;
}

function readNode(fields: unknown, depth: number, nullable: boolean): FieldSet {
  if (fields === null && nullable) return leaf;
  if (!isObject(fields)) throw new Error("expected an object of path elements");
  if (depth > maximumDepth) throw new Error("exceeded max depth");
  const nodes: [PathElement, FieldSet][] = [];
  let member = false;
  for (const text of Object.keys(fields as JsonObject)) {
    if (text === ".") {
      member = true;
      continue;
    }
    const element = canonicalElement(text);
    if (element !== undefined) nodes.push([element, readNode(fields[text], depth + 1, true)]);
  }
  if (nodes.length === 0) return leaf;
  nodes.sort(([a], [b]) => compareElements(a, b));
  const result: MutableFieldSet = member && depth > 0 ? { ".": leaf } : {};
  for (const [element, node] of nodes) {
    const before = result[element];
    result[element] = before === undefined ? node : mergeNodes(before, node);
  }
  return result;
}

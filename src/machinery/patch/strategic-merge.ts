// Strategic merge patch: a merge patch that knows the lists of a type. Source of the rules: k8s.io/apimachinery pkg/util/strategicpatch.
//
//   $patch: replace | delete            the map (or, in a list item, the list) is replaced; the map is emptied or the item removed
//   $retainKeys: [a, b]                 fields of the map that are not named go
//   $setElementOrder/list: […]          the order of the items
//   $deleteFromPrimitiveList/list: […]  values to take out of a list of scalars
//
// Lists merge when the schema says `x-kubernetes-patch-strategy: merge`, by `x-kubernetes-patch-merge-key` or, for scalars, as sets.
// Neither the object nor the patch is written; what a patch does not touch is shared with the object.

import { isObject, type JsonObject } from "../object.ts";
import type { Schema } from "../schema/schema.ts";
import { goJsonKind, goText, goType } from "./go-text.ts";
import { ownField, PatchError, type PatchResult, patchResult, setField } from "./result.ts";
import { elementKind, inElementOrder, mergeKeyOf, orderKey, partition } from "./strategic-order.ts";

const directive = "$patch";
const retainKeys = "$retainKeys";
const deleteFromPrimitiveList = "$deleteFromPrimitiveList";
const setElementOrder = "$setElementOrder";

/**
 * Applies a strategic merge patch to an object of this schema.
 * 400: the patch is malformed; 422: it does not fit the object or its schema.
 */
export function applyStrategicMergePatch(object: JsonObject, patch: unknown, schema: Schema): PatchResult {
  return patchResult(() => {
    if (!isObject(patch)) {
      const kind = patch === null ? "null" : goJsonKind(patch);
      throw new PatchError(400, `json: cannot unmarshal ${kind} into Go value of type map[string]interface {}`);
    }
    return mergeMap(object, patch, schema);
  });
}

function mergeMap(original: JsonObject, patch: JsonObject, schema: Schema | undefined): JsonObject {
  const whole = ownField(patch, directive);
  if (whole === "replace") return withoutDirectives({ ...patch, [directive]: undefined });
  if (whole === "delete") return {};
  if (whole !== undefined) throw new PatchError(422, `unknown patch type: ${goText(whole)} in map: ${goText(patch)}`);

  const result = { ...original };
  const retained = ownField(patch, retainKeys);
  if (retained !== undefined) retainOnly(result, patch, retained);
  const done = new Set([retainKeys]);
  for (const key of Object.keys(patch)) {
    if (!key.startsWith(setElementOrder)) continue;
    const name = directiveTarget(key, setElementOrder);
    done.add(key).add(name);
    mergeOrderedList(result, patch, name, patch[key], schema);
  }
  for (const key of Object.keys(patch)) {
    if (!done.has(key) && patch[key] !== undefined) mergeField(result, key, patch[key], schema);
  }
  return result;
}

/** Merges one field of a patch into a map that may be written. */
function mergeField(result: JsonObject, key: string, value: unknown, schema: Schema | undefined): void {
  const isDeletion = key.startsWith(deleteFromPrimitiveList);
  const name = isDeletion ? directiveTarget(key, deleteFromPrimitiveList) : key;
  if (value === null) {
    delete result[name];
    return;
  }
  const before = ownField(result, name);
  const mergeable = isObject(before) ? isObject(value) : Array.isArray(before) && Array.isArray(value);
  if (!mergeable) {
    if (!isDeletion) setField(result, name, withoutDirectives(value));
    return;
  }
  const field = lookup(schema, name);
  if (isObject(before)) {
    const replaced = strategyOf(field) === "replace";
    setField(result, name, replaced ? withoutDirectives(value) : mergeMap(before, value as JsonObject, field));
  } else {
    setField(result, name, mergeList(before as unknown[], value as unknown[], field, isDeletion));
  }
}

/** `$setElementOrder/name`: merges the list of that name, then orders it. */
function mergeOrderedList(
  result: JsonObject,
  patch: JsonObject,
  name: string,
  order: unknown,
  schema: Schema | undefined,
): void {
  const before = asList(ownField(result, name));
  const change = asList(ownField(patch, name));
  if (!Array.isArray(order)) throw badType("[]interface {}", order);
  const field = lookup(schema, name);
  const mergeKey = field?.["x-kubernetes-patch-merge-key"] ?? "";
  if (change !== undefined) checkOrder(change, order, mergeKey);

  let merged: unknown[];
  if (before === undefined && change === undefined) return;
  if (change === undefined) merged = before!;
  else if (before === undefined) merged = withoutDirectives(change);
  else merged = mergeList(before, change, field, false);

  const { inside, outside } = partition(merged, order, mergeKey);
  elementKind(before, change);
  setField(result, name, inElementOrder(inside, outside, order, before ?? [], mergeKey));
}

function mergeList(before: unknown[], change: unknown[], field: Schema | undefined, isDeletion: boolean): unknown[] {
  if (strategyOf(field) !== "merge") return withoutDirectives(change);
  if (before.length === 0 && change.length === 0) return before;
  const mergeKey = field?.["x-kubernetes-patch-merge-key"] ?? "";

  if (elementKind(before, change) !== "map") {
    if (isDeletion) {
      const gone = new Set(change.map(orderKey));
      return before.filter((item) => !gone.has(orderKey(item)));
    }
    const seen = new Map([...before, ...change].map((item) => [orderKey(item), item]));
    const { inside, outside } = partition([...seen.values()], change, mergeKey);
    return inElementOrder(inside, outside, change, before, mergeKey);
  }
  if (mergeKey === "") throw new PatchError(422, "cannot merge lists without merge key for type slice");

  const { original, items } = withoutSpecialItems(before as JsonObject[], change as JsonObject[], mergeKey);
  const merged = mergeItems(original, items, mergeKey, field?.items);
  const { inside, outside } = partition(merged, items, mergeKey);
  return inElementOrder(inside, outside, items, original, mergeKey);
}

/** Carries out the items that are directives: `{$patch: delete, name: x}` and `{$patch: replace}`. */
function withoutSpecialItems(before: JsonObject[], change: JsonObject[], mergeKey: string) {
  const items: JsonObject[] = [];
  const deleted = new Set<unknown>();
  let replace = false;
  for (const item of change) {
    const what = ownField(item, directive);
    if (what === undefined) items.push(item);
    else if (what === "delete") deleted.add(mergeKeyOf(item, mergeKey));
    else if (what === "replace") replace = true;
    else if (what === "merge") throw new PatchError(422, "merging lists cannot yet be specified in the patch");
    else throw new PatchError(422, `unknown patch type: ${goText(what)} in map: ${goText(item)}`);
  }
  if (replace) return { original: withoutDirectives(items), items: [] };
  if (deleted.size === 0) return { original: before, items };
  return { original: before.filter((item) => !deleted.has(orderKey(ownField(item, mergeKey)))), items };
}

function mergeItems(original: JsonObject[], items: JsonObject[], mergeKey: string, schema: Schema | undefined) {
  const merged = [...original];
  const places = new Map<unknown, number>();
  for (const [index, item] of merged.entries()) {
    const key = orderKey(ownField(item, mergeKey));
    if (!places.has(key)) places.set(key, index);
  }
  for (const item of items) {
    const key = mergeKeyOf(item, mergeKey);
    const place = places.get(key);
    if (place !== undefined) merged[place] = mergeMap(merged[place]!, item, schema);
    else {
      places.set(key, merged.length);
      merged.push(withoutDirectives(item));
    }
  }
  return merged;
}

/** `$retainKeys`: every field that the patch sets must be named; fields of the object that are not go. */
function retainOnly(result: JsonObject, patch: JsonObject, names: unknown): void {
  if (!Array.isArray(names)) throw new PatchError(400, "invalid patch format of retainKeys");
  const kept = new Set(names);
  for (const key of Object.keys(patch)) {
    const special = key === retainKeys || key.startsWith(deleteFromPrimitiveList) || key.startsWith(setElementOrder);
    if (!special && patch[key] !== null && patch[key] !== undefined && !kept.has(key)) {
      throw new PatchError(400, "invalid patch format of retainKeys");
    }
  }
  for (const key of Object.keys(result)) if (!kept.has(key)) delete result[key];
}

/** The items of a patch list must stand in the order of its `$setElementOrder` list and be among them. */
function checkOrder(change: unknown[], order: unknown[], mergeKey: string): void {
  if (change.length === 0 || order.length === 0) return;
  const items = mergeKey === "" ? change : change.filter((item) => !isDirectiveItem(item));
  const keyOf = (item: unknown) => (mergeKey === "" ? orderKey(item) : mergeKeyOf(item, mergeKey));
  let next = 0;
  for (const place of order) if (next < items.length && keyOf(items[next]) === keyOf(place)) next++;
  if (next < items.length) {
    throw new PatchError(
      422,
      `The order in patch list:\n${goText(change)}\n doesn't match ${setElementOrder} list:\n${goText(order)}\n`,
    );
  }
}

function isDirectiveItem(item: unknown): boolean {
  if (!isObject(item)) throw badType("map[string]interface {}", item);
  return ownField(item, directive) !== undefined;
}

/** A value that the object does not have yet: nulls and directives in it have nothing to act on. */
function withoutDirectives<T>(value: T): T;
function withoutDirectives(value: unknown): unknown {
  if (Array.isArray(value)) {
    return value.flatMap((item) =>
      isObject(item) && ownField(item, directive) !== undefined && ownField(item, directive) !== "merge"
        ? []
        : [withoutDirectives(item)],
    );
  }
  if (!isObject(value)) return value;
  const result: JsonObject = {};
  for (const key of Object.keys(value)) {
    const field = value[key];
    if (field !== null && field !== undefined && !isDirective(key)) setField(result, key, withoutDirectives(field));
  }
  return result;
}

function isDirective(key: string): boolean {
  return (
    key === directive ||
    key === retainKeys ||
    key.startsWith(`${deleteFromPrimitiveList}/`) ||
    key.startsWith(`${setElementOrder}/`)
  );
}

function directiveTarget(key: string, prefix: string): string {
  const slash = key.indexOf("/");
  if (slash < 0 || key.slice(0, slash) !== prefix) {
    const list = prefix === deleteFromPrimitiveList ? "primitive list" : "setElementOrder list";
    throw new PatchError(400, `invalid patch format of ${list}`);
  }
  return key.slice(slash + 1);
}

/** The schema of a field; undefined inside values of any shape. A field that the type does not have is an error. */
function lookup(schema: Schema | undefined, name: string): Schema | undefined {
  if (schema === undefined) return undefined;
  if (schema.properties !== undefined && Object.hasOwn(schema.properties, name)) return schema.properties[name];
  if (typeof schema.additionalProperties === "object") return schema.additionalProperties;
  const open = schema["x-kubernetes-preserve-unknown-fields"] || schema.additionalProperties === true;
  if (open || schema.properties === undefined) return undefined;
  const type = schema.definition?.slice(schema.definition.lastIndexOf(".") + 1) ?? "";
  throw new PatchError(422, `unable to find api field in struct ${type} for the json field ${JSON.stringify(name)}`);
}

/** The patch strategy of a field apart from `retainKeys`, which clients only hint at. */
function strategyOf(field: Schema | undefined): string | undefined {
  return field?.["x-kubernetes-patch-strategy"]?.split(",").find((strategy) => strategy !== "retainKeys");
}

function asList(value: unknown): unknown[] | undefined {
  if (value === undefined || Array.isArray(value)) return value;
  throw badType("[]interface {}", value);
}

function badType(expected: string, value: unknown): PatchError {
  return new PatchError(422, `expected a ${expected}, but received a ${goType(value)}`);
}

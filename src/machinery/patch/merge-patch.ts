// JSON merge patch (RFC 7386): objects merge field by field, null removes, anything else replaces.

import { equalJson } from "../equal.ts";
import { isObject, type Json, type JsonObject } from "../object.ts";
import { goJsonKind } from "./go-text.ts";
import { ownField, PatchError, type PatchResult, patchResult, setField } from "./result.ts";

/** Applies a merge patch; what it does not touch is shared with the given object. 400 when the patch is not an object. */
export function applyMergePatch(object: JsonObject, patch: unknown): PatchResult {
  return patchResult(() => {
    if (!isObject(patch)) {
      const kind = patch === null ? "null" : goJsonKind(patch);
      throw new PatchError(
        400,
        `error decoding patch: json: cannot unmarshal ${kind} into Go value of type map[string]interface {}`,
      );
    }
    return merge(object, patch);
  });
}

function merge(target: unknown, patch: JsonObject): JsonObject {
  const result: JsonObject = isObject(target) ? { ...target } : {};
  for (const key of Object.keys(patch)) {
    const value = patch[key];
    if (value === null) delete result[key];
    else setField(result, key, isObject(value) ? merge(ownField(result, key), value) : value);
  }
  return result;
}

/** The merge patch that turns one object into the other; `{}` when they are the same. Nulls inside `to` cannot be expressed. */
export function createMergePatch(from: JsonObject, to: JsonObject): JsonObject {
  const patch: JsonObject = {};
  for (const key of Object.keys(from)) {
    if (from[key] !== undefined && ownField(to, key) === undefined) setField(patch, key, null);
  }
  for (const key of Object.keys(to)) {
    const value: Json | undefined = to[key];
    const before = ownField(from, key);
    if (value === undefined || equalJson(before, value)) continue;
    setField(patch, key, isObject(before) && isObject(value) ? createMergePatch(before, value) : value);
  }
  return patch;
}

// Equality as Kubernetes means it when it asks whether a user changed something: absent, null and empty are the same, the order of
// map keys does not matter, and quantities are compared by value (`1` is `1000m`).

import { isObject } from "../../machinery/object.ts";
import { compareQuantities, parseQuantity } from "../../machinery/quantity.ts";

/** Fields whose values are maps of quantities. */
const quantityMaps: ReadonlySet<string> = new Set(["limits", "requests", "overhead", "hard", "capacity"]);

/** Whether two values mean the same. Recursion follows the data, whose depth the decoder has bounded. */
export function semanticEqual(a: unknown, b: unknown): boolean {
  if (a === b) return true;
  if (isBlank(a) && isBlank(b)) return true;
  if (Array.isArray(a) && Array.isArray(b)) {
    return a.length === b.length && a.every((item, index) => semanticEqual(item, b[index]));
  }
  if (isObject(a) && isObject(b)) {
    for (const key of new Set([...Object.keys(a), ...Object.keys(b)])) {
      const left = Object.hasOwn(a, key) ? a[key] : undefined;
      const right = Object.hasOwn(b, key) ? b[key] : undefined;
      const equal = quantityMaps.has(key) ? equalQuantities(left, right) : semanticEqual(left, right);
      if (!equal) return false;
    }
    return true;
  }
  if (JSON.isRawJSON(a) && JSON.isRawJSON(b)) return JSON.stringify(a) === JSON.stringify(b);
  return false;
}

function isBlank(value: unknown): boolean {
  if (value === undefined || value === null) return true;
  if (Array.isArray(value)) return value.length === 0;
  return isObject(value) && Object.keys(value).length === 0;
}

function equalQuantities(a: unknown, b: unknown): boolean {
  if (!isObject(a) || !isObject(b)) return semanticEqual(a, b);
  const keys = Object.keys(a);
  if (keys.length !== Object.keys(b).length) return false;
  return keys.every((key) => Object.hasOwn(b, key) && equalQuantity(a[key], b[key]));
}

function equalQuantity(a: unknown, b: unknown): boolean {
  if (a === b) return true;
  const left = parseQuantity(String(a));
  const right = parseQuantity(String(b));
  return left !== undefined && right !== undefined && compareQuantities(left, right) === 0;
}

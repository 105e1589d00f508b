// Equality of CEL values: numbers by value across types, lists and maps by content, lists of Kubernetes' set and map types
// regardless of order.

import { compareNumbers, numeric } from "./library/numbers.ts";
import type { Meter } from "./meter.ts";
import {
  Duration,
  itemsOf,
  List,
  MapValue,
  Opaque,
  Optional,
  Timestamp,
  TypeValue,
  Uint,
  type Value,
} from "./values.ts";

/** Whether two values are equal; values of different types are not. Cost beyond Kubernetes' is charged for what is walked. */
export function equalValues(a: Value, b: Value, meter: Meter): boolean {
  switch (typeof a) {
    case "string":
    case "boolean":
      return a === b;
    case "bigint":
    case "number":
      return sameNumber(a, b);
  }
  if (a === null || b === null) return a === b;
  if (a instanceof Uint) return sameNumber(a.value, b);
  if (a instanceof List) return b instanceof List && equalLists(a, b, meter);
  if (a instanceof MapValue) return b instanceof MapValue && equalMaps(a, b, meter);
  if (a instanceof Uint8Array) return b instanceof Uint8Array && equalBytes(a, b);
  if (a instanceof Timestamp) return b instanceof Timestamp && a.nanos === b.nanos;
  if (a instanceof Duration) return b instanceof Duration && a.nanos === b.nanos;
  if (a instanceof TypeValue) return b instanceof TypeValue && a.name === b.name;
  if (a instanceof Optional) return b instanceof Optional && equalOptionals(a, b, meter);
  return b instanceof Opaque && a.typeName === b.typeName && a.equals(b);
}

function sameNumber(a: bigint | number, b: Value): boolean {
  const other = numeric(b);
  return other !== undefined && compareNumbers(a, other) === 0;
}

function equalBytes(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, index) => byte === b[index]);
}

function equalOptionals(a: Optional, b: Optional, meter: Meter): boolean {
  if (a.value === undefined || b.value === undefined) return a.value === b.value;
  return equalValues(a.value, b.value, meter);
}

function equalLists(a: List, b: List, meter: Meter): boolean {
  if (a.size !== b.size) return false;
  meter.nested(a.size);
  const { semantics } = a;
  if (semantics.type === "set") return equalSets(a, b, meter);
  if (semantics.type === "map") {
    const items = new Map<string | undefined, Value>();
    for (const item of itemsOf(b)) items.set(semantics.keyOf(item), item);
    return [...itemsOf(a)].every((item) => {
      const other = items.get(semantics.keyOf(item));
      return other !== undefined && equalValues(item, other, meter);
    });
  }
  for (let index = 0; index < a.size; index++) if (!equalValues(a.get(index), b.get(index), meter)) return false;
  return true;
}

/** Scalars are compared by their text; a set of others is searched. */
function equalSets(a: List, b: List, meter: Meter): boolean {
  const texts = new Set<Value>();
  for (const item of itemsOf(b)) if (typeof item !== "object") texts.add(item);
  return [...itemsOf(a)].every((item) => (texts.has(item) ? true : listContains(b, item, meter)));
}

/** Whether a list has an equal item. */
export function listContains(list: List, value: Value, meter: Meter): boolean {
  for (let index = 0; index < list.size; index++) {
    if (equalValues(list.get(index), value, meter)) return true;
  }
  return false;
}

/** Looking a member up takes as long as some plain steps. */
const mapMemberWork = 5;

function equalMaps(a: MapValue, b: MapValue, meter: Meter): boolean {
  if (a.size !== b.size) return false;
  meter.nested(a.size * mapMemberWork);
  for (const key of a.keys()) {
    const other = b.get(key);
    if (other === undefined) return false;
    const value = a.get(key);
    if (value === undefined || !equalValues(value, other, meter)) return false;
  }
  return true;
}

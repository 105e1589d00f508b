// Kubernetes' list functions, and cel-go's sets.

import { equalValues, listContains } from "../equality.ts";
import type { Meter } from "../meter.ts";
import * as t from "../types.ts";
import { Duration, fail, itemsOf, type List, Timestamp, Uint, type Value } from "../values.ts";
import { checkInt, checkUint, compareNumbers, numeric } from "./numbers.ts";
import { costs, func, type Library, method, type Overload } from "./overload.ts";
import { compareText } from "./standard.ts";
import { checkDuration } from "./time-text.ts";

const { bool, bytes, double, duration, int, paramA, string, timestamp, uint } = t;
const listA = t.list(paramA);
const sortable = [int, uint, double, bool, duration, timestamp, string, bytes];
const perItem = { cost: costs.items };

/** Whether `a` comes before `b`; both are of one sortable type. */
function before(a: Value, b: Value): boolean {
  if (typeof a === "string") return compareText(a, b as string) < 0;
  if (a instanceof Timestamp || a instanceof Duration) return a.nanos < (b as Timestamp | Duration).nanos;
  if (a instanceof Uint8Array) return Buffer.compare(a, b as Uint8Array) < 0;
  if (typeof a === "boolean") return !a && b === true;
  return compareNumbers(numeric(a)!, numeric(b)!) === -1;
}

function isSorted(list: List): boolean {
  for (let index = 1; index < list.size; index++) if (before(list.get(index), list.get(index - 1))) return false;
  return true;
}

function extreme(name: string, better: (a: Value, b: Value) => boolean): (list: List) => Value {
  return (list) => {
    if (list.size === 0) return fail(`${name} called on empty list`);
    let best = list.get(0);
    for (const item of itemsOf(list)) if (better(item, best)) best = item;
    return best;
  };
}

/** Lists of every sortable type; a list of dyn is taken by the first. */
function forSortable(result: (type: t.Type) => t.Type, call: (list: List) => Value): Overload[] {
  return sortable.map((type) => method([t.list(type)], result(type), call, { ...perItem, resultSize: () => 1 }));
}

function sum(list: List): Value {
  const first = list.size === 0 ? 0n : list.get(0);
  if (first instanceof Duration) return new Duration(checkDuration(total(list, (item) => (item as Duration).nanos)));
  if (first instanceof Uint) return checkUint(total(list, (item) => (item as Uint).value));
  if (typeof first === "bigint") return checkInt(total(list, (item) => item as bigint));
  if (typeof first !== "number") return fail("no such overload");
  let result = 0;
  for (const item of itemsOf(list)) result += item as number;
  return result;
}

function total(list: List, number: (item: Value) => bigint): bigint {
  let result = 0n;
  for (const item of itemsOf(list)) result += number(item);
  return result;
}

/** The sum of no items is the zero of the list's type. */
function sumOf(type: t.Type, zero: Value): Overload {
  return method([t.list(type)], type, (list: List) => (list.size === 0 ? zero : sum(list)), perItem);
}

function indexOf(list: List, value: Value, meter: Meter): bigint {
  for (let index = 0; index < list.size; index++) if (equalValues(list.get(index), value, meter)) return BigInt(index);
  return -1n;
}

function lastIndexOf(list: List, value: Value, meter: Meter): bigint {
  for (let index = list.size - 1; index >= 0; index--) {
    if (equalValues(list.get(index), value, meter)) return BigInt(index);
  }
  return -1n;
}

function containsAll(list: List, sought: List, meter: Meter): boolean {
  for (const item of itemsOf(sought)) if (!listContains(list, item, meter)) return false;
  return true;
}

function intersects(a: List, b: List, meter: Meter): boolean {
  for (const item of itemsOf(a)) if (listContains(b, item, meter)) return true;
  return false;
}

const eachWithEach = { cost: costs.product };

export const listFunctions: Library = {
  isSorted: forSortable(() => bool, isSorted),
  min: forSortable((type) => type, extreme("min", before)),
  max: forSortable(
    (type) => type,
    extreme("max", (a, b) => before(b, a)),
  ),
  sum: [sumOf(int, 0n), sumOf(double, 0), sumOf(uint, new Uint(0n)), sumOf(duration, new Duration(0n))],
  indexOf: [method([listA, paramA], int, indexOf, perItem)],
  lastIndexOf: [method([listA, paramA], int, lastIndexOf, perItem)],
  "sets.contains": [func([listA, listA], bool, containsAll, eachWithEach)],
  "sets.intersects": [func([listA, listA], bool, intersects, eachWithEach)],
  "sets.equivalent": [
    func(
      [listA, listA],
      bool,
      (a: List, b: List, meter: Meter) => containsAll(a, b, meter) && containsAll(b, a, meter),
      {
        cost: (a, b) => 2 * costs.product(a, b),
      },
    ),
  ],
};

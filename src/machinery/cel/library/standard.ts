// The standard functions and operators of CEL, with comparison across numeric types as Kubernetes has it.

import { equalValues, listContains } from "../equality.ts";
import type { Meter } from "../meter.ts";
import * as t from "../types.ts";
import { Duration, type EntryMap, fail, List, MapValue, Optional, Timestamp, Uint, type Value } from "../values.ts";
import { concatenate } from "./list-union.ts";
import { checkInt, checkUint, compareNumbers, divide, modulo, numeric } from "./numbers.ts";
import { costs, func, type Library, method, type Overload } from "./overload.ts";
import { codePointCount, matches, maxTextLength } from "./text.ts";
import { checkDuration, checkTimestamp } from "./time-text.ts";

const { bool, bytes, double, duration, int, paramA, paramB, string, timestamp, uint } = t;
const listA = t.list(paramA);
const mapAB = t.map(paramA, paramB);
const optionalA = t.optional(paramA);

/** The overload of an operator on two values of one type. */
function binary(type: t.Type, call: (a: never, b: never) => Value): Overload {
  return func([type, type], type, call);
}

const arithmetic: Library = {
  "_+_": [
    binary(int, (a: bigint, b: bigint) => checkInt(a + b)),
    binary(double, (a: number, b: number) => a + b),
    binary(uint, (a: Uint, b: Uint) => checkUint(a.value + b.value)),
    func([string, string], string, addText, { cost: costs.concatenate, resultSize: (a, b) => a + b }),
    func([bytes, bytes], bytes, addBytes, { cost: costs.concatenate, resultSize: (a, b) => a + b }),
    func([listA, listA], listA, concatenate, { resultSize: (a, b) => a + b }),
    func(
      [timestamp, duration],
      timestamp,
      (a: Timestamp, b: Duration) => new Timestamp(checkTimestamp(a.nanos + b.nanos)),
    ),
    func(
      [duration, timestamp],
      timestamp,
      (a: Duration, b: Timestamp) => new Timestamp(checkTimestamp(a.nanos + b.nanos)),
    ),
    binary(duration, (a: Duration, b: Duration) => new Duration(checkDuration(a.nanos + b.nanos))),
  ],
  "_-_": [
    binary(int, (a: bigint, b: bigint) => checkInt(a - b)),
    binary(double, (a: number, b: number) => a - b),
    binary(uint, (a: Uint, b: Uint) => checkUint(a.value - b.value)),
    func(
      [timestamp, timestamp],
      duration,
      (a: Timestamp, b: Timestamp) => new Duration(checkDuration(a.nanos - b.nanos)),
    ),
    func(
      [timestamp, duration],
      timestamp,
      (a: Timestamp, b: Duration) => new Timestamp(checkTimestamp(a.nanos - b.nanos)),
    ),
    binary(duration, (a: Duration, b: Duration) => new Duration(checkDuration(a.nanos - b.nanos))),
  ],
  "_*_": [
    binary(int, (a: bigint, b: bigint) => checkInt(a * b)),
    binary(double, (a: number, b: number) => a * b),
    binary(uint, (a: Uint, b: Uint) => checkUint(a.value * b.value)),
  ],
  "_/_": [
    binary(int, (a: bigint, b: bigint) => checkInt(divide(a, b))),
    binary(double, (a: number, b: number) => a / b),
    binary(uint, (a: Uint, b: Uint) => new Uint(divide(a.value, b.value))),
  ],
  "_%_": [
    binary(int, (a: bigint, b: bigint) => checkInt(modulo(a, b))),
    binary(uint, (a: Uint, b: Uint) => new Uint(modulo(a.value, b.value))),
  ],
  "-_": [func([int], int, (a: bigint) => checkInt(-a)), func([double], double, (a: number) => -a)],
  "!_": [func([bool], bool, (a: boolean) => !a)],
};

function addText(a: string, b: string): string {
  return a.length + b.length > maxTextLength ? fail("string too long") : a + b;
}

function addBytes(a: Uint8Array, b: Uint8Array): Uint8Array {
  if (a.length + b.length > maxTextLength) fail("bytes too long");
  const joined = new Uint8Array(a.length + b.length);
  joined.set(a);
  joined.set(b, a.length);
  return joined;
}

type Order = -1 | 0 | 1;

/** The four ordering operators from one comparison; a number that is not a number is in no order. */
function ordering(test: (order: Order) => boolean): Overload[] {
  const numbers = (a: Value, b: Value) => {
    const order = compareNumbers(numeric(a)!, numeric(b)!);
    return order !== undefined && test(order);
  };
  const numberTypes = [int, uint, double];
  return [
    ...numberTypes.flatMap((left) => numberTypes.map((right) => func([left, right], bool, numbers))),
    func([string, string], bool, (a: string, b: string) => test(compareText(a, b)), { cost: costs.compare }),
    func([bool, bool], bool, (a: boolean, b: boolean) => test((Number(a) - Number(b)) as Order)),
    func([bytes, bytes], bool, (a: Uint8Array, b: Uint8Array) => test(compareBytes(a, b)), { cost: costs.compare }),
    func([timestamp, timestamp], bool, (a: Timestamp, b: Timestamp) => test(orderOf(a.nanos, b.nanos))),
    func([duration, duration], bool, (a: Duration, b: Duration) => test(orderOf(a.nanos, b.nanos))),
  ];
}

function orderOf(a: bigint, b: bigint): Order {
  return a < b ? -1 : a > b ? 1 : 0;
}

/** Order of code points, which is not that of UTF-16 once there are surrogates. */
export function compareText(a: string, b: string): Order {
  if (a === b) return 0;
  const end = Math.min(a.length, b.length);
  for (let index = 0; index < end; index++) {
    const x = a.charCodeAt(index);
    const y = b.charCodeAt(index);
    if (x === y) continue;
    const surrogates = Number(isSurrogate(x)) - Number(isSurrogate(y));
    return (surrogates !== 0 ? surrogates : x < y ? -1 : 1) as Order;
  }
  return a.length < b.length ? -1 : 1;
}

function isSurrogate(unit: number): boolean {
  return unit >= 0xd800 && unit < 0xe000;
}

function compareBytes(a: Uint8Array, b: Uint8Array): Order {
  const end = Math.min(a.length, b.length);
  for (let index = 0; index < end; index++) if (a[index] !== b[index]) return a[index]! < b[index]! ? -1 : 1;
  return a.length === b.length ? 0 : a.length < b.length ? -1 : 1;
}

const comparisons: Library = {
  "_==_": [func([paramA, paramA], bool, equalValues, { cost: costs.compare })],
  "_!=_": [
    func([paramA, paramA], bool, (a: Value, b: Value, meter: Meter) => !equalValues(a, b, meter), {
      cost: costs.compare,
    }),
  ],
  "_<_": ordering((order) => order < 0),
  "_<=_": ordering((order) => order <= 0),
  "_>_": ordering((order) => order > 0),
  "_>=_": ordering((order) => order >= 0),
};

/** `container[key]` */
export function memberAt(container: Value, key: Value): Value {
  if (container instanceof MapValue) return memberOf(container, key);
  if (container instanceof List) return itemAt(container, key);
  return container instanceof Optional ? optionalMember(container, key) : fail("no such overload");
}

function itemAt(list: List, index: Value): Value {
  const at = numeric(index);
  if (at === undefined || !Number.isInteger(Number(at))) return fail("no such overload");
  return at >= 0 && at < list.size ? list.get(Number(at)) : fail(`index out of bounds: ${at}`);
}

/** The member of a map, or a failure naming the key. */
export function memberOf(map: MapValue, key: Value): Value {
  return map.get(key) ?? missing(map, key);
}

function missing(map: MapValue, key: Value): Value {
  return map.has(key) ? null : fail(`no such key: ${typeof key === "object" ? String(key) : key}`);
}

/** `[?x]` and `.?x`: what is there, and none where there is nothing. */
export function optionalMember(container: Value, key: Value): Optional {
  if (container instanceof Optional)
    return container.value === undefined ? container : optionalMember(container.value, key);
  const value = lookUp(container, key);
  return value === undefined ? Optional.none : new Optional(value);
}

function lookUp(container: Value, key: Value): Value | undefined {
  if (container instanceof MapValue) return container.get(key);
  if (!(container instanceof List)) return fail("no such overload");
  const at = Number(numeric(key));
  return Number.isInteger(at) && at >= 0 && at < container.size ? container.get(at) : undefined;
}

const containers: Library = {
  "_[_]": [
    func([listA, int], paramA, memberAt),
    func([mapAB, paramA], paramB, memberAt),
    func([t.optional(mapAB), paramA], t.optional(paramB), optionalMember),
    func([t.optional(listA), int], optionalA, optionalMember),
  ],
  "_[?_]": [
    func([listA, int], optionalA, optionalMember),
    func([mapAB, paramA], t.optional(paramB), optionalMember),
    func([t.optional(mapAB), paramA], t.optional(paramB), optionalMember),
    func([t.optional(listA), int], optionalA, optionalMember),
  ],
  "@in": [
    func([paramA, listA], bool, (value: Value, list: List, meter: Meter) => listContains(list, value, meter), {
      cost: costs.itemsSecond,
    }),
    func([paramA, mapAB], bool, (key: Value, map: MapValue) => map.has(key)),
  ],
  // Only macros call it, on the map that they are building.
  "cel.@mapInsert": [
    func([mapAB, paramA, paramB], mapAB, (map: EntryMap, key: Value, value: Value) => {
      map.insert(key, value);
      return map;
    }),
    func([mapAB, mapAB], mapAB, (map: EntryMap, entries: MapValue) => {
      for (const key of entries.keys()) map.insert(key, memberOf(entries, key));
      return map;
    }),
  ],
};

const sizes = (type: t.Type, size: (value: never, meter: Meter) => number): Overload[] => {
  const call = (value: never, meter: Meter) => BigInt(size(value, meter));
  return [func([type], int, call, { resultSize: () => 1 }), method([type], int, call, { resultSize: () => 1 })];
};

const texts: Library = {
  size: [
    ...sizes(string, (text: string, meter: Meter) => {
      meter.work(Math.ceil(text.length / 10));
      return codePointCount(text);
    }),
    ...sizes(bytes, (value: Uint8Array) => value.length),
    ...sizes(listA, (list: List) => list.size),
    ...sizes(mapAB, (map: MapValue) => map.size),
  ],
  contains: [method([string, string], bool, (a: string, b: string) => a.includes(b), { cost: costs.search })],
  startsWith: [
    method([string, string], bool, (a: string, b: string) => a.startsWith(b), { cost: costs.traverseSecond }),
  ],
  endsWith: [method([string, string], bool, (a: string, b: string) => a.endsWith(b), { cost: costs.traverseSecond })],
  matches: [
    func([string, string], bool, matches, { cost: costs.regex, pattern: true }),
    method([string, string], bool, matches, { cost: costs.regex, pattern: true }),
  ],
};

/** The planner evaluates these itself, for they do not always need all their arguments; the checker needs their types. */
const logic: Library = {
  "_&&_": [binary(bool, (a: boolean, b: boolean) => a && b)],
  "_||_": [binary(bool, (a: boolean, b: boolean) => a || b)],
  "_?_:_": [
    func([bool, paramA, paramA], paramA, (condition: boolean, yes: Value, no: Value) => (condition ? yes : no)),
  ],
  "@not_strictly_false": [func([bool], bool, (value: boolean) => value)],
};

export const standard: readonly Library[] = [arithmetic, comparisons, containers, texts, logic];

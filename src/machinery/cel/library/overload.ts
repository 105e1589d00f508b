// How libraries declare functions. The receiver of a method is its first argument.

import { unit } from "../meter.ts";
import type * as types from "../types.ts";
import {
  Duration,
  List,
  MapValue,
  Opaque,
  Optional,
  Timestamp,
  TypeValue,
  typeNameOf,
  Uint,
  type Value,
} from "../values.ts";

export interface Overload {
  readonly args: readonly types.Type[];
  readonly result: types.Type;
  readonly method: boolean;
  /** Takes the arguments, then the meter. */
  // biome-ignore lint/suspicious/noExplicitAny: implementations name the types that their declaration promises
  readonly call: (...args: any[]) => Value;
  /** Cost by the sizes of the arguments, 1 when absent; growing in each, so that it also gives the worst case from the largest sizes. */
  readonly cost: Cost | undefined;
  /** Charged when it runs but not in estimates: units of time it takes beyond what Kubernetes charges. */
  readonly work: number;
  /** Cost by the size of the result, added to the other. */
  readonly resultCost: ((size: number) => number) | undefined;
  /** Largest size of the result by the largest sizes of the arguments; the first argument's when absent. */
  readonly resultSize: Cost | undefined;
  /** Whether the second argument is a regular expression, and handed over compiled. */
  readonly pattern: boolean;
}

export type Cost = (a: number, b: number) => number;

export interface OverloadOptions {
  cost?: Cost;
  work?: number;
  resultCost?: (size: number) => number;
  resultSize?: Cost;
  pattern?: boolean;
}

/** Functions by name; the name of a namespaced function has its dots. */
export type Library = Readonly<Record<string, readonly Overload[]>>;

// The implementation knows the types of its own arguments; the planner checks them against the declaration before it calls.
type Implementation = (...args: never[]) => Value;

export function func(
  args: readonly types.Type[],
  result: types.Type,
  call: Implementation,
  options: OverloadOptions = {},
): Overload {
  const { cost, work = 0, resultCost, resultSize, pattern = false } = options;
  return { args, result, method: false, call: call as Overload["call"], cost, work, resultCost, resultSize, pattern };
}

export function method(
  args: readonly types.Type[],
  result: types.Type,
  call: Implementation,
  options: OverloadOptions = {},
): Overload {
  return { ...func(args, result, call, options), method: true };
}

/** Reading a text into a value of its own, such as a URL: Kubernetes counts the characters only. */
export const parsing: OverloadOptions = { cost: (a) => Math.ceil(a * unit.stringTraversal), work: 20 };

/** Costs in the words of Kubernetes' library/cost.go. */
export const costs = {
  /** Reading the first argument once. */
  traverse: (a: number) => Math.ceil(a * unit.stringTraversal),
  traverseTwice: (a: number) => Math.ceil(a * 2 * unit.stringTraversal),
  traverseSecond: (_: number, b: number) => Math.ceil(b * unit.stringTraversal),
  /** Comparing two values ends with the shorter. */
  compare: (a: number, b: number) => Math.ceil(Math.min(a, b) * unit.stringTraversal),
  concatenate: (a: number, b: number) => Math.ceil((a + b) * unit.stringTraversal),
  /** Every character of one at every character of the other. */
  search: (a: number, b: number) => Math.ceil(a * unit.stringTraversal) * Math.ceil(b * unit.stringTraversal),
  regex: (a: number, b: number) => Math.ceil((1 + a) * unit.stringTraversal) * Math.ceil(b * unit.regexLength),
  items: (a: number) => a,
  itemsSecond: (_: number, b: number) => b,
  /** Every item of one with every item of the other. */
  product: (a: number, b: number) => a * b + 1,
} as const;

/** Joins libraries; a name may have overloads in several. */
export function joinLibraries(...libraries: Library[]): Map<string, Overload[]> {
  const joined = new Map<string, Overload[]>();
  for (const library of libraries) {
    for (const [name, overloads] of Object.entries(library)) {
      joined.set(name, [...(joined.get(name) ?? []), ...overloads]);
    }
  }
  return joined;
}

/** A test whether values are of a type, as far as a value tells. */
export function guardOf(type: types.Type): ((value: Value) => boolean) | undefined {
  switch (type.kind) {
    case "string":
      return (value) => typeof value === "string";
    case "int":
      return (value) => typeof value === "bigint";
    case "double":
      return (value) => typeof value === "number";
    case "bool":
      return (value) => typeof value === "boolean";
    case "uint":
      return (value) => value instanceof Uint;
    case "bytes":
      return (value) => value instanceof Uint8Array;
    case "list":
      return (value) => value instanceof List;
    case "map":
      return (value) => value instanceof MapValue;
    case "timestamp":
      return (value) => value instanceof Timestamp;
    case "duration":
      return (value) => value instanceof Duration;
    case "optional":
      return (value) => value instanceof Optional;
    case "type":
      return (value) => value instanceof TypeValue;
    case "null":
      return (value) => value === null;
    case "opaque":
      return (value) => value instanceof Opaque && typeNameOf(value) === type.name;
    default:
      return undefined;
  }
}

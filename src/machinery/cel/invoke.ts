// Calls: which overload fits the values, what it costs, and its patterns compiled ahead.

import type { ResolvedCall } from "./check.ts";
import { guardOf, type Overload } from "./library/overload.ts";
import { compilePattern } from "./library/text.ts";
import { type Meter, unit } from "./meter.ts";
import { type EvaluationFailure, fail, sizeOf, type Value } from "./values.ts";

/** State of one evaluation: the declared variables by slot, then those of macros. */
export interface Frame {
  /** An accumulator of `all` or `exists` holds the failure of an item until another item decides. */
  readonly slots: (Value | EvaluationFailure)[];
  readonly meter: Meter;
}

export type Step = (frame: Frame) => Value;

interface Candidate {
  readonly overload: Overload;
  readonly guards: readonly ((value: Value) => boolean)[];
  readonly indexes: readonly number[];
}

function candidateOf(overload: Overload): Candidate {
  const guards = overload.args.map(guardOf);
  const indexes = guards.flatMap((guard, index) => (guard === undefined ? [] : [index]));
  return { overload, indexes, guards: indexes.map((index) => guards[index]!) };
}

function fits({ guards, indexes }: Candidate, args: readonly Value[]): boolean {
  for (let at = 0; at < guards.length; at++) if (!guards[at]!(args[indexes[at]!]!)) return false;
  return true;
}

/** A call: the first overload that fits the values. */
export function invoke({ args, overloads }: ResolvedCall, steps: readonly Step[]): Step {
  const candidates = overloads.map(candidateOf);
  const pattern = args[1]?.kind === "constant" && typeof args[1].value === "string" ? args[1].value : undefined;
  const compiled =
    pattern !== undefined && overloads.some((overload) => overload.pattern)
      ? lazily(() => compilePattern(pattern))
      : undefined;
  return (frame) => {
    const values: Value[] = [];
    for (const step of steps) values.push(step(frame));
    for (const candidate of candidates) {
      if (!fits(candidate, values)) continue;
      const { overload } = candidate;
      const { meter } = frame;
      const { cost, work } = overload;
      meter.charge((cost === undefined ? 1 : cost(sizeOf(values[0] ?? null), sizeOf(values[1] ?? null))) + work);
      const result = overload.pattern ? matchWith(overload, values, compiled, meter) : apply(overload, values, meter);
      if (overload.resultCost !== undefined) meter.charge(overload.resultCost(sizeOf(result)));
      return result;
    }
    return fail("no such overload");
  };
}

function apply(overload: Overload, values: readonly Value[], meter: Meter): Value {
  switch (values.length) {
    case 1:
      return overload.call(values[0], meter);
    case 2:
      return overload.call(values[0], values[1], meter);
    default:
      return overload.call(...values, meter);
  }
}

/** Calls a function that takes a compiled pattern; one that is not constant is compiled for every call, which is charged. */
function matchWith(
  overload: Overload,
  [text, pattern, ...rest]: readonly Value[],
  compiled: (() => unknown) | undefined,
  meter: Meter,
): Value {
  if (compiled === undefined) meter.charge(unit.regexCompile + (pattern as string).length);
  return overload.call(text, compiled?.() ?? compilePattern(pattern as string), ...rest);
}

function lazily<T>(make: () => T): () => T {
  let made: { value: T } | undefined;
  return () => {
    made ??= { value: make() };
    return made.value;
  };
}

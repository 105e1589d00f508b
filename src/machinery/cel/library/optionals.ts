// Optional values.

import * as t from "../types.ts";
import { Duration, fail, List, MapValue, Optional, Timestamp, Uint, type Value } from "../values.ts";
import { func, type Library, method } from "./overload.ts";

const { paramA } = t;
const optionalA = t.optional(paramA);

/** Whether a value is the zero of its type: empty, false, 0, null. */
function isZero(value: Value): boolean {
  if (value === null || value === "" || value === false || value === 0n || value === 0) return true;
  if (value instanceof List || value instanceof MapValue) return value.size === 0;
  if (value instanceof Uint8Array) return value.length === 0;
  if (value instanceof Uint) return value.value === 0n;
  if (value instanceof Duration) return value.nanos === 0n;
  if (value instanceof Timestamp) return value.nanos === 0n;
  return value instanceof Optional && value.value === undefined;
}

export const optionals: Library = {
  "optional.of": [func([paramA], optionalA, (value: Value) => new Optional(value))],
  "optional.none": [func([], optionalA, () => Optional.none)],
  "optional.ofNonZeroValue": [
    func([paramA], optionalA, (value: Value) => (isZero(value) ? Optional.none : new Optional(value))),
  ],
  hasValue: [method([optionalA], t.bool, (optional: Optional) => optional.value !== undefined)],
  value: [method([optionalA], paramA, (optional: Optional) => optional.value ?? absent(optional))],
  // The planner evaluates these two itself, for the alternative is not always needed.
  or: [method([optionalA, optionalA], optionalA, (a: Optional, b: Optional) => (a.value === undefined ? b : a))],
  orValue: [method([optionalA, paramA], paramA, (a: Optional, b: Value) => (a.value === undefined ? b : a.value))],
};

function absent(optional: Optional): Value {
  return optional.value === undefined ? fail("optional.none() dereference") : optional.value;
}

// Integer arithmetic in 64 bits, comparison across numeric types and conversions between them.

import { fail, Uint, type Value } from "../values.ts";

const overflow = "integer overflow";

export function checkInt(value: bigint): bigint {
  return BigInt.asIntN(64, value) === value ? value : fail(overflow);
}

export function checkUint(value: bigint): Uint {
  return BigInt.asUintN(64, value) === value ? new Uint(value) : fail("unsigned integer overflow");
}

export function divide(a: bigint, b: bigint): bigint {
  return b === 0n ? fail("division by zero") : a / b;
}

export function modulo(a: bigint, b: bigint): bigint {
  return b === 0n ? fail("modulus by zero") : a % b;
}

/** The bigint or number in a numeric value; undefined for others. */
export function numeric(value: Value): bigint | number | undefined {
  if (typeof value === "bigint" || typeof value === "number") return value;
  return value instanceof Uint ? value.value : undefined;
}

/** Order of two numbers; undefined when one is not a number. An integer is compared with a double as a double, as cel-go does. */
export function compareNumbers(a: bigint | number, b: bigint | number): -1 | 0 | 1 | undefined {
  const x = typeof b === "number" ? Number(a) : a;
  const y = typeof a === "number" ? Number(b) : b;
  if (x < y) return -1;
  if (x > y) return 1;
  return x === y ? 0 : undefined;
}

export function doubleToInt(value: number): bigint {
  // Doubles at the edges are not int64 values: 2^63 is the nearest to the largest one.
  if (!(value > -(2 ** 63) && value < 2 ** 63)) return fail(overflow);
  return BigInt(Math.trunc(value));
}

export function doubleToUint(value: number): Uint {
  if (!(value >= 0 && value < 2 ** 64)) return fail("unsigned integer overflow");
  return new Uint(BigInt(Math.trunc(value)));
}

export function parseInteger(text: string): bigint {
  return /^[+-]?\d{1,30}$/.test(text)
    ? checkInt(BigInt(text.replace("+", "")))
    : fail(`strconv.ParseInt: parsing ${JSON.stringify(text)}: invalid syntax`);
}

export function parseUnsigned(text: string): Uint {
  return /^\d{1,30}$/.test(text)
    ? checkUint(BigInt(text))
    : fail(`strconv.ParseUint: parsing ${JSON.stringify(text)}: invalid syntax`);
}

const doubleText = /^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?$/;
const named: Record<string, number> = { nan: NaN, inf: Infinity, infinity: Infinity };

export function parseDouble(text: string): number {
  if (doubleText.test(text)) return Number(text);
  const match = /^([+-]?)(\w+)$/.exec(text);
  const value = named[match?.[2]?.toLowerCase() ?? ""];
  if (value === undefined) return fail(`strconv.ParseFloat: parsing ${JSON.stringify(text)}: invalid syntax`);
  return match![1] === "-" ? -value : value;
}

/** A double as Go's `%g`-like shortest form writes it. */
export function formatDouble(value: number): string {
  if (Number.isNaN(value)) return "NaN";
  if (!Number.isFinite(value)) return value < 0 ? "-Inf" : "+Inf";
  if (Object.is(value, -0)) return "-0";
  const exponent = value === 0 ? 0 : Math.floor(Math.log10(Math.abs(value)));
  if (exponent >= -5 && exponent < 21) return String(value);
  return value.toExponential().replace(/e([+-])(\d)$/, "e$10$2");
}

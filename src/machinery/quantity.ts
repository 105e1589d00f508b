// Resource quantities (`100m`, `1.5Gi`, `2e3`) with exact arithmetic and the canonical texts of Kubernetes.
// Source: k8s.io/apimachinery pkg/api/resource. Differences from Go: texts without a digit, of absurd length or exponent are refused,
// the latter so that arithmetic stays cheap; and amounts beyond the largest suffix keep that suffix (`1000E`), where Go loses it.

import { isNumberValue } from "./json.ts";

export type QuantityFormat = "DecimalSI" | "BinarySI" | "DecimalExponent";

/** The amount is `unscaled` × 10^`scale`; nothing finer than nano. */
export interface Quantity {
  readonly unscaled: bigint;
  readonly scale: number;
  readonly format: QuantityFormat;
  /** The text it was read from, when that is how it is written. */
  readonly text?: string;
}

const nano = -9;
const maximumLength = 256;
const maximumExponent = 512;
const maximumBinary = 2n ** 63n - 1n;

const decimalSuffixes = new Map([
  ["n", -9],
  ["u", -6],
  ["m", -3],
  ["", 0],
  ["k", 3],
  ["M", 6],
  ["G", 9],
  ["T", 12],
  ["P", 15],
  ["E", 18],
]);
const decimalSuffixOf = new Map([...decimalSuffixes].map(([suffix, exponent]) => [exponent, suffix]));
const binarySuffixes = ["", "Ki", "Mi", "Gi", "Ti", "Pi", "Ei"];

const shape = /^([-+]?)([0-9]*)(?:\.([0-9]*))?([eEinumkKMGTP]*[-+]?[0-9]*)$/;

const formatError = "quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'";
const suffixError = "unable to parse quantity's suffix";
const numericError = "unable to parse numeric part of quantity";

type Suffix = { base: 2 | 10; exponent: number; format: QuantityFormat };

function interpretSuffix(suffix: string): Suffix | undefined {
  const decimal = decimalSuffixes.get(suffix);
  if (decimal !== undefined) return { base: 10, exponent: decimal, format: "DecimalSI" };
  const binary = binarySuffixes.indexOf(suffix);
  if (binary > 0) return { base: 2, exponent: binary * 10, format: "BinarySI" };
  if (!/^[eE][-+]?[0-9]+$/.test(suffix)) return undefined;
  const exponent = Number(suffix.slice(1));
  return Math.abs(exponent) <= maximumExponent ? { base: 10, exponent, format: "DecimalExponent" } : undefined;
}

/** The quantity that a JSON string or number stands for; undefined when it is malformed. */
export function parseQuantity(value: unknown): Quantity | undefined {
  const parsed = read(value);
  return typeof parsed === "string" ? undefined : parsed;
}

/** Why a value is no quantity, in the words of Kubernetes; undefined when it is one. */
export function quantityError(value: unknown): string | undefined {
  const parsed = read(value);
  return typeof parsed === "string" ? parsed : undefined;
}

function read(value: unknown): Quantity | string {
  const text =
    typeof value === "string" ? value.trim() : isNumberValue(value) ? JSON.stringify(value).replace("e+", "e") : "";
  if (text === "" || text.length > maximumLength) return formatError;
  const match = shape.exec(text);
  if (match === null) return formatError;
  const [, sign, whole = "", fraction = "", suffixText = ""] = match;
  const suffix = interpretSuffix(suffixText);
  if (suffix === undefined) return suffixError;

  if (whole === "" && fraction === "") return numericError;

  const number = whole.replace(/^0+/, "") || "0";
  const digits = number + fraction;
  let unscaled = BigInt(digits);
  let scale = (suffix.base === 10 ? suffix.exponent : 0) - fraction.length;
  const keepsText = isCanonicalText(number, fraction, scale, suffix);
  if (suffix.base === 2) unscaled <<= BigInt(suffix.exponent);

  if (scale < nano) {
    unscaled = divideUp(unscaled, 10n ** BigInt(nano - scale));
    scale = nano;
  }
  let { format } = suffix;
  if (format === "BinarySI") {
    const one = 10n ** BigInt(-scale);
    if (unscaled > maximumBinary * one) {
      unscaled = maximumBinary;
      scale = 0;
    } else if (unscaled > 0n && unscaled < one) format = "DecimalSI";
  }
  const quantity: Quantity = { unscaled: sign === "-" ? -unscaled : unscaled, scale, format };
  return keepsText || text === "0" ? { ...quantity, text } : quantity;
}

/** Whether Go writes a quantity as it was read: short enough for 64 bits, and judged canonical by a quick look at its digits. */
function isCanonicalText(number: string, fraction: string, scale: number, { base, exponent }: Suffix): boolean {
  const digits = number + fraction;
  if (base === 2) {
    const fits = 15 - number.length - Math.floor((exponent * 3) / 10) - 1 >= 0;
    return fits && fraction === "" && (BigInt(digits) & 7n) !== 0n;
  }
  const fits = digits.length <= 18 && scale >= nano;
  return fits && scale % 3 === 0 && !digits.endsWith("000") && digits[0] !== "0";
}

/** Quotient rounded away from zero; `divisor` is positive. */
function divideUp(value: bigint, divisor: bigint): bigint {
  const quotient = value / divisor;
  if (value % divisor === 0n) return quotient;
  return value < 0n ? quotient - 1n : quotient + 1n;
}

/** Both amounts at the smaller of their scales. */
function align(a: Quantity, b: Quantity): [left: bigint, right: bigint, scale: number] {
  const scale = Math.min(a.scale, b.scale);
  return [a.unscaled * 10n ** BigInt(a.scale - scale), b.unscaled * 10n ** BigInt(b.scale - scale), scale];
}

/** Negative, zero or positive as `a` is less than, equal to or greater than `b`. */
export function compareQuantities(a: Quantity, b: Quantity): number {
  if (a.scale === b.scale) return a.unscaled < b.unscaled ? -1 : a.unscaled > b.unscaled ? 1 : 0;
  const [left, right] = align(a, b);
  return left < right ? -1 : left > right ? 1 : 0;
}

/** The sum, in the format of `a` unless that is zero. */
export function addQuantities(a: Quantity, b: Quantity): Quantity {
  const [left, right, scale] = align(a, b);
  return { unscaled: left + right, scale, format: a.unscaled === 0n ? b.format : a.format };
}

/** The difference, in the format of `a` unless that is zero. */
export function subtractQuantities(a: Quantity, b: Quantity): Quantity {
  const [left, right, scale] = align(a, b);
  return { unscaled: left - right, scale, format: a.unscaled === 0n ? b.format : a.format };
}

/** A whole number as a quantity. */
export function integerQuantity(value: bigint | number, format: QuantityFormat = "DecimalSI"): Quantity {
  return { unscaled: BigInt(value), scale: 0, format };
}

/** The amount at a scale, rounded away from zero: at 0 whole units, at -3 thousandths. */
export function scaledValue({ unscaled, scale }: Quantity, at: number): bigint {
  return scale >= at ? unscaled * 10n ** BigInt(scale - at) : divideUp(unscaled, 10n ** BigInt(at - scale));
}

/** Whether the amount is a whole number, as far as thousandths tell. */
export function isIntegerQuantity(quantity: Quantity): boolean {
  return scaledValue(quantity, -3) % 1000n === 0n;
}

/** The number nearest to a quantity, or to a JSON value that stands for one; NaN when it is malformed. */
export function quantityToNumber(value: Quantity | string | number): number {
  const quantity = typeof value === "object" ? value : parseQuantity(value);
  if (quantity === undefined) return Number.NaN;
  return Number(`${quantity.unscaled}e${quantity.scale}`);
}

/** The text of a quantity: as it was read when that is canonical, else the canonical text. */
export function formatQuantity(quantity: Quantity): string {
  if (quantity.text !== undefined) return quantity.text;
  const { unscaled, scale, format } = quantity;
  if (unscaled === 0n) return "0";
  if (format === "BinarySI") {
    const whole = scaledValue(quantity, 0);
    const exact = scale >= 0 || unscaled % 10n ** BigInt(-scale) === 0n;
    if (exact && (whole <= -1024n || whole >= 1024n)) {
      const [amount, times] = withoutFactors(whole, 1024n, binarySuffixes.length - 1);
      return `${amount}${binarySuffixes[times]}`;
    }
  }
  const [factored, times] = withoutFactors(unscaled, 10n, Number.POSITIVE_INFINITY);
  let exponent = scale + times;
  let amount = factored;
  const largest = format === "DecimalExponent" ? Number.POSITIVE_INFINITY : 18;
  while (exponent % 3 !== 0 || exponent > largest) {
    amount *= 10n;
    exponent--;
  }
  if (format === "DecimalExponent") return exponent === 0 ? `${amount}` : `${amount}e${exponent}`;
  return `${amount}${decimalSuffixOf.get(exponent)}`;
}

/** The number without its factors, and how many were taken, at most `limit`. */
function withoutFactors(value: bigint, factor: bigint, limit: number): [rest: bigint, times: number] {
  let rest = value;
  let times = 0;
  while (times < limit && rest % factor === 0n) {
    rest /= factor;
    times++;
  }
  return [rest, times];
}

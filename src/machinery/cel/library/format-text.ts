// `'%s of %d'.format([a, b])`: the formatting clauses of cel-go's string extension.

import {
  Duration,
  fail,
  itemsOf,
  List,
  MapValue,
  Timestamp,
  TypeValue,
  typeNameOf,
  Uint,
  type Value,
} from "../values.ts";
import { decodeUtf8 } from "./bytes.ts";
import { formatDouble } from "./numbers.ts";
import { maxTextLength } from "./text.ts";
import { formatDuration, formatTimestamp } from "./time-text.ts";

const maxPrecision = 1000;

export function formatText(template: string, list: List): string {
  let next = 0;
  let text = "";
  for (let at = 0; at < template.length; ) {
    const percent = template.indexOf("%", at);
    if (percent < 0) return text + template.slice(at);
    text += template.slice(at, percent);
    const clause = /^%(?:(%)|(?:\.(\d*))?(.))?/s.exec(template.slice(percent, percent + 16))!;
    if (clause[1] !== undefined) text += "%";
    else {
      if (clause[3] === undefined) return fail("could not parse formatting clause: unexpected end of string");
      if (next >= list.size) return fail(`index ${next} out of range`);
      const precision = clause[2] === undefined ? undefined : Number(clause[2]);
      if (precision !== undefined && precision > maxPrecision) return fail(`precision ${precision} is too large`);
      text += formatClause(clause[3], precision, list.get(next++));
    }
    if (text.length > maxTextLength) return fail("string too long");
    at = percent + clause[0].length;
  }
  return text;
}

function formatClause(verb: string, precision: number | undefined, value: Value): string {
  switch (verb) {
    case "s":
      return textOf(value);
    case "d":
      return decimal(value);
    case "f":
      return fraction(value, (number) => fixed(number, precision ?? 6));
    case "e":
      return fraction(value, (number) => exponent(number, precision ?? 6));
    case "b":
      return typeof value === "boolean" ? (value ? "1" : "0") : integer(value, "binary").toString(2);
    case "o":
      return integer(value, "octal").toString(8);
    case "x":
      return hexadecimal(value);
    case "X":
      return hexadecimal(value).toUpperCase();
    default:
      return fail(`could not parse formatting clause: unrecognized formatting clause "${verb}"`);
  }
}

/** What `%s` writes; lists and maps in CEL's notation, maps sorted by key. */
function textOf(value: Value): string {
  if (typeof value === "string") return value;
  if (typeof value === "number") return formatDouble(value).replace("+Inf", "Infinity").replace("-Inf", "-Infinity");
  if (typeof value === "bigint" || typeof value === "boolean") return String(value);
  if (value === null) return "null";
  if (value instanceof Uint) return String(value.value);
  if (value instanceof Uint8Array) return decodeUtf8(value);
  if (value instanceof Timestamp) return formatTimestamp(value.nanos);
  if (value instanceof Duration) return formatDuration(value.nanos);
  if (value instanceof TypeValue) return value.name;
  if (value instanceof List) return `[${[...itemsOf(value)].map(textOf).join(", ")}]`;
  if (value instanceof MapValue) {
    const entries = [...value.keys()].map((key) => `${textOf(key)}: ${textOf(value.get(key) ?? null)}`);
    return `{${entries.sort().join(", ")}}`;
  }
  return fail(
    `error during formatting: string clause can only be used on strings, bools, bytes, ints, doubles, maps, lists, types, durations, and timestamps, was given ${typeNameOf(value)}`,
  );
}

function decimal(value: Value): string {
  if (typeof value === "number" && !Number.isFinite(value)) return textOf(value);
  if (typeof value === "number") return String(value);
  return integer(value, "decimal").toString();
}

function integer(value: Value, clause: string): bigint {
  if (typeof value === "bigint") return value;
  if (value instanceof Uint) return value.value;
  return fail(`error during formatting: ${clause} clause can only be used on integers, was given ${typeNameOf(value)}`);
}

function fraction(value: Value, format: (number: number) => string): string {
  const number =
    typeof value === "number"
      ? value
      : typeof value === "bigint" || value instanceof Uint
        ? Number(integer(value, ""))
        : undefined;
  if (number === undefined) {
    return fail(
      `error during formatting: fixed-point clause can only be used on doubles, was given ${typeNameOf(value)}`,
    );
  }
  return Number.isFinite(number) ? format(number) : textOf(number);
}

/** Decimal places, ties to even. `toFixed` gives up at 10^21 and after 100 digits; zeros follow there. */
function fixed(number: number, precision: number): string {
  if (number < 0 || Object.is(number, -0)) return `-${fixed(-number, precision)}`;
  const digits = Math.min(precision, 70);
  const zeros = "0".repeat(precision - digits);
  if (number >= 1e21) return `${BigInt(number)}${precision > 0 ? `.${"0".repeat(precision)}` : ""}`;
  const more = number.toFixed(digits + 30);
  const cut = more.slice(0, more.length - (digits === 0 ? 31 : 30));
  const tie = /^50*$/.test(more.slice(-30));
  return (tie && /[02468]$/.test(cut) ? cut : number.toFixed(digits)) + zeros;
}

function exponent(number: number, precision: number): string {
  return number.toExponential(Math.min(precision, 100)).replace(/e([+-])(\d)$/, "e$10$2");
}

function hexadecimal(value: Value): string {
  if (typeof value === "string") return Buffer.from(value, "utf8").toString("hex");
  if (value instanceof Uint8Array) return Buffer.from(value).toString("hex");
  return integer(value, "hex").toString(16);
}

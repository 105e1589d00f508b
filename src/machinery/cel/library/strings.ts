// cel-go's string extension, as far as Kubernetes has it. Positions count code points.

import { goEscapes } from "../../quote.ts";
import * as t from "../types.ts";
import { ArrayList, fail, itemsOf, type List } from "../values.ts";
import { formatText } from "./format-text.ts";
import { costs, func, type Library, method, type OverloadOptions } from "./overload.ts";
import { hasSurrogates, maxTextLength } from "./text.ts";

const { int, string } = t;
const strings = t.list(string);
const traverse: OverloadOptions = { cost: costs.traverse };
const traverseTwice: OverloadOptions = { cost: costs.traverseTwice };

/** The characters of a text: the text itself when each is one unit of UTF-16. */
function characters(text: string): string | string[] {
  return hasSurrogates(text) ? [...text] : text;
}

function slice(text: string | string[], start: number, end?: number): string {
  return typeof text === "string" ? text.slice(start, end) : text.slice(start, end).join("");
}

function position(index: bigint, length: number): number {
  return index < 0n || index > length ? fail(`index out of range: ${index}`) : Number(index);
}

function charAt(text: string, index: bigint): string {
  const all = characters(text);
  return all[position(index, all.length)] ?? "";
}

function substring(text: string, start: bigint, end?: bigint): string {
  const all = characters(text);
  const from = position(start, all.length);
  const to = end === undefined ? all.length : position(end, all.length);
  return from > to ? fail(`invalid substring range. start: ${start}, end: ${end}`) : slice(all, from, to);
}

function indexOf(text: string, found: string, offset = 0n): bigint {
  const all = characters(text);
  const start = position(offset, all.length);
  const index = text.indexOf(found, slice(all, 0, start).length);
  return BigInt(index < 0 ? -1 : characters(text.slice(0, index)).length);
}

function lastIndexOf(text: string, found: string, offset?: bigint): bigint {
  const all = characters(text);
  const start = offset === undefined ? text.length : slice(all, 0, position(offset, all.length)).length;
  const index = text.lastIndexOf(found, start);
  return BigInt(index < 0 ? -1 : characters(text.slice(0, index)).length);
}

function replace(text: string, old: string, replacement: string, limit = -1n): string {
  if (limit === 0n) return text;
  const parts = old === "" ? ["", ...text, ""] : text.split(old);
  const count = limit < 0n ? parts.length - 1 : Math.min(Number(limit), parts.length - 1);
  if (text.length + count * replacement.length > maxTextLength) return fail("string too long");
  return (
    parts.slice(0, count + 1).join(replacement) +
    parts
      .slice(count + 1)
      .map((part) => old + part)
      .join("")
  );
}

function split(text: string, separator: string, limit = -1n): List {
  if (limit === 0n) return new ArrayList([]);
  const parts = separator === "" ? [...text] : text.split(separator);
  if (limit < 0n || parts.length <= limit) return new ArrayList(parts);
  const kept = parts.slice(0, Number(limit) - 1);
  return new ArrayList([...kept, parts.slice(kept.length).join(separator)]);
}

function join(list: List, separator = ""): string {
  let length = 0;
  const parts: string[] = [];
  for (const item of itemsOf(list)) {
    if (typeof item !== "string") return fail("no such overload");
    length += item.length + separator.length;
    if (length > maxTextLength) return fail("string too long");
    parts.push(item);
  }
  return parts.join(separator);
}

function quote(text: string): string {
  return `"${text.toWellFormed().replace(/[\x07\b\f\n\r\t\v\\"]/g, (found) => goEscapes[found]!)}"`;
}

const whitespace =
  /^[\t-\r \x85\xa0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]+|[\t-\r \x85\xa0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]+$/g;

export const stringFunctions: Library = {
  charAt: [method([string, int], string, charAt, { resultSize: () => 4 })],
  indexOf: [
    method([string, string], int, (text: string, found: string) => indexOf(text, found), { cost: costs.search }),
    method([string, string, int], int, (text: string, found: string, offset: bigint) => indexOf(text, found, offset), {
      cost: costs.search,
    }),
  ],
  lastIndexOf: [
    method([string, string], int, (text: string, found: string) => lastIndexOf(text, found), { cost: costs.search }),
    method(
      [string, string, int],
      int,
      (text: string, found: string, offset: bigint) => lastIndexOf(text, found, offset),
      {
        cost: costs.search,
      },
    ),
  ],
  lowerAscii: [
    method([string], string, (text: string) => text.replace(/[A-Z]+/g, (found) => found.toLowerCase()), traverse),
  ],
  upperAscii: [
    method([string], string, (text: string) => text.replace(/[a-z]+/g, (found) => found.toUpperCase()), traverse),
  ],
  replace: [
    method([string, string, string], string, (a: string, b: string, c: string) => replace(a, b, c), traverseTwice),
    method([string, string, string, int], string, replace, traverseTwice),
  ],
  reverse: [method([string], string, (text: string) => [...text].reverse().join(""), traverse)],
  split: [
    method([string, string], strings, (text: string, separator: string) => split(text, separator), traverseTwice),
    method([string, string, int], strings, split, traverseTwice),
  ],
  join: [
    method([strings], string, (list: List) => join(list), { resultCost: costs.traverseTwice }),
    method([strings, string], string, (list: List, separator: string) => join(list, separator), {
      resultCost: costs.traverseTwice,
    }),
  ],
  substring: [
    method([string, int], string, (text: string, start: bigint) => substring(text, start), traverse),
    method([string, int, int], string, substring, traverse),
  ],
  trim: [method([string], string, (text: string) => text.replace(whitespace, ""), traverse)],
  "strings.quote": [func([string], string, quote, { cost: costs.traverse, resultSize: (a) => a * 2 + 2 })],
  format: [
    method([string, t.list(t.dyn)], string, formatText, {
      cost: costs.traverse,
      resultCost: costs.traverse,
      resultSize: (a, b) => a + b * 64,
    }),
  ],
};

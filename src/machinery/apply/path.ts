// Path elements of server-side apply in their serialised form, which is also how this code keeps them: `f:name` is a field,
// `k:{"name":"x"}` the item of a keyed list, `v:"x"` the item of a set, `i:0` an index. Two elements are the same exactly when their texts
// are, so texts made elsewhere pass through canonicalElement first. Source: structured-merge-diff fieldpath.

import { isObject, type Json } from "../object.ts";

/** A path element in its serialised form. */
export type PathElement = string;

/** `name` → `f:name`. */
export function fieldElement(name: string): PathElement {
  return `f:${name}`;
}

/** Names (sorted) and values of an item's keys → `k:{"port":80,"protocol":"TCP"}`. */
export function keyElement(names: readonly string[], values: readonly unknown[]): PathElement {
  let text = "k:{";
  for (let index = 0; index < names.length; index++) {
    text += `${index === 0 ? "" : ","}${scalarText(names[index])}:${scalarText(values[index])}`;
  }
  return `${text}}`;
}

/** `"x"` → `v:"x"`. */
export function valueElement(value: unknown): PathElement {
  return `v:${scalarText(value)}`;
}

/** Printable ASCII but for `"`, `&`, `<`, `>` and the backslash: nothing to escape. */
const plainText = /^[ !#-%'-;=?-[\]-~]*$/;

/** JSON as Go's encoder writes it: `<`, `>` and `&` are escaped. */
function scalarText(value: unknown): string {
  if (typeof value === "string" && plainText.test(value)) return `"${value}"`;
  const text = JSON.stringify(value);
  return /[<>&\u2028\u2029]/.test(text) ? text.replace(/[<>&\u2028\u2029]/g, escapeHtml) : text;
}

function escapeHtml(character: string): string {
  return `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`;
}

/** The one text of a path element; undefined for kinds that this version does not know. Throws an Error for malformed ones. */
export function canonicalElement(text: string): PathElement | undefined {
  if (text.length < 2) throw new Error("key must be 2 characters long:");
  if (text[1] !== ":") throw new Error(`missing colon: ${text}`);
  const content = text.slice(2);
  switch (text[0]) {
    case "f":
      return text;
    case "v":
      return valueElement(JSON.parse(content));
    case "k": {
      const keys: unknown = JSON.parse(content);
      if (!isObject(keys)) throw new Error(`expected an object: ${text}`);
      const names = Object.keys(keys).sort();
      return keyElement(
        names,
        names.map((name) => keys[name]),
      );
    }
    case "i": {
      if (!/^[+-]?[0-9]+$/.test(content)) throw new Error(`invalid index: ${text}`);
      return `i:${Number(content)}`;
    }
    default:
      return undefined;
  }
}

/** The order of elements: fields, keys, values, indices. */
export function compareElements(a: PathElement, b: PathElement): number {
  const kind = a.charCodeAt(0);
  const other = b.charCodeAt(0);
  if (kind !== other) return rank(kind) - rank(other);
  if (kind === 102 /* f */) return a < b ? -1 : a > b ? 1 : 0;
  if (a === b) return 0;
  const left: Json = JSON.parse(a.slice(2));
  const right: Json = JSON.parse(b.slice(2));
  return kind === 107 /* k */ ? compareKeys(Object.entries(left!), Object.entries(right!)) : compareValues(left, right);
}

function rank(kind: number): number {
  return kind === 102 ? 0 : kind === 107 ? 1 : kind === 118 ? 2 : 3;
}

function compareKeys(a: [string, unknown][], b: [string, unknown][]): number {
  const length = Math.min(a.length, b.length);
  for (let index = 0; index < length; index++) {
    const [nameA, valueA] = a[index]!;
    const [nameB, valueB] = b[index]!;
    if (nameA !== nameB) return nameA < nameB ? -1 : 1;
    const order = compareValues(valueA, valueB);
    if (order !== 0) return order;
  }
  return a.length - b.length;
}

/** The order of values: numbers, strings, booleans, then anything else by its text. */
export function compareValues(a: unknown, b: unknown): number {
  const left = valueRank(a);
  const right = valueRank(b);
  if (left !== right) return left - right;
  const x = (left === 3 ? JSON.stringify(a) : a) as string;
  const y = (left === 3 ? JSON.stringify(b) : b) as string;
  return x < y ? -1 : x > y ? 1 : 0;
}

function valueRank(value: unknown): number {
  return typeof value === "number" ? 0 : typeof value === "string" ? 1 : typeof value === "boolean" ? 2 : 3;
}

/** An element as messages show it: `.name`, `[name="x"]`, `[="x"]`, `[0]`. */
export function formatElement(element: PathElement): string {
  const content = element.slice(2);
  switch (element[0]) {
    case "f":
      return `.${content}`;
    case "k": {
      const keys = Object.entries(JSON.parse(content) as object);
      return `[${keys.map(([name, value]) => `${name}=${JSON.stringify(value)}`).join(",")}]`;
    }
    case "v":
      return `[=${JSON.stringify(JSON.parse(content))}]`;
    default:
      return `[${content}]`;
  }
}

/** `.spec.containers[name="x"].image`. */
export function formatPath(path: readonly PathElement[]): string {
  return path.map(formatElement).join("");
}

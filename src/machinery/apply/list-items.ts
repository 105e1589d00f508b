// Items of sets and keyed lists and the path elements that name them.

import { isObject, type Json } from "../object.ts";
import type { ListType } from "./field-type.ts";
import { compareElements, compareValues, keyElement, type PathElement, valueElement } from "./path.ts";

/** A value that does not fit its type; the path is put before it on the way out. */
export class TypedError extends Error {
  readonly path: string;

  constructor(message: string, path = "") {
    super(message);
    this.path = path;
  }
}

/** An item and the element that names it. */
export interface Item {
  element: PathElement;
  value: unknown;
}

/** The element that names an item of a set or keyed list. Throws a TypedError for an item that has none. */
export function itemElement(list: ListType, item: unknown): PathElement {
  return list.keys.length === 0 ? setElement(item) : keyedElement(list, item);
}

function setElement(item: unknown): PathElement {
  if (item === null) throw new TypedError("associative list without keys has an element that's an explicit null");
  if (Array.isArray(item)) throw new TypedError("not supported: associative list with lists as elements");
  if (isObject(item)) throw new TypedError("associative list without keys has an element that's a map type");
  return valueElement(item);
}

function keyedElement(list: ListType, item: unknown): PathElement {
  if (item === null) throw new TypedError("associative list with keys may not have a null element");
  if (!isObject(item)) throw new TypedError("associative list with keys may not have non-map elements");
  const { keys, defaults } = list;
  const names: string[] = [];
  const values: Json[] = [];
  for (let index = 0; index < keys.length; index++) {
    const name = keys[index]!;
    const value: Json | undefined = Object.hasOwn(item, name) ? item[name] : undefined;
    const given = value === undefined ? defaults[index] : value;
    if (given === undefined) continue;
    names.push(name);
    values.push(given);
  }
  if (names.length === 0) {
    const quoted = keys.map((key) => JSON.stringify(key)).join(" ");
    throw new TypedError(
      `associative list with keys has an element that omits all key fields [${quoted}] (and doesn't have default values for any key fields)`,
    );
  }
  return keyElement(names, values);
}

/** The items of a list with their elements, as they stand. Throws a TypedError as `element N: …`. */
export function itemsOf(list: ListType, values: readonly unknown[]): Item[] {
  const items: Item[] = [];
  for (let index = 0; index < values.length; index++) {
    try {
      items.push({ element: itemElement(list, values[index]), value: values[index] });
    } catch (error) {
      if (error instanceof TypedError) throw new TypedError(`element ${index}: ${error.message}`);
      throw error;
    }
  }
  return items;
}

/** Sorts items in place by their elements. Lists keyed by one string, nearly all of them, are compared by that string. */
export function sortItems(list: ListType, items: Item[]): Item[] {
  if (items.length < 2) return items;
  if (list.keys.length > 1) return items.sort((a, b) => compareElements(a.element, b.element));
  const [key] = list.keys;
  const { defaults } = list;
  const keyOf = ({ value }: Item) =>
    key === undefined ? value : ((value as { [key: string]: unknown })[key] ?? defaults[0]);
  return items.sort((a, b) => compareValues(keyOf(a), keyOf(b)));
}

// Adds the paths that aggregated servers answer for, and the definitions that these need, to our own OpenAPI v2 document. A
// definition that means something else than ours of the same name gets another name. Pure.
// Source: kube-openapi pkg/aggregator.

import { isDeepStrictEqual } from "node:util";
import { isObject, type JsonObject } from "../../machinery/object.ts";

/** A document of another server. */
export interface ForeignOpenApi {
  /** Only paths below this one are taken: `/apis/example.com/v1`. */
  prefix: string;
  /** Changes with the document. */
  hash: string;
  document: JsonObject;
}

const reference = "#/definitions/";
/** Definitions nest as deep as their author likes. */
const maxDepth = 200;

/** Changes `own` and returns it. */
export function mergeOpenApiV2(own: JsonObject, foreign: readonly ForeignOpenApi[]): JsonObject {
  for (const { prefix, document } of foreign) {
    const paths = pathsBelow(document, prefix);
    const definitions: JsonObject = isObject(document.definitions) ? document.definitions : {};
    const names = chooseNames(own.definitions, definitions, neededBy(paths, definitions));
    for (const [name, chosen] of names) set(own.definitions, chosen, renamed(definitions[name], names));
    for (const [path, item] of Object.entries(paths)) {
      if (!Object.hasOwn(own.paths, path)) set(own.paths, path, renamed(item, names));
    }
  }
  return own;
}

function pathsBelow(document: JsonObject, prefix: string): JsonObject {
  if (!isObject(document.paths)) return {};
  const below = Object.entries(document.paths).filter(([path]) => path === prefix || path.startsWith(`${prefix}/`));
  return Object.fromEntries(below);
}

/** Names of the definitions that something refers to, and those that these refer to. */
function neededBy(value: unknown, definitions: JsonObject): Set<string> {
  const names = new Set<string>();
  collect(value, names, 0);
  for (const name of names) {
    // Sets are walked in the order of insertion, so names added here are visited as well.
    if (Object.hasOwn(definitions, name)) collect(definitions[name], names, 0);
    else names.delete(name);
  }
  return names;
}

function collect(value: unknown, names: Set<string>, depth: number): void {
  if (typeof value !== "object" || value === null || depth > maxDepth) return;
  for (const [key, child] of Object.entries(value)) {
    if (key === "$ref" && typeof child === "string" && child.startsWith(reference)) {
      names.add(child.slice(reference.length));
    } else collect(child, names, depth + 1);
  }
}

function chooseNames(own: JsonObject, theirs: JsonObject, needed: ReadonlySet<string>): Map<string, string> {
  const names = new Map<string, string>();
  for (const name of needed) {
    let chosen = name;
    for (let number = 2; Object.hasOwn(own, chosen) && !isDeepStrictEqual(own[chosen], theirs[name]); number++) {
      chosen = `${name}_v${number}`;
    }
    names.set(name, chosen);
  }
  return names;
}

function renamed(value: unknown, names: ReadonlyMap<string, string>, depth = 0): unknown {
  if (typeof value !== "object" || value === null || depth > maxDepth) return value;
  if (Array.isArray(value)) return value.map((item) => renamed(item, names, depth + 1));
  const copy: JsonObject = {};
  for (const [key, child] of Object.entries(value)) {
    if (key === "$ref" && typeof child === "string" && child.startsWith(reference)) {
      const name = child.slice(reference.length);
      copy[key] = `${reference}${names.get(name) ?? name}`;
    } else set(copy, key, renamed(child, names, depth + 1));
  }
  return copy;
}

/** Names come from another server: assignment of `__proto__` would set the prototype. */
function set(object: JsonObject, key: string, value: unknown): void {
  Object.defineProperty(object, key, { value, enumerable: true, configurable: true, writable: true });
}

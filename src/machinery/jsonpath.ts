// Kubernetes' JSONPath: paths of printer columns and of `kubectl get -o jsonpath`, and the plain paths of the scale subresource.
// Evaluation is bounded: a path that would visit too much finds nothing, so that a custom resource definition cannot stall the server.
// Source: k8s.io/client-go util/jsonpath.

import { compareNumbers, isNumberValue } from "./json.ts";
import { JsonPathError, type Operator, type Part, parsePath, parseTemplate, type Step } from "./jsonpath-parser.ts";
import { isObject, type Json, type JsonObject } from "./object.ts";

export interface JsonPath {
  /** The values that the path names, in order; none when a key is missing, an index out of range or a comparison impossible. */
  find(object: unknown): Json[];
}

export interface JsonPathTemplate {
  /** The text of the template; `missingKeys: "error"` refuses keys that are not there. */
  render(object: unknown, options?: { missingKeys?: "empty" | "error" }): RenderResult;
}

export type RenderResult = { ok: true; text: string } | { ok: false; error: string };

/** Compiles a path such as `.spec.ports[0].name`, with or without braces around it. */
export function compileJsonPath(text: string): { ok: true; path: JsonPath } | { ok: false; error: string } {
  return guarded(() => {
    const trimmed = text.trim();
    const bare = trimmed.startsWith("{") && trimmed.endsWith("}") ? trimmed.slice(1, -1) : trimmed;
    const steps = parsePath(bare);
    if (steps.some(({ type }) => type === "keyword")) throw new JsonPathError("range and end belong into templates");
    const find = (object: unknown): Json[] => {
      try {
        return new Evaluation("empty").walk([object as Json], steps);
      } catch (error) {
        if (error instanceof JsonPathError) return [];
        throw error;
      }
    };
    return { ok: true, path: { find } };
  });
}

/** Compiles a template such as `{range .items[*]}{.metadata.name}{"\n"}{end}`. */
export function compileJsonPathTemplate(
  text: string,
): { ok: true; template: JsonPathTemplate } | { ok: false; error: string } {
  return guarded(() => {
    const parts = parseTemplate(text);
    const template: JsonPathTemplate = {
      render: (object, { missingKeys = "empty" } = {}) =>
        guarded(() => ({ ok: true, text: new Evaluation(missingKeys).render(parts, object as Json) })),
    };
    return { ok: true, template };
  });
}

function guarded<T>(work: () => T): T | { ok: false; error: string } {
  try {
    return work();
  } catch (error) {
    if (error instanceof JsonPathError) return { ok: false, error: error.message };
    throw error;
  }
}

/** Values that one evaluation may visit, and characters that it may write. */
const maximumVisits = 200_000;
const maximumText = 64 * 1024 * 1024;

class Evaluation {
  readonly #missingKeys: "empty" | "error";
  #visits = 0;
  #length = 0;

  constructor(missingKeys: "empty" | "error") {
    this.#missingKeys = missingKeys;
  }

  render(parts: readonly Part[], object: Json): string {
    const [text, next] = this.#block(parts, 0, object, 0);
    if (next < parts.length) throw new JsonPathError("not in range, nothing to end");
    return text;
  }

  /** Renders from `start` up to the `{end}` of this block; returns the text and the index after it. */
  #block(parts: readonly Part[], start: number, object: Json, depth: number): [text: string, next: number] {
    let text = "";
    for (let index = start; index < parts.length; index++) {
      const part = parts[index]!;
      if (part.type === "text") {
        text += this.#write(part.text);
        continue;
      }
      const [first, ...rest] = part.steps;
      if (first?.type !== "keyword") {
        text += this.#write(this.walk([object], part.steps).map(printed).join(" "));
        continue;
      }
      if (first.name === "end") return depth === 0 ? [text, index] : [text, index + 1];
      let next = endOfRange(parts, index + 1);
      for (const value of this.walk([object], rest)) {
        const [body, after] = this.#block(parts, index + 1, value, depth + 1);
        text += body;
        next = after;
      }
      index = next - 1;
    }
    return [text, parts.length];
  }

  #write(text: string): string {
    this.#length += text.length;
    if (this.#length > maximumText) throw new JsonPathError("the result is too long");
    return text;
  }

  #visit(): void {
    if (++this.#visits > maximumVisits) throw new JsonPathError("the path visits too many values");
  }

  walk(input: Json[], steps: readonly Step[]): Json[] {
    let values = input;
    for (const step of steps) values = this.#step(values, step);
    return values;
  }

  #step(input: Json[], step: Step): Json[] {
    switch (step.type) {
      case "literal":
        return [step.value];
      case "field":
        return this.#field(input, step.name);
      case "wildcard":
        return input.flatMap((value) => this.#children(value));
      case "recursive": {
        const found: Json[] = [];
        for (const value of input) this.#descend(value, found);
        return found;
      }
      case "slice":
        return input.flatMap((value) => this.#slice(value, step));
      case "union":
        return step.branches.flatMap((branch) => this.walk(input, branch));
      case "filter":
        return input.flatMap((value) => this.#filter(value, step));
      case "keyword":
        throw new JsonPathError(`unrecognized identifier ${step.name}`);
    }
  }

  #field(input: Json[], name: string): Json[] {
    if (input.length === 0 || name === "") return input;
    const found: Json[] = [];
    for (const value of input) {
      this.#visit();
      const object: unknown = value;
      if (isObject(object) && Object.hasOwn(object, name)) found.push(object[name]);
    }
    if (found.length === 0 && this.#missingKeys === "error") throw new JsonPathError(`${name} is not found`);
    return found;
  }

  #children(value: Json): Json[] {
    const children = Array.isArray(value) ? value : isObject(value) ? Object.values(value) : [];
    for (const _ of children) this.#visit();
    return children;
  }

  /** The value and everything below it that has children of its own. */
  #descend(value: Json, found: Json[]): void {
    const children = this.#children(value);
    if (children.length === 0) return;
    found.push(value);
    for (const child of children) this.#descend(child, found);
  }

  #slice(value: Json, { from, to, step, single }: Step & { type: "slice" }): Json[] {
    if (value === null) return [];
    if (!Array.isArray(value)) throw new JsonPathError(`${nameOfType(value)} is not array or slice`);
    const length = value.length;
    const start = from === undefined ? 0 : from < 0 ? from + length : from;
    const end = single ? start + 1 : to === undefined ? length : to < 0 ? to + length : to;
    if (start === end) return [];
    for (const [index, limit] of [
      [start, length - 1],
      [end - 1, length - 1],
    ] as const) {
      if (index > limit || index < 0) {
        throw new JsonPathError(`array index out of bounds: index ${index}, length ${length}`);
      }
    }
    if (start > end) throw new JsonPathError(`starting index ${start} is greater than ending index ${end}`);
    const found: Json[] = [];
    for (let index = start; index < end; index += step) {
      this.#visit();
      found.push(value[index]!);
    }
    return found;
  }

  #filter(value: Json, { left, operator, right }: Step & { type: "filter" }): Json[] {
    if (!Array.isArray(value)) {
      throw new JsonPathError(`${nameOfType(value)} is not array or slice and cannot be filtered`);
    }
    return value.filter((item) => {
      this.#visit();
      // A missing key excludes an element, also where templates refuse missing keys.
      const lefts = this.#tolerant([item], left);
      if (operator === "exists") return lefts.length > 0;
      const rights = this.#tolerant([item], right);
      if (lefts.length > 1 || rights.length > 1) throw new JsonPathError("can only compare one element at a time");
      return lefts.length === 1 && rights.length === 1 && compare(lefts[0]!, operator, rights[0]!);
    });
  }

  #tolerant(input: Json[], steps: Step[]): Json[] {
    if (this.#missingKeys === "empty") return this.walk(input, steps);
    const inner = new Evaluation("empty");
    inner.#visits = this.#visits;
    const values = inner.walk(input, steps);
    this.#visits = inner.#visits;
    return values;
  }
}

/** Index after the `{end}` that closes a range whose body begins at `start`. */
function endOfRange(parts: readonly Part[], start: number): number {
  let open = 1;
  for (let index = start; index < parts.length; index++) {
    const part = parts[index]!;
    const first = part.type === "action" ? part.steps[0] : undefined;
    if (first?.type !== "keyword") continue;
    open += first.name === "range" ? 1 : -1;
    if (open === 0) return index + 1;
  }
  return parts.length;
}

function compare(left: Json, operator: Operator, right: Json): boolean {
  let order: number;
  if (isNumberValue(left) && isNumberValue(right)) order = compareNumbers(left, right);
  else if (typeof left === "string" && typeof right === "string") order = left < right ? -1 : left > right ? 1 : 0;
  else if (typeof left === "boolean" && typeof right === "boolean" && (operator === "==" || operator === "!=")) {
    order = left === right ? 0 : 1;
  } else throw new JsonPathError("incompatible types for comparison");
  switch (operator) {
    case "==":
      return order === 0;
    case "!=":
      return order !== 0;
    case "<":
      return order < 0;
    case "<=":
      return order <= 0;
    case ">":
      return order > 0;
    case ">=":
      return order >= 0;
  }
}

function nameOfType(value: Json): string {
  if (value === null) return "nil";
  if (typeof value === "object") return "map[string]interface {}";
  return typeof value === "boolean" ? "bool" : typeof value === "string" ? "string" : "float64";
}

/** A value as kubectl prints it: text as it is, objects and lists as JSON. */
function printed(value: Json): string {
  if (value === null) return "<nil>";
  return typeof value === "string" ? value : JSON.stringify(value);
}

/** The names of a plain path such as `.spec.replicas`: fields only. */
function simpleSteps(path: string): string[] {
  return path.replace(/^\./, "").split(".");
}

/** The value at a plain path; undefined when it is not there. */
export function getSimplePath(object: unknown, path: string): Json | undefined {
  let value: unknown = object;
  for (const name of simpleSteps(path)) {
    if (!isObject(value) || !Object.hasOwn(value, name)) return undefined;
    value = value[name];
  }
  return value as Json;
}

/**
 * Sets the value at a plain path of a private object, making the objects on the way. False when something that is no object stands
 * in the way; nothing was changed then.
 */
export function setSimplePath(object: JsonObject, path: string, value: Json): boolean {
  const names = simpleSteps(path);
  if (names.includes("__proto__")) return false;
  const last = names.pop()!;
  let target = object;
  for (const [index, name] of names.entries()) {
    const next: unknown = Object.hasOwn(target, name) ? target[name] : undefined;
    if (next === undefined || next === null) {
      const added: JsonObject = {};
      setSimplePath(added, [...names.slice(index + 1), last].join("."), value);
      target[name] = added;
      return true;
    }
    if (!isObject(next)) return false;
    target = next;
  }
  target[last] = value;
  return true;
}

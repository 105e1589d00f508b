// The grammar of Kubernetes' JSONPath: what stands between braces (`.spec.ports[?(@.name=="http")].port`) and templates around it.
// Source: k8s.io/client-go util/jsonpath. One difference: `['a.b']` names the key `a.b`; the backslash that kubectl needs there is
// allowed, not required.

import type { Json } from "./object.ts";

export type Step =
  | { type: "field"; name: string }
  | { type: "wildcard" }
  | { type: "recursive" }
  /** `[1]` is a slice of one element. */
  | { type: "slice"; from: number | undefined; to: number | undefined; step: number; single: boolean }
  | { type: "union"; branches: Step[][] }
  | { type: "filter"; left: Step[]; operator: Operator | "exists"; right: Step[] }
  | { type: "literal"; value: Json }
  | { type: "keyword"; name: "range" | "end" };

export type Operator = "<" | ">" | "==" | "!=" | "<=" | ">=";

/** A template's parts, in order. */
export type Part = { type: "text"; text: string } | { type: "action"; steps: Step[] };

/** Malformed paths; does not leave jsonpath.ts. */
export class JsonPathError extends Error {}

const operators: readonly string[] = ["<", ">", "==", "!=", "<=", ">="];

/** Longest path; paths come from custom resource definitions and command lines. */
const maximumLength = 16 * 1024;
/** Filters may nest this deep. */
const maximumDepth = 16;

/** Parses a template: text with actions in braces. */
export function parseTemplate(text: string): Part[] {
  if (text.length > maximumLength) throw new JsonPathError("the path is too long");
  const parts: Part[] = [];
  let at = 0;
  while (at < text.length) {
    const open = text.indexOf("{", at);
    if (open !== at) parts.push({ type: "text", text: text.slice(at, open < 0 ? undefined : open) });
    if (open < 0) break;
    const action = new ActionParser(text, open + 1, 0);
    parts.push({ type: "action", steps: action.parse("}") });
    at = action.at;
  }
  return parts;
}

/** Parses a path without braces. */
export function parsePath(text: string, depth = 0): Step[] {
  if (text.length > maximumLength) throw new JsonPathError("the path is too long");
  if (depth > maximumDepth) throw new JsonPathError("filters are nested too deeply");
  return new ActionParser(text, 0, depth).parse("");
}

const terminator = /[\s.,[\]$@{}]/;

class ActionParser {
  readonly #text: string;
  readonly #depth: number;
  at: number;

  constructor(text: string, at: number, depth: number) {
    this.#text = text;
    this.at = at;
    this.#depth = depth;
  }

  /** Steps up to `end`, which is passed over; up to the end of the text when it is "". */
  parse(end: "}" | ""): Step[] {
    const steps: Step[] = [];
    for (;;) {
      const character = this.#text[this.at];
      if (character === undefined && end === "") return steps;
      if (character === undefined || character === "\n" || character === "\r")
        throw new JsonPathError("unclosed action");
      if (character === end) {
        this.at++;
        return steps;
      }
      if (character === " " || character === "@" || character === "$") this.at++;
      else if (this.#text.startsWith("[?(", this.at)) steps.push(this.#filter());
      else if (this.#text.startsWith("..", this.at)) this.#recursive(steps);
      else if (character === "[") steps.push(...this.#brackets());
      else if (character === '"' || character === "'") steps.push({ type: "literal", value: this.#quoted(character) });
      else if (character === ".") {
        this.at++;
        steps.push(this.#field());
      } else if (/[-+0-9]/.test(character)) steps.push(this.#number());
      else if (/[\p{L}\p{Nd}_]/u.test(character)) steps.push(this.#word());
      else {
        const code = this.#text.codePointAt(this.at)!;
        const hex = code.toString(16).toUpperCase().padStart(4, "0");
        throw new JsonPathError(`unrecognized character in action: U+${hex} '${String.fromCodePoint(code)}'`);
      }
    }
  }

  #recursive(steps: Step[]): void {
    if (steps.at(-1)?.type === "recursive") throw new JsonPathError("invalid multiple recursive descent");
    this.at += 2;
    steps.push({ type: "recursive" });
    if (/[\p{L}\p{Nd}_]/u.test(this.#text[this.at] ?? "")) steps.push(this.#field());
  }

  /** A name up to what ends it; a backslash takes the next character as it is. */
  #field(): Step {
    let name = "";
    for (; this.at < this.#text.length; this.at++) {
      let character = this.#text[this.at]!;
      if (character === "\\") character = this.#text[++this.at] ?? "";
      else if (terminator.test(character)) break;
      name += character;
    }
    return name === "*" ? { type: "wildcard" } : { type: "field", name };
  }

  #word(): Step {
    const start = this.at;
    while (this.at < this.#text.length && !terminator.test(this.#text[this.at]!)) this.at++;
    const word = this.#text.slice(start, this.at);
    if (word === "true" || word === "false") return { type: "literal", value: word === "true" };
    if (word === "range" || word === "end") return { type: "keyword", name: word };
    throw new JsonPathError(`unrecognized identifier ${word}`);
  }

  #number(): Step {
    const start = this.at++;
    while (/[.0-9]/.test(this.#text[this.at] ?? "")) this.at++;
    const text = this.#text.slice(start, this.at);
    const value = Number(text);
    if (!Number.isFinite(value)) throw new JsonPathError(`cannot parse number ${text}`);
    return { type: "literal", value };
  }

  /** A quoted text; the quote itself and control characters may be escaped. */
  #quoted(quote: string): string {
    let value = "";
    for (this.at++; this.at < this.#text.length; this.at++) {
      const character = this.#text[this.at]!;
      if (character === "\n") break;
      if (character === quote) {
        this.at++;
        return value;
      }
      if (character !== "\\") {
        value += character;
        continue;
      }
      const escaped = this.#text[++this.at] ?? "";
      value += { n: "\n", t: "\t", r: "\r" }[escaped] ?? escaped;
    }
    throw new JsonPathError("unterminated quoted string");
  }

  /** Index of the `close` that is outside of quotes, from `start`. */
  #closing(start: number, close: string, problem: string): number {
    let quote: string | undefined;
    for (let at = start; at < this.#text.length; at++) {
      const character = this.#text[at]!;
      if (character === "\n") break;
      if (quote !== undefined) {
        if (character === "\\") at++;
        else if (character === quote) quote = undefined;
      } else if (character === '"' || character === "'") quote = character;
      else if (character === close) return at;
    }
    throw new JsonPathError(problem);
  }

  #brackets(): Step[] {
    const close = this.#closing(this.at + 1, "]", "unterminated array");
    const text = this.#text.slice(this.at + 1, close);
    this.at = close + 1;
    const parts = splitUnion(text);
    if (parts.length === 1) return [bracketStep(text)];
    return [{ type: "union", branches: parts.map((part) => [bracketStep(part)]) }];
  }

  #filter(): Step {
    const close = this.#closing(this.at + 3, ")", "unterminated filter");
    const text = this.#text.slice(this.at + 3, close);
    if (this.#text[close + 1] !== "]") throw new JsonPathError("unclosed array expect ]");
    this.at = close + 2;
    const match = /[!<>=]+/.exec(text);
    if (match === null || match.index === 0) {
      return { type: "filter", left: parsePath(text, this.#depth + 1), operator: "exists", right: [] };
    }
    const operator = match[0];
    if (!operators.includes(operator)) throw new JsonPathError(`unrecognized filter operator ${operator}`);
    return {
      type: "filter",
      left: parsePath(text.slice(0, match.index), this.#depth + 1),
      operator: operator as Operator,
      right: parsePath(text.slice(match.index + operator.length), this.#depth + 1),
    };
  }
}

/** Splits at commas outside of quotes. */
function splitUnion(text: string): string[] {
  const parts: string[] = [];
  let quote: string | undefined;
  let start = 0;
  for (let at = 0; at < text.length; at++) {
    const character = text[at]!;
    if (quote !== undefined) {
      if (character === quote) quote = undefined;
    } else if (character === '"' || character === "'") quote = character;
    else if (character === ",") {
      parts.push(text.slice(start, at).trim());
      start = at + 1;
    }
  }
  parts.push(start === 0 ? text : text.slice(start).trim());
  return parts;
}

function bracketStep(text: string): Step {
  if (text === "*") return { type: "slice", from: undefined, to: undefined, step: 1, single: false };
  const quote = text[0];
  if ((quote === "'" || quote === '"') && text.length > 1 && text.endsWith(quote)) {
    return { type: "field", name: text.slice(1, -1).replace(/\\(.)/g, "$1") };
  }
  const match = /^(-?\d{1,9})?(:(-?\d{1,9})?)?(:(-?\d{1,9})?)?$/.exec(text);
  if (match === null || text === "") throw new JsonPathError(`invalid array index ${text}`);
  const number = (part: string | undefined) => (part === undefined ? undefined : Number(part));
  const step = number(match[5]) ?? 1;
  if (step <= 0) throw new JsonPathError("step must be > 0");
  return { type: "slice", from: number(match[1]), to: number(match[3]), step, single: match[2] === undefined };
}

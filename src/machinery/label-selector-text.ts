// The grammar of label selectors as text. Kept apart from selectors.ts, which has what runs often.
// Source: k8s.io/apimachinery pkg/labels (its lexer and parser decide what the error texts show).

import { formatFieldError, invalid } from "./field-error.ts";
import { labelValueErrors, qualifiedNameErrors } from "./names.ts";
import type { Requirement, SelectorResult } from "./selectors.ts";

type TokenKind = "identifier" | "end" | "in" | "notin" | ")" | "," | "!" | "==" | "=" | ">" | "<" | "!=" | "(";

interface Token {
  kind: TokenKind;
  text: string;
}

const symbols: ReadonlySet<string> = new Set([")", ",", "!", "==", "=", ">", "<", "!=", "("]);
const symbolCharacters = "=!(),><";
const spaces = " \t\r\n";

function tokenize(text: string): Token[] {
  const tokens: Token[] = [];
  let at = 0;
  while (at < text.length) {
    if (spaces.includes(text[at]!)) {
      at++;
      continue;
    }
    const start = at;
    if (symbolCharacters.includes(text[at]!)) {
      // The longest symbol that begins here.
      const pair = text.slice(at, at + 2);
      const symbol = symbols.has(pair) ? pair : text[at]!;
      at += symbol.length;
      tokens.push({ kind: symbol as TokenKind, text: symbol });
      continue;
    }
    while (at < text.length && !symbolCharacters.includes(text[at]!) && !spaces.includes(text[at]!)) at++;
    const word = text.slice(start, at);
    tokens.push({ kind: word === "in" || word === "notin" ? word : "identifier", text: word });
  }
  tokens.push({ kind: "end", text: "" });
  return tokens;
}

class SelectorSyntaxError extends Error {}

function fail(message: string): never {
  throw new SelectorSyntaxError(message);
}

/** Reads a label selector; requirements are sorted by key. */
export function parseLabelSelector(text: string): SelectorResult {
  try {
    const requirements = new Parser(tokenize(text)).selector();
    return { ok: true, requirements: requirements.sort((a, b) => (a.key < b.key ? -1 : a.key > b.key ? 1 : 0)) };
  } catch (error) {
    if (error instanceof SelectorSyntaxError) return { ok: false, error: error.message };
    throw error;
  }
}

function isInt64(text: string): boolean {
  if (!/^[-+]?[0-9]{1,32}$/.test(text)) return false;
  const value = BigInt(text.replace("+", ""));
  return value === BigInt.asIntN(64, value);
}

class Parser {
  readonly #tokens: Token[];
  #at = 0;

  constructor(tokens: Token[]) {
    this.#tokens = tokens;
  }

  selector(): Requirement[] {
    const requirements: Requirement[] = [];
    for (;;) {
      const token = this.#peek();
      if (token.kind === "end") return requirements;
      if (token.kind !== "identifier" && token.kind !== "!") {
        fail(`found '${token.text}', expected: !, identifier, or 'end of string'`);
      }
      requirements.push(this.#named(() => this.#requirement()));
      const next = this.#take();
      if (next.kind === "end") return requirements;
      if (next.kind !== ",") fail(`found '${next.text}', expected: ',' or 'end of string'`);
      const after = this.#peek();
      if (after.kind !== "identifier" && after.kind !== "!") {
        fail(`found '${after.text}', expected: identifier after ','`);
      }
    }
  }

  #named<T>(parse: () => T): T {
    try {
      return parse();
    } catch (error) {
      if (error instanceof SelectorSyntaxError) fail(`unable to parse requirement: ${error.message}`);
      throw error;
    }
  }

  /** The next token where a value may stand: `in` and `notin` are words there. */
  #peek(): Token {
    const token = this.#tokens[Math.min(this.#at, this.#tokens.length - 1)]!;
    return token.kind === "in" || token.kind === "notin" ? { kind: "identifier", text: token.text } : token;
  }

  #take(): Token {
    const token = this.#peek();
    this.#at++;
    return token;
  }

  #requirement(): Requirement {
    let token = this.#take();
    const negated = token.kind === "!";
    if (negated) token = this.#take();
    if (token.kind !== "identifier") fail(`found '${token.text}', expected: identifier`);
    const key = token.text;
    const problems = qualifiedNameErrors(key);
    if (problems.length > 0) fail(formatFieldError(invalid("<nil>", key, problems.join("; "))));
    if (negated) return { key, operator: "DoesNotExist", values: [] };
    const next = this.#peek();
    if (next.kind === "end" || next.kind === ",") return { key, operator: "Exists", values: [] };

    const operator = this.#operator();
    const values = [...new Set(operator.list ? this.#list() : [this.#single()])].sort();
    values.forEach((value, index) => {
      if ((operator.name === "Gt" || operator.name === "Lt") && !isInt64(value)) {
        const why = "for 'Gt', 'Lt' operators, the value must be an integer";
        fail(formatFieldError(invalid(`values[${index}]`, value, why)));
      }
      const wrong = labelValueErrors(value);
      if (wrong.length > 0) fail(formatFieldError(invalid(`values[${index}]`, value, wrong.join("; "))));
    });
    return { key, operator: operator.name, values };
  }

  #operator(): { name: "In" | "NotIn" | "Gt" | "Lt"; list: boolean } {
    const token = this.#tokens[Math.min(this.#at++, this.#tokens.length - 1)]!;
    switch (token.kind) {
      case "in":
        return { name: "In", list: true };
      case "notin":
        return { name: "NotIn", list: true };
      case "=":
      case "==":
        return { name: "In", list: false };
      case "!=":
        return { name: "NotIn", list: false };
      case ">":
        return { name: "Gt", list: false };
      case "<":
        return { name: "Lt", list: false };
      default:
        return fail(`found '${token.text}', expected: in, notin, =, ==, !=, gt, lt`);
    }
  }

  #single(): string {
    const token = this.#peek();
    if (token.kind === "end" || token.kind === ",") return "";
    this.#at++;
    return token.kind === "identifier" ? token.text : fail(`found '${token.text}', expected: identifier`);
  }

  /** `(a,b)`; empty places are empty values. */
  #list(): string[] {
    const open = this.#take();
    if (open.kind !== "(") fail(`found '${open.text}' expected: '('`);
    const values: string[] = [];
    let value = "";
    for (;;) {
      const token = this.#take();
      switch (token.kind) {
        case "identifier": {
          value = token.text;
          const next = this.#peek();
          if (next.kind !== "," && next.kind !== ")") fail(`found '${next.text}', expected: ',' or ')'`);
          break;
        }
        case ",":
          values.push(value);
          value = "";
          break;
        case ")":
          values.push(value);
          return values;
        default:
          return fail(`found '${token.text}', expected: ',', ')' or identifier`);
      }
    }
  }
}

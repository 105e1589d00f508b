// Literals that a function will refuse are refused when the expression is compiled: patterns, times and durations.
// Source: cel-go cel/validator.go.

import type { Checked } from "./check.ts";
import { compilePattern } from "./library/text.ts";
import { parseDuration, parseTimestamp } from "./library/time-text.ts";
import type { Node } from "./syntax/ast.ts";
import { errorAt } from "./syntax/source.ts";
import { EvaluationFailure } from "./values.ts";

/** Reading a literal fails with an EvaluationFailure when it is no good. */
const literals: Record<string, { argument: number; read: (text: string) => unknown }> = {
  matches: { argument: 1, read: compilePattern },
  duration: { argument: 0, read: parseDuration },
  timestamp: { argument: 0, read: parseTimestamp },
};

/** What is wrong with the literals of a checked expression. */
export function validateLiterals(source: string, checked: Checked): string[] {
  const errors: string[] = [];
  for (const { name, args } of checked.calls.values()) {
    const rule = Object.hasOwn(literals, name) ? literals[name] : undefined;
    const literal = rule === undefined ? undefined : args[rule.argument];
    if (rule === undefined || literal === undefined || accepts(literal, rule.read)) continue;
    errors.push(errorAt(source, literal.offset, `invalid ${name} argument`));
  }
  return errors;
}

function accepts(node: Node, read: (text: string) => unknown): boolean {
  if (node.kind !== "constant" || typeof node.value !== "string") return true;
  try {
    read(node.value);
    return true;
  } catch (error) {
    if (error instanceof EvaluationFailure) return false;
    throw error;
  }
}

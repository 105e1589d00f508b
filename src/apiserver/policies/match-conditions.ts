// Match conditions: expressions that all have to hold for a webhook or policy to be asked. One that is false decides, whatever
// happens to the others; one that fails counts as the failure policy says.
// Source: apiserver/pkg/admission/plugin/webhook/matchconditions.

import type { CelProgram } from "../../machinery/cel/index.ts";
import type { JsonObject } from "../../machinery/object.ts";
import { compileError, compileExpression, type ExpressionScope } from "./expressions.ts";

/** Runtime cost that the conditions of one webhook or policy may use. */
const budgetOfConditions = 2_500_000;

type Compiled = { ok: true; source: string; program: CelProgram } | { ok: false; source: string; error: string };

type ConditionsResult = { matches: boolean } | { error: string };

export class MatchConditions {
  readonly #conditions: readonly Compiled[];
  readonly #ignoreErrors: boolean;

  constructor(conditions: readonly JsonObject[], scope: ExpressionScope, failurePolicy: string) {
    this.#conditions = conditions.map(({ expression }) => compileSource(String(expression).trim(), scope, "bool"));
    this.#ignoreErrors = failurePolicy === "Ignore";
  }

  get empty(): boolean {
    return this.#conditions.length === 0;
  }

  evaluate(values: Record<string, unknown>): ConditionsResult {
    const budget = { remaining: budgetOfConditions };
    const errors: string[] = [];
    for (const condition of this.#conditions) {
      const result = evaluateSource(condition, values, budget);
      if (!result.ok) {
        if (result.cause === "budget") return this.#ignoreErrors ? { matches: false } : { error: result.error };
        errors.push(result.error);
      } else if (result.value === false) return { matches: false };
    }
    if (errors.length === 0) return { matches: true };
    return this.#ignoreErrors ? { matches: false } : { error: aggregate(errors) };
  }
}

/** Compiles an expression whose failure shows when it is evaluated. */
export function compileSource(
  source: string,
  scope: ExpressionScope,
  result: Parameters<typeof compileExpression>[2],
): Compiled {
  const compiled = compileExpression(source, scope, result);
  if (compiled.ok) return { ok: true, source, program: compiled.program };
  return { ok: false, source, error: `compilation error: ${compileError(compiled)}` };
}

/** Evaluates an expression; errors are those of kube-apiserver. */
export function evaluateSource(
  compiled: Compiled,
  values: Record<string, unknown>,
  budget: { remaining: number },
): ReturnType<CelProgram["evaluate"]> {
  if (!compiled.ok) return { ok: false, error: compiled.error, cause: "evaluation" };
  const result = compiled.program.evaluate(values, budget);
  if (result.ok) return result;
  const error =
    result.cause === "budget"
      ? "validation failed due to running out of cost budget, no further validation rules will be run"
      : `expression '${compiled.source}' resulted in error: ${result.error}`;
  return { ...result, error };
}

/** Several errors as Go shows them together. */
export function aggregate(errors: readonly string[]): string {
  const texts = [...new Set(errors)];
  return texts.length === 1 ? texts[0]! : `[${texts.join(", ")}]`;
}

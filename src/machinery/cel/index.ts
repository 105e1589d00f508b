// CEL for the rest of the house: `compileCel` checks an expression against an environment and gives a program to evaluate.
//
//   source → syntax/ (the grammar of @bufbuild/cel, our tree) → check.ts (types) → estimate.ts (worst-case cost) → plan.ts (closures)
//
// No expression, however made, throws or exhausts the process: compiling refuses it, or evaluating ends at its limit of cost.

import type { CelCompilation, CelEnvironment } from "./cel.ts";
import { Compiler } from "./compile.ts";

export type * from "./cel.ts";

/** Compiles an expression; errors are in the form of cel-go, `ERROR: <input>:1:5: …`. */
export function compileCel(expression: string, environment: CelEnvironment): CelCompilation {
  return new Compiler(environment).compile(expression);
}

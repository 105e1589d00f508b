// Puts the parts together: an environment becomes variables with shapes, an expression a program.

import type { Json } from "../object.ts";
import {
  type CelAuthorizer,
  type CelBudget,
  type CelCompilation,
  type CelEnvironment,
  type CelProgram,
  type CelResourceCheck,
  type CelResult,
  type CelType,
  celLimits,
} from "./cel.ts";
import { type Checked, checkExpression } from "./check.ts";
import { estimateCost } from "./estimate.ts";
import { AuthorizerValue, authorizerType, resourceType } from "./library/authorization.ts";
import { functions } from "./library/index.ts";
import { Meter } from "./meter.ts";
import { type Plan, planExpression } from "./plan.ts";
import { toJson } from "./result.ts";
import { optionalShape, type Shape, shapeOf, unboundShape } from "./shape.ts";
import { parseExpression } from "./syntax/parse.ts";
import { CompileError } from "./syntax/source.ts";
import * as types from "./types.ts";
import { validateLiterals } from "./validate.ts";
import { BudgetExceeded, EvaluationFailure, type Value } from "./values.ts";

interface Variable {
  readonly name: string;
  readonly shape: Shape;
}

export class Compiler {
  readonly #variables: readonly Variable[];
  readonly #result: NonNullable<CelEnvironment["result"]>;

  constructor(environment: CelEnvironment) {
    this.#variables = Object.entries(environment.variables).map(([name, type]) => ({
      name,
      shape: variableShape(type),
    }));
    this.#result = environment.result ?? "any";
  }

  compile(source: string): CelCompilation {
    try {
      return this.#compile(source);
    } catch (error) {
      if (error instanceof CompileError) return { ok: false, errors: error.errors };
      if (error instanceof RangeError) return { ok: false, errors: ["expression recursion limit exceeded"] };
      throw error;
    }
  }

  #compile(source: string): CelCompilation {
    const node = parseExpression(source);
    const variables = new Map(this.#variables.map(({ name, shape }) => [name, shape.type]));
    const checked = checkExpression(source, node, { functions, variables, homogeneous: true });
    if (checked.errors.length > 0) return { ok: false, errors: checked.errors };
    const invalid = validateLiterals(source, checked);
    if (invalid.length > 0) return { ok: false, errors: invalid };
    const type = checked.types.get(node)!;
    if (!this.#accepts(type)) {
      return { ok: false, errors: [`must evaluate to ${this.#result}`] };
    }
    const used = this.#variables.filter(({ name }) => checked.references.has(name));
    const plan = planExpression(
      node,
      checked,
      used.map(({ name }) => name),
    );
    const estimatedCost = estimateCost(node, checked, new Map(used.map(({ name, shape }) => [name, shape])));
    return { ok: true, program: new Program(source, used, plan, checked, this.#result), estimatedCost };
  }

  #accepts(type: types.Type): boolean {
    return this.#result === "any" || type.kind === this.#result || type.kind === "dyn";
  }
}

const plainShapes: Record<Exclude<CelType["type"], "schema">, Shape> = {
  dyn: unboundShape(types.dyn),
  string: unboundShape(types.string),
  int: unboundShape(types.int),
  bool: unboundShape(types.bool),
  null: unboundShape(types.nullType),
  map: unboundShape(types.map(types.string, types.dyn)),
  list: unboundShape(types.list(types.dyn)),
  authorizer: {
    ...unboundShape(authorizerType),
    wrap: (value) =>
      value === undefined ? null : new AuthorizerValue(authorizerType, value as unknown as CelAuthorizer),
  },
  resourceCheck: {
    ...unboundShape(resourceType),
    wrap: (value) => {
      if (value === undefined) return null;
      const { authorizer, ...request } = value as unknown as CelResourceCheck;
      return new AuthorizerValue(resourceType, authorizer, request);
    },
  },
};

function variableShape(type: CelType): Shape {
  if (type.type !== "schema") return plainShapes[type.type];
  const shape = shapeOf(type.schema, type.resource) ?? plainShapes.dyn;
  return type.optional === true ? optionalShape(shape) : shape;
}

class Program implements CelProgram {
  readonly source: string;
  readonly references: ReadonlySet<string>;
  readonly #variables: readonly Variable[];
  readonly #plan: Plan;
  readonly #result: "bool" | "string" | "any";

  constructor(
    source: string,
    variables: readonly Variable[],
    plan: Plan,
    checked: Checked,
    result: "bool" | "string" | "any",
  ) {
    this.source = source;
    this.references = checked.references;
    this.#variables = variables;
    this.#plan = plan;
    this.#result = result;
  }

  evaluate(values: Record<string, unknown>, budget: CelBudget): CelResult {
    const meter = new Meter(Math.min(budget.remaining, celLimits.perExpression));
    try {
      const slots: Value[] = [];
      for (const { name, shape } of this.#variables) slots.push(shape.wrap(values[name] as Json | undefined));
      const value = this.#plan.run({ slots, meter });
      if (this.#result === "bool" && typeof value !== "boolean")
        return this.#failure("cel expression evaluated to a value that is not a bool");
      if (this.#result === "string" && typeof value !== "string")
        return this.#failure("messageExpression does not evaluate to a string");
      return { ok: true, value: toJson(value, meter) };
    } catch (error) {
      if (error instanceof EvaluationFailure) return this.#failure(error.message);
      if (error instanceof BudgetExceeded) return { ok: false, error: error.message, cause: "budget" };
      if (error instanceof RangeError) return this.#failure("expression too deep");
      throw error;
    } finally {
      budget.remaining -= Math.min(meter.cost, budget.remaining);
    }
  }

  #failure(error: string): CelResult {
    return { ok: false, error, cause: "evaluation" };
  }
}

// Puts the parts together: an environment becomes variables with shapes, an expression a program.

import type { Json } from "../object.ts";
import {
  type CelAuthorizer,
  type CelBudget,
  type CelCompilation,
  type CelComputation,
  type CelEnvironment,
  type CelFailure,
  type CelProgram,
  type CelResourceCheck,
  type CelResult,
  type CelResultKind,
  type CelType,
  celLimits,
} from "./cel.ts";
import { type Checked, checkExpression } from "./check.ts";
import { estimateCost } from "./estimate.ts";
import { fieldsShape } from "./lazy-fields.ts";
import { AuthorizerValue, authorizerType, resourceType } from "./library/authorization.ts";
import { functions } from "./library/index.ts";
import { checkObjectNames, mutationFunctions, mutationType } from "./messages.ts";
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
  readonly #result: CelResultKind;
  readonly #mutation: boolean;

  constructor(environment: CelEnvironment) {
    this.#variables = Object.entries(environment.variables).map(([name, type]) => ({
      name,
      shape: variableShape(type),
    }));
    this.#result = environment.result ?? "any";
    this.#mutation = environment.mutation ?? (this.#result === "object" || this.#result === "patches");
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
    const checked = checkExpression(source, node, {
      functions: this.#mutation ? allFunctions : functions,
      variables,
      homogeneous: true,
      ...(this.#mutation && { message: mutationType }),
    });
    if (checked.errors.length > 0) return { ok: false, errors: checked.errors };
    const invalid = validateLiterals(source, checked);
    if (invalid.length > 0) return { ok: false, errors: invalid };
    const type = checked.types.get(node)!;
    if (!this.#accepts(type)) {
      return { ok: false, errors: [`must evaluate to ${resultNames[this.#result]}`] };
    }
    const used = this.#variables.filter(({ name }) => checked.references.has(name));
    const plan = planExpression(
      node,
      checked,
      used.map(({ name }) => name),
    );
    const estimatedCost = estimateCost(node, checked, new Map(used.map(({ name, shape }) => [name, shape])));
    return {
      ok: true,
      program: new Program(source, used, plan, checked, this.#result),
      estimatedCost,
      resultType: type,
    };
  }

  #accepts(type: types.Type): boolean {
    if (type.kind === "dyn") return this.#result !== "object" && this.#result !== "patches";
    switch (this.#result) {
      case "any":
        return true;
      case "stringOrNull":
        return type.kind === "string" || type.kind === "null";
      case "object":
        return type.kind === "object" && type.name === "Object";
      case "patches":
        return type.kind === "list" && (type.element.kind === "dyn" || types.formatType(type.element) === "JSONPatch");
      default:
        return type.kind === this.#result;
    }
  }
}

/** How refusals name what was wanted. */
const resultNames: Record<CelResultKind, string> = {
  bool: "bool",
  string: "string",
  stringOrNull: "one of [string null_type]",
  object: "Object",
  patches: "list(JSONPatch)",
  any: "anything",
};

const allFunctions = new Map([...functions, ...mutationFunctions]);

const plainShapes: Record<Exclude<CelType["type"], "schema" | "fields">, Shape> = {
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
  if (type.type === "fields") return fieldsShape(type.fields);
  if (type.type !== "schema") return plainShapes[type.type];
  const shape = shapeOf(type.schema, type.resource) ?? plainShapes.dyn;
  return type.optional === true ? optionalShape(shape) : shape;
}

class Program implements CelProgram {
  readonly source: string;
  readonly references: ReadonlySet<string>;
  readonly #variables: readonly Variable[];
  readonly #plan: Plan;
  readonly #result: CelResultKind;

  constructor(source: string, variables: readonly Variable[], plan: Plan, checked: Checked, result: CelResultKind) {
    this.source = source;
    this.references = checked.references;
    this.#variables = variables;
    this.#plan = plan;
    this.#result = result;
  }

  evaluate(values: Record<string, unknown>, budget: CelBudget): CelResult {
    return this.#run(values, budget, (value, meter) => {
      if (this.#result === "bool" && typeof value !== "boolean")
        return this.#failure("cel expression evaluated to a value that is not a bool");
      if (this.#result === "string" && typeof value !== "string")
        return this.#failure("messageExpression does not evaluate to a string");
      if (this.#result === "object") checkObjectNames(value);
      return { ok: true, value: toJson(value, meter) };
    });
  }

  compute(values: Record<string, unknown>, budget: CelBudget): CelComputation {
    return this.#run<CelComputation>(values, budget, (value) => ({ ok: true, value }));
  }

  #run<T>(
    values: Record<string, unknown>,
    budget: CelBudget,
    finish: (value: Value, meter: Meter) => T | CelFailure,
  ): T | CelFailure {
    const meter = new Meter(Math.min(budget.remaining, celLimits.perExpression));
    try {
      const slots: Value[] = [];
      for (const { name, shape } of this.#variables) slots.push(shape.wrap(values[name] as Json | undefined));
      return finish(this.#plan.run({ slots, meter }), meter);
    } catch (error) {
      if (error instanceof EvaluationFailure) return this.#failure(error.message);
      if (error instanceof BudgetExceeded) return { ok: false, error: error.message, cause: "budget" };
      if (error instanceof RangeError) return this.#failure("expression too deep");
      throw error;
    } finally {
      budget.remaining -= Math.min(meter.cost, budget.remaining);
    }
  }

  #failure(error: string): CelFailure {
    return { ok: false, error, cause: "evaluation" };
  }
}

// Admission policies, compiled with their bindings. Validating and mutating ones share this frame: which requests they are for, their
// conditions, variables and parameters.

import type { CelComputation, CelFields, CelProgram, CelResultType } from "../../machinery/cel/index.ts";
import { type GroupResource, type JsonObject, type KubeObject, parseApiVersion } from "../../machinery/object.ts";
import type { StateReader } from "../strategy.ts";
import { compileError, compileExpression, type ExpressionScope } from "./expressions.ts";
import { MatchConditions } from "./match-conditions.ts";
import { RequestMatch } from "./match-rules.ts";

export interface CompiledPolicy {
  readonly name: string;
  readonly spec: JsonObject;
  readonly match: RequestMatch;
  readonly failurePolicy: "Fail" | "Ignore";
  readonly conditions: MatchConditions;
  readonly variables: readonly CompiledVariable[];
  /** What the expressions of the policy may name. */
  readonly scope: ExpressionScope;
  readonly paramKind: ParamKind | undefined;
  readonly bindings: readonly CompiledBinding[];
}

export interface ParamKind {
  group: string;
  version: string;
  kind: string;
}

export interface CompiledBinding {
  readonly name: string;
  readonly spec: JsonObject;
  readonly match: RequestMatch;
}

type CompiledVariable = { name: string } & ({ program: CelProgram } | { error: string });

/** The policies of a resource that have bindings, by name; `mutation` tells whether their variables may hold messages. */
export function compilePolicies(
  state: StateReader,
  resources: { policies: GroupResource; bindings: GroupResource },
  mutation: boolean,
): CompiledPolicy[] {
  const bindings = new Map<string, CompiledBinding[]>();
  for (const binding of sorted(state.list(resources.bindings))) {
    const policyName: string = binding.spec?.policyName ?? "";
    bindings.set(policyName, [...(bindings.get(policyName) ?? []), compileBinding(binding)]);
  }
  return sorted(state.list(resources.policies)).flatMap((policy) => {
    const bound = bindings.get(policy.metadata.name!);
    return bound === undefined ? [] : [compilePolicy(policy, bound, mutation)];
  });
}

function sorted(objects: Iterable<KubeObject>): KubeObject[] {
  return [...objects].sort((a, b) => (a.metadata.name! < b.metadata.name! ? -1 : 1));
}

function compileBinding({ metadata, spec = {} }: KubeObject): CompiledBinding {
  return { name: metadata.name!, spec, match: matchOf(spec.matchResources ?? {}, true) };
}

function compilePolicy(policy: KubeObject, bindings: CompiledBinding[], mutation: boolean): CompiledPolicy {
  const spec: JsonObject = policy.spec ?? {};
  const failurePolicy = spec.failurePolicy === "Ignore" ? "Ignore" : "Fail";
  const base: ExpressionScope = { params: Boolean(spec.paramKind), authorizer: true, mutation };
  const variables = compileVariables(spec.variables ?? [], base);
  return {
    name: policy.metadata.name!,
    spec,
    match: matchOf(spec.matchConstraints ?? {}, false),
    failurePolicy,
    conditions: new MatchConditions(spec.matchConditions ?? [], base, failurePolicy),
    variables: variables.compiled,
    scope: variables.compiled.length === 0 ? base : { ...base, variables: variables.types },
    paramKind: spec.paramKind
      ? { ...parseApiVersion(spec.paramKind.apiVersion), kind: spec.paramKind.kind }
      : undefined,
    bindings,
  };
}

function matchOf(resources: JsonObject, all: boolean): RequestMatch {
  return new RequestMatch({
    rules: resources.resourceRules ?? [],
    excluded: resources.excludeResourceRules ?? [],
    matchPolicy: resources.matchPolicy,
    namespaceSelector: resources.namespaceSelector,
    objectSelector: resources.objectSelector,
    all,
  });
}

/** Compiles variables in their order, as each sees those before it. */
export function compileVariables(
  variables: readonly JsonObject[],
  scope: ExpressionScope,
): { compiled: CompiledVariable[]; types: Record<string, CelResultType> } {
  const compiled: CompiledVariable[] = [];
  let types: Record<string, CelResultType> = {};
  for (const { name, expression } of variables) {
    const result = compileExpression(expression, { ...scope, variables: types }, "any");
    compiled.push(result.ok ? { name, program: result.program } : { name, error: compileError(result)! });
    types = { ...types, [name]: result.ok ? result.resultType : { kind: "dyn" } };
  }
  return { compiled, types };
}

/** The variables of one evaluation: each is computed when it is first reached, and remembered. */
export class VariableValues implements CelFields {
  readonly #variables: readonly CompiledVariable[];
  readonly #values: Record<string, unknown>;
  readonly #budget: { remaining: number };
  readonly #known = new Map<string, CelComputation>();

  constructor(variables: readonly CompiledVariable[], values: Record<string, unknown>, budget: { remaining: number }) {
    this.#variables = variables;
    this.#values = values;
    this.#budget = budget;
  }

  field(name: string): CelComputation {
    let value = this.#known.get(name);
    if (value === undefined) {
      value = this.#compute(name);
      this.#known.set(name, value);
    }
    return value;
  }

  #compute(name: string): CelComputation {
    const variable = this.#variables.find((candidate) => candidate.name === name);
    if (variable === undefined) return { ok: false, error: `no such key: ${name}`, cause: "evaluation" };
    if ("error" in variable) {
      return {
        ok: false,
        error: `composited variable ${JSON.stringify(name)} fails to compile: ${variable.error}`,
        cause: "evaluation",
      };
    }
    const result = variable.program.compute({ ...this.#values, variables: this }, this.#budget);
    if (result.ok || result.cause === "budget") return result;
    return { ...result, error: `composited variable ${JSON.stringify(name)} fails to evaluate: ${result.error}` };
  }
}

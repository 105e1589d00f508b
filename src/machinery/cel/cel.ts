// The small interface behind which CEL stands. Everything that evaluates CEL (rules of CRDs, admission policies, match conditions,
// placement and work selectors) uses this file and knows nothing of the library below it.

import type { Json } from "../object.ts";
import type { Schema } from "../schema/schema.ts";
import type { Type } from "./types.ts";
import type { Value } from "./values.ts";

/** Type of a variable: that of a schema, or a plain one. `dyn` is checked at run time only. */
export type CelType =
  | {
      type: "schema";
      schema: Schema /** Whether metadata is limited to name and generateName, as in CRD rules. */;
      resource?: boolean;
      /** Whether the value may be absent: the variable is an optional, none when its value is undefined (`oldSelf.hasValue()`). */
      optional?: boolean;
    }
  | { type: "dyn" | "string" | "int" | "bool" | "map" | "list" | "null" }
  /** The `authorizer` of admission policies; its value is a CelAuthorizer. */
  | { type: "authorizer" }
  /** `authorizer.requestResource` (dotted names may be declared); its value is a CelResourceCheck. */
  | { type: "resourceCheck" }
  /** Named values that are computed when an expression reaches them, as `variables.x` of policies; its value is CelFields. */
  | { type: "fields"; fields: Readonly<Record<string, CelResultType>> };

/** The type of an expression, for declaring what it gives to others. */
export type CelResultType = Type;

/** A value as expressions hold it, for handing to others. */
export type CelValue = Value;

/** Computes a declared field; asked at most once per evaluation. */
export interface CelFields {
  field(name: string): CelComputation;
}

export type CelComputation = { ok: true; value: CelValue } | CelFailure;

export interface CelEnvironment {
  variables: Record<string, CelType>;
  /**
   * What the expression has to give; any when absent. `object` is a configuration `Object{…}`, `patches` a list of `JSONPatch{…}`:
   * only where one of these is wanted, or `mutation` is set, can such messages be built.
   */
  result?: CelResultKind;
  /** Whether the expression serves a mutation, as the variables of a mutating policy do. */
  mutation?: boolean;
}

export type CelResultKind = "bool" | "string" | "stringOrNull" | "object" | "patches" | "any";

/** Answers the checks of `authorizer.group(…).resource(…).check(…)`. */
export interface CelAuthorizer {
  check(request: {
    path?: string;
    group?: string;
    resource?: string;
    subresource?: string;
    namespace?: string;
    name?: string;
    verb: string;
    serviceAccount?: { namespace: string; name: string };
    fieldSelector?: string;
    labelSelector?: string;
  }): { allowed: boolean; reason: string; errored?: string };
}

/** A check whose resource is known already. */
export interface CelResourceCheck {
  authorizer: CelAuthorizer;
  group: string;
  resource: string;
  subresource?: string;
  namespace?: string;
  name?: string;
}

/** Cost left, in units of Kubernetes' runtime cost. Shared by the rules of one request; evaluation lowers `remaining`. */
export interface CelBudget {
  remaining: number;
}

/** Runtime cost that one object's rules, and one expression, may use. Source: apiextensions-apiserver, apiserver/pkg/cel. */
export const celLimits = { perObject: 100_000_000, perExpression: 10_000_000 } as const;

export type CelResult = { ok: true; value: Json } | CelFailure;

export interface CelFailure {
  ok: false;
  error: string;
  cause: "evaluation" | "budget";
}

export interface CelProgram {
  readonly source: string;
  /** Names of the declared variables that the expression reads. */
  readonly references: ReadonlySet<string>;
  /** Values are plain JSON; a variable of type authorizer takes a CelAuthorizer. Absent variables are null. */
  evaluate(values: Record<string, unknown>, budget: CelBudget): CelResult;
  /** The same, with a result that other expressions can use though JSON may have nothing like it. */
  compute(values: Record<string, unknown>, budget: CelBudget): CelComputation;
}

export type CelCompilation =
  | { ok: true; program: CelProgram /** Worst-case cost. */; estimatedCost: number; resultType: CelResultType }
  | { ok: false; errors: string[] };

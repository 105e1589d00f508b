// What the types of a policy's resources say of its expressions: warnings, for `status.typeChecking`. A pure function; a controller
// writes what it returns. Source: apiserver/pkg/admission/plugin/policy/validating/typechecking.go.

import {
  apiVersionOf,
  type GroupVersionKind,
  type JsonObject,
  type KubeObject,
  parseApiVersion,
} from "../../machinery/object.ts";
import type { Schema } from "../../machinery/schema/schema.ts";
import { compileVariables } from "./compiled-policy.ts";
import { compileExpression } from "./expressions.ts";

const mostTypes = 10;

export interface ExpressionWarning {
  /** `spec.validations[0].expression`. */
  fieldRef: string;
  warning: string;
}

interface TypedKind {
  kind: GroupVersionKind;
  schema: Schema;
}

/** Finds kinds for type checks: by resource, and by kind for parameters. */
export interface TypeResolver {
  resource(group: string, version: string, resource: string): TypedKind | undefined;
  kind(kind: GroupVersionKind): TypedKind | undefined;
}

/** The warnings about a ValidatingAdmissionPolicy; none when there is nothing to warn of or no rule names its resources plainly. */
export function checkPolicyTypes({ spec = {} }: KubeObject, resolver: TypeResolver): ExpressionWarning[] {
  const types = typesOf(spec, resolver);
  const params = paramsOf(spec.paramKind, resolver);
  const warnings: ExpressionWarning[] = [];
  const check = (expression: unknown, fieldRef: string) => {
    if (typeof expression !== "string" || expression === "") return;
    const texts = types.flatMap((type) => {
      const problem = problemOf(expression, spec, type.schema, params?.schema);
      const { group, version, kind } = type.kind;
      return problem === undefined ? [] : [`${apiVersionOf(group, version)}, Kind=${kind}: ${problem}\n`];
    });
    if (texts.length > 0) warnings.push({ fieldRef, warning: texts.join("\n") });
  };
  ((spec.validations ?? []) as JsonObject[]).forEach(({ expression, messageExpression }, index) => {
    check(expression, `spec.validations[${index}].expression`);
    check(messageExpression, `spec.validations[${index}].messageExpression`);
  });
  return warnings;
}

function problemOf(
  expression: string,
  spec: JsonObject,
  object: Schema,
  params: Schema | undefined,
): string | undefined {
  const scope = { params: Boolean(spec.paramKind), authorizer: true, schemas: { object, ...(params && { params }) } };
  const { types } = compileVariables(spec.variables ?? [], scope);
  const compiled = compileExpression(expression, { ...scope, variables: types }, "any");
  return compiled.ok ? undefined : compiled.errors.join("\n");
}

function typesOf(spec: JsonObject, resolver: TypeResolver): TypedKind[] {
  const found = new Map<string, TypedKind>();
  for (const rule of (spec.matchConstraints?.resourceRules ?? []) as JsonObject[]) {
    const names = ["apiGroups", "apiVersions"].map((field) => (rule[field] ?? []) as string[]);
    if (names.some((list) => list.includes("*"))) continue;
    const [groups = [], versions = []] = names;
    const resources = ((rule.resources ?? []) as string[]).filter((resource) => !/[*/]/.test(resource));
    for (const group of groups.toSorted()) {
      for (const version of versions.toSorted()) {
        for (const resource of resources.toSorted()) {
          const type = resolver.resource(group, version, resource);
          if (type !== undefined && found.size < mostTypes) found.set(`${group}/${version}/${type.kind.kind}`, type);
        }
      }
    }
  }
  return [...found].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, type]) => type);
}

function paramsOf(paramKind: JsonObject | undefined, resolver: TypeResolver): TypedKind | undefined {
  if (!paramKind) return undefined;
  return resolver.kind({ ...parseApiVersion(paramKind.apiVersion), kind: paramKind.kind });
}

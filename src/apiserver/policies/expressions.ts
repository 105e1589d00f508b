// The expressions of admission: match conditions of webhooks, validations, variables and mutations of policies. Here is what they see.
// Source: apiserver/pkg/admission/plugin/cel.

import { type CelCompilation, type CelResultKind, type CelResultType, compileCel } from "../../machinery/cel/index.ts";
import type { Schema } from "../../machinery/schema/schema.ts";

const text: Schema = { type: "string" };
const texts: Schema = { type: "array", items: text };

function struct(definition: string, properties: Record<string, Schema>): Schema {
  return { definition, type: "object", properties };
}

const groupVersionKind = struct("kubernetes.GroupVersionKind", { group: text, version: text, kind: text });
const groupVersionResource = struct("kubernetes.GroupVersionResource", { group: text, version: text, resource: text });

/** The request as expressions see it: an AdmissionRequest without the objects and the uid. */
const requestSchema = struct("kubernetes.AdmissionRequest", {
  kind: groupVersionKind,
  resource: groupVersionResource,
  subResource: text,
  requestKind: groupVersionKind,
  requestResource: groupVersionResource,
  requestSubResource: text,
  name: text,
  namespace: text,
  operation: text,
  userInfo: struct("kubernetes.UserInfo", {
    username: text,
    uid: text,
    groups: texts,
    extra: { type: "object", additionalProperties: texts },
  }),
  dryRun: { type: "boolean" },
  options: { type: "object", "x-kubernetes-preserve-unknown-fields": true },
});

const labels: Schema = { type: "object", additionalProperties: text };

const namespaceSchema = struct("kubernetes.Namespace", {
  metadata: struct("kubernetes.NamespaceMetadata", {
    name: text,
    generateName: text,
    namespace: text,
    labels,
    annotations: labels,
    UID: text,
    creationTimestamp: { type: "string", format: "date-time" },
    deletionGracePeriodSeconds: { type: "integer" },
    deletionTimestamp: { type: "string", format: "date-time" },
    generation: { type: "integer" },
    resourceVersion: text,
    finalizers: texts,
  }),
  spec: struct("kubernetes.NamespaceSpec", { finalizers: texts }),
  status: struct("kubernetes.NamespaceStatus", { phase: text }),
});

/** What an expression may name besides `object`, `oldObject`, `request` and `namespaceObject`. */
export interface ExpressionScope {
  params?: boolean;
  authorizer?: boolean;
  /** Types of `variables.*`. */
  variables?: Readonly<Record<string, CelResultType>>;
  /** Whether messages of mutations can be built. */
  mutation?: boolean;
  /** Schemas of the objects, where they are known: to warn of fields that do not exist. */
  schemas?: { object?: Schema; params?: Schema };
}

/** Compiles an expression of admission. */
export function compileExpression(source: string, scope: ExpressionScope, result: CelResultKind): CelCompilation {
  const { schemas } = scope;
  const object = schemas?.object === undefined ? ({ type: "dyn" } as const) : typed(schemas.object);
  return compileCel(source, {
    variables: {
      object,
      oldObject: object,
      request: typed(requestSchema),
      namespaceObject: typed(namespaceSchema),
      ...(scope.params === true && {
        params: schemas?.params === undefined ? ({ type: "dyn" } as const) : typed(schemas.params),
      }),
      ...(scope.authorizer === true && {
        authorizer: { type: "authorizer" } as const,
        "authorizer.requestResource": { type: "resourceCheck" } as const,
      }),
      ...(scope.variables !== undefined && { variables: { type: "fields", fields: scope.variables } as const }),
    },
    result,
    mutation: scope.mutation === true || result === "object" || result === "patches",
  });
}

function typed(schema: Schema) {
  return { type: "schema", schema } as const;
}

/** What is wrong with an expression, as kube-apiserver says it; undefined when it compiles. */
export function compileError(compiled: CelCompilation): string | undefined {
  if (compiled.ok) return undefined;
  const [first = ""] = compiled.errors;
  return first.startsWith("must evaluate to") ? first : `compilation failed: ${compiled.errors.join("\n")}`;
}

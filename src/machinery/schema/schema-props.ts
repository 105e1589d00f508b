// JSONSchemaProps, the type of schemas inside CRDs, has properties that hold a schema or something else (`items`,
// `additionalProperties`, `dependencies`). Their type says only "anything"; what a schema there may hold is known to the parent.

import type { Schema } from "./schema.ts";

const typeName = "JSONSchemaProps";

/** What else than a schema such a property may hold; undefined for all other properties. */
export function schemaUnionKind(property: Schema): "OrBool" | "OrArray" | "OrStringArray" | undefined {
  const name = lastPart(property.definition);
  if (!name.startsWith(`${typeName}Or`)) return undefined;
  return name.slice(typeName.length) as "OrBool" | "OrArray" | "OrStringArray";
}

/** Whether a schema is that of JSONSchemaProps. */
export function isSchemaProps(schema: Schema | undefined): schema is Schema {
  return lastPart(schema?.definition) === typeName;
}

/** `io.k8s.api.core.v1.PodSpec` → `PodSpec`. */
export function lastPart(definition = ""): string {
  return definition.slice(definition.lastIndexOf(".") + 1);
}

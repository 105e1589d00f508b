// The defaults of a structural schema have to be valid and pruned themselves.
// Source: apiextensions-apiserver pkg/apiserver/schema/defaulting/validation.go.

import { equalJson } from "../equal.ts";
import { childPath, type FieldError, invalid, keyPath } from "../field-error.ts";
import { deepCopy, isObject } from "../object.ts";
import { validateEmbedded } from "./embedded.ts";
import { prune } from "./prune.ts";
import { validateRules } from "./rules.ts";
import type { Schema } from "./schema.ts";
import { rootPath, validateValues } from "./validate.ts";

/** The errors of all defaults of a schema that was found structural. `path` leads to the schema. */
export function validateDefaults(schema: Schema, path: string): FieldError[] {
  const errors: FieldError[] = [];
  visit(schema, path, true, errors);
  return errors;
}

function visit(schema: Schema, path: string, resource: boolean, errors: FieldError[]): void {
  if (schema.default !== undefined) checkDefault(schema, childPath(path, "default"), resource, errors);
  const embedded = resource || schema["x-kubernetes-embedded-resource"] === true;
  if (isObject(schema.items)) visit(schema.items, childPath(path, "items"), false, errors);
  for (const [name, property] of Object.entries(schema.properties ?? {})) {
    if (embedded && (name === "metadata" || name === "kind" || name === "apiVersion")) continue;
    visit(property, keyPath(childPath(path, "properties"), name), false, errors);
  }
}

function checkDefault(schema: Schema, path: string, resource: boolean, errors: FieldError[]): void {
  const { default: value } = schema;
  const isolated: Schema = { ...schema, default: undefined };
  // Pruning takes its root for an object with metadata, which a default only is when it is embedded.
  const pruned = { value: deepCopy(value) };
  prune(pruned, { type: "object", properties: { value: isolated } });
  if (!equalJson(pruned.value, value) && !resource) errors.push(invalid(path, value, "must not have unknown fields"));
  const embedded = validateEmbedded(value, isolated, path);
  if (embedded.length > 0) {
    errors.push(...embedded);
    return;
  }
  const found = validateValues(value, isolated, { path });
  errors.push(...found);
  if (found.length > 0) return;
  const root = resource || schema["x-kubernetes-embedded-resource"] === true;
  for (const error of validateRules(value, schema, { resource: root })) {
    errors.push({ ...error, field: error.field === rootPath ? path : `${path}.${error.field}` });
  }
}

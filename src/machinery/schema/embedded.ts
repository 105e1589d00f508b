// Objects inside objects (`x-kubernetes-embedded-resource`): each needs a kind and an apiVersion, and its metadata has to be valid.
// Source of the rules: apiextensions-apiserver pkg/apiserver/schema/objectmeta.

import { childPath, type FieldError, invalid, keyPath, required } from "../field-error.ts";
import { dns1035LabelErrors, labelValueErrors, qualifiedNameErrors } from "../names.ts";
import { deepCopy, isObject, type JsonObject } from "../object.ts";
import { checkTypes } from "./decode-check.ts";
import type { Schema } from "./schema.ts";

/** The errors of all embedded objects. The root is not one of them: its metadata was validated before. */
export function validateEmbedded(value: unknown, schema: Schema, path = ""): FieldError[] {
  const errors: FieldError[] = [];
  visit(value, schema, path, errors);
  return errors;
}

function visit(value: unknown, schema: Schema, path: string, errors: FieldError[]): void {
  if (schema.definition !== undefined || typeof value !== "object" || value === null) return;
  if (Array.isArray(value)) {
    if (schema.items === undefined) return;
    for (let index = 0; index < value.length; index++) {
      visit(value[index], schema.items, childPath(path, index), errors);
    }
    return;
  }
  if (!isObject(value)) return;
  if (schema["x-kubernetes-embedded-resource"] === true) validateResource(value, schema, path, errors);
  const { properties, additionalProperties } = schema;
  for (const key in value) {
    if (properties !== undefined && Object.hasOwn(properties, key)) {
      visit(value[key], properties[key]!, childPath(path, key), errors);
    } else if (typeof additionalProperties === "object") {
      visit(value[key], additionalProperties, keyPath(path, key), errors);
    }
  }
}

function validateResource(object: JsonObject, schema: Schema, path: string, errors: FieldError[]): void {
  const { apiVersion, kind, metadata } = object;
  const apiVersionPath = childPath(path, "apiVersion");
  if (apiVersion === undefined) errors.push(required(apiVersionPath));
  else if (typeof apiVersion !== "string") errors.push(invalid(apiVersionPath, apiVersion, "must be a string"));
  else if (apiVersion === "") errors.push(invalid(apiVersionPath, apiVersion, "must not be empty"));
  else if (apiVersion.split("/").length > 2) {
    errors.push(invalid(apiVersionPath, apiVersion, `unexpected GroupVersion string: ${apiVersion}`));
  }
  const kindPath = childPath(path, "kind");
  if (kind === undefined) errors.push(required(kindPath));
  else if (typeof kind !== "string") errors.push(invalid(kindPath, kind, "must be a string"));
  else if (kind === "") errors.push(invalid(kindPath, kind, "must not be empty"));
  else errors.push(...kindErrors(kind, kindPath));
  if (metadata !== undefined)
    validateMetadata(metadata, schema.properties?.metadata, childPath(path, "metadata"), errors);
}

/** Kinds are DNS labels in mixed case. */
export function kindErrors(kind: string, path: string): FieldError[] {
  const problems = dns1035LabelErrors(kind.toLowerCase());
  return problems.length === 0
    ? []
    : [invalid(path, kind, `may have mixed case, but should otherwise match: ${problems.join(",")}`)];
}

function validateMetadata(metadata: unknown, schema: Schema | undefined, path: string, errors: FieldError[]): void {
  if (schema?.definition !== undefined) {
    const mismatch = checkTypes(deepCopy(metadata), schema, "ObjectMeta");
    if (mismatch !== undefined) {
      errors.push(invalid(path, metadata, mismatch));
      return;
    }
  }
  if (!isObject(metadata)) return;
  if (typeof metadata.name === "string") {
    for (const problem of pathSegmentErrors(metadata.name)) {
      errors.push(invalid(childPath(path, "name"), metadata.name, problem));
    }
  }
  if (isObject(metadata.labels)) {
    const labels = childPath(path, "labels");
    for (const [key, value] of Object.entries(metadata.labels)) {
      for (const problem of qualifiedNameErrors(key)) errors.push(invalid(labels, key, problem));
      for (const problem of labelValueErrors(String(value))) errors.push(invalid(labels, value, problem));
    }
  }
  if (isObject(metadata.annotations)) {
    for (const key of Object.keys(metadata.annotations)) {
      for (const problem of qualifiedNameErrors(key.toLowerCase())) {
        errors.push(invalid(childPath(path, "annotations"), key, problem));
      }
    }
  }
}

/** The weakest rule of names: what may stand between two slashes of a URL. */
function pathSegmentErrors(name: string): string[] {
  if (name === "." || name === "..") return [`may not be '${name}'`];
  return ["/", "%"].filter((part) => name.includes(part)).map((part) => `may not contain '${part}'`);
}

// The rules that make a schema structural: every field is specified once, with its type, outside of logical junctors, and junctors
// hold value validations only. Source: apiextensions-apiserver pkg/apiserver/schema/{validation,complete}.go.

import { equalJson } from "../equal.ts";
import { childPath, type FieldError, forbidden, formatFieldError, invalid, keyPath, required } from "../field-error.ts";
import type { JsonObject } from "../object.ts";
import { compilePattern } from "./patterns.ts";
import { isSet, junctorLists, propertyOf, schemaList, subschema, subschemas } from "./schema-nodes.ts";

type Level = "root" | "item" | "field";

const missingType: Record<Level, string> = {
  root: "must not be empty at the root",
  item: "must not be empty for specified array items",
  field: "must not be empty for specified object fields",
};

const intOrString = [{ type: "integer" }, { type: "string" }];

/** What keeps a schema from being structural, by path and text. `path` leads to the schema, as `spec.validation.openAPIV3Schema`. */
export function validateStructural(schema: JsonObject, path: string): FieldError[] {
  const errors: FieldError[] = [];
  checkNode(schema, "root", path, errors);
  checkComplete(schema, path, errors);
  return errors
    .map((error) => ({ error, text: formatFieldError(error) }))
    .sort((a, b) => (a.text < b.text ? -1 : a.text > b.text ? 1 : 0))
    .map(({ error }) => error);
}

function propertyPath(path: string, name: string): string {
  return keyPath(childPath(path, "properties"), name);
}

function checkNode(schema: JsonObject, level: Level, path: string, errors: FieldError[]): void {
  const { type } = schema;
  const items = subschema(schema.items);
  if (type === "array" && items === undefined) errors.push(required(childPath(path, "items"), "must be specified"));
  if (items !== undefined) checkNode(items, "item", childPath(path, "items"), errors);
  for (const [name, property] of subschemas(schema.properties)) {
    checkNode(property, "field", propertyPath(path, name), errors);
  }
  const additionalPath = childPath(path, "additionalProperties");
  if (schema.additionalProperties !== undefined) {
    if (level === "root") errors.push(forbidden(additionalPath, "must not be used at the root"));
    const values = subschema(schema.additionalProperties);
    if (values !== undefined) checkNode(values, "field", additionalPath, errors);
  }
  checkExtensions(schema, path, errors);
  const skipFirst = equalJson(schemaList(schema.allOf)[0]?.anyOf, intOrString);
  checkJunctors(schema, equalJson(schema.anyOf, intOrString), skipFirst, path, errors);
  checkType(schema, level, path, errors);
  checkResource(schema, level, path, errors);
}

function checkExtensions(schema: JsonObject, path: string, errors: FieldError[]): void {
  if (schema["x-kubernetes-int-or-string"] !== true) return;
  for (const name of ["x-kubernetes-preserve-unknown-fields", "x-kubernetes-embedded-resource"]) {
    if (schema[name] !== true) continue;
    errors.push(invalid(childPath(path, name), true, "must be false if x-kubernetes-int-or-string is true"));
  }
}

function checkType(schema: JsonObject, level: Level, path: string, errors: FieldError[]): void {
  const type = schema.type ?? "";
  const typePath = childPath(path, "type");
  const embedded = schema["x-kubernetes-embedded-resource"] === true;
  if (embedded && type !== "object") {
    const text = "must be object if x-kubernetes-embedded-resource is true";
    errors.push(type === "" ? required(typePath, text) : invalid(typePath, type, text));
  } else if (
    type === "" &&
    schema["x-kubernetes-int-or-string"] !== true &&
    schema["x-kubernetes-preserve-unknown-fields"] !== true
  ) {
    errors.push(required(typePath, missingType[level]));
  }
  if (embedded && schema.additionalProperties !== undefined) {
    const text = "must not be used if x-kubernetes-embedded-resource is set";
    errors.push(forbidden(childPath(path, "additionalProperties"), text));
  }
  if (level === "root" && type !== "" && type !== "object") {
    errors.push(invalid(typePath, type, "must be object at the root"));
  }
}

/** Where a schema stands for an object of its own: kind and apiVersion are strings, metadata may only restrict names. */
function checkResource(schema: JsonObject, level: Level, path: string, errors: FieldError[]): void {
  const embedded = schema["x-kubernetes-embedded-resource"] === true;
  const resource = level === "root" || embedded;
  const metadata = propertyOf(schema, "metadata");
  if (resource) {
    for (const name of ["kind", "apiVersion"]) {
      const property = propertyOf(schema, name);
      if (property === undefined || property.type === "string") continue;
      errors.push(invalid(childPath(propertyPath(path, name), "type"), property.type ?? "", "must be string"));
    }
    if (metadata !== undefined && metadata.type !== "object") {
      errors.push(invalid(childPath(propertyPath(path, "metadata"), "type"), metadata.type ?? "", "must be object"));
    }
  }
  if (level === "root" && metadata !== undefined && !restrictsNamesOnly(metadata)) {
    const text = "must not specify anything other than name and generateName, but metadata is implicitly specified";
    errors.push(forbidden(propertyPath(path, "metadata"), text));
  }
  const preserves = schema["x-kubernetes-preserve-unknown-fields"] === true;
  if (embedded && !preserves && subschemas(schema.properties).length === 0) {
    const text =
      "must not be empty if x-kubernetes-embedded-resource is true without x-kubernetes-preserve-unknown-fields";
    errors.push(required(childPath(path, "properties"), text));
  }
}

function restrictsNamesOnly(metadata: JsonObject): boolean {
  return Object.entries(metadata).every(([keyword, value]) => {
    if (keyword === "type" || keyword === "default" || !isSet(value)) return true;
    return keyword === "properties" && Object.keys(value).every((name) => name === "name" || name === "generateName");
  });
}

function checkJunctors(
  schema: JsonObject,
  skipAnyOf: boolean,
  skipFirstAllOf: boolean,
  path: string,
  errors: FieldError[],
): void {
  for (const name of ["anyOf", "allOf", "oneOf"]) {
    if (name === "anyOf" && skipAnyOf) continue;
    schemaList(schema[name]).forEach((part, index) => {
      const skip = name === "allOf" && index === 0 && skipFirstAllOf;
      checkNested(part, skip, childPath(childPath(path, name), index), errors);
    });
  }
  const not = subschema(schema.not);
  if (not !== undefined) checkNested(not, false, childPath(path, "not"), errors);
  if (typeof schema.pattern === "string" && schema.pattern !== "") {
    const pattern = compilePattern(schema.pattern);
    if (!pattern.ok) {
      const text = `must be a valid regular expression, but isn't: ${pattern.error}`;
      errors.push(invalid(childPath(path, "pattern"), schema.pattern, text));
    }
  }
}

/** What a schema under a junctor may not say, with the words for it. */
const forbiddenInJunctors: [keyword: string, text: string][] = [
  ["type", "must be empty to be structural"],
  ["additionalProperties", "must be undefined to be structural"],
  ["default", "must be undefined to be structural"],
  ["title", "must be empty to be structural"],
  ["description", "must be empty to be structural"],
  ["nullable", "must be false to be structural"],
  ["x-kubernetes-preserve-unknown-fields", "must be false to be structural"],
  ["x-kubernetes-embedded-resource", "must be false to be structural"],
  ["x-kubernetes-int-or-string", "must be false to be structural"],
  ["x-kubernetes-list-map-keys", "must be empty to be structural"],
  ["x-kubernetes-list-type", "must be undefined to be structural"],
  ["x-kubernetes-map-type", "must be undefined to be structural"],
  ["x-kubernetes-validations", "must be empty to be structural"],
];

function checkNested(schema: JsonObject, skipAnyOf: boolean, path: string, errors: FieldError[]): void {
  checkJunctors(schema, skipAnyOf, false, path, errors);
  const items = subschema(schema.items);
  if (items !== undefined) checkNested(items, false, childPath(path, "items"), errors);
  for (const [name, property] of subschemas(schema.properties)) {
    checkNested(property, false, propertyPath(path, name), errors);
  }
  for (const [keyword, text] of forbiddenInJunctors) {
    const value = schema[keyword];
    const given = text.includes("undefined") ? value !== undefined : isSet(value);
    if (given) errors.push(forbidden(childPath(path, keyword), text));
  }
  if (propertyOf(schema, "metadata") !== undefined) {
    errors.push(forbidden(propertyPath(path, "metadata"), "must not be specified in a nested context"));
  }
}

/** What junctors speak of has to be specified outside of them. */
function checkComplete(schema: JsonObject, path: string, errors: FieldError[]): void {
  checkJunctorsComplete(schema, schema, path, path, errors);
  const items = subschema(schema.items);
  if (items !== undefined) checkComplete(items, childPath(path, "items"), errors);
  for (const [name, property] of subschemas(schema.properties)) {
    checkComplete(property, propertyPath(path, name), errors);
  }
  const values = subschema(schema.additionalProperties);
  if (values !== undefined) checkComplete(values, childPath(path, "additionalProperties"), errors);
}

function checkJunctorsComplete(
  nested: JsonObject,
  schema: JsonObject,
  path: string,
  nestedPath: string,
  errors: FieldError[],
): void {
  const not = subschema(nested.not);
  if (not !== undefined) checkNestedComplete(not, schema, path, childPath(nestedPath, "not"), errors);
  for (const name of junctorLists) {
    schemaList(nested[name]).forEach((part, index) => {
      checkNestedComplete(part, schema, path, childPath(childPath(nestedPath, name), index), errors);
    });
  }
}

function checkNestedComplete(
  nested: JsonObject,
  schema: JsonObject | undefined,
  path: string,
  nestedPath: string,
  errors: FieldError[],
): void {
  if (schema === undefined) {
    errors.push(required(path, `because it is defined in ${nestedPath}`));
    return;
  }
  checkJunctorsComplete(nested, schema, path, nestedPath, errors);
  const items = subschema(nested.items);
  if (items !== undefined) {
    const itemsPath = childPath(path, "items");
    checkNestedComplete(items, subschema(schema.items), itemsPath, childPath(nestedPath, "items"), errors);
  }
  for (const [name, property] of subschemas(nested.properties)) {
    const target = propertyPath(path, name);
    checkNestedComplete(property, propertyOf(schema, name), target, propertyPath(nestedPath, name), errors);
  }
}

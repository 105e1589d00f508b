// Validates a value against an OpenAPI v3 schema with the field paths and sentences of kube-apiserver for custom resources.
// Sources: kube-openapi pkg/validation (rules and sentences), apiextensions-apiserver pkg/apiserver/validation (field errors,
// ratcheting).
//
// Ratcheting: on update, what is wrong in a part that equals the part it continues is not reported. Fields continue the field of the
// same name, items of map lists the item with the same keys, items of other lists nothing.
// `metadata` was decoded and has rules of its own; a schema can only restrict its name and generateName.

import { equalJson } from "../equal.ts";
import { type FieldError, invalid, notSupported, required, tooLong, tooMany, typeInvalid } from "../field-error.ts";
import { isObject, type Json, type JsonObject } from "../object.ts";
import { validateEmbedded } from "./embedded.ts";
import { satisfiesFormat } from "./formats.ts";
import { correlateItems, validateListTypes } from "./list-types.ts";
import { matchesPattern } from "./patterns.ts";
import type { Schema } from "./schema.ts";

/** The path of errors about the root as a whole, as Kubernetes writes it. */
export const rootPath = "<nil>";
/** Stands for "nothing to compare with", as null is a value. */
const absent = Symbol("absent");

/**
 * All errors of a value: types and value validations, embedded resources, and uniqueness in sets and maps.
 *
 * @param options.old the stored object, on update; its unchanged faults are not reported again
 */
export function validateSchema(object: unknown, schema: Schema, options: { old?: unknown } = {}): FieldError[] {
  const { old } = options;
  const errors = validateValues(object, schema, options);
  errors.push(...validateEmbedded(object, schema));
  const repeated = validateListTypes(object, schema);
  if (repeated.length > 0 && (old === undefined || validateListTypes(old, schema).length === 0))
    errors.push(...repeated);
  return errors;
}

/** Types and value validations only; `path` leads the paths of the errors. */
export function validateValues(
  object: unknown,
  schema: Schema,
  options: { old?: unknown; path?: string } = {},
): FieldError[] {
  const errors: FieldError[] = [];
  validateNode(
    object,
    schema,
    options.path ?? "",
    "old" in options && options.old !== undefined ? options.old : absent,
    errors,
  );
  return errors;
}

/** Adds the errors of one node and returns how many nodes were looked at, which tells how far an alternative was followed. */
function validateNode(value: unknown, schema: Schema, path: string, old: unknown, errors: FieldError[]): number {
  const before = errors.length;
  let visited = 1;
  if (value === null) validateNull(schema, path, errors);
  else {
    validateType(value, schema, path, errors);
    visited += validateJunctors(value, schema, path, errors);
    if (typeof value === "string") validateString(value, schema, path, errors);
    else if (Array.isArray(value)) visited += validateList(value, schema, path, old, errors);
    else if (isObject(value)) visited += validateObject(value, schema, path, old, errors);
    else if (typeof value !== "boolean") validateNumber(numberOf(value), schema, path, errors);
    validateEnum(value, schema, path, errors);
  }
  if (errors.length > before && old !== absent && equalJson(value, old)) errors.length = before;
  return visited;
}

function body(path: string, sentence: string): string {
  return `${path} in body ${sentence}`;
}

function at(path: string): string {
  return path === "" ? rootPath : path;
}

function validateNull(schema: Schema, path: string, errors: FieldError[]): void {
  const expected = expectedTypes(schema);
  if (expected !== undefined && schema.nullable !== true) errors.push(wrongType(path, expected, "null"));
  validateEnum(null, schema, path, errors);
}

function wrongType(path: string, expected: string, found: string): FieldError {
  return typeInvalid(at(path), found, body(path, `must be of type ${expected}: ${JSON.stringify(found)}`));
}

function expectedTypes(schema: Schema): string | undefined {
  return schema["x-kubernetes-int-or-string"] === true ? "integer,string" : schema.type;
}

function typeName(value: unknown): string {
  if (Array.isArray(value)) return "array";
  if (typeof value === "number") return Number.isInteger(value) ? "integer" : "number";
  return JSON.isRawJSON(value) ? "integer" : typeof value;
}

function validateType(value: unknown, schema: Schema, path: string, errors: FieldError[]): void {
  const expected = expectedTypes(schema);
  if (expected === undefined) return;
  const found = typeName(value);
  const fits =
    expected === found ||
    (expected === "number" && found === "integer") ||
    (expected === "integer,string" && (found === "integer" || found === "string"));
  if (!fits) errors.push(wrongType(path, expected, found));
}

function validateString(value: string, schema: Schema, path: string, errors: FieldError[]): void {
  const { maxLength, minLength, format } = schema;
  if (maxLength !== undefined && value.length > maxLength && characters(value) > maxLength) {
    errors.push(tooLong(at(path), maxLength));
  } else if (minLength !== undefined && characters(value) < minLength) {
    errors.push(invalid(at(path), value, body(path, `should be at least ${minLength} chars long`)));
  } else if (schema.pattern !== undefined && !matchesPattern(value, schema)) {
    errors.push(invalid(at(path), value, body(path, `should match '${schema.pattern}'`)));
  }
  if (format !== undefined && !satisfiesFormat(value, format)) {
    errors.push(typeInvalid(at(path), value, body(path, `must be of type ${format}: ${JSON.stringify(value)}`)));
  }
}

/** Length in Unicode characters. */
function characters(text: string): number {
  let count = 0;
  for (const _ of text) count++;
  return count;
}

function numberOf(value: unknown): number {
  return typeof value === "number" ? value : JSON.isRawJSON(value) ? Number(value.rawJSON) : Number.NaN;
}

function validateNumber(value: number, schema: Schema, path: string, errors: FieldError[]): void {
  const { multipleOf, maximum, minimum } = schema;
  const fail = (sentence: string) => errors.push(invalid(at(path), value, body(path, sentence)));
  if (multipleOf !== undefined && !isMultiple(value, multipleOf)) fail(`should be a multiple of ${multipleOf}`);
  if (minimum !== undefined) {
    if (schema.exclusiveMinimum === true && value <= minimum) fail(`should be greater than ${minimum}`);
    else if (value < minimum) fail(`should be greater than or equal to ${minimum}`);
  }
  if (maximum !== undefined) {
    if (schema.exclusiveMaximum === true && value >= maximum) fail(`should be less than ${maximum}`);
    else if (value > maximum) fail(`should be less than or equal to ${maximum}`);
  }
}

function isMultiple(value: number, factor: number): boolean {
  if (Number.isInteger(value) && Number.isInteger(factor)) return value % factor === 0;
  return Number.isInteger(factor < 1 ? (1 / factor) * value : value / factor);
}

function validateEnum(value: unknown, schema: Schema, path: string, errors: FieldError[]): void {
  const { enum: allowed } = schema;
  if (allowed === undefined || allowed.length === 0) return;
  if (value !== null && allowed.some((candidate) => equalJson(candidate, value))) return;
  errors.push(notSupported(at(path), value, allowed.map(enumText), "given"));
}

function enumText(value: Json): string {
  return typeof value === "string" ? value : JSON.stringify(value);
}

function validateList(list: unknown[], schema: Schema, path: string, old: unknown, errors: FieldError[]): number {
  let visited = 0;
  const { items, minItems, maxItems } = schema;
  if (items !== undefined) {
    const continued = old === absent ? undefined : correlateItems(old, schema);
    for (let index = 0; index < list.length; index++) {
      const before = continued?.(list[index]) ?? absent;
      visited += validateNode(list[index], items, `${path}[${index}]`, before, errors);
    }
  }
  if (minItems !== undefined && list.length < minItems) {
    errors.push(invalid(at(path), list.length, body(path, `should have at least ${minItems} items`)));
  }
  if (maxItems !== undefined && list.length > maxItems) errors.push(tooMany(at(path), list.length, maxItems));
  if (schema.uniqueItems === true && hasRepeated(list)) {
    errors.push(invalid(at(path), "", body(path, "shouldn't contain duplicates")));
  }
  return visited;
}

function hasRepeated(list: unknown[]): boolean {
  return list.some((item, index) => list.slice(0, index).some((earlier) => equalJson(earlier, item)));
}

function validateObject(object: JsonObject, schema: Schema, path: string, old: unknown, errors: FieldError[]): number {
  const { minProperties, maxProperties, properties, additionalProperties } = schema;
  if (minProperties !== undefined || maxProperties !== undefined) {
    const count = Object.keys(object).length;
    if (minProperties !== undefined && count < minProperties) {
      errors.push(invalid(at(path), count, body(path, `should have at least ${minProperties} properties`)));
      return 0;
    }
    if (maxProperties !== undefined && count > maxProperties) {
      errors.push(tooMany(at(path), count, maxProperties));
      return 0;
    }
  }
  let visited = 0;
  const metadata = isMetadata(schema);
  for (const key in object) {
    if (metadata && key !== "name" && key !== "generateName") continue;
    const child = properties !== undefined && Object.hasOwn(properties, key) ? properties[key] : additionalProperties;
    if (child === undefined || child === true) continue;
    if (child === false) {
      errors.push(invalid(at(path), key, body(`${path}.${key}`, "is a forbidden property")));
      continue;
    }
    const field = path === "" ? key : `${path}.${key}`;
    visited += validateNode(object[key], child, field, oldField(old, key, path), errors);
  }
  if (schema.required !== undefined) {
    for (const key of schema.required) {
      if (!Object.hasOwn(object, key)) errors.push(required(path === "" ? key : `${path}.${key}`));
    }
  }
  return visited;
}

function isMetadata(schema: Schema): boolean {
  return schema.definition?.endsWith(".ObjectMeta") === true;
}

/** The old value of a field. apiVersion and kind of the root never count as unchanged: both objects were converted. */
function oldField(old: unknown, key: string, path: string): unknown {
  if (old === absent || !isObject(old) || !Object.hasOwn(old, key)) return absent;
  return path === "" && (key === "apiVersion" || key === "kind") ? absent : old[key];
}

function validateJunctors(value: unknown, schema: Schema, path: string, errors: FieldError[]): number {
  const { anyOf, oneOf, allOf, not } = schema;
  const quoted = JSON.stringify(path);
  const fail = (sentence: string) => errors.push(invalid(rootPath, "", sentence));
  let visited = 0;
  if (anyOf !== undefined && anyOf.length > 0) {
    const { valid, best } = tryAll(value, anyOf, path, true);
    if (valid === 0) {
      fail(`${quoted} must validate at least one schema (anyOf)`);
      errors.push(...best);
    }
    visited++;
  }
  if (oneOf !== undefined && oneOf.length > 0) {
    const { valid, best } = tryAll(value, oneOf, path, false);
    if (valid !== 1) {
      const why = valid === 0 ? "Found none valid" : `Found ${valid} valid alternatives`;
      fail(`${quoted} must validate one and only one schema (oneOf). ${why}`);
      if (valid === 0) errors.push(...best);
    }
    visited++;
  }
  if (allOf !== undefined && allOf.length > 0) {
    let valid = 0;
    for (const part of allOf) {
      const before = errors.length;
      visited += validateNode(value, part, path, absent, errors);
      if (errors.length === before) valid++;
    }
    if (valid !== allOf.length) {
      fail(`${quoted} must validate all the schemas (allOf)${valid === 0 ? ". None validated" : ""}`);
    }
  }
  if (not !== undefined && validateValues(value, not, { path }).length === 0) {
    fail(`${quoted} must not validate the schema (not)`);
  }
  return visited;
}

/** Counts the alternatives that hold, and keeps the errors of the one that was followed furthest. */
function tryAll(
  value: unknown,
  alternatives: readonly Schema[],
  path: string,
  firstIsEnough: boolean,
): { valid: number; best: FieldError[] } {
  let valid = 0;
  let best: FieldError[] = [];
  let furthest = -1;
  for (const alternative of alternatives) {
    const errors: FieldError[] = [];
    const visited = validateNode(value, alternative, path, absent, errors);
    if (errors.length === 0) {
      valid++;
      if (firstIsEnough) break;
    } else if (visited > furthest) {
      furthest = visited;
      best = errors;
    }
  }
  return { valid, best };
}

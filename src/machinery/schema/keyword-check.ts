// What the keywords of one schema node may say, beyond being structural: supported keywords and types, consistent
// `x-kubernetes-*` extensions, list types with usable keys, and the form of CEL rules (whether they compile: rules-check.ts).
// Source: ValidateCustomResourceDefinitionOpenAPISchema in apiextensions-apiserver pkg/apis/apiextensions/validation.

import { childPath, type FieldError, forbidden, invalid, keyPath, notSupported, required } from "../field-error.ts";
import { isObject, type JsonObject } from "../object.ts";
import { schemaPath } from "./field-path.ts";
import type { Schema } from "./schema.ts";
import { isSet, junctorLists, propertyOf, schemaList, subschema, subschemas } from "./schema-nodes.ts";

const types = ["string", "number", "integer", "boolean", "array", "object"];
const unsupportedKeywords = ["id", "additionalItems", "patternProperties", "definitions", "dependencies", "$ref"];
const reasons = ["FieldValueRequired", "FieldValueForbidden", "FieldValueInvalid", "FieldValueDuplicate"];

/** What holds for a node because of where it is. */
interface Place {
  root: boolean;
  insideMetadata: boolean;
  /** Why defaults may not be given here. */
  noDefaults?: string;
}

/** The errors of a schema and all below it. */
export function validateKeywords(schema: JsonObject, path: string): FieldError[] {
  const errors: FieldError[] = [];
  visit(schema, path, { root: true, insideMetadata: false }, errors);
  return errors;
}

function visit(schema: JsonObject, path: string, place: Place, errors: FieldError[]): void {
  checkSupported(schema, path, place, errors);
  const inner: Place = { ...place, root: false };
  const values = schema.additionalProperties;
  if (values !== undefined) {
    const additionalPath = childPath(path, "additionalProperties");
    if (subschemas(schema.properties).length > 0 && values !== true) {
      errors.push(forbidden(additionalPath, "additionalProperties and properties are mutual exclusive"));
    }
    if (isObject(values)) visit(values, additionalPath, insideMap(inner), errors);
  }
  for (const [name, property] of subschemas(schema.properties)) {
    visit(property, keyPath(childPath(path, "properties"), name), insideField(schema, name, place), errors);
  }
  const not = subschema(schema.not);
  if (not !== undefined) visit(not, childPath(path, "not"), inner, errors);
  for (const name of junctorLists) {
    schemaList(schema[name]).forEach((part, index) => {
      visit(part, childPath(childPath(path, name), index), inner, errors);
    });
  }
  const items = subschema(schema.items);
  if (items !== undefined) visit(items, childPath(path, "items"), inner, errors);
  checkMapType(schema, path, errors);
  checkListType(schema, path, errors);
  checkListMap(schema, path, errors);
  checkKeysPresent(schema, path, errors);
  checkRules(schema, path, errors);
}

function insideMap(place: Place): Place {
  if (!place.insideMetadata) return place;
  return { ...place, noDefaults: "inside additionalProperties applying to object metadata" };
}

function insideField(schema: JsonObject, name: string, place: Place): Place {
  const meta = name === "metadata" || name === "kind" || name === "apiVersion";
  if (!meta || !(place.root || schema["x-kubernetes-embedded-resource"] === true)) return { ...place, root: false };
  const inside: Place = { ...place, root: false, insideMetadata: true };
  if (place.root) inside.noDefaults = `in top-level ${name}`;
  return inside;
}

function checkSupported(schema: JsonObject, path: string, place: Place, errors: FieldError[]): void {
  const { type } = schema;
  if (typeof type === "string" && type !== "" && !types.includes(type)) {
    errors.push(notSupported(childPath(path, "type"), type, types));
  }
  if (schema.default !== undefined && place.noDefaults !== undefined) {
    errors.push(forbidden(childPath(path, "default"), `must not be set ${place.noDefaults}`));
  }
  for (const keyword of unsupportedKeywords) {
    if (schema[keyword] !== undefined && schema[keyword] !== "") {
      errors.push(forbidden(childPath(path, keyword), `${keyword} is not supported`));
    }
  }
  if (type === "null") {
    errors.push(forbidden(childPath(path, "type"), "type cannot be set to null, use nullable as an alternative"));
  }
  if (Array.isArray(schema.items)) {
    errors.push(forbidden(childPath(path, "items"), "items must be a schema object and not an array"));
  }
  if (place.insideMetadata && schema["x-kubernetes-embedded-resource"] === true) {
    const text = "must not be used inside of resource meta";
    errors.push(forbidden(childPath(path, "x-kubernetes-embedded-resource"), text));
  }
  if (schema.uniqueItems === true) {
    const text = "uniqueItems cannot be set to true since the runtime complexity becomes quadratic";
    errors.push(forbidden(childPath(path, "uniqueItems"), text));
  }
  if (schema["x-kubernetes-preserve-unknown-fields"] === false) {
    const keyword = childPath(path, "x-kubernetes-preserve-unknown-fields");
    errors.push(invalid(keyword, false, "must be true or undefined"));
  }
}

/** The error of an extension that needs another type; undefined when the type is right. */
function needsType(schema: JsonObject, path: string, type: string, extension: string): FieldError | undefined {
  if (schema.type === type) return undefined;
  const text = `must be ${type} if ${extension} is specified`;
  return isSet(schema.type)
    ? invalid(childPath(path, "type"), schema.type, text)
    : required(childPath(path, "type"), text);
}

function checkMapType(schema: JsonObject, path: string, errors: FieldError[]): void {
  const extension = "x-kubernetes-map-type";
  const mapType = schema[extension];
  if (mapType === undefined) return;
  const wrong = needsType(schema, path, "object", extension);
  if (wrong !== undefined) errors.push(wrong);
  const allowed = ["atomic", "granular"];
  if (!allowed.includes(mapType)) errors.push(notSupported(childPath(path, extension), mapType, allowed));
}

function checkListType(schema: JsonObject, path: string, errors: FieldError[]): void {
  const extension = "x-kubernetes-list-type";
  const listType = schema[extension];
  if (listType === undefined) return;
  const wrong = needsType(schema, path, "array", extension);
  if (wrong !== undefined) errors.push(wrong);
  else if (listType === "set") checkSetItems(subschema(schema.items), childPath(path, "items"), errors);
  const allowed = ["atomic", "set", "map"];
  if (!allowed.includes(listType)) errors.push(notSupported(childPath(path, extension), listType, allowed));
}

/** Items of a set are compared as a whole, so nothing inside them may be merged. */
function checkSetItems(items: JsonObject | undefined, path: string, errors: FieldError[]): void {
  const text = "must be atomic as item of a list with x-kubernetes-list-type=set";
  const listType = items?.["x-kubernetes-list-type"];
  if (items?.type === "array" && listType !== undefined && listType !== "atomic") {
    errors.push(invalid(childPath(path, "x-kubernetes-list-type"), listType, text));
  }
  if (items?.type === "object" && items["x-kubernetes-map-type"] !== "atomic") {
    errors.push(invalid(childPath(path, "x-kubernetes-map-type"), listType ?? null, text));
  }
}

function checkListMap(schema: JsonObject, path: string, errors: FieldError[]): void {
  const listType = schema["x-kubernetes-list-type"];
  const typePath = childPath(path, "x-kubernetes-list-type");
  const keysPath = childPath(path, "x-kubernetes-list-map-keys");
  const keys: string[] = schema["x-kubernetes-list-map-keys"] ?? [];
  if (keys.length > 0 && listType !== "map") {
    const text = "must be map if x-kubernetes-list-map-keys is non-empty";
    errors.push(listType === undefined ? required(typePath, text) : invalid(typePath, listType, text));
  }
  if (listType !== "map") return;
  if (keys.length === 0) {
    errors.push(required(keysPath, "must not be empty if x-kubernetes-list-type is map"));
  }
  const items = subschema(schema.items);
  const itemsPath = childPath(path, "items");
  if (schema.items === undefined) {
    errors.push(required(itemsPath, "must have a schema if x-kubernetes-list-type is map"));
  } else if (items === undefined) {
    errors.push(invalid(itemsPath, schema.items, "must only have a single schema if x-kubernetes-list-type is map"));
  } else if (items.type !== "object") {
    const text = "must be object if parent array's x-kubernetes-list-type is map";
    errors.push(invalid(childPath(itemsPath, "type"), items.type ?? "", text));
  } else {
    keys.forEach((key, index) => {
      const property = propertyOf(items, key);
      if (property === undefined) errors.push(invalid(keysPath, keys, "entries must all be names of item properties"));
      else if (property.type === "array" || property.type === "object") {
        const text = "must be a scalar type if parent array's x-kubernetes-list-type is map";
        const typePath = childPath(keyPath(childPath(itemsPath, "properties"), key), "type");
        errors.push(invalid(typePath, items.type, text));
      }
      if (keys.indexOf(key) !== index) errors.push(invalid(keysPath, keys, "must not contain duplicate entries"));
    });
  }
}

/** Items of sets and maps are never null, and the keys of a map are always there. */
function checkKeysPresent(schema: JsonObject, path: string, errors: FieldError[]): void {
  const listType = schema["x-kubernetes-list-type"];
  const items = subschema(schema.items);
  if (items === undefined || (listType !== "set" && listType !== "map")) return;
  const itemsPath = childPath(path, "items");
  if (items.nullable === true) {
    const text = `cannot be nullable when x-kubernetes-list-type is ${listType}`;
    errors.push(forbidden(childPath(itemsPath, "nullable"), text));
  }
  if (listType !== "map") return;
  for (const key of schema["x-kubernetes-list-map-keys"] ?? []) {
    const property = propertyOf(items, key);
    if (property === undefined) continue;
    const keyedPath = keyPath(childPath(itemsPath, "properties"), key);
    const why = "this property is in x-kubernetes-list-map-keys, so it";
    if (items.required?.includes(key) !== true && property.default === undefined) {
      errors.push(required(childPath(keyedPath, "default"), `${why} must have a default or be a required property`));
    }
    if (property.nullable === true) {
      errors.push(forbidden(childPath(keyedPath, "nullable"), `${why} cannot be nullable`));
    }
  }
}

function checkRules(schema: JsonObject, path: string, errors: FieldError[]): void {
  const rules: JsonObject[] = schemaList(schema["x-kubernetes-validations"]);
  rules.forEach((rule, index) => {
    const rulePath = childPath(childPath(path, "x-kubernetes-validations"), index);
    const at = (field: string) => childPath(rulePath, field);
    const text = (rule.rule ?? "").trim();
    const message = (rule.message ?? "").trim();
    if (text === "") errors.push(required(at("rule"), "rule is not specified"));
    else if (isSet(rule.message) && message === "") {
      errors.push(invalid(at("message"), rule.message, "message must be non-empty if specified"));
    } else if (hasLineBreak(message)) {
      errors.push(invalid(at("message"), rule.message, "message must not contain line breaks"));
    } else if (hasLineBreak(text) && message === "") {
      errors.push(required(at("message"), "message must be specified if rule contains line breaks"));
    }
    if (isSet(rule.messageExpression) && rule.messageExpression.trim() === "") {
      errors.push(required(at("messageExpression"), "messageExpression must be non-empty if specified"));
    }
    if (rule.reason !== undefined && !reasons.includes(rule.reason)) {
      errors.push(notSupported(at("reason"), rule.reason, reasons));
    }
    checkFieldPath(rule.fieldPath ?? "", schema, at("fieldPath"), errors);
  });
}

function checkFieldPath(fieldPath: string, schema: JsonObject, path: string, errors: FieldError[]): void {
  if (fieldPath === "") return;
  if (fieldPath.trim() === "") errors.push(invalid(path, fieldPath, "fieldPath must be non-empty if specified"));
  if (hasLineBreak(fieldPath)) errors.push(invalid(path, fieldPath, "fieldPath must not contain line breaks"));
  if (!schemaPath(fieldPath, schema as Schema, { brackets: true }).ok) {
    errors.push(invalid(path, fieldPath, "fieldPath must be a valid path"));
  }
}

function hasLineBreak(text: string): boolean {
  return /[\n\r]/.test(text);
}

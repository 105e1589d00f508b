// Does for built-in kinds what decoding into Go structs does in kube-apiserver: the first value whose JSON type does not fit is
// reported in the words of Go's decoder, and what decoding changes silently is changed here (nulls and empty collections go,
// times, quantities and byte strings take their canonical form). One walk that follows the data; nothing is allocated for objects
// that fit. Unknown fields are left alone: prune.ts reports and removes them.
//
// A mismatch travels up as an exception-free result: the innermost struct gives its Go name, every struct on the way its field.

import { isObject, type JsonObject } from "../object.ts";
import { canonicalBase64, canonicalQuantity, canonicalTimestamp, type ScalarResult } from "./go-scalars.ts";
import type { Schema } from "./schema.ts";
import { isSchemaProps, lastPart, schemaUnionKind } from "./schema-props.ts";

/** What did not fit. `fixed` texts come from types with their own decoder and carry no path. */
type Mismatch = { fixed: string } | { value: string; goType: string; fields: string[]; struct?: string };

/**
 * The first mismatch as Go's decoder reports it, such as
 * `json: cannot unmarshal string into Go struct field DeploymentSpec.spec.replicas of type int32`; undefined when all fit.
 * May change the object in place, so it has to be private. A schema without a definition is that of a custom kind, of which only
 * the metadata is decoded.
 *
 * @param goKind name of the kind, for the message when the root itself does not fit and its schema has no name
 */
export function checkTypes(object: unknown, schema: Schema, goKind: string): string | undefined {
  const mismatch =
    schema.definition === undefined
      ? checkMetadata(object, schema, goKind)
      : checkValue({}, "", object, schema, schema);
  if (mismatch === undefined) return undefined;
  if ("fixed" in mismatch) return mismatch.fixed;
  const { value, goType, fields, struct } = mismatch;
  if (struct === undefined) {
    return `json: cannot unmarshal ${value} into Go value of type ${schema.definition === undefined ? goKind : goType}`;
  }
  return `json: cannot unmarshal ${value} into Go struct field ${struct}.${fields.join(".")} of type ${goType}`;
}

/** Custom kinds are not decoded into a struct; only their metadata is. */
function checkMetadata(object: unknown, schema: Schema, goKind: string): Mismatch | undefined {
  if (!isObject(object)) return mismatch(object, schema);
  const metadata = schema.properties?.metadata;
  if (metadata?.definition === undefined || object.metadata === undefined || object.metadata === null) return undefined;
  const wrong = checkValue(object, "metadata", object.metadata, metadata, schema);
  if (wrong !== undefined && "fields" in wrong) {
    wrong.struct ??= goKind;
    wrong.fields.unshift("metadata");
  }
  return wrong;
}

/** Checks `holder[key]`, which is `value`, and replaces it where its canonical form differs. */
function checkValue(
  holder: JsonObject,
  key: string | number,
  value: unknown,
  schema: Schema,
  parent: Schema,
): Mismatch | undefined {
  switch (schema.type) {
    case "string":
      return schema.format === undefined ? checkString(value, schema) : checkFormatted(holder, key, value, schema);
    case "integer":
      return checkInteger(value, schema);
    case "boolean":
      return typeof value === "boolean" ? undefined : mismatch(value, schema);
    case "number":
      return isNumber(value) ? undefined : mismatch(value, schema);
    case "array":
      return checkArray(value, schema);
    case "object":
      return isObject(value) ? checkObject(value, schema) : mismatch(value, schema);
    default:
      if (schema["x-kubernetes-int-or-string"] === true) return checkIntOrString(value);
      return schema.definition === undefined ? undefined : checkSchemaUnion(value, schema, parent);
  }
}

function checkString(value: unknown, schema: Schema): Mismatch | undefined {
  return typeof value === "string" ? undefined : mismatch(value, schema);
}

function checkFormatted(
  holder: JsonObject,
  key: string | number,
  value: unknown,
  schema: Schema,
): Mismatch | undefined {
  let result: ScalarResult;
  switch (schema.format) {
    case "quantity":
      if (typeof value === "string") result = canonicalQuantity(value.trim());
      else if (typeof value === "number") result = canonicalQuantity(String(value));
      else if (JSON.isRawJSON(value)) result = canonicalQuantity(value.rawJSON);
      else result = canonicalQuantity(JSON.stringify(value));
      break;
    case "date-time":
    case "micro-time":
      if (typeof value !== "string") {
        return { fixed: `json: cannot unmarshal ${jsonType(value)} into Go value of type string` };
      }
      result = canonicalTimestamp(value, schema.format === "micro-time");
      break;
    case "byte":
      if (typeof value !== "string") return mismatch(value, schema);
      result = canonicalBase64(value);
      break;
    default:
      return checkString(value, schema);
  }
  if (!result.ok) return { fixed: result.error };
  if (result.text !== value) holder[key] = result.text;
  return undefined;
}

function checkInteger(value: unknown, schema: Schema): Mismatch | undefined {
  if (typeof value === "number") {
    const fits =
      schema.format === "int32" ? (value | 0) === value : Number.isInteger(value) && Math.abs(value) < 2 ** 63;
    return fits ? undefined : { value: `number ${value}`, goType: goTypeOf(schema), fields: [] };
  }
  if (!JSON.isRawJSON(value)) return mismatch(value, schema);
  const text = value.rawJSON;
  const fits =
    schema.format !== "int32" && /^-?[0-9]{1,19}$/.test(text) && BigInt.asIntN(64, BigInt(text)) === BigInt(text);
  return fits ? undefined : { value: `number ${text}`, goType: goTypeOf(schema), fields: [] };
}

function checkIntOrString(value: unknown): Mismatch | undefined {
  if (typeof value === "string") return undefined;
  if (typeof value === "number" && (value | 0) === value) return undefined;
  const shown = isNumber(value) ? `number ${JSON.stringify(value)}` : jsonType(value);
  return { fixed: `json: cannot unmarshal ${shown} into Go value of type int32` };
}

function checkArray(value: unknown, schema: Schema): Mismatch | undefined {
  if (!Array.isArray(value)) return mismatch(value, schema);
  const { items } = schema;
  if (items === undefined) return undefined;
  for (let index = 0; index < value.length; index++) {
    const item = value[index];
    if (item === null) {
      value[index] = zeroOf(items);
      continue;
    }
    const wrong = checkValue(value as unknown as JsonObject, index, item, items, schema);
    if (wrong !== undefined) return wrong;
  }
  return undefined;
}

function checkObject(value: JsonObject, schema: Schema): Mismatch | undefined {
  const { properties, additionalProperties } = schema;
  if (properties !== undefined) {
    for (const key in value) {
      const child = properties[key];
      if (child === undefined || !Object.hasOwn(properties, key)) continue;
      const field = value[key];
      if (field === null || isOmitted(field, child, key, schema)) {
        delete value[key];
        continue;
      }
      const wrong = checkValue(value, key, field, child, schema);
      if (wrong === undefined) continue;
      if ("fields" in wrong) {
        wrong.struct ??= lastPart(schema.definition);
        wrong.fields.unshift(key);
      }
      return wrong;
    }
  } else if (typeof additionalProperties === "object") {
    for (const key in value) {
      const field = value[key];
      if (field === null) {
        value[key] = zeroOf(additionalProperties);
        continue;
      }
      const wrong = checkValue(value, key, field, additionalProperties, schema);
      if (wrong !== undefined) return wrong;
    }
  }
  return undefined;
}

/** Whether Go would not write the field back: an empty list or map that is not required. Structs and scalars are kept. */
function isOmitted(field: unknown, schema: Schema, key: string, parent: Schema): boolean {
  if (schema.type === "array") {
    if (!Array.isArray(field) || field.length > 0) return false;
  } else if (schema.type === "object" && typeof schema.additionalProperties === "object") {
    if (!isObject(field) || Object.keys(field).length > 0) return false;
  } else {
    return false;
  }
  return parent.required?.includes(key) !== true;
}

/** A property that holds a schema or something else. */
function checkSchemaUnion(value: unknown, schema: Schema, parent: Schema): Mismatch | undefined {
  const kind = schemaUnionKind(schema);
  if (kind === undefined) return undefined;
  const props = isSchemaProps(parent) ? parent : undefined;
  if (isObject(value)) return props === undefined ? undefined : checkObject(value, props);
  if (typeof value === "boolean" && kind === "OrBool") return undefined;
  const items = kind === "OrStringArray" ? textSchema : props;
  if (Array.isArray(value) && kind !== "OrBool" && items !== undefined)
    return checkArray(value, { type: "array", items });
  return { fixed: `json: cannot unmarshal ${jsonType(value)} into Go value of type v1.JSONSchemaProps` };
}

const textSchema: Schema = { type: "string" };

function zeroOf(schema: Schema): unknown {
  switch (schema.type) {
    case "string":
      return schema.format === "quantity" ? "0" : schema.format === undefined ? "" : null;
    case "integer":
    case "number":
      return 0;
    case "boolean":
      return false;
    case "object":
      return {};
    default:
      return null;
  }
}

function isNumber(value: unknown): boolean {
  return typeof value === "number" || JSON.isRawJSON(value);
}

function mismatch(value: unknown, schema: Schema): Mismatch {
  return { value: jsonType(value), goType: goTypeOf(schema), fields: [] };
}

/** The JSON type as Go names it. */
function jsonType(value: unknown): string {
  if (value === null) return "null";
  if (Array.isArray(value)) return "array";
  if (isNumber(value)) return "number";
  return typeof value === "boolean" ? "bool" : typeof value;
}

/** The Go type behind a schema: `int32`, `[]v1.Container`, `map[string]string`. */
function goTypeOf(schema: Schema): string {
  switch (schema.type) {
    case "string":
      return schema.format === "byte" ? "[]uint8" : schema.format === "quantity" ? "resource.Quantity" : "string";
    case "integer":
      return schema.format === "int32" ? "int32" : "int64";
    case "number":
      return "float64";
    case "boolean":
      return "bool";
    case "array":
      return `[]${goTypeOf(schema.items ?? {})}`;
    default:
      if (schema.definition !== undefined) return packagedName(schema.definition);
      if (typeof schema.additionalProperties !== "object") return "map[string]interface {}";
      return schema.additionalProperties.format === "quantity"
        ? "v1.ResourceList"
        : `map[string]${goTypeOf(schema.additionalProperties)}`;
  }
}

/** `io.k8s.api.core.v1.PodSpec` → `v1.PodSpec`. */
function packagedName(definition: string): string {
  return definition.split(".").slice(-2).join(".");
}

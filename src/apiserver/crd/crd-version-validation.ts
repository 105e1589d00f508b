// One version of a CRD: its schema, subresources, printer columns and selectable fields.
// Source: apiextensions-apiserver pkg/apis/apiextensions/validation/validation.go.

import { equalJson } from "../../machinery/equal.ts";
import {
  childPath,
  duplicate,
  type FieldError,
  forbidden,
  invalid,
  required,
  tooMany,
} from "../../machinery/field-error.ts";
import type { JsonObject } from "../../machinery/object.ts";
import { validateDefaults } from "../../machinery/schema/default-check.ts";
import { schemaPath } from "../../machinery/schema/field-path.ts";
import { validateKeywords } from "../../machinery/schema/keyword-check.ts";
import { validateRuleSet } from "../../machinery/schema/rules-check.ts";
import type { Schema } from "../../machinery/schema/schema.ts";
import { isSet } from "../../machinery/schema/schema-nodes.ts";
import { validateStructural } from "../../machinery/schema/structural.ts";
import type { CrdColumn, CrdSubresources, CrdVersion } from "./crd.ts";

/** The errors of a version's schema; `path` leads to what holds `openAPIV3Schema`. `old` is this version as it was before. */
export function validateVersionSchema(version: CrdVersion, path: string, old: CrdVersion | undefined): FieldError[] {
  const schema = version.schema?.openAPIV3Schema;
  if (schema === undefined) return [];
  const schemaPath = childPath(path, "openAPIV3Schema");
  const errors: FieldError[] = [];
  if (version.subresources?.status !== undefined) errors.push(...validateRootKeywords(schema, schemaPath));
  if (schema.nullable === true) {
    errors.push(forbidden(childPath(schemaPath, "nullable"), "nullable cannot be true at the root"));
  }
  const structural = validateStructural(schema, schemaPath);
  errors.push(...structural);
  const sound = structural.length === 0;
  const defaults = sound ? validateDefaults(schema as Schema, schemaPath) : [];
  errors.push(...defaults);
  const keywords = validateKeywords(schema, schemaPath);
  errors.push(...keywords);
  if (sound && defaults.length === 0) {
    const unchanged = old !== undefined && equalJson(old.schema, version.schema);
    const wrongNodes = keywords.map((error) => error.field);
    errors.push(...validateRuleSet(schema as Schema, schemaPath, { wrongNodes, unchanged }));
  }
  return errors;
}

/** Keywords that a root may have when the status is validated on its own, in the words and order of the message. */
const rootKeywords = [
  "Description",
  "Type",
  "Format",
  "Title",
  "Maximum",
  "ExclusiveMaximum",
  "Minimum",
  "ExclusiveMinimum",
  "MaxLength",
  "MinLength",
  "Pattern",
  "MaxItems",
  "MinItems",
  "UniqueItems",
  "MultipleOf",
  "Required",
  "Items",
  "Properties",
  "ExternalDocs",
  "Example",
  "XPreserveUnknownFields",
  "XValidations",
];
const allowedAtRoot = new Set([
  ...rootKeywords.map((name) => name[0]!.toLowerCase() + name.slice(1)),
  "x-kubernetes-preserve-unknown-fields",
  "x-kubernetes-validations",
]);

function validateRootKeywords(schema: JsonObject, path: string): FieldError[] {
  if (isSet(schema.type) && schema.type !== "object") {
    const text = 'only "object" is allowed as the type at the root of the schema if the status subresource is enabled';
    return [invalid(childPath(path, "type"), schema.type, text)];
  }
  if (Object.keys(schema).every((keyword) => allowedAtRoot.has(keyword) || !isSet(schema[keyword]))) return [];
  const allowed = rootKeywords.join(" ");
  const text = `only [${allowed}] fields are allowed at the root of the schema if the status subresource is enabled`;
  return [invalid(path, schema, text)];
}

/** The errors of `subresources`. */
export function validateSubresources(subresources: CrdSubresources | undefined, path: string): FieldError[] {
  const scale = subresources?.scale;
  if (scale === undefined) return [];
  const errors: FieldError[] = [];
  const check = (field: "specReplicasPath" | "statusReplicasPath", prefix: string) => {
    const at = childPath(path, `scale.${field}`);
    const text = scale[field];
    if (text === "") errors.push(required(at));
    else if (!text.startsWith(".")) errors.push(notSimple(text, at));
    else if (!text.startsWith(`${prefix}.`)) errors.push(invalid(at, text, `should be a json path under ${prefix}`));
  };
  check("specReplicasPath", ".spec");
  check("statusReplicasPath", ".status");
  const selector = scale.labelSelectorPath ?? "";
  if (selector !== "") {
    const at = childPath(path, "scale.labelSelectorPath");
    if (!selector.startsWith(".")) errors.push(notSimple(selector, at));
    else if (!/^\.(?:spec|status)\./.test(selector)) {
      errors.push(invalid(at, selector, "should be a json path under either .spec or .status"));
    }
  }
  return errors;
}

function notSimple(text: string, path: string): FieldError {
  return invalid(path, text, "must be a simple json path starting with .");
}

const columnTypes = ["boolean", "date", "integer", "number", "string"];
const columnFormats = ["byte", "date", "date-time", "double", "float", "int32", "int64", "password"];

/** The errors of printer columns. */
export function validateColumns(columns: readonly CrdColumn[], path: string): FieldError[] {
  const errors: FieldError[] = [];
  columns.forEach((column, index) => {
    const at = (field: string) => childPath(childPath(path, index), field);
    const { type, format = "", jsonPath } = column;
    if (column.name === "") errors.push(required(at("name")));
    const types = `must be one of ${columnTypes.join(",")}`;
    if (type === "") errors.push(required(at("type"), types));
    else if (!columnTypes.includes(type)) errors.push(invalid(at("type"), type, types));
    if (format !== "" && !columnFormats.includes(format)) {
      errors.push(invalid(at("format"), format, `must be one of ${columnFormats.join(",")}`));
    }
    if (jsonPath === "") errors.push(required(at("JSONPath")));
    else if (!jsonPath.startsWith(".")) errors.push(notSimple(jsonPath, at("JSONPath")));
  });
  return errors;
}

const mostSelectableFields = 8;

/** The errors of selectable fields: they name scalar fields of the schema, each once. */
export function validateSelectableFields(version: CrdVersion, path: string): FieldError[] {
  const fields = version.selectableFields ?? [];
  const schema = version.schema?.openAPIV3Schema;
  if (fields.length === 0) return [];
  if (schema === undefined) {
    const text = "selectableFields may only be set when version.schema.openAPIV3Schema is not included";
    return [invalid(path, "", text)];
  }
  const errors: FieldError[] = [];
  const seen = new Set<string>();
  fields.forEach(({ jsonPath }, index) => {
    const at = childPath(childPath(path, index), "jsonPath");
    if (jsonPath === "") {
      errors.push(required(at));
      return;
    }
    const found = schemaPath(jsonPath, schema as Schema, { brackets: false });
    if (!found.ok) {
      errors.push(invalid(at, jsonPath, `is an invalid path: ${found.error}`));
      return;
    }
    if (found.steps[0] === "metadata") errors.push(invalid(at, jsonPath, "must not point to fields in metadata"));
    if (!["string", "boolean", "integer"].includes(found.schema?.type ?? "")) {
      const text =
        "must point to a field of type string, boolean or integer. Enum string fields and strings with formats are allowed.";
      errors.push(invalid(at, jsonPath, text));
    }
    if (seen.has(found.path)) errors.push(duplicate(at, jsonPath));
    seen.add(found.path);
  });
  if (seen.size > mostSelectableFields) errors.push(tooMany(path, seen.size, mostSelectableFields));
  return errors;
}

// Checks an applied configuration against its type, in the words of structured-merge-diff.

import { isObject } from "../object.ts";
import { goSyntax, goText, goType } from "../patch/go-text.ts";
import { type FieldType, type ListType, type MapType, type Scalar, shapeOf } from "./field-type.ts";
import { itemElement, TypedError } from "./list-items.ts";
import { fieldElement, formatElement, formatPath, type PathElement } from "./path.ts";

/**
 * The faults of a value as one message, undefined when there are none:
 * `.spec.foo: field not declared in schema`, or several as `errors:` and one per line.
 */
export function validateTyped(type: FieldType, value: unknown): string | undefined {
  const faults: string[] = [];
  validate(type, value, [], faults);
  return faults.length < 2 ? faults[0] : ["errors:", ...faults.map((fault) => `  ${fault}`)].join("\n");
}

function validate(type: FieldType, value: unknown, path: PathElement[], faults: string[]): void {
  if (value === null || value === undefined) return;
  switch (shapeOf(type, value)) {
    case "map":
      validateMap(type.map!, value, path, faults);
      break;
    case "list":
      validateList(type.list!, value, path, faults);
      break;
    default: {
      const fault = scalarFault(type.scalar!, value);
      if (fault !== undefined) report(faults, path, fault);
    }
  }
}

function validateMap(map: MapType, value: unknown, path: PathElement[], faults: string[]): void {
  if (!isObject(value)) {
    report(faults, path, `expected map, got &{${goText(value)}}`);
    return;
  }
  for (const name of Object.keys(value)) {
    const type = map.fields.get(name)?.type ?? map.rest;
    path.push(fieldElement(name));
    if (type === undefined) report(faults, path, "field not declared in schema");
    else validate(type, value[name], path, faults);
    path.pop();
    if (type === undefined) return;
  }
}

function validateList(list: ListType, value: unknown, path: PathElement[], faults: string[]): void {
  if (!Array.isArray(value)) {
    report(faults, path, `expected list, got &{${goText(value)}}`);
    return;
  }
  const seen = new Set<PathElement>();
  for (const [index, item] of value.entries()) {
    let element = `i:${index}`;
    if (!list.atomic) {
      try {
        element = itemElement(list, item);
      } catch (error) {
        if (!(error instanceof TypedError)) throw error;
        report(faults, path, `element ${index}: ${error.message}`);
        return;
      }
      if (seen.has(element)) report(faults, path, `duplicate entries for key ${formatElement(element)}`);
      seen.add(element);
    }
    path.push(element);
    validate(list.item, item, path, faults);
    path.pop();
  }
}

function scalarFault(scalar: Scalar, value: unknown): string | undefined {
  const number = typeof value === "number" || JSON.isRawJSON(value);
  switch (scalar) {
    case "numeric":
      return number ? undefined : `expected numeric (int or float), got ${goType(value)}`;
    case "string":
      return typeof value === "string"
        ? undefined
        : `expected string, got &value.valueUnstructured{Value:${goSyntax(value)}}`;
    case "boolean":
      return typeof value === "boolean" ? undefined : `expected boolean, got &{${goText(value)}}`;
    case "untyped":
      return number || typeof value !== "object" ? undefined : `expected any scalar, got &{${goText(value)}}`;
  }
}

function report(faults: string[], path: PathElement[], fault: string): void {
  faults.push(path.length === 0 ? fault : `${formatPath(path)}: ${fault}`);
}

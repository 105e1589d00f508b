// Checks that the resource.k8s.io kinds share: bounded lists, names, selectors, driver configuration and tolerations.
// Source of the rules and words: kubernetes pkg/apis/resource/validation.

import { compileCel } from "../../machinery/cel/index.ts";
import {
  duplicate,
  type FieldError,
  forbidden,
  invalid,
  notSupported,
  required,
  tooLong,
  tooMany,
} from "../../machinery/field-error.ts";
import { cIdentifierErrors, labelValueErrors } from "../../machinery/names.ts";
import type { JsonObject } from "../../machinery/object.ts";
import { checkDriverName } from "../core/volume/sources.ts";
import { isEmpty, isSet, listOf } from "../validation/fields.ts";
import { checkDnsSubdomain, checkQualifiedName } from "../validation/names.ts";
import { limits } from "./limits.ts";

const taintEffects = ["NoExecute", "NoSchedule", "None"];

/** A list of at most `maximum` elements; a longer one is not looked into. */
export function checkList<T>(
  list: unknown,
  maximum: number,
  path: string,
  errors: FieldError[],
  check: (item: T, path: string) => void,
): void {
  const items: T[] = listOf(list);
  if (items.length > maximum) {
    errors.push(tooMany(path, items.length, maximum));
    return;
  }
  items.forEach((item, index) => {
    check(item, `${path}[${index}]`);
  });
}

/** A bounded list whose elements differ in `keyOf`. */
export function checkSet<T>(
  list: unknown,
  maximum: number,
  path: string,
  errors: FieldError[],
  keyOf: (item: T) => unknown,
  check: (item: T, path: string) => void,
): void {
  checkList<T>(list, maximum, path, errors, check);
  const items: T[] = listOf(list);
  if (items.length > maximum) return;
  const seen = new Set<string>();
  items.forEach((item, index) => {
    const key = keyOf(item);
    const text = JSON.stringify(key) ?? "";
    if (seen.has(text)) errors.push(duplicate(`${path}[${index}]`, key));
    seen.add(text);
  });
}

/** Pool names are DNS subdomains joined by slashes. */
export function checkPoolName(value: unknown, path: string, errors: FieldError[]): void {
  const name = String(value ?? "");
  if (name === "") {
    errors.push(required(path));
    return;
  }
  if (Buffer.byteLength(name) > limits.poolNameBytes) errors.push(tooLong(path, limits.poolNameBytes));
  for (const part of name.split("/")) checkDnsSubdomain(part, path, errors);
}

function checkIdentifier(name: string, path: string, errors: FieldError[]): void {
  if (Buffer.byteLength(name) > limits.identifierBytes) errors.push(tooLong(path, limits.identifierBytes));
  for (const problem of cIdentifierErrors(name)) errors.push(invalid(path, name, problem));
}

/** Name of an attribute or a capacity: an identifier, with the domain of its driver before it unless that is plain. */
export function checkAttributeName(
  name: string,
  path: string,
  errors: FieldError[],
  domain: "optional" | "required" = "optional",
): void {
  const [first = "", second, ...more] = name.split("/");
  if (more.length > 0) errors.push(invalid(path, name, "must not contain more than one slash"));
  else if (second === undefined) checkIdentifier(first, path, errors);
  else {
    if (first === "") errors.push(invalid(path, "", "the domain must not be empty"));
    else checkDriverName(first, path, errors);
    if (second === "") errors.push(invalid(path, "", "the name must not be empty"));
    else checkIdentifier(second, path, errors);
  }
  if (domain === "required" && second === undefined) {
    errors.push(invalid(path, name, "a fully qualified name must be a domain and a name separated by a slash"));
  }
}

export function checkSelectors(selectors: unknown, path: string, errors: FieldError[]): void {
  checkList<JsonObject>(selectors, limits.selectors, path, errors, (selector, at) => {
    if (!isSet(selector.cel)) errors.push(required(`${at}.cel`));
    else checkExpression(String(selector.cel.expression ?? ""), `${at}.cel.expression`, errors);
  });
}

/** An expression over `device` that says yes or no. */
function checkExpression(expression: string, path: string, errors: FieldError[]): void {
  if (Buffer.byteLength(expression) > limits.expressionBytes) {
    errors.push(tooLong(path, limits.expressionBytes));
    return;
  }
  const compiled = compileCel(expression, { variables: { device: { type: "dyn" } }, result: "bool" });
  if (!compiled.ok) errors.push(invalid(path, expression, `compilation failed: ${compiled.errors.join("; ")}`));
}

/** `opaque` settings for a driver. */
export function checkConfiguration(config: JsonObject, path: string, errors: FieldError[]): void {
  if (!isSet(config.opaque)) {
    errors.push(required(`${path}.opaque`));
    return;
  }
  checkDriverName(config.opaque.driver, `${path}.opaque.driver`, errors);
  const parameters = `${path}.opaque.parameters`;
  if (!isSet(config.opaque.parameters)) errors.push(required(parameters));
  else if (Buffer.byteLength(JSON.stringify(config.opaque.parameters)) > limits.parameterBytes) {
    errors.push(tooLong(parameters, limits.parameterBytes));
  }
}

export function checkDeviceToleration(toleration: JsonObject, path: string, errors: FieldError[]): void {
  if (toleration.key) checkQualifiedName(toleration.key, `${path}.key`, errors);
  const operator = toleration.operator ?? "";
  if (operator === "Exists") {
    if (toleration.value)
      errors.push(invalid(`${path}.value`, toleration.value, "must be empty for operator `Exists`"));
  } else if (operator === "Equal") {
    for (const problem of labelValueErrors(String(toleration.value ?? ""))) {
      errors.push(invalid(`${path}.value`, toleration.value, problem));
    }
    if (isEmpty(toleration.key)) {
      const text = 'operator must be `Exists` when `key` is empty, which means "match all values and all keys"';
      errors.push(invalid(`${path}.operator`, operator, text));
    }
  } else errors.push(notSupported(`${path}.operator`, operator, ["Equal", "Exists"]));
  if (toleration.effect && !taintEffects.includes(toleration.effect)) {
    errors.push(notSupported(`${path}.effect`, toleration.effect, taintEffects));
  }
}

export function checkDeviceTaint(taint: JsonObject, path: string, errors: FieldError[]): void {
  checkQualifiedName(taint.key, `${path}.key`, errors);
  for (const problem of labelValueErrors(String(taint.value ?? ""))) {
    errors.push(invalid(`${path}.value`, taint.value, problem));
  }
  if (isEmpty(taint.effect)) errors.push(required(`${path}.effect`));
  else if (!taintEffects.includes(taint.effect)) {
    errors.push(notSupported(`${path}.effect`, taint.effect, taintEffects));
  }
}

/** Labels and annotations are all that the metadata of a template may hold. */
export function checkTemplateMetadata(metadata: JsonObject | undefined, path: string, errors: FieldError[]): void {
  for (const [field, value] of Object.entries(metadata ?? {})) {
    if (field !== "labels" && field !== "annotations" && !isEmpty(value)) {
      errors.push(forbidden(`${path}.${field}`, "cannot be set"));
    }
  }
}

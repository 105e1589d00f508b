// The kind LimitRange: bounds and defaults of the resources of one namespace's objects.
// Source of the rules and words: kubernetes pkg/apis/core/validation (ValidateLimitRange), pkg/apis/core/v1/defaults.go.

import {
  childPath,
  duplicate,
  type FieldError,
  forbidden,
  invalid,
  keyPath,
  required,
} from "../../machinery/field-error.ts";
import type { JsonObject, KubeObject } from "../../machinery/object.ts";
import { quantityToNumber } from "../../machinery/quantity.ts";
import { builtin } from "../define.ts";
import { entriesOf, isEmpty, listOf } from "../validation/fields.ts";
import { checkQualifiedName } from "../validation/names.ts";
import { createdAtColumn } from "./created-at-column.ts";
import {
  checkContainerResourceName,
  checkResourceName,
  compareQuantityTexts,
  isOvercommitAllowed,
} from "./resource-names.ts";

const limitTypes = ["Pod", "Container", "PersistentVolumeClaim"];

export const limitRangeKind = builtin({
  group: "",
  kind: "LimitRange",
  versions: ["v1"],
  shortNames: ["limits"],
  columns: [createdAtColumn],
  strategy: {
    generation: "none",
    createOnUpdate: true,
    defaults: defaultLimitRange,
    validate: validateLimitRange,
  },
});

/** Containers get a default limit from the maximum, and a default request from the default limit, else from the minimum. */
function defaultLimitRange(object: KubeObject): void {
  for (const item of listOf(object.spec?.limits) as JsonObject[]) {
    if (item.type !== "Container") continue;
    const limits = { ...item.max, ...item.default };
    const requests = { ...item.min, ...limits, ...item.defaultRequest };
    if (!isEmpty(limits)) item.default = limits;
    if (!isEmpty(requests)) item.defaultRequest = requests;
  }
}

function validateLimitRange(object: KubeObject): FieldError[] {
  const errors: FieldError[] = [];
  const types = new Set<string>();
  (listOf(object.spec?.limits) as JsonObject[]).forEach((item, index) => {
    const path = `spec.limits[${index}]`;
    const type = String(item.type ?? "");
    checkType(type, `${path}.type`, errors);
    if (types.has(type)) errors.push(duplicate(`${path}.type`, type));
    types.add(type);
    checkItem(item, type, path, errors);
  });
  return errors;
}

function checkType(type: string, path: string, errors: FieldError[]): void {
  const before = errors.length;
  checkQualifiedName(type, path, errors);
  if (errors.length === before && !type.includes("/") && !limitTypes.includes(type)) {
    errors.push(invalid(path, type, "must be a standard limit type or fully qualified"));
  }
}

function checkItem(item: JsonObject, type: string, path: string, errors: FieldError[]): void {
  const checkName = type === "Pod" || type === "Container" ? checkContainerResourceName : checkResourceName;
  const fields = type === "Pod" ? ["max", "min"] : ["max", "min", "default", "defaultRequest"];
  const names = new Set<string>();
  if (type === "Pod") {
    for (const field of ["default", "defaultRequest"]) {
      if (!isEmpty(item[field])) {
        errors.push(forbidden(childPath(path, field), "may not be specified when `type` is 'Pod'"));
      }
    }
  }
  for (const field of [...fields, "maxLimitRequestRatio"]) {
    for (const [name] of entriesOf(item[field])) {
      checkName(name, keyPath(childPath(path, field), name), errors);
      names.add(name);
    }
  }
  if (type === "PersistentVolumeClaim" && !hasOwn(item.min, "storage") && !hasOwn(item.max, "storage")) {
    const text = "either minimum or maximum storage value is required, but neither was provided";
    errors.push(required(`${path}.limits`, text));
  }
  for (const name of names) {
    checkOrder(item, type, name, path, errors);
    checkRatio(item, name, path, errors);
  }
}

/** min ≤ defaultRequest ≤ default ≤ max. */
function checkOrder(item: JsonObject, type: string, name: string, path: string, errors: FieldError[]): void {
  const value = (field: string) => (hasOwn(item[field], name) ? String(item[field][name]) : undefined);
  const [min, max] = [value("min"), value("max")];
  const limit = type === "Pod" ? undefined : value("default");
  const request = type === "Pod" ? undefined : value("defaultRequest");
  const check = (
    low: string | undefined,
    lowText: string,
    high: string | undefined,
    highText: string,
    field: string,
    shown: string | undefined,
  ) => {
    if (low === undefined || high === undefined || compareQuantityTexts(low, high) <= 0) return;
    const text = `${lowText} value ${low} is greater than ${highText} value ${high}`;
    errors.push(invalid(keyPath(childPath(path, field), name), shown, text));
  };
  check(min, "min", max, "max", "min", min);
  check(min, "min", request, "default request", "defaultRequest", request);
  check(request, "default request", max, "max", "defaultRequest", request);
  check(request, "default request", limit, "default limit", "defaultRequest", request);
  check(min, "min", limit, "default", "default", min);
  check(limit, "default", max, "max", "default", max);
  const unequal = limit !== undefined && request !== undefined && compareQuantityTexts(limit, request) !== 0;
  if (unequal && !isOvercommitAllowed(name)) {
    const text = `default value ${limit} must equal to defaultRequest value ${request} in ${name}`;
    errors.push(invalid(keyPath(`${path}.defaultRequest`, name), request, text));
  }
}

function checkRatio(item: JsonObject, name: string, path: string, errors: FieldError[]): void {
  if (!hasOwn(item.maxLimitRequestRatio, name)) return;
  const ratio = String(item.maxLimitRequestRatio[name]);
  const at = keyPath(`${path}.maxLimitRequestRatio`, name);
  if (compareQuantityTexts(ratio, "1") < 0) errors.push(invalid(at, ratio, `ratio ${ratio} is less than 1`));
  if (!hasOwn(item.min, name) || !hasOwn(item.max, name)) return;
  const limit = quantityToNumber(item.max[name]) / quantityToNumber(item.min[name]);
  if (quantityToNumber(ratio) > limit) {
    errors.push(invalid(at, ratio, `ratio ${ratio} is greater than max/min = ${limit.toFixed(6)}`));
  }
}

function hasOwn(map: JsonObject | undefined, name: string): map is JsonObject {
  return map !== undefined && map !== null && Object.hasOwn(map, name);
}

// One device of a resource slice: its attributes, capacities, taints and counters.
// Source of the rules and words: kubernetes pkg/apis/resource/validation.

import {
  type FieldError,
  forbidden,
  invalid,
  keyPath,
  required,
  tooLong,
  tooMany,
} from "../../machinery/field-error.ts";
import type { JsonObject } from "../../machinery/object.ts";
import { checkNodeSelector } from "../core/validation/scheduling.ts";
import { entriesOf, isEmpty, isSet, listOf } from "../validation/fields.ts";
import { checkDnsLabel, checkDnsSubdomain } from "../validation/names.ts";
import { checkAttributeName, checkDeviceTaint, checkList, checkSet } from "./checks.ts";
import { limits } from "./limits.ts";

const scalarFields = ["bool", "int", "string", "version"];
const listFields = ["bools", "ints", "strings", "versions"];
const versionPattern =
  /^(0|[1-9]\d*)\.(0|[1-9]\d*)\.(0|[1-9]\d*)(-(0|[1-9]\d*|\d*[a-zA-Z-][0-9a-zA-Z-]*)(\.(0|[1-9]\d*|\d*[a-zA-Z-][0-9a-zA-Z-]*))*)?(\+[0-9a-zA-Z-]+(\.[0-9a-zA-Z-]+)*)?$/;

/** Whether a slice with this device may hold fewer devices. */
export function needsRoom(device: JsonObject): boolean {
  if (!isEmpty(device.taints) || !isEmpty(device.consumesCounters)) return true;
  return entriesOf(device.attributes).some(([, attribute]) => listFields.some((field) => isSet(attribute?.[field])));
}

export function checkDevice(device: JsonObject, ownPlace: boolean, path: string, errors: FieldError[]): void {
  checkDnsLabel(device.name, `${path}.name`, errors);
  const attributes = entriesOf(device.attributes);
  const capacities = entriesOf(device.capacity);
  const count = attributes.length + capacities.length;
  if (count > limits.attributesAndCapacities) {
    const text = `the total number of attributes and capacities must not exceed ${limits.attributesAndCapacities}`;
    errors.push(invalid(path, count, text));
  }
  for (const [name, attribute] of attributes) {
    const at = keyPath(`${path}.attributes`, name);
    checkAttributeName(name, at, errors);
    checkAttribute(attribute ?? {}, at, errors);
  }
  for (const [name, capacity] of capacities) {
    const at = keyPath(`${path}.capacity`, name);
    checkAttributeName(name, at, errors);
    if (device.allowMultipleAllocations !== true && isSet(capacity?.requestPolicy)) {
      errors.push(forbidden(`${at}.requestPolicy`, "allowMultipleAllocations must be true"));
    }
  }
  checkList<JsonObject>(device.taints, limits.taints, `${path}.taints`, errors, (taint, at) =>
    checkDeviceTaint(taint, at, errors),
  );
  checkSet<JsonObject>(
    device.consumesCounters,
    limits.consumptions,
    `${path}.consumesCounters`,
    errors,
    (consumption) => consumption.counterSet,
    (consumption, at) => checkCounterSet(consumption, "counterSet", limits.countersPerSet, at, errors),
  );
  checkPlace(device, ownPlace, path, errors);
  for (const field of ["bindingConditions", "bindingFailureConditions"]) {
    const conditions = listOf(device[field]);
    if (conditions.length > limits.bindingConditions) {
      errors.push(tooMany(`${path}.${field}`, conditions.length, limits.bindingConditions));
    }
  }
}

/** Counters under a name: of a set, or what a device takes from a set. */
export function checkCounterSet(
  set: JsonObject,
  nameField: "name" | "counterSet",
  maximum: number,
  path: string,
  errors: FieldError[],
): void {
  if (isEmpty(set[nameField])) errors.push(required(`${path}.${nameField}`));
  else checkDnsLabel(set[nameField], `${path}.${nameField}`, errors);
  const counters = entriesOf(set.counters);
  if (counters.length === 0) errors.push(required(`${path}.counters`));
  if (counters.length > maximum) {
    errors.push(tooMany(`${path}.counters`, counters.length, maximum));
    return;
  }
  for (const [name] of counters) checkDnsLabel(name, keyPath(`${path}.counters`, name), errors);
}

function checkAttribute(attribute: JsonObject, path: string, errors: FieldError[]): void {
  const set = [...scalarFields, ...listFields].filter((field) => isSet(attribute[field]));
  if (isSet(attribute.string)) checkText(attribute.string, `${path}.string`, errors);
  if (isSet(attribute.version)) checkVersion(attribute.version, `${path}.version`, errors);
  for (const field of listFields) {
    if (isSet(attribute[field]) && isEmpty(attribute[field])) {
      errors.push(invalid(`${path}.${field}`, attribute[field], "must not be empty if specified"));
    }
  }
  listOf(attribute.strings).forEach((text, index) => {
    checkText(text, `${path}.strings[${index}]`, errors);
  });
  listOf(attribute.versions).forEach((text, index) => {
    checkVersion(text, `${path}.versions[${index}]`, errors);
  });
  if (set.length === 0) errors.push(invalid(path, "", "exactly one value must be specified"));
  else if (set.length > 1) errors.push(invalid(path, attribute, "exactly one value must be specified"));
}

function checkText(text: string, path: string, errors: FieldError[]): void {
  if (Buffer.byteLength(text) > limits.attributeValueBytes) errors.push(tooLong(path, limits.attributeValueBytes));
}

function checkVersion(text: string, path: string, errors: FieldError[]): void {
  // The length is looked at first: it bounds the work of the pattern.
  if (Buffer.byteLength(text) > limits.attributeValueBytes) errors.push(tooLong(path, limits.attributeValueBytes));
  else if (!versionPattern.test(text)) {
    errors.push(invalid(path, text, "must be a string compatible with semver.org spec 2.0.0"));
  }
}

function checkPlace(device: JsonObject, ownPlace: boolean, path: string, errors: FieldError[]): void {
  const { nodeName, nodeSelector, allNodes } = device;
  if (!ownPlace) {
    if (isSet(nodeName) || isSet(nodeSelector) || isSet(allNodes)) {
      const text =
        "`nodeName`, `nodeSelector` and `allNodes` can only be set if `perDeviceNodeSelection` is set to true in the ResourceSlice spec";
      errors.push(invalid(path, null, text));
    }
    return;
  }
  const ways: string[] = [];
  if (nodeName === "") errors.push(invalid(`${path}.nodeName`, nodeName, "must not be empty"));
  else if (isSet(nodeName)) {
    ways.push("`nodeName`");
    checkDnsSubdomain(nodeName, `${path}.nodeName`, errors);
  }
  if (isSet(nodeSelector)) {
    ways.push("`nodeSelector`");
    checkNodeSelector(nodeSelector, `${path}.nodeSelector`, errors);
  }
  if (allNodes === true) ways.push("`allNodes`");
  else if (isSet(allNodes)) errors.push(invalid(`${path}.allNodes`, allNodes, "must be either unset or set to true"));
  const text =
    "exactly one of `nodeName`, `nodeSelector`, or `allNodes` is required when `perDeviceNodeSelection` is set to true in the ResourceSlice spec";
  if (ways.length === 0) errors.push(required(path, text));
  if (ways.length > 1) errors.push(invalid(path, `{${ways.join(", ")}}`, text));
}

// The kind ResourceSlice: a part of the devices of a pool. Source of the rules and words: kubernetes pkg/apis/resource/validation.

import { type FieldError, invalid, required } from "../../machinery/field-error.ts";
import type { JsonObject, KubeObject } from "../../machinery/object.ts";
import { formatTime } from "../../machinery/time.ts";
import { ageColumn, textColumn } from "../columns.ts";
import { checkNodeSelector } from "../core/validation/scheduling.ts";
import { checkDriverName } from "../core/volume/sources.ts";
import { builtin } from "../define.ts";
import { checkImmutable, isEmpty, isSet, listOf, numberOf } from "../validation/fields.ts";
import { checkDnsSubdomain } from "../validation/names.ts";
import { checkPoolName, checkSet } from "./checks.ts";
import { checkCounterSet, checkDevice, needsRoom } from "./device.ts";
import { limits } from "./limits.ts";

export const resourceSliceKind = builtin({
  group: "resource.k8s.io",
  kind: "ResourceSlice",
  versions: ["v1"],
  columns: [
    textColumn("Node", "The node of the devices", (slice) => slice.spec?.nodeName ?? ""),
    textColumn("Driver", "The driver of the devices", (slice) => slice.spec?.driver ?? ""),
    textColumn("Pool", "The pool of the devices", (slice) => slice.spec?.pool?.name ?? ""),
    ageColumn,
  ],
  selectableFields: ["spec.nodeName", "spec.driver"],
  strategy: {
    prepareForCreate: (slice, context) => stampTaints(slice, context.now),
    prepareForUpdate: (slice, _old, context) => stampTaints(slice, context.now),
    validate: validateSlice,
    validateUpdate(slice, old) {
      const errors: FieldError[] = [];
      checkImmutable(slice.spec?.pool?.name, old.spec?.pool?.name, "spec.pool.name", errors);
      checkImmutable(slice.spec?.driver, old.spec?.driver, "spec.driver", errors);
      checkImmutable(slice.spec?.nodeName, old.spec?.nodeName, "spec.nodeName", errors);
      return errors;
    },
  },
});

/** A taint counts from when it was added. */
function stampTaints(slice: KubeObject, now: Date): void {
  for (const device of listOf(slice.spec?.devices)) {
    for (const taint of listOf(device.taints)) taint.timeAdded ??= formatTime(now);
  }
}

function validateSlice(slice: KubeObject): FieldError[] {
  const errors: FieldError[] = [];
  const spec: JsonObject = slice.spec ?? {};
  checkDriverName(spec.driver, "spec.driver", errors);
  checkPool(spec.pool ?? {}, errors);
  checkPlace(spec, errors);
  if (isSet(spec.sharedCounters) && isSet(spec.devices)) {
    errors.push(invalid("spec", "", "only one of `sharedCounters` or `devices` is allowed"));
  }
  const devices: JsonObject[] = listOf(spec.devices);
  const maximum = devices.some(needsRoom) ? limits.advancedDevices : limits.devices;
  checkSet<JsonObject>(
    devices,
    maximum,
    "spec.devices",
    errors,
    (device) => device.name,
    (device, path) => checkDevice(device, spec.perDeviceNodeSelection === true, path, errors),
  );
  checkSet<JsonObject>(
    spec.sharedCounters,
    limits.counterSets,
    "spec.sharedCounters",
    errors,
    (set) => set.name,
    (set, path) => checkCounterSet(set, "name", limits.countersPerSet, path, errors),
  );
  return errors;
}

function checkPool(pool: JsonObject, errors: FieldError[]): void {
  checkPoolName(pool.name, "spec.pool.name", errors);
  const count = numberOf(pool.resourceSliceCount) ?? 0;
  if (count <= 0) errors.push(invalid("spec.pool.resourceSliceCount", count, "must be greater than zero"));
  const generation = numberOf(pool.generation) ?? 0;
  if (generation < 0) {
    errors.push(invalid("spec.pool.generation", generation, "must be greater than or equal to zero"));
  }
}

/** Which nodes reach the devices: said in exactly one way. */
function checkPlace(spec: JsonObject, errors: FieldError[]): void {
  const ways: string[] = [];
  if (isSet(spec.nodeName)) {
    if (isEmpty(spec.nodeName)) {
      errors.push(invalid("spec.nodeName", "", "must be either unset or set to a non-empty string"));
    } else {
      ways.push("`nodeName`");
      checkDnsSubdomain(spec.nodeName, "spec.nodeName", errors);
    }
  }
  if (isSet(spec.nodeSelector)) {
    ways.push("`nodeSelector`");
    checkNodeSelector(spec.nodeSelector, "spec.nodeSelector", errors);
    const terms = listOf(spec.nodeSelector.nodeSelectorTerms);
    if (terms.length !== 1) {
      errors.push(invalid("spec.nodeSelector.nodeSelectorTerms", terms, "must have exactly one node selector term"));
    }
  }
  for (const field of ["allNodes", "perDeviceNodeSelection"]) {
    if (spec[field] === true) ways.push(`\`${field}\``);
    else if (isSet(spec[field])) {
      errors.push(invalid(`spec.${field}`, spec[field], "must be either unset or set to true"));
    }
  }
  const text = "exactly one of `nodeName`, `nodeSelector`, `allNodes`, `perDeviceNodeSelection` is required";
  if (ways.length === 0) errors.push(required("spec", text));
  if (ways.length > 1) errors.push(invalid("spec", `{${ways.join(", ")}}`, `${text}, but multiple fields are set`));
}

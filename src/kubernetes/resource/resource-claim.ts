// The kind ResourceClaim. Its spec is immutable; its status says which devices it got and who uses them.
// Source of the rules and words: kubernetes pkg/apis/resource/validation.

import { type FieldError, forbidden, invalid, notSupported, required } from "../../machinery/field-error.ts";
import type { JsonObject, KubeObject } from "../../machinery/object.ts";
import { ageColumn, textColumn } from "../columns.ts";
import { checkNodeSelector } from "../core/validation/scheduling.ts";
import { checkDriverName } from "../core/volume/sources.ts";
import { builtin } from "../define.ts";
import { semanticEqual } from "../validation/equality.ts";
import { checkImmutable, isEmpty, isSet, listOf } from "../validation/fields.ts";
import { checkDnsLabel } from "../validation/names.ts";
import { checkConfiguration, checkList, checkPoolName, checkSet } from "./checks.ts";
import {
  checkClaimSpec,
  checkRequestName,
  checkRequestNames,
  defaultDeviceClaim,
  requestNames,
} from "./device-claim.ts";
import { limits } from "./limits.ts";

const configSources = ["FromClaim", "FromClass"];

export const resourceClaimKind = builtin({
  group: "resource.k8s.io",
  kind: "ResourceClaim",
  versions: ["v1"],
  columns: [textColumn("State", "Whether devices were found and are in use", stateCell), ageColumn],
  strategy: {
    generation: "none",
    defaults: (claim) => defaultDeviceClaim(claim.spec),
    validate(claim) {
      const errors: FieldError[] = [];
      checkClaimSpec(claim.spec ?? {}, "spec", errors);
      return errors;
    },
    validateUpdate(claim, old) {
      const errors: FieldError[] = [];
      checkImmutable(claim.spec, old.spec, "spec", errors);
      return errors;
    },
    validateStatusUpdate: validateClaimStatus,
  },
});

function stateCell(claim: KubeObject): string {
  const deleted = claim.metadata.deletionTimestamp !== undefined;
  const states = deleted ? ["deleted"] : [];
  if (!isSet(claim.status?.allocation)) return deleted ? "deleted" : "pending";
  states.push("allocated");
  if (!isEmpty(claim.status.reservedFor)) states.push("reserved");
  return states.join(",");
}

function validateClaimStatus(claim: KubeObject, old: KubeObject): FieldError[] {
  const errors: FieldError[] = [];
  const status: JsonObject = claim.status ?? {};
  checkReservations(claim, old, errors);
  const allocated = new Set((listOf(status.allocation?.devices?.results) as JsonObject[]).map(deviceKey));
  checkSet<JsonObject>(
    status.devices,
    Number.POSITIVE_INFINITY,
    "status.devices",
    errors,
    deviceKey,
    (device, path) => {
      checkDevice(device, path, errors);
      if (!allocated.has(deviceKey(device))) {
        errors.push(invalid(path, deviceKey(device), "must be an allocated device in the claim"));
      }
    },
  );
  if (!isSet(status.allocation)) return errors;
  if (isSet(old.status?.allocation)) {
    checkImmutable(status.allocation, old.status.allocation, "status.allocation", errors);
  } else checkAllocation(status.allocation, requestNames(claim.spec ?? {}), errors);
  return errors;
}

function deviceKey(device: JsonObject): string {
  const share = device.shareID ? `/${device.shareID}` : "";
  return `${device.driver}/${device.pool}/${device.device}${share}`;
}

function checkReservations(claim: KubeObject, old: KubeObject, errors: FieldError[]): void {
  const path = "status.reservedFor";
  const consumers: JsonObject[] = listOf(claim.status?.reservedFor);
  checkSet<JsonObject>(
    consumers,
    limits.reservedFor,
    path,
    errors,
    (consumer) => consumer.uid,
    (consumer, at) => {
      for (const field of ["resource", "name", "uid"]) {
        if (isEmpty(consumer[field])) errors.push(required(`${at}.${field}`));
      }
    },
  );
  if (consumers.length === 0) return;
  if (!isSet(claim.status?.allocation)) {
    errors.push(forbidden(path, "may not be specified when `allocated` is not set"));
  } else if (claim.metadata.deletionTimestamp !== undefined) {
    const before: JsonObject[] = listOf(old.status?.reservedFor);
    if (consumers.some((consumer) => !before.some((known) => semanticEqual(known, consumer)))) {
      const text = "new entries may not be added while `deallocationRequested` or `deletionTimestamp` are set";
      errors.push(forbidden(path, text));
    }
  }
}

function checkDevice(device: JsonObject, path: string, errors: FieldError[]): void {
  checkDriverName(device.driver, `${path}.driver`, errors);
  checkPoolName(device.pool, `${path}.pool`, errors);
  checkDnsLabel(device.device, `${path}.device`, errors);
}

function checkAllocation(allocation: JsonObject, names: ReadonlySet<string>, errors: FieldError[]): void {
  const path = "status.allocation";
  const devices: JsonObject = allocation.devices ?? {};
  const results = `${path}.devices.results`;
  checkList<JsonObject>(devices.results, limits.allocationResults, results, errors, (result, at) => {
    checkRequestName(String(result.request ?? ""), names, `${at}.request`, errors);
    checkDevice(result, at, errors);
  });
  checkList<JsonObject>(devices.config, 2 * limits.configs, `${path}.devices.config`, errors, (config, at) => {
    if (isEmpty(config.source)) errors.push(required(`${at}.source`));
    else if (!configSources.includes(config.source)) {
      errors.push(notSupported(`${at}.source`, config.source, configSources));
    }
    checkRequestNames(config.requests, names, `${at}.requests`, errors);
    checkConfiguration(config, at, errors);
  });
  if (isSet(allocation.nodeSelector)) checkNodeSelector(allocation.nodeSelector, `${path}.nodeSelector`, errors);
}

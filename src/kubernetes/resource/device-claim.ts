// What a claim asks for: requests for devices, constraints between them and settings for their drivers.
// Source of the rules and words: kubernetes pkg/apis/resource/validation, pkg/apis/resource/v1/defaults.go.

import { type FieldError, invalid, notSupported, required } from "../../machinery/field-error.ts";
import type { JsonObject } from "../../machinery/object.ts";
import { isEmpty, isSet, listOf, numberOf } from "../validation/fields.ts";
import { checkDnsLabel, checkDnsSubdomain } from "../validation/names.ts";
import {
  checkAttributeName,
  checkConfiguration,
  checkDeviceToleration,
  checkList,
  checkSelectors,
  checkSet,
} from "./checks.ts";
import { limits } from "./limits.ts";

const modes = ["All", "ExactCount"];
const referenceText =
  "must be the name of a request in the claim or the name of a request and a subrequest separated by '/'";

/** A request asks for exactly one device unless it says otherwise. */
export function defaultDeviceClaim(spec: JsonObject | undefined): void {
  for (const request of listOf(spec?.devices?.requests) as JsonObject[]) {
    for (const exact of [request.exactly, ...listOf(request.firstAvailable)]) {
      if (!isSet(exact)) continue;
      exact.allocationMode ||= "ExactCount";
      if (exact.allocationMode === "ExactCount") exact.count ||= 1;
      for (const toleration of listOf(exact.tolerations)) toleration.operator ||= "Equal";
    }
  }
}

/** The spec of a claim, or of the claims of a template. */
export function checkClaimSpec(spec: JsonObject, path: string, errors: FieldError[]): void {
  const devices: JsonObject = spec.devices ?? {};
  const at = `${path}.devices`;
  const names = requestNames(spec);
  checkSet<JsonObject>(devices.requests, limits.requests, `${at}.requests`, errors, nameOf, (request, requestPath) =>
    checkRequest(request, requestPath, errors),
  );
  checkList<JsonObject>(devices.constraints, limits.constraints, `${at}.constraints`, errors, (constraint, where) => {
    checkRequestNames(constraint.requests, names, `${where}.requests`, errors);
    if (isSet(constraint.matchAttribute)) {
      checkAttributeName(constraint.matchAttribute, `${where}.matchAttribute`, errors, "required");
    } else if (isSet(constraint.distinctAttribute)) {
      checkAttributeName(constraint.distinctAttribute, `${where}.distinctAttribute`, errors, "required");
    } else errors.push(required(`${where}.matchAttribute`));
  });
  checkList<JsonObject>(devices.config, limits.configs, `${at}.config`, errors, (config, where) => {
    checkRequestNames(config.requests, names, `${where}.requests`, errors);
    checkConfiguration(config, where, errors);
  });
}

/** Names by which constraints, settings and results refer to requests: `gpu`, or `gpu/small` of a prioritised list. */
export function requestNames(spec: JsonObject): ReadonlySet<string> {
  const names = new Set<string>();
  for (const request of listOf(spec.devices?.requests) as JsonObject[]) {
    names.add(request.name);
    for (const alternative of listOf(request.firstAvailable)) names.add(`${request.name}/${alternative.name}`);
  }
  return names;
}

export function checkRequestName(name: string, names: ReadonlySet<string>, path: string, errors: FieldError[]): void {
  const segments = name.split("/");
  if (segments.length <= 2) for (const segment of segments) checkDnsLabel(segment, path, errors);
  if (!names.has(name)) errors.push(invalid(path, name, referenceText));
}

export function checkRequestNames(list: unknown, names: ReadonlySet<string>, path: string, errors: FieldError[]): void {
  checkSet<string>(
    list,
    limits.requests,
    path,
    errors,
    (name) => name,
    (name, at) => checkRequestName(name, names, at, errors),
  );
}

function nameOf(item: JsonObject): unknown {
  return item.name;
}

function checkRequest(request: JsonObject, path: string, errors: FieldError[]): void {
  checkDnsLabel(request.name, `${path}.name`, errors);
  const alternatives = !isEmpty(request.firstAvailable);
  const exactly = isSet(request.exactly);
  const text = "exactly one of `exactly` or `firstAvailable` is required";
  if (!alternatives && !exactly) errors.push(required(path, text));
  else if (alternatives && exactly) errors.push(invalid(path, null, `${text}, but multiple fields are set`));
  else if (exactly) checkExactRequest(request.exactly, `${path}.exactly`, errors);
  else {
    const at = `${path}.firstAvailable`;
    checkSet<JsonObject>(request.firstAvailable, limits.firstAvailable, at, errors, nameOf, (alternative, where) => {
      checkDnsLabel(alternative.name, `${where}.name`, errors);
      checkExactRequest(alternative, where, errors);
    });
  }
}

function checkExactRequest(request: JsonObject, path: string, errors: FieldError[]): void {
  if (isEmpty(request.deviceClassName)) errors.push(required(`${path}.deviceClassName`));
  else checkDnsSubdomain(request.deviceClassName, `${path}.deviceClassName`, errors);
  checkSelectors(request.selectors, `${path}.selectors`, errors);
  const count = numberOf(request.count) ?? 0;
  if (!modes.includes(request.allocationMode)) {
    errors.push(notSupported(`${path}.allocationMode`, request.allocationMode, modes));
  } else if (request.allocationMode === "All" && count !== 0) {
    errors.push(invalid(`${path}.count`, count, "must not be specified when allocationMode is 'All'"));
  } else if (request.allocationMode === "ExactCount" && count <= 0) {
    errors.push(invalid(`${path}.count`, count, "must be greater than zero"));
  }
  checkList<JsonObject>(request.tolerations, limits.tolerations, `${path}.tolerations`, errors, (toleration, at) =>
    checkDeviceToleration(toleration, at, errors),
  );
}

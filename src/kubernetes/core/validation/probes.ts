// Checks of probes and lifecycle handlers of containers.

import { childPath, type FieldError, forbidden, invalid, required } from "../../../machinery/field-error.ts";
import { httpHeaderNameErrors, portNameErrors } from "../../../machinery/names.ts";
import type { JsonObject } from "../../../machinery/object.ts";
import {
  checkEnum,
  checkNonNegativeFields,
  checkPortNumber,
  checkRequired,
  isSet,
  listOf,
  numberOf,
} from "../../validation/fields.ts";
import { checkName } from "../../validation/names.ts";

const probeHandlers = ["exec", "httpGet", "tcpSocket", "grpc"];
const lifecycleHandlers = ["exec", "httpGet", "tcpSocket", "sleep"];
const probeNumbers = ["initialDelaySeconds", "timeoutSeconds", "periodSeconds", "successThreshold", "failureThreshold"];

/** The three probes of a container. `gracePeriod` is the pod's terminationGracePeriodSeconds. */
export function checkProbes(
  container: JsonObject,
  gracePeriod: number | undefined,
  path: string,
  errors: FieldError[],
): void {
  const { livenessProbe, readinessProbe, startupProbe } = container;
  if (isSet(livenessProbe)) {
    checkProbe(livenessProbe, gracePeriod, childPath(path, "livenessProbe"), errors);
    checkSuccessThreshold(livenessProbe, childPath(path, "livenessProbe"), errors);
  }
  if (isSet(readinessProbe)) {
    const at = childPath(path, "readinessProbe");
    checkProbe(readinessProbe, gracePeriod, at, errors);
    const grace = readinessProbe.terminationGracePeriodSeconds;
    if (isSet(grace)) {
      errors.push(
        invalid(childPath(at, "terminationGracePeriodSeconds"), grace, "must not be set for readinessProbes"),
      );
    }
  }
  if (isSet(startupProbe)) {
    checkProbe(startupProbe, gracePeriod, childPath(path, "startupProbe"), errors);
    checkSuccessThreshold(startupProbe, childPath(path, "startupProbe"), errors);
  }
}

function checkProbe(probe: JsonObject, gracePeriod: number | undefined, path: string, errors: FieldError[]): void {
  checkHandler(probe, probeHandlers, gracePeriod, path, errors);
  checkNonNegativeFields(probe, probeNumbers, path, errors);
  const grace = numberOf(probe.terminationGracePeriodSeconds);
  if (grace !== undefined && grace <= 0) {
    errors.push(invalid(childPath(path, "terminationGracePeriodSeconds"), grace, "must be greater than 0"));
  }
}

function checkSuccessThreshold(probe: JsonObject, path: string, errors: FieldError[]): void {
  const threshold = probe.successThreshold ?? 0;
  if (threshold !== 1) errors.push(invalid(childPath(path, "successThreshold"), threshold, "must be 1"));
}

export function checkLifecycle(
  lifecycle: JsonObject | undefined,
  gracePeriod: number | undefined,
  path: string,
  errors: FieldError[],
): void {
  for (const hook of ["postStart", "preStop"]) {
    const handler = lifecycle?.[hook];
    if (isSet(handler)) checkHandler(handler, lifecycleHandlers, gracePeriod, childPath(path, hook), errors);
  }
}

function checkHandler(
  handler: JsonObject,
  kinds: readonly string[],
  gracePeriod: number | undefined,
  path: string,
  errors: FieldError[],
): void {
  const [first, ...others] = kinds.filter((kind) => isSet(handler[kind]));
  if (first === undefined) {
    errors.push(required(path, "must specify a handler type"));
    return;
  }
  checkAction(first, handler[first], gracePeriod, childPath(path, first), errors);
  for (const kind of others) {
    errors.push(forbidden(childPath(path, kind), "may not specify more than 1 handler type"));
  }
}

function checkAction(
  kind: string,
  action: JsonObject,
  gracePeriod: number | undefined,
  path: string,
  errors: FieldError[],
): void {
  switch (kind) {
    case "exec":
      checkRequired(action.command, childPath(path, "command"), errors);
      break;
    case "httpGet":
      checkRequired(action.path, childPath(path, "path"), errors);
      checkPortNumberOrName(action.port, childPath(path, "port"), errors);
      checkEnum(action.scheme, ["HTTP", "HTTPS"], childPath(path, "scheme"), errors);
      for (const header of listOf(action.httpHeaders)) {
        checkName(httpHeaderNameErrors, header.name, childPath(path, "httpHeaders"), errors);
      }
      break;
    case "sleep": {
      const seconds = numberOf(action.seconds) ?? 0;
      if (gracePeriod !== undefined && (seconds < 0 || seconds > gracePeriod)) {
        const why = `must be non-negative and less than terminationGracePeriodSeconds (${gracePeriod})`;
        errors.push(invalid(path, seconds, why));
      }
      break;
    }
    default:
      checkPortNumberOrName(action.port, childPath(path, "port"), errors);
  }
}

function checkPortNumberOrName(port: unknown, path: string, errors: FieldError[]): void {
  if (typeof port === "string") checkName(portNameErrors, port, path, errors);
  else checkPortNumber(port ?? 0, path, errors);
}

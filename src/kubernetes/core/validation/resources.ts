// Checks of resource requests and limits of containers and pods.

import {
  childPath,
  duplicate,
  type FieldError,
  forbidden,
  invalid,
  keyPath,
  notFound,
  required,
} from "../../../machinery/field-error.ts";
import type { JsonObject } from "../../../machinery/object.ts";
import { entriesOf, isEmpty, isSet, listOf } from "../../validation/fields.ts";
import { checkQualifiedName } from "../../validation/names.ts";
import {
  checkContainerResourceName,
  checkResourceQuantity,
  compareQuantityTexts,
  isOvercommitAllowed,
} from "../resource-names.ts";

const hugePages = "hugepages-";

/** The `resources` of a container. `claims` are the names of the pod's resource claims. */
export function checkContainerResources(
  resources: JsonObject | undefined,
  claims: ReadonlySet<string>,
  path: string,
  errors: FieldError[],
): void {
  if (!isSet(resources)) return;
  checkRequirements(resources as JsonObject, checkContainerResourceName, path, errors);
  const seen = new Set<string>();
  listOf(resources?.claims).forEach((claim, index) => {
    const at = childPath(childPath(path, "claims"), index);
    const key = `${claim.name}/${claim.request ?? ""}`;
    if (isEmpty(claim.name)) errors.push(required(childPath(at, "name")));
    else if (!claims.has(claim.name)) errors.push(notFound(childPath(at, "name"), claim.name));
    if (seen.has(key)) errors.push(duplicate(at, claim));
    seen.add(key);
  });
}

/** The pod-level `resources`. */
export function checkPodResources(resources: JsonObject | undefined, path: string, errors: FieldError[]): void {
  if (!isSet(resources)) return;
  if (isSet(resources?.claims)) {
    errors.push(forbidden(childPath(path, "claims"), "claims cannot be set for Resources at pod-level"));
  }
  checkRequirements(resources as JsonObject, checkPodResourceName, path, errors);
}

type NameCheck = (name: string, path: string, errors: FieldError[]) => void;

function checkRequirements(resources: JsonObject, checkName: NameCheck, path: string, errors: FieldError[]): void {
  const limitsPath = childPath(path, "limits");
  const requestsPath = childPath(path, "requests");
  const limits = checkList(resources.limits, checkName, limitsPath, errors);
  const requests = checkList(resources.requests, checkName, requestsPath, errors);
  for (const [name, request] of requests) {
    const limit = limits.get(name);
    if (limit === undefined) {
      if (!isOvercommitAllowed(name)) {
        errors.push(required(limitsPath, "Limit must be set for non overcommitable resources"));
      }
      continue;
    }
    const order = compareQuantityTexts(request, limit);
    if (order !== 0 && !isOvercommitAllowed(name)) {
      errors.push(invalid(requestsPath, request, `must be equal to ${name} limit of ${limit}`));
    } else if (order > 0) {
      errors.push(invalid(requestsPath, request, `must be less than or equal to ${name} limit of ${limit}`));
    }
  }
  const names = [...limits.keys(), ...requests.keys()];
  if (names.some((name) => name.startsWith(hugePages)) && !names.some((name) => name === "cpu" || name === "memory")) {
    errors.push(forbidden(path, "HugePages require cpu or memory"));
  }
}

/** Checks a map of quantities and returns their texts. */
function checkList(list: unknown, checkName: NameCheck, path: string, errors: FieldError[]): Map<string, string> {
  const quantities = new Map<string, string>();
  for (const [name, value] of entriesOf(list)) {
    const at = keyPath(path, name);
    checkName(name, at, errors);
    checkResourceQuantity(name, value, at, errors);
    quantities.set(name, String(value));
  }
  return quantities;
}

function checkPodResourceName(name: string, path: string, errors: FieldError[]): void {
  checkQualifiedName(name, path, errors);
  if (name !== "cpu" && name !== "memory" && !name.startsWith(hugePages)) {
    errors.push(invalid(path, name, "must be a standard resource for pods"));
  }
}

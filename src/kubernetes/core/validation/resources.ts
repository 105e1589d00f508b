// Checks of resource requests and limits of containers and pods.

import {
  childPath,
  duplicate,
  type FieldError,
  forbidden,
  invalid,
  keyPath,
  notFound,
  notSupported,
  required,
} from "../../../machinery/field-error.ts";
import type { JsonObject } from "../../../machinery/object.ts";
import { formatQuantity } from "../../../machinery/quantity.ts";
import { entriesOf, isEmpty, isSet, listOf } from "../../validation/fields.ts";
import { checkDnsLabel } from "../../validation/names.ts";
import { podResources } from "../pod-resources.ts";
import {
  checkContainerResourceName,
  checkResourceName,
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
    if (isEmpty(claim.name)) {
      errors.push(required(at));
      return;
    }
    checkClaimUse(claim, seen, at, errors);
    if (claims.has(claim.name)) return;
    const names = claims.size === 0 ? " which is empty" : `: ${[...claims].sort().join(", ")}`;
    const error = notFound(at, claim.name);
    errors.push({ ...error, message: `${error.message}: must be one of the names in pod.spec.resourceClaims${names}` });
  });
}

/** A claim is used as a whole or by different requests of it; `seen` has `claim` and `claim/request` of the uses before. */
function checkClaimUse(claim: JsonObject, seen: Set<string>, path: string, errors: FieldError[]): void {
  const { name, request = "" } = claim;
  if (seen.has(name)) {
    errors.push(duplicate(path, name));
    return;
  }
  if (request !== "") checkDnsLabel(request, childPath(path, "request"), errors);
  const key = request === "" ? name : `${name}/${request}`;
  if (seen.has(key)) errors.push(duplicate(path, key));
  else if (request === "") {
    for (const other of seen) if (other.startsWith(`${name}/`)) errors.push(duplicate(path, name));
  }
  seen.add(key);
}

/** The pod-level `resources` of a pod spec. */
export function checkPodResources(spec: JsonObject, path: string, errors: FieldError[]): void {
  const { resources } = spec;
  if (!isSet(resources)) return;
  if (isSet(resources.claims)) {
    errors.push(forbidden(childPath(path, "claims"), "claims cannot be set for Resources at pod-level"));
  }
  checkRequirements(resources, checkPodResourceName, path, errors);
  checkPodCoversContainers(spec, path, errors);
}

/** The pod asks for no less than its containers together, and limits none of them further than it says itself. */
function checkPodCoversContainers(spec: JsonObject, path: string, errors: FieldError[]): void {
  const { resources } = spec;
  const { resources: _, overhead: __, ...containersOnly } = spec;
  for (const [name, quantity] of podResources(containersOnly, "requests")) {
    const sum = formatQuantity(quantity);
    const own = resources.requests?.[name];
    if (!isSet(own) || compareQuantityTexts(sum, own) <= 0) continue;
    const why = `must be greater than or equal to aggregate container requests of ${sum}`;
    errors.push(invalid(keyPath(childPath(path, "requests"), name), String(own), why));
  }
  listOf(spec.containers).forEach((container, index) => {
    for (const [name, limit] of entriesOf(container.resources?.limits)) {
      const own = resources.limits?.[name];
      if (!isSet(own) || compareQuantityTexts(limit, own) <= 0) continue;
      const at = childPath(keyPath(childPath(childPath(path, "containers"), index), name), "limits");
      errors.push(invalid(at, String(limit), `must be less than or equal to pod limits of ${own}`));
    }
  });
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
  const before = errors.length;
  checkResourceName(name, path, errors);
  if (errors.length === before && name !== "cpu" && name !== "memory" && !name.startsWith(hugePages)) {
    errors.push(notSupported(path, name, ["cpu", "memory"]));
  }
}

// Names of resources (cpu, memory, pods, example.com/gpu) and their quantities, as quotas, limits, volumes and nodes use them.
// Source of the rules and words: kubernetes pkg/apis/core/helper, pkg/apis/core/validation.

import { type FieldError, invalid } from "../../machinery/field-error.ts";
import { qualifiedNameErrors } from "../../machinery/names.ts";
import { compareQuantities, isIntegerQuantity, parseQuantity } from "../../machinery/quantity.ts";

const compute = ["cpu", "memory", "ephemeral-storage"];
const objectCounts = [
  "pods",
  "resourcequotas",
  "services",
  "replicationcontrollers",
  "secrets",
  "configmaps",
  "persistentvolumeclaims",
  "services.nodeports",
  "services.loadbalancers",
];
const requestsAndLimits = ["requests.", "limits."].flatMap((prefix) => compute.map((name) => `${prefix}${name}`));
const containerResources: ReadonlySet<string> = new Set(compute);
const quotaResources: ReadonlySet<string> = new Set([
  ...compute,
  ...requestsAndLimits,
  "requests.storage",
  ...objectCounts,
]);
const standardResources: ReadonlySet<string> = new Set([...quotaResources, "storage"]);
const integerResources: ReadonlySet<string> = new Set(objectCounts);

export function isQuotaResource(name: string): boolean {
  return quotaResources.has(name) || isHugePages(name) || name.startsWith("requests.hugepages-");
}

/** Without a domain, or in one of Kubernetes'. */
export function isNativeResource(name: string): boolean {
  return !name.includes("/") || name.includes("kubernetes.io/");
}

/** Counted in whole numbers and handed out by a plugin: `example.com/gpu`. */
export function isExtendedResource(name: string): boolean {
  return (
    !isNativeResource(name) && !name.startsWith("requests.") && qualifiedNameErrors(`requests.${name}`).length === 0
  );
}

function isHugePages(name: string): boolean {
  return name.startsWith("hugepages-");
}

/** Whether limits may be higher than requests. */
export function isOvercommitAllowed(name: string): boolean {
  return isNativeResource(name) && !isHugePages(name);
}

export function checkResourceName(name: string, path: string, errors: FieldError[]): void {
  const problems = qualifiedNameErrors(name);
  for (const problem of problems) errors.push(invalid(path, name, problem));
  if (problems.length > 0 || name.includes("/")) return;
  if (!standardResources.has(name) && !isHugePages(name) && !name.startsWith("requests.hugepages-")) {
    errors.push(invalid(path, name, "must be a standard resource type or fully qualified"));
  }
}

export function checkContainerResourceName(name: string, path: string, errors: FieldError[]): void {
  checkResourceName(name, path, errors);
  if (!name.includes("/")) {
    if (!containerResources.has(name) && !isHugePages(name)) {
      errors.push(invalid(path, name, "must be a standard resource for containers"));
    }
  } else if (!isNativeResource(name) && !isExtendedResource(name)) {
    errors.push(invalid(path, name, "doesn't follow extended resource name standard"));
  }
}

export function checkQuotaResourceName(name: string, path: string, errors: FieldError[]): void {
  checkResourceName(name, path, errors);
  if (!name.includes("/") && !isQuotaResource(name)) {
    errors.push(invalid(path, name, "must be a standard resource for quota"));
  }
}

/** Not negative, and whole where the resource is counted. */
export function checkResourceQuantity(name: string, value: unknown, path: string, errors: FieldError[]): void {
  const text = String(value);
  if (compareToZero(text) < 0) errors.push(invalid(path, text, "must be greater than or equal to 0"));
  if ((integerResources.has(name) || isExtendedResource(name)) && !isWholeQuantity(text)) {
    errors.push(invalid(path, text, "must be an integer"));
  }
}

export function checkPositiveQuantity(value: unknown, path: string, errors: FieldError[]): void {
  const text = String(value);
  if (compareToZero(text) <= 0) errors.push(invalid(path, text, "must be greater than zero"));
}

/** The sign of `a - b`; what is no quantity is reported by the type check and counts as equal here. */
export function compareQuantityTexts(a: unknown, b: unknown): number {
  const left = parseQuantity(String(a));
  const right = parseQuantity(String(b));
  return left === undefined || right === undefined ? 0 : compareQuantities(left, right);
}

function compareToZero(text: string): number {
  return compareQuantityTexts(text, "0");
}

/** Whether a quantity has no fraction. */
export function isWholeQuantity(text: string): boolean {
  const quantity = parseQuantity(text);
  return quantity === undefined || isIntegerQuantity(quantity);
}

// LimitRanges: containers without requests and limits get the defaults of their namespace, and what is beyond its bounds is refused.
// Source of rules and words: kubernetes plugin/pkg/admission/limitranger.

import type { AdmissionPlugin, AdmissionRequest } from "../../apiserver/admission.ts";
import { refusal } from "../../apiserver/refusal.ts";
import type { JsonObject, KubeObject } from "../../machinery/object.ts";
import { compareQuantities, formatQuantity, type Quantity, quantityToNumber } from "../../machinery/quantity.ts";
import { podResources, type ResourceList, readResources } from "../core/pod-resources.ts";
import { entriesOf, listOf } from "../validation/fields.ts";
import { isWriteOf, resources } from "./requests.ts";

const annotation = "kubernetes.io/limit-ranger";

export class LimitRanger implements AdmissionPlugin {
  readonly name = "LimitRanger";

  handles(request: AdmissionRequest): boolean {
    return (
      isWriteOf(request, resources.pods, "CREATE") ||
      (request.subresource === "resize" && request.operation === "UPDATE" && request.resource.resource === "pods") ||
      isWriteOf(request, resources.claims, "CREATE", "UPDATE")
    );
  }

  mutate(request: AdmissionRequest): void {
    if (!isWriteOf(request, resources.pods, "CREATE")) return;
    for (const range of limitsOf(request)) fillPod(request.object!, range);
  }

  validate(request: AdmissionRequest): void {
    const object = request.object!;
    if (request.oldObject?.metadata.deletionTimestamp !== undefined) return;
    for (const range of limitsOf(request)) {
      const problems = request.resource.resource === "pods" ? podProblems(object, range) : claimProblems(object, range);
      if (problems.length === 0) continue;
      throw refusal(request, problems.length === 1 ? problems[0]! : `[${problems.join(", ")}]`);
    }
  }
}

/** The items of each LimitRange of the namespace. */
function* limitsOf({ state, namespace }: AdmissionRequest): Iterable<JsonObject[]> {
  for (const range of state.list(resources.limitRanges, namespace)) yield listOf(range.spec?.limits);
}

function fillPod(pod: KubeObject, limits: readonly JsonObject[]): void {
  const defaults: { requests: JsonObject; limits: JsonObject } = { requests: {}, limits: {} };
  for (const limit of limits) {
    if (limit.type !== "Container") continue;
    Object.assign(defaults.requests, limit.defaultRequest);
    Object.assign(defaults.limits, limit.default);
  }
  const set = [
    ...listOf(pod.spec.containers).flatMap((container) => fillContainer(container, defaults, "container")),
    ...listOf(pod.spec.initContainers).flatMap((container) => fillContainer(container, defaults, "init container")),
  ];
  if (set.length === 0) return;
  pod.metadata.annotations = { ...pod.metadata.annotations, [annotation]: `LimitRanger plugin set: ${set.join("; ")}` };
}

/** Fills what a container leaves open; says what it filled. */
function fillContainer(
  container: JsonObject,
  defaults: Record<"requests" | "limits", JsonObject>,
  kind: string,
): string[] {
  container.resources ??= {};
  const set: string[] = [];
  for (const [list, word] of [
    ["requests", "request"],
    ["limits", "limit"],
  ] as const) {
    const given: JsonObject = container.resources[list] ?? {};
    const names = Object.keys(defaults[list]).filter((name) => !Object.hasOwn(given, name));
    if (names.length === 0) continue;
    container.resources[list] = { ...given, ...Object.fromEntries(names.map((name) => [name, defaults[list][name]])) };
    set.push(`${names.sort().join(", ")} ${word} for ${kind} ${container.name}`);
  }
  return set;
}

interface Subject {
  type: string;
  requests: ResourceList;
  limits: ResourceList;
}

function podProblems(pod: KubeObject, limits: readonly JsonObject[]): string[] {
  return limits.flatMap((limit) => {
    if (limit.type === "Pod") {
      const requests = podResources(pod.spec, "requests");
      return boundProblems(limit, { type: "Pod", requests, limits: podResources(pod.spec, "limits") });
    }
    if (limit.type !== "Container") return [];
    return [...listOf(pod.spec.containers), ...listOf(pod.spec.initContainers)].flatMap(({ resources: given }) =>
      boundProblems(limit, {
        type: "Container",
        requests: readResources(given?.requests),
        limits: readResources(given?.limits),
      }),
    );
  });
}

function claimProblems(claim: KubeObject, limits: readonly JsonObject[]): string[] {
  const requests = readResources(claim.spec?.resources?.requests);
  return limits.flatMap((limit) => {
    if (limit.type !== "PersistentVolumeClaim") return [];
    const subject: Subject = { type: limit.type, requests, limits: new Map() };
    return [
      ...bounds(limit.min).map(([name, bound]) => minimumProblem(subject, name, bound)),
      ...bounds(limit.max).map(([name, bound]) => largestRequestProblem(subject, name, bound)),
    ].filter((problem) => problem !== undefined);
  });
}

function boundProblems(limit: JsonObject, subject: Subject): string[] {
  return [
    ...bounds(limit.min).map(([name, bound]) => minimumProblem(subject, name, bound)),
    ...bounds(limit.max).map(([name, bound]) => maximumProblem(subject, name, bound)),
    ...bounds(limit.maxLimitRequestRatio).map(([name, bound]) => ratioProblem(subject, name, bound)),
  ].filter((problem) => problem !== undefined);
}

function bounds(value: unknown): [string, Quantity][] {
  return [...readResources(Object.fromEntries(entriesOf(value)))].sort(([a], [b]) => (a < b ? -1 : 1));
}

function minimumProblem({ type, requests, limits }: Subject, name: string, bound: Quantity): string | undefined {
  const text = `minimum ${name} usage per ${type} is ${formatQuantity(bound)}`;
  const request = requests.get(name);
  const limit = limits.get(name);
  if (request === undefined) return `${text}.  No request is specified`;
  if (below(request, bound)) return `${text}, but request is ${formatQuantity(request)}`;
  if (limit !== undefined && below(limit, bound)) return `${text}, but limit is ${formatQuantity(limit)}`;
  return undefined;
}

function maximumProblem({ type, requests, limits }: Subject, name: string, bound: Quantity): string | undefined {
  const text = `maximum ${name} usage per ${type} is ${formatQuantity(bound)}`;
  const request = requests.get(name);
  const limit = limits.get(name);
  if (limit === undefined) return `${text}.  No limit is specified`;
  if (below(bound, limit)) return `${text}, but limit is ${formatQuantity(limit)}`;
  if (request !== undefined && below(bound, request)) return `${text}, but request is ${formatQuantity(request)}`;
  return undefined;
}

function largestRequestProblem({ type, requests }: Subject, name: string, bound: Quantity): string | undefined {
  const text = `maximum ${name} usage per ${type} is ${formatQuantity(bound)}`;
  const request = requests.get(name);
  if (request === undefined) return `${text}.  No request is specified`;
  return below(bound, request) ? `${text}, but request is ${formatQuantity(request)}` : undefined;
}

function ratioProblem({ type, requests, limits }: Subject, name: string, bound: Quantity): string | undefined {
  const text = `${name} max limit to request ratio per ${type} is ${formatQuantity(bound)}`;
  const request = quantityToNumber(requests.get(name) ?? 0);
  const limit = quantityToNumber(limits.get(name) ?? 0);
  if (request === 0) return `${text}, but no request is specified or request is 0`;
  if (limit === 0) return `${text}, but no limit is specified or limit is 0`;
  const ratio = limit / request;
  return ratio > quantityToNumber(bound) ? `${text}, but provided ratio is ${ratio.toFixed(6)}` : undefined;
}

function below(a: Quantity, b: Quantity): boolean {
  return compareQuantities(a, b) < 0;
}

// What pods use: their number, and what they request and limit. Pods that ended use nothing but their own count.

import type { JsonObject, KubeObject } from "../../machinery/object.ts";
import { integerQuantity } from "../../machinery/quantity.ts";
import { qosClassOf } from "../core/pod-qos.ts";
import { podResources, type ResourceList } from "../core/pod-resources.ts";
import { isExtendedResource } from "../core/resource-names.ts";
import { isEmpty, isSet, listOf } from "../validation/fields.ts";
import type { QuotaEvaluator } from "./evaluator.ts";
import { nameMeets, type ScopeRequirement } from "./scopes.ts";

const one = integerQuantity(1);
const compute = ["cpu", "memory", "ephemeral-storage"];
const measured: ReadonlySet<string> = new Set([
  "pods",
  "count/pods",
  ...compute,
  ...compute.map((name) => `requests.${name}`),
  ...compute.map((name) => `limits.${name}`),
]);
/** Names for which every container has to speak. */
const demanding = ["cpu", "memory", "requests.cpu", "requests.memory", "limits.cpu", "limits.memory"];

export const podEvaluator: QuotaEvaluator = {
  usage(pod) {
    const usage: ResourceList = new Map([["count/pods", one]]);
    if (hasEnded(pod)) return usage;
    usage.set("pods", one);
    measure(usage, podResources(pod.spec ?? {}, "requests"), podResources(pod.spec ?? {}, "limits"));
    return usage;
  },
  measures(name) {
    if (measured.has(name)) return true;
    const plain = name.startsWith("requests.") ? name.slice("requests.".length) : name;
    return plain.startsWith("hugepages-") || (plain !== name && isExtendedResource(plain));
  },
  inScope,
  missing,
  updates: (subresource) => subresource === "resize",
};

function measure(usage: ResourceList, requests: ResourceList, limits: ResourceList): void {
  for (const [name, quantity] of requests) {
    if (compute.includes(name) || name.startsWith("hugepages-")) usage.set(name, quantity);
    if (compute.includes(name) || name.startsWith("hugepages-") || isExtendedResource(name)) {
      usage.set(`requests.${name}`, quantity);
    }
  }
  for (const [name, quantity] of limits) if (compute.includes(name)) usage.set(`limits.${name}`, quantity);
}

function hasEnded({ status }: KubeObject): boolean {
  return status?.phase === "Failed" || status?.phase === "Succeeded";
}

function inScope(requirement: ScopeRequirement, { spec = {} }: KubeObject): boolean {
  switch (requirement.scopeName) {
    case "Terminating":
      return isSet(spec.activeDeadlineSeconds) && spec.activeDeadlineSeconds >= 0;
    case "NotTerminating":
      return !(isSet(spec.activeDeadlineSeconds) && spec.activeDeadlineSeconds >= 0);
    case "BestEffort":
      return qosClassOf(spec) === "BestEffort";
    case "NotBestEffort":
      return qosClassOf(spec) !== "BestEffort";
    case "PriorityClass":
      return nameMeets(requirement, spec.priorityClassName ?? "");
    case "CrossNamespacePodAffinity":
      return crossesNamespaces(spec.affinity ?? {});
    default:
      return false;
  }
}

function crossesNamespaces({ podAffinity, podAntiAffinity }: JsonObject): boolean {
  return [podAffinity, podAntiAffinity].some((affinity) =>
    [
      ...listOf(affinity?.requiredDuringSchedulingIgnoredDuringExecution),
      ...listOf(affinity?.preferredDuringSchedulingIgnoredDuringExecution).map((term) => term.podAffinityTerm ?? {}),
    ].some((term) => !isEmpty(term.namespaces) || isSet(term.namespaceSelector)),
  );
}

function missing(names: readonly string[], { spec = {} }: KubeObject): string | undefined {
  const wanted = demanding.filter((name) => names.includes(name)).sort();
  const silent = new Map<string, string[]>();
  const containers: JsonObject[] = [...listOf(spec.containers), ...listOf(spec.initContainers)];
  for (const { name, resources } of wanted.length === 0 ? [] : containers) {
    const usage: ResourceList = new Map();
    const own = { containers: [{ resources }] };
    measure(usage, podResources(own, "requests"), podResources(own, "limits"));
    for (const resource of wanted) {
      const isPodLevel = isSet(
        spec.resources?.[resource.startsWith("limits.") ? "limits" : "requests"]?.[
          resource.replace(/^(?:requests|limits)\./, "")
        ],
      );
      if (!usage.has(resource) && !isPodLevel) silent.set(resource, [...(silent.get(resource) ?? []), String(name)]);
    }
  }
  if (silent.size === 0) return undefined;
  const parts = [...silent].sort(([a], [b]) => (a < b ? -1 : 1));
  return `must specify ${parts.map(([resource, who]) => `${resource} for: ${[...new Set(who)].sort().join(",")}`).join("; ")}`;
}

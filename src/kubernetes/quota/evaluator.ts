// How much of a quota an object uses. One evaluator knows one resource; admission and the controller that keeps `status.used` ask the
// same ones. Source of the rules: kubernetes pkg/quota/v1/evaluator/core, apiserver/pkg/quota/v1.

import type { GroupResource, KubeObject } from "../../machinery/object.ts";
import { integerQuantity } from "../../machinery/quantity.ts";
import type { ResourceList } from "../core/pod-resources.ts";
import { claimEvaluator } from "./claims.ts";
import { podEvaluator } from "./pods.ts";
import type { ScopeRequirement } from "./scopes.ts";
import { serviceEvaluator } from "./services.ts";

export interface QuotaEvaluator {
  /** What the object uses, by the names of quotas. */
  usage(object: KubeObject): ResourceList;
  /** Whether this evaluator measures a name of a quota. */
  measures(name: string): boolean;
  /** Whether the object is in a scope; resources that know no scopes are in none. */
  inScope(requirement: ScopeRequirement, object: KubeObject): boolean;
  /** Why an object has to say more before it can be measured, given the names that its quota bounds. */
  missing?(names: readonly string[], object: KubeObject): string | undefined;
  /** Whether updates of the resource, or of one of its subresources, change what is used. */
  updates(subresource: string): boolean;
}

/** `count/deployments.apps`, or `count/pods` for the core group. */
function countName({ group, resource }: GroupResource): string {
  return group === "" ? `count/${resource}` : `count/${resource}.${group}`;
}

/** Core resources that quotas also count by their plain names. */
const plainlyCounted: ReadonlySet<string> = new Set([
  "configmaps",
  "resourcequotas",
  "replicationcontrollers",
  "secrets",
]);

const special: ReadonlyMap<string, QuotaEvaluator> = new Map([
  ["pods", podEvaluator],
  ["services", serviceEvaluator],
  ["persistentvolumeclaims", claimEvaluator],
]);

/** The evaluator of a resource: its own, or one that counts objects. */
export function evaluatorFor(resource: GroupResource): QuotaEvaluator {
  const own = resource.group === "" ? special.get(resource.resource) : undefined;
  return own ?? countingEvaluator(resource);
}

const one = integerQuantity(1);

function countingEvaluator(resource: GroupResource): QuotaEvaluator {
  const names = [countName(resource)];
  if (resource.group === "" && plainlyCounted.has(resource.resource)) names.push(resource.resource);
  return {
    usage: () => new Map(names.map((name) => [name, one])),
    measures: (name) => names.includes(name),
    inScope: () => false,
    updates: () => false,
  };
}

/** The resource that a name of a quota is about, so that a controller knows what to measure; undefined when nobody measures it. */
export function resourceOfQuotaName(name: string): GroupResource | undefined {
  if (name.startsWith("count/")) {
    const counted = name.slice("count/".length);
    const dot = counted.indexOf(".");
    return dot < 0
      ? { group: "", resource: counted }
      : { group: counted.slice(dot + 1), resource: counted.slice(0, dot) };
  }
  if (plainlyCounted.has(name)) return { group: "", resource: name };
  for (const [resource, evaluator] of special) if (evaluator.measures(name)) return { group: "", resource };
  return undefined;
}

// The status of a ResourceQuota: its bounds, and what the namespace's objects use of them. Pure.

import type { GroupResource, KubeObject } from "../../../machinery/object.ts";
import { formatQuantity } from "../../../machinery/quantity.ts";
import { evaluatorFor, resourceOfQuotaName } from "../../quota/evaluator.ts";
import { hardOf, usedOf } from "../../quota/usage.ts";
import type { ResourceQuota } from "../../types.generated.ts";

/** The resources that a quota bounds, each once. */
export function measuredResources(quota: ResourceQuota): GroupResource[] {
  const found = new Map<string, GroupResource>();
  for (const name of hardOf(quota).keys()) {
    const resource = resourceOfQuotaName(name);
    if (resource !== undefined) found.set(`${resource.group}/${resource.resource}`, resource);
  }
  return [...found.values()];
}

/** The quota with its status as it should be, given the objects of its resources; the same object when it is so already. */
export function withUsage(
  quota: ResourceQuota,
  objects: ReadonlyMap<GroupResource, Iterable<KubeObject>>,
): ResourceQuota {
  const used: Record<string, string> = {};
  for (const [resource, present] of objects) {
    for (const [name, quantity] of usedOf(quota, evaluatorFor(resource), present))
      used[name] = formatQuantity(quantity);
  }
  const hard = quota.spec?.hard ?? {};
  if (sameTexts(hard, quota.status?.hard) && sameTexts(used, quota.status?.used)) return quota;
  return { ...quota, status: { ...quota.status, hard, used } };
}

function sameTexts(one: Record<string, unknown>, other: Record<string, unknown> = {}): boolean {
  const keys = Object.keys(one);
  return keys.length === Object.keys(other).length && keys.every((key) => one[key] === other[key]);
}

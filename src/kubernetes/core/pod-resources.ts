// What a pod as a whole asks for: the sum of its containers, or of what its init containers need while they run, plus overhead. Pod-level
// resources take the place of the sums. Source: kubernetes component-helpers/resource (PodRequests, PodLimits).

import type { JsonObject } from "../../machinery/object.ts";
import { addQuantities, compareQuantities, parseQuantity, type Quantity } from "../../machinery/quantity.ts";
import { entriesOf, listOf } from "../validation/fields.ts";

/** Quantities by the name of their resource. */
export type ResourceList = Map<string, Quantity>;

/** A map of quantities as objects hold it; what is malformed is left out. */
export function readResources(value: unknown): ResourceList {
  const list: ResourceList = new Map();
  for (const [name, text] of entriesOf(value)) {
    const quantity = parseQuantity(text);
    if (quantity !== undefined) list.set(name, quantity);
  }
  return list;
}

/** Adds each quantity of `more` to `list`. */
export function addResources(list: ResourceList, more: ResourceList): void {
  for (const [name, quantity] of more) {
    const known = list.get(name);
    list.set(name, known === undefined ? quantity : addQuantities(known, quantity));
  }
}

function raiseResources(list: ResourceList, other: ResourceList): void {
  for (const [name, quantity] of other) {
    const known = list.get(name);
    if (known === undefined || compareQuantities(known, quantity) < 0) list.set(name, quantity);
  }
}

/** The resources that can be given for a pod instead of its containers. */
export function isPodLevelResource(name: string): boolean {
  return name === "cpu" || name === "memory" || name.startsWith("hugepages-");
}

/** What a pod requests, or its limits. */
export function podResources(spec: JsonObject, which: "requests" | "limits"): ResourceList {
  const total: ResourceList = new Map();
  for (const container of listOf(spec.containers)) addResources(total, readResources(container.resources?.[which]));
  const sidecars: ResourceList = new Map();
  const starting: ResourceList = new Map();
  for (const container of listOf(spec.initContainers)) {
    const own = readResources(container.resources?.[which]);
    if (container.restartPolicy === "Always") {
      addResources(total, own);
      addResources(sidecars, own);
      raiseResources(starting, sidecars);
    } else {
      addResources(own, sidecars);
      raiseResources(starting, own);
    }
  }
  raiseResources(total, starting);
  for (const [name, quantity] of readResources(spec.resources?.[which]))
    if (isPodLevelResource(name)) total.set(name, quantity);
  for (const [name, quantity] of readResources(spec.overhead)) {
    const known = total.get(name);
    // Overhead alone is no limit.
    if (known !== undefined || which === "requests") {
      total.set(name, known === undefined ? quantity : addQuantities(known, quantity));
    }
  }
  return total;
}

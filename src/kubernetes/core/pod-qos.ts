// The quality-of-service class of a pod, from the requests and limits of its containers.

import type { JsonObject } from "../../machinery/object.ts";
import { entriesOf, isEmpty, isSet, listOf } from "../validation/fields.ts";
import { compareQuantityTexts } from "./resource-names.ts";

export type QosClass = "Guaranteed" | "Burstable" | "BestEffort";

const computeResources = ["cpu", "memory"];

/**
 * `BestEffort` when nothing is asked for, `Guaranteed` when every container limits cpu and memory to what it requests,
 * `Burstable` otherwise. Pod-level resources take precedence over those of containers.
 */
export function qosClassOf(spec: JsonObject): QosClass {
  const requirements: JsonObject[] =
    isSet(spec.resources) && !(isEmpty(spec.resources.requests) && isEmpty(spec.resources.limits))
      ? [spec.resources]
      : [...listOf(spec.containers), ...listOf(spec.initContainers)].map((container) => container.resources ?? {});
  let asked = false;
  let guaranteed = true;
  for (const { requests, limits } of requirements) {
    const limited = positive(limits);
    const requested = positive(requests);
    asked ||= limited.size > 0 || requested.size > 0;
    guaranteed &&= computeResources.every((name) => {
      const limit = limited.get(name);
      const request = requested.get(name) ?? limit;
      return limit !== undefined && request !== undefined && compareQuantityTexts(limit, request) === 0;
    });
  }
  if (!asked) return "BestEffort";
  return guaranteed ? "Guaranteed" : "Burstable";
}

/** The compute resources of which there is more than none. */
function positive(list: unknown): Map<string, unknown> {
  const asked = entriesOf(list).filter(
    ([name, value]) => computeResources.includes(name) && compareQuantityTexts(value, "0") > 0,
  );
  return new Map(asked);
}

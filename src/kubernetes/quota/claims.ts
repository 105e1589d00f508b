// What volume claims use: their number and the storage they request, in all and by storage class.

import type { KubeObject } from "../../machinery/object.ts";
import { compareQuantities, integerQuantity, parseQuantity, type Quantity } from "../../machinery/quantity.ts";
import type { ResourceList } from "../core/pod-resources.ts";
import type { QuotaEvaluator } from "./evaluator.ts";
import { nameMeets } from "./scopes.ts";

const one = integerQuantity(1);
const byClass = ".storageclass.storage.k8s.io/";
const names = ["persistentvolumeclaims", "count/persistentvolumeclaims", "requests.storage"];
const storageClassAnnotation = "volume.beta.kubernetes.io/storage-class";

export const claimEvaluator: QuotaEvaluator = {
  usage(claim) {
    const usage: ResourceList = new Map([
      ["persistentvolumeclaims", one],
      ["count/persistentvolumeclaims", one],
    ]);
    const className = claim.metadata.annotations?.[storageClassAnnotation] ?? claim.spec?.storageClassName ?? "";
    if (className !== "") usage.set(`${className}${byClass}persistentvolumeclaims`, one);
    const storage = storageOf(claim);
    if (storage !== undefined) {
      usage.set("requests.storage", storage);
      if (className !== "") usage.set(`${className}${byClass}requests.storage`, storage);
    }
    return usage;
  },
  measures: (name) =>
    names.includes(name) ||
    name.endsWith(`${byClass}persistentvolumeclaims`) ||
    name.endsWith(`${byClass}requests.storage`),
  inScope: (requirement, claim) =>
    requirement.scopeName === "VolumeAttributesClass" &&
    nameMeets(requirement, claim.spec?.volumeAttributesClassName ?? ""),
  updates: (subresource) => subresource === "",
};

/** What is requested, or what was given when that is more. */
function storageOf({ spec, status }: KubeObject): Quantity | undefined {
  const requested = parseQuantity(spec?.resources?.requests?.storage);
  const allocated = parseQuantity(status?.allocatedResources?.storage);
  if (requested === undefined || allocated === undefined) return requested;
  return compareQuantities(requested, allocated) < 0 ? allocated : requested;
}

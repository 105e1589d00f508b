// ResourceQuotas: what a namespace holds never exceeds its bounds. Use is reckoned from the newest state, writes that are not yet durable
// included, plus what requests that are between here and their commit have reserved; so no number of concurrent requests exceeds a bound,
// and no controller has to be waited for. Source of words: apiserver/pkg/admission/plugin/resourcequota.
//
// Invariants:
//   Q1 check and reservation happen in one turn;
//   Q2 a reservation counts until the newest state shows what it was for, or its request is over.

import type { AdmissionPlugin, AdmissionRequest } from "../../apiserver/admission.ts";
import { refusal } from "../../apiserver/refusal.ts";
import type { KubeObject } from "../../machinery/object.ts";
import { addQuantities, compareQuantities } from "../../machinery/quantity.ts";
import { addResources, type ResourceList } from "../core/pod-resources.ts";
import { evaluatorFor, type QuotaEvaluator } from "../quota/evaluator.ts";
import { growth, hardOf, only, quotaMatches, showResources, usedOf } from "../quota/usage.ts";
import { resources } from "./requests.ts";

interface Reservation {
  request: AdmissionRequest;
  evaluator: QuotaEvaluator;
  delta: ResourceList;
}

export class ResourceQuotaAdmission implements AdmissionPlugin {
  readonly name = "ResourceQuota";
  readonly #reservations = new Map<AdmissionRequest, Reservation>();

  handles({ operation, namespace, subresource, resource }: AdmissionRequest): boolean {
    if (namespace === "" || resource.resource === "namespaces") return false;
    return (operation === "CREATE" && subresource === "") || operation === "UPDATE";
  }

  validate(request: AdmissionRequest): void {
    const { state, namespace, resource, object, oldObject, operation } = request;
    const evaluator = evaluatorFor(resource);
    if (operation === "UPDATE" && !evaluator.updates(request.subresource)) return;
    const quotas = [...state.list(resources.quotas, namespace)];
    const matching = quotas.filter((quota) => quotaMatches(quota, evaluator, object!));
    if (matching.length === 0) return;
    for (const quota of matching) {
      const problem = evaluator.missing?.([...hardOf(quota).keys()], object!);
      if (problem !== undefined) throw refusal(request, `failed quota: ${quota.metadata.name}: ${problem}`);
    }
    const usage = evaluator.usage(object!);
    const delta = growth(usage, oldObject === undefined ? new Map() : evaluator.usage(oldObject));
    if (delta.size === 0) return;
    for (const quota of matching) this.#check(request, quota, evaluator, delta);
    if (!request.dryRun) this.#reservations.set(request, { request, evaluator, delta });
  }

  release(request: AdmissionRequest): void {
    this.#reservations.delete(request);
  }

  #check(request: AdmissionRequest, quota: KubeObject, evaluator: QuotaEvaluator, delta: ResourceList): void {
    const hard = hardOf(quota);
    const wanted = only(delta, hard.keys());
    if (wanted.size === 0) return;
    const used = usedOf(quota, evaluator, request.state.list(request.resource, request.namespace));
    for (const reserved of this.#reservedFor(request, quota)) addResources(used, only(reserved.delta, used.keys()));
    const exceeded = [...wanted].filter(([name, more]) => {
      return compareQuantities(addQuantities(used.get(name)!, more), hard.get(name)!) > 0;
    });
    if (exceeded.length === 0) return;
    const names = exceeded.map(([name]) => name);
    const [requested, inUse, limited] = [wanted, used, hard].map((list) => showResources(only(list, names)));
    throw refusal(
      request,
      `exceeded quota: ${quota.metadata.name}, requested: ${requested}, used: ${inUse}, limited: ${limited}`,
    );
  }

  /** Reservations of others in the same namespace and resource that the state does not show yet. */
  *#reservedFor(request: AdmissionRequest, quota: KubeObject): Iterable<Reservation> {
    const { namespace, resource } = request;
    for (const reservation of this.#reservations.values()) {
      const other = reservation.request;
      if (other.namespace !== namespace || other.resource.resource !== resource.resource) continue;
      if (other.resource.group !== resource.group || isVisible(other)) continue;
      if (quotaMatches(quota, reservation.evaluator, other.object!)) yield reservation;
    }
  }
}

/** Whether the newest state shows what a request was about to write. */
function isVisible({ state, resource, namespace, object, oldObject }: AdmissionRequest): boolean {
  const { metadata } = object!;
  const stored = state.get(resource, namespace, metadata.name ?? "")?.metadata;
  if (oldObject === undefined) return stored !== undefined && stored.uid === metadata.uid;
  return stored?.resourceVersion !== oldObject.metadata.resourceVersion;
}

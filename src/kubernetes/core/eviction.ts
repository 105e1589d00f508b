// Evicting a pod: a delete that disruption budgets may refuse. The decision is a pure function; the action books the disruption
// in the budget's status first and deletes the pod after, so that two evictions never share one allowance.

import type { ActionRequest, ActionSubresource, StateReader } from "../../apiserver/strategy.ts";
import type { GroupResource, JsonObject, KubeObject } from "../../machinery/object.ts";
import { labelSelectorToRequirements, matches } from "../../machinery/selectors.ts";
import { badRequest, forbiddenError, StatusError } from "../../machinery/status-error.ts";
import { formatTime } from "../../machinery/time.ts";
import { builtinSchema } from "../definitions.ts";
import { isSet, listOf } from "../validation/fields.ts";
import { hasCondition, isFinished } from "./pod-columns.ts";
import { withPodCondition } from "./pod-status.ts";
import { contextFor, success } from "./subresource-answers.ts";

const pods: GroupResource = { group: "", resource: "pods" };
const budgets: GroupResource = { group: "policy", resource: "poddisruptionbudgets" };
const maxDisruptedPods = 2000;

export const evictionSubresource: ActionSubresource = {
  type: "action",
  body: { group: "policy", version: "v1", kind: "Eviction" },
  get schema() {
    return builtinSchema("io.k8s.api.policy.v1.Eviction");
  },
  verbs: ["create"],
  perform: evict,
};

async function evict(pod: KubeObject, eviction: KubeObject, request: ActionRequest): Promise<KubeObject> {
  const name = eviction.metadata?.name ?? "";
  if (name !== "" && name !== request.name) throw badRequest("name in URL does not match name in Eviction object");
  const decision = decideEviction(pod, budgetsOf(pod, request.state));
  if (decision.decision === "refuse") throw decision.error;
  if (decision.decision === "book" && !request.dryRun) await bookDisruption(pod, decision.budget, request);
  if (!request.dryRun && !isFinished(pod)) await announceDisruption(request);
  const options: JsonObject = { ...eviction.deleteOptions };
  const context = contextFor(request, "eviction");
  await request.services.delete(pods, request.namespace, request.name, options, context);
  return success();
}

export type EvictionDecision =
  /** No budget stands in the way. */
  | { decision: "allow" }
  /** Allowed once the disruption is booked in this budget. */
  | { decision: "book"; budget: KubeObject }
  | { decision: "refuse"; error: StatusError };

/** Whether a pod may be evicted now, given the budgets that select it. */
export function decideEviction(pod: KubeObject, matching: readonly KubeObject[]): EvictionDecision {
  const [budget, second] = matching;
  const phase = pod.status?.phase;
  const unguarded = isFinished(pod) || phase === "Pending" || isSet(pod.metadata.deletionTimestamp);
  if (unguarded || budget === undefined) return { decision: "allow" };
  if (second !== undefined) {
    const message = "This pod has more than one PodDisruptionBudget, which the eviction subresource does not support.";
    return { decision: "refuse", error: new StatusError(500, "", message) };
  }
  if (!hasCondition(pod, "Ready", "True")) {
    if (budget.spec?.unhealthyPodEvictionPolicy === "AlwaysAllow") return { decision: "allow" };
    const { currentHealthy = 0, desiredHealthy = 0 } = budget.status ?? {};
    if (desiredHealthy > 0 && currentHealthy >= desiredHealthy) return { decision: "allow" };
  }
  const error = budgetError(budget);
  return error === undefined ? { decision: "book", budget } : { decision: "refuse", error };
}

/** Why a budget allows no disruption now; undefined when it allows one. */
function budgetError(budget: KubeObject): StatusError | undefined {
  const name = budget.metadata.name ?? "";
  const status: JsonObject = budget.status ?? {};
  if ((status.observedGeneration ?? 0) < (budget.metadata.generation ?? 0)) {
    return disruptionRefused(`The disruption budget ${name} is still being processed by the server.`, 10);
  }
  const allowed = status.disruptionsAllowed ?? 0;
  const resource: GroupResource = { group: "policy", resource: "poddisruptionbudget" };
  if (allowed < 0) return forbiddenError(resource, name, "pdb disruptions allowed is negative");
  if (Object.keys(status.disruptedPods ?? {}).length > maxDisruptedPods) {
    const why = "DisruptedPods map too big - too many evictions not confirmed by PDB controller";
    return forbiddenError(resource, name, why);
  }
  if (allowed > 0) return undefined;
  const failed = listOf(status.conditions).find((c) => c.type === "DisruptionAllowed" && c.reason === "SyncFailed");
  if (failed !== undefined) {
    const why = `does not allow evicting pods currently because it failed sync: ${failed.message ?? ""}`;
    return disruptionRefused(`The disruption budget ${name} ${why}`);
  }
  const { desiredHealthy = 0, currentHealthy = 0 } = status;
  const why = `needs ${desiredHealthy} healthy pods and has ${currentHealthy} currently`;
  return disruptionRefused(`The disruption budget ${name} ${why}`);
}

function disruptionRefused(cause: string, retryAfterSeconds?: number): StatusError {
  return new StatusError(429, "TooManyRequests", "Cannot evict pod as it would violate the pod's disruption budget.", {
    ...(retryAfterSeconds === undefined ? {} : { retryAfterSeconds }),
    causes: [{ reason: "DisruptionBudget", message: cause }],
  });
}

/** The budgets whose selector selects the pod. An absent selector selects nothing, an empty one everything. */
function budgetsOf(pod: KubeObject, state: StateReader): KubeObject[] {
  const labels = pod.metadata.labels ?? {};
  return [...state.list(budgets, pod.metadata.namespace)].filter((budget) => {
    const selector = budget.spec?.selector;
    if (!isSet(selector)) return false;
    const requirements = labelSelectorToRequirements(selector);
    return requirements !== undefined && matches(requirements, labels);
  });
}

/** Takes one allowance from the budget, deciding again on its newest state. */
async function bookDisruption(pod: KubeObject, budget: KubeObject, request: ActionRequest): Promise<void> {
  const book = (current: KubeObject): KubeObject => {
    const error = budgetError(current);
    if (error !== undefined) throw error;
    const status: JsonObject = current.status;
    const disruptedPods = { ...status.disruptedPods, [pod.metadata.name ?? ""]: formatTime(request.now) };
    return {
      ...current,
      status: { ...status, disruptionsAllowed: status.disruptionsAllowed - 1, disruptedPods },
    };
  };
  const context = contextFor(request, "status");
  await request.services.update(budgets, request.namespace, budget.metadata.name ?? "", book, context);
}

/** Tells the pod's owners why it goes: condition DisruptionTarget. */
async function announceDisruption(request: ActionRequest): Promise<void> {
  const condition = {
    type: "DisruptionTarget",
    status: "True",
    reason: "EvictionByEvictionAPI",
    message: "Eviction API: evicting",
  };
  const announce = (pod: KubeObject): KubeObject => ({
    ...pod,
    status: { ...pod.status, conditions: withPodCondition(pod.status?.conditions, condition, request.now) },
  });
  const context = contextFor(request, "status");
  await request.services.update(pods, request.namespace, request.name, announce, context);
}

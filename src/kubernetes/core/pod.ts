// Pods.

import type { Strategy } from "../../apiserver/strategy.ts";
import { type FieldError, forbidden, invalid, keyPath } from "../../machinery/field-error.ts";
import type { KubeObject } from "../../machinery/object.ts";
import { invalidObject } from "../../machinery/status-error.ts";
import { builtin } from "../define.ts";
import { isEmpty, maxInt32, numberOf } from "../validation/fields.ts";
import { bindingSubresource } from "./binding.ts";
import { evictionSubresource } from "./eviction.ts";
import { isFinished, podColumns } from "./pod-columns.ts";
import { defaultPodOnly, defaultPodSpec } from "./pod-defaults.ts";
import { ephemeralContainersSubresource, resizeSubresource } from "./pod-parts.ts";
import { mergeLabelKeys } from "./pod-selectors.ts";
import { checkPodStatusUpdate, completePodStatus, initialPodStatus } from "./pod-status.ts";
import { podWarnings } from "./pod-warnings.ts";
import { checkPodSpec } from "./validation/pod-spec.ts";
import { checkPodUpdate } from "./validation/pod-update.ts";

const deletionCost = "controller.kubernetes.io/pod-deletion-cost";

export const podStrategy: Strategy = {
  defaults(pod) {
    pod.spec ??= {};
    defaultPodSpec(pod.spec);
    defaultPodOnly(pod.spec);
  },

  prepareForCreate(pod) {
    mergeLabelKeys(pod);
    pod.status = initialPodStatus(pod.spec ?? {});
  },

  prepareForUpdate(pod, old, context) {
    if (context.subresource === "status") completePodStatus(pod, old);
  },

  validate(pod) {
    const errors: FieldError[] = [];
    const cost = pod.metadata.annotations?.[deletionCost];
    if (cost !== undefined && !isInt32(cost)) {
      errors.push(invalid(keyPath("metadata.annotations", deletionCost), cost, "must be a 32bit integer"));
    }
    checkPodSpec(pod.spec ?? {}, { kind: "pod", name: pod.metadata.name ?? "" }, "spec", errors);
    return errors;
  },

  validateUpdate(pod, old, context) {
    const errors: FieldError[] = [];
    if (context.subresource === "") checkPodUpdate(pod, old, errors);
    return errors;
  },

  validateStatusUpdate: checkPodStatusUpdate,

  // People rarely update pods; controllers that do would only repeat the warnings of the create.
  warnings: (pod, old) => (old === undefined ? podWarnings(pod, "") : []),

  beforeCommit({ object, old }) {
    if (object === undefined || old !== undefined) return;
    const errors = creationErrors(object);
    if (errors.length > 0) throw invalidObject({ group: "", kind: "Pod" }, object.metadata.name ?? "", errors);
  },

  graceOnDelete: podGrace,

  subresources: {
    binding: bindingSubresource,
    eviction: evictionSubresource,
    ephemeralcontainers: ephemeralContainersSubresource,
    resize: resizeSubresource,
  },
};

/** Decimal, without plus sign or leading zeros. */
function isInt32(text: string): boolean {
  return /^(?:0|-?[1-9][0-9]*)$/.test(text) && Number(text) >= -maxInt32 - 1 && Number(text) <= maxInt32;
}

/** What a pod may not have from the start, but may get later. */
function creationErrors(pod: KubeObject): FieldError[] {
  const errors: FieldError[] = [];
  if (!isEmpty(pod.spec?.ephemeralContainers)) {
    errors.push(forbidden("spec.ephemeralContainers", "cannot be set on create"));
  }
  if (!isEmpty(pod.spec?.nodeName) && !isEmpty(pod.spec?.schedulingGates)) {
    errors.push(forbidden("spec.nodeName", "cannot be set until all schedulingGates have been cleared"));
  }
  return errors;
}

/** Seconds that a deleted pod has left: none when no node runs it or it has ended, else what is asked for, else its own grace. */
export function podGrace(pod: KubeObject, requested: number | undefined): number | undefined {
  if (isEmpty(pod.spec?.nodeName) || isFinished(pod)) return undefined;
  const seconds = requested ?? numberOf(pod.spec?.terminationGracePeriodSeconds) ?? 0;
  if (seconds === 0) return undefined;
  return seconds < 0 ? 1 : seconds;
}

export const pods = builtin({
  group: "",
  kind: "Pod",
  versions: ["v1"],
  shortNames: ["po"],
  categories: ["all"],
  columns: podColumns,
  selectableFields: [
    "spec.nodeName",
    "spec.restartPolicy",
    "spec.schedulerName",
    "spec.serviceAccountName",
    { name: "spec.hostNetwork", value: (pod) => String(pod.spec?.hostNetwork === true) },
    "status.phase",
    { name: "status.podIP", value: (pod) => pod.status?.podIPs?.[0]?.ip ?? pod.status?.podIP ?? "" },
    { name: "status.podIPs", value: (pod) => pod.status?.podIPs?.[0]?.ip ?? pod.status?.podIP ?? "" },
    "status.nominatedNodeName",
  ],
  strategy: podStrategy,
});

// What ReplicaSets, ReplicationControllers and Deployments share: counters of replicas, their columns and the rules between them.

import { childPath, type FieldError, invalid } from "../../machinery/field-error.ts";
import type { Column } from "../../machinery/kind.ts";
import type { JsonObject, KubeObject } from "../../machinery/object.ts";
import { ageColumn, countColumn } from "../columns.ts";
import { checkNonNegativeFields } from "../validation/fields.ts";

/** Desired, Current, Ready and Age. */
export const replicaColumns: Column[] = [
  countColumn("Desired", "How many pods are wanted", (object) => object.spec?.replicas),
  countColumn("Current", "How many pods there are", (object) => object.status?.replicas),
  countColumn("Ready", "How many pods are ready", (object) => object.status?.readyReplicas),
  ageColumn,
];

/** Counters that may not exceed all replicas. */
const partialCounters = ["fullyLabeledReplicas", "readyReplicas", "availableReplicas"];

/** Errors of an update of the status of a ReplicaSet or ReplicationController. */
export function checkReplicaStatus(object: KubeObject, _old: KubeObject): FieldError[] {
  const errors: FieldError[] = [];
  const status: JsonObject = object.status ?? {};
  checkNonNegativeFields(
    status,
    ["replicas", ...partialCounters, "observedGeneration", "terminatingReplicas"],
    "status",
    errors,
  );
  checkNoMoreThanReplicas(status, partialCounters, errors);
  return errors;
}

/**
 * No counter of a part exceeds `status.replicas`, and no more replicas are available than are ready.
 *
 * @param ready how the message names the counter of ready replicas
 */
export function checkNoMoreThanReplicas(
  status: JsonObject,
  counters: readonly string[],
  errors: FieldError[],
  ready = "readyReplicas",
): void {
  const replicas = status.replicas ?? 0;
  for (const counter of counters) {
    const count = status[counter] ?? 0;
    if (count > replicas) {
      errors.push(invalid(childPath("status", counter), count, "cannot be greater than status.replicas"));
    }
  }
  const available = status.availableReplicas ?? 0;
  if (available > (status.readyReplicas ?? 0)) {
    errors.push(invalid("status.availableReplicas", available, `cannot be greater than ${ready}`));
  }
}

// Ownership of `replicas` seen through the scale subresource: managers of the object that own its replicas field own `spec.replicas` of the
// Scale, and back. Source: k8s.io/apimachinery pkg/util/managedfields ScaleHandler.

import type { ManagedFieldsEntry } from "../object.ts";
import { encodeManagers, type Managers, readManagers } from "./managers.ts";
import type { PathElement } from "./path.ts";
import { differenceSets, hasPath, isEmptySet, setOf } from "./set.ts";

/** The path of the replicas field by apiVersion; undefined for a version without it. */
export type ReplicasPath = (apiVersion: string) => readonly PathElement[] | undefined;

const scaleVersion = "autoscaling/v1";
const scaleReplicas = setOf(["f:spec", "f:replicas"]);

/** The managedFields of a Scale. */
export function scaleManagedFields(
  entries: ManagedFieldsEntry[] | undefined,
  replicasPath: ReplicasPath,
): ManagedFieldsEntry[] | undefined {
  const result: Managers = new Map();
  for (const [id, manager] of readManagers(entries)) {
    const path = replicasPath(manager.apiVersion);
    if (path === undefined || !hasPath(manager.set, path)) continue;
    result.set(id, { ...manager, apiVersion: scaleVersion, set: scaleReplicas, entry: undefined });
  }
  return encodeManagers(result);
}

/** The managedFields of the object after a write of its Scale, given those of the Scale that was written. */
export function parentManagedFields(
  entries: ManagedFieldsEntry[] | undefined,
  scaleEntries: ManagedFieldsEntry[] | undefined,
  apiVersion: string,
  replicasPath: ReplicasPath,
): ManagedFieldsEntry[] | undefined {
  // An update through scale keeps the identity it had on the object, whose version the Scale does not tell.
  const scale = new Map([...readManagers(scaleEntries).values()].map((manager) => [identity(manager), manager]));
  const result: Managers = new Map();
  for (const [id, manager] of readManagers(entries)) {
    const path = replicasPath(manager.apiVersion);
    if (path === undefined || !hasPath(manager.set, path)) result.set(id, manager);
    else if (scale.delete(identity(manager))) result.set(id, manager);
    else {
      const set = differenceSets(manager.set, setOf(path));
      if (!isEmptySet(set)) result.set(id, { ...manager, set, entry: undefined });
    }
  }
  const path = replicasPath(apiVersion);
  for (const [id, manager] of scale) {
    if (path !== undefined && hasPath(manager.set, ["f:spec", "f:replicas"])) {
      result.set(id, { ...manager, apiVersion, set: setOf(path), entry: undefined });
    }
  }
  return encodeManagers(result);
}

function identity({
  manager,
  operation,
  subresource,
}: {
  manager: string;
  operation: string;
  subresource: string;
}): string {
  return `${manager}\u0000${operation}\u0000${subresource}`;
}

// Whether a namespace still takes new objects.

import type { KubeObject } from "../../../machinery/object.ts";
import { hasReason } from "../../../machinery/status-error.ts";

export function isActive(namespace: KubeObject | undefined): boolean {
  return namespace !== undefined && namespace.metadata.deletionTimestamp === undefined;
}

/** For `catch` behind a create that need not succeed: the object is there already, or its namespace is going or gone. */
export function ignoreNeedless(error: unknown): undefined {
  const isTerminating =
    hasReason(error, "Forbidden") &&
    error.status.details?.causes?.some(({ reason }) => reason === "NamespaceTerminating");
  if (isTerminating || hasReason(error, "AlreadyExists") || hasReason(error, "NotFound")) return undefined;
  throw error;
}

// Whether a namespace still takes new objects.

import { hasReason } from "../../../machinery/status-error.ts";
import type { Namespace } from "../../types.generated.ts";

export function isActive(namespace: Namespace | undefined): boolean {
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

// Conflicts of server-side apply and the Status that tells of them, in the words of kube-apiserver.

import { applyConflict, type Status } from "../status-error.ts";
import type { Managers, Operation } from "./managers.ts";
import type { ConflictingFields } from "./ownership.ts";
import { formatSet } from "./set.ts";

/** Fields that an apply would take from another manager. */
export interface ApplyConflict {
  manager: string;
  operation: Operation;
  apiVersion: string;
  subresource: string;
  /** As `.spec.replicas`. */
  fields: string[];
}

/** Conflicts by manager, sorted as messages list them. */
export function listConflicts(conflicting: ConflictingFields, managers: Managers): ApplyConflict[] {
  return [...conflicting]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([id, set]) => {
      const { manager, operation, apiVersion, subresource } = managers.get(id)!;
      return { manager, operation, apiVersion, subresource, fields: formatSet(set) };
    });
}

/** The 409 of an apply: one cause per field. */
export function conflictStatus(conflicts: readonly ApplyConflict[]): Status {
  const causes = conflicts.flatMap((conflict) =>
    conflict.fields.map((field) => ({
      reason: "FieldManagerConflict",
      message: `conflict with ${describe(conflict)}`,
      field,
    })),
  );
  const [only] = causes;
  if (causes.length === 1)
    return applyConflict(`Apply failed with 1 conflict: ${only!.message}: ${only!.field}`, causes).status;
  const lines = conflicts.flatMap((conflict) => [
    `conflicts with ${describe(conflict)}:`,
    ...conflict.fields.map((field) => `- ${field}`),
  ]);
  return applyConflict(`Apply failed with ${causes.length} conflicts: ${lines.join("\n")}`, causes).status;
}

function describe({ manager, operation, apiVersion, subresource }: ApplyConflict): string {
  const through = subresource === "" ? "" : ` with subresource ${JSON.stringify(subresource)}`;
  const using = operation === "Update" ? ` using ${apiVersion}` : "";
  return `${JSON.stringify(manager)}${through}${using}`;
}

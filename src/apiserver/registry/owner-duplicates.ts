// Owner references that an object names twice are taken once, with a warning.
// Source: apiserver/pkg/endpoints/handlers/rest.go, dedupOwnerReferencesAndAddWarning.

import { equalJson } from "../../machinery/equal.ts";
import type { KubeObject, OwnerReference } from "../../machinery/object.ts";
import type { RequestContext } from "./context.ts";

const request =
  "API server dedups owner references in 1.20+, and may reject such requests as early as 1.24; please fix your requests";

/** Drops repeated owner references of an object whose metadata is the caller's own; `when` tells where they came from. */
export function dropDuplicateOwners(
  context: RequestContext,
  { metadata }: KubeObject,
  when: "as sent" | "after admission",
): void {
  const owners = metadata.ownerReferences;
  if (owners === undefined || owners.length < 2) return;
  const byUid = new Map<string, OwnerReference[]>();
  const kept: OwnerReference[] = [];
  const duplicates = new Set<string>();
  for (const owner of owners) {
    const same = byUid.get(owner.uid) ?? [];
    if (same.some((other) => equalJson(other, owner))) {
      duplicates.add(owner.uid);
      continue;
    }
    byUid.set(owner.uid, [...same, owner]);
    kept.push(owner);
  }
  if (duplicates.size === 0) return;
  metadata.ownerReferences = kept;
  const where = when === "as sent" ? "" : " after mutating admission happens";
  context.warn(
    `.metadata.ownerReferences contains duplicate entries${where}; ${request}; duplicate UID(s) observed: ${[...duplicates].join(", ")}`,
  );
}

// The status that a CRD has among all CRDs: which of its names it got, and whether it is served. A name belongs to the first CRD of
// its group that was given it. Pure; source: apiextensions-apiserver pkg/controller/{status,establish,apiapproval}.

import { setCondition } from "../../machinery/conditions.ts";
import { equalJson } from "../../machinery/equal.ts";
import {
  type ApiApproval,
  apiApproval,
  type Crd,
  type CrdCondition,
  type CrdNames,
  type CrdStatus,
  isProtectedGroup,
} from "./crd.ts";

/**
 * The status of `crd`; the same object when nothing changes.
 *
 * @param others all CRDs; those of other groups and `crd` itself do not count
 * @param now RFC 3339, for conditions that change
 */
export function crdStatus(crd: Crd, others: Iterable<Crd>, now: string): CrdStatus {
  const status = crd.status ?? {};
  const { accepted, conflict } = acceptNames(crd, others);
  let conditions = status.conditions ?? [];
  conditions = setCondition(conditions, namesCondition(conflict), now);
  const established = conditions.find((condition) => condition.type === "Established");
  if (established?.status !== "True") conditions = setCondition(conditions, establishedCondition(conflict), now);
  if (isProtectedGroup(crd.spec.group)) {
    conditions = setCondition(conditions, approvalCondition(apiApproval(crd.metadata.annotations)), now);
  }
  const next: CrdStatus = { ...status, acceptedNames: accepted, conditions };
  return equalJson(next, status) ? status : next;
}

/** The condition of a CRD whose objects are being deleted with it. */
export const terminatingCondition: CrdCondition = {
  type: "Terminating",
  status: "True",
  reason: "InstanceDeletionInProgress",
  message: "CustomResource deletion is in progress",
};

interface Conflict {
  reason: string;
  message: string;
}

function acceptNames(crd: Crd, others: Iterable<Crd>): { accepted: Partial<CrdNames>; conflict: Conflict | undefined } {
  const usedResources = new Set<string>();
  const usedKinds = new Set<string>();
  for (const { metadata, spec, status } of others) {
    if (spec.group !== crd.spec.group || metadata.name === crd.metadata.name) continue;
    const { plural, singular, shortNames, kind, listKind } = status?.acceptedNames ?? {};
    for (const name of [plural, singular, ...(shortNames ?? [])]) if (name !== undefined) usedResources.add(name);
    for (const name of [kind, listKind]) if (name !== undefined) usedKinds.add(name);
  }
  const wanted = crd.spec.names;
  const before = crd.status?.acceptedNames ?? {};
  const accepted: Partial<CrdNames> = { plural: "", kind: "", ...before };
  let conflict: Conflict | undefined;
  const settle = (name: "plural" | "singular" | "kind" | "listKind", used: ReadonlySet<string>, reason: string) => {
    const value = wanted[name] ?? "";
    if (value !== (before[name] ?? "") && used.has(value)) conflict = { reason, message: inUse(value) };
    else accepted[name] = value;
  };
  settle("plural", usedResources, "PluralConflict");
  settle("singular", usedResources, "SingularConflict");
  const taken = (wanted.shortNames ?? []).filter(
    (name) => before.shortNames?.includes(name) !== true && usedResources.has(name),
  );
  if (taken.length > 0) {
    const texts = taken.map(inUse);
    conflict = { reason: "ShortNamesConflict", message: texts.length === 1 ? texts[0]! : `[${texts.join(", ")}]` };
  } else setList(accepted, "shortNames", wanted.shortNames);
  settle("kind", usedKinds, "KindConflict");
  settle("listKind", usedKinds, "ListKindConflict");
  setList(accepted, "categories", wanted.categories);
  return { accepted, conflict };
}

function setList(names: Partial<CrdNames>, field: "shortNames" | "categories", value: string[] | undefined): void {
  if (value === undefined) delete names[field];
  else names[field] = value;
}

function inUse(name: string): string {
  return `${JSON.stringify(name)} is already in use`;
}

function namesCondition(conflict: Conflict | undefined): CrdCondition {
  if (conflict !== undefined) return { type: "NamesAccepted", status: "False", ...conflict };
  return { type: "NamesAccepted", status: "True", reason: "NoConflicts", message: "no conflicts found" };
}

function establishedCondition(conflict: Conflict | undefined): CrdCondition {
  const type = "Established";
  if (conflict !== undefined) {
    return { type, status: "False", reason: "NotAccepted", message: "not all names are accepted" };
  }
  const message = "the initial names have been accepted";
  return { type, status: "True", reason: "InitialNamesAccepted", message };
}

const approvalReasons: Record<ApiApproval["state"], string> = {
  approved: "ApprovedAnnotation",
  bypassed: "UnapprovedAnnotation",
  missing: "MissingAnnotation",
  invalid: "InvalidAnnotation",
};

function approvalCondition({ state, reason }: ApiApproval): CrdCondition {
  return {
    type: "KubernetesAPIApprovalPolicyConformant",
    status: state === "approved" ? "True" : "False",
    reason: approvalReasons[state],
    message: reason,
  };
}

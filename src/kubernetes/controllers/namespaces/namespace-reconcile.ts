// What the conditions of a namespace say while it is being emptied. Pure.
// Source of the reasons and words: kubernetes pkg/controller/namespace/deletion/status_condition_utils.go.

import { setCondition } from "../../../machinery/conditions.ts";
import type { GroupResource, KubeObject } from "../../../machinery/object.ts";
import { formatTime } from "../../../machinery/time.ts";
import type { NamespaceCondition } from "../../types.generated.ts";

/** What is left of one resource after its objects were deleted. */
export interface Remainder {
  resource: GroupResource;
  objects: number;
  /** How many objects have each finalizer. */
  finalizers: ReadonlyMap<string, number>;
}

export interface DrainOutcome {
  /** Groups whose resources could not be found out. */
  discoveryFailures: readonly string[];
  /** Texts of what went wrong with deletes. */
  deletionFailures: readonly string[];
  remainders: readonly Remainder[];
}

export function isEmptied({ discoveryFailures, deletionFailures, remainders }: DrainOutcome): boolean {
  return discoveryFailures.length === 0 && deletionFailures.length === 0 && remainders.length === 0;
}

/** Counts what is left of a resource; undefined when that is nothing. */
export function remainderOf(resource: GroupResource, objects: readonly KubeObject[]): Remainder | undefined {
  if (objects.length === 0) return undefined;
  const finalizers = new Map<string, number>();
  for (const { metadata } of objects) {
    for (const finalizer of metadata.finalizers ?? []) finalizers.set(finalizer, (finalizers.get(finalizer) ?? 0) + 1);
  }
  return { resource, objects: objects.length, finalizers };
}

/** The conditions of a namespace after a round; the same list when they are as before. */
export function drainConditions(old: NamespaceCondition[], outcome: DrainOutcome, now: Date): NamespaceCondition[] {
  const time = formatTime(now);
  return conditionsOf(outcome).reduce((conditions, condition) => setCondition(conditions, condition, time), old);
}

function conditionsOf(outcome: DrainOutcome): NamespaceCondition[] {
  const { discoveryFailures, deletionFailures, remainders } = outcome;
  const failed = [...deletionFailures].sort();
  const unknown = [...discoveryFailures].sort();
  return [
    condition(
      "NamespaceDeletionDiscoveryFailure",
      unknown.length > 0 && [
        "DiscoveryFailed",
        `Discovery failed for some groups, ${unknown.length} failing: unable to retrieve the complete list of server APIs: ${unknown.join(", ")}`,
      ],
      ["ResourcesDiscovered", "All resources successfully discovered"],
    ),
    condition("NamespaceDeletionGroupVersionParsingFailure", false, [
      "ParsedGroupVersions",
      "All legacy kube types successfully parsed",
    ]),
    condition(
      "NamespaceDeletionContentFailure",
      failed.length > 0 && [
        "ContentDeletionFailed",
        `Failed to delete all resource types, ${failed.length} remaining: ${failed.join(", ")}`,
      ],
      ["ContentDeleted", "All content successfully deleted, may be waiting on finalization"],
    ),
    condition(
      "NamespaceContentRemaining",
      remainders.length > 0 && ["SomeResourcesRemain", `Some resources are remaining: ${resourcesText(remainders)}`],
      ["ContentRemoved", "All content successfully removed"],
    ),
    condition(
      "NamespaceFinalizersRemaining",
      remainders.some(({ finalizers }) => finalizers.size > 0) && [
        "SomeFinalizersRemain",
        `Some content in the namespace has finalizers remaining: ${finalizersText(remainders)}`,
      ],
      ["ContentHasNoFinalizers", "All content-preserving finalizers finished"],
    ),
  ];
}

type Finding = [reason: string, message: string];

function condition(type: string, problem: false | Finding, fine: Finding): NamespaceCondition {
  const [reason, message] = problem || fine;
  return { type, status: problem ? "True" : "False", reason, message };
}

/** `configmaps. has 2 resource instances, widgets.example.com has 1 resource instances`. */
function resourcesText(remainders: readonly Remainder[]): string {
  const texts = remainders.map(
    ({ resource: { group, resource }, objects }) => `${resource}.${group} has ${objects} resource instances`,
  );
  return texts.sort().join(", ");
}

function finalizersText(remainders: readonly Remainder[]): string {
  const sums = new Map<string, number>();
  for (const { finalizers } of remainders) {
    for (const [finalizer, count] of finalizers) sums.set(finalizer, (sums.get(finalizer) ?? 0) + count);
  }
  const texts = [...sums].map(([finalizer, count]) => `${finalizer} in ${count} resource instances`);
  return texts.sort().join(", ");
}

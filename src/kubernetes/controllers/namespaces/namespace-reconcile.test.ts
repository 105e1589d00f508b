import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { KubeObject } from "../../../machinery/object.ts";
import { type DrainOutcome, drainConditions, isEmptied, remainderOf } from "./namespace-reconcile.ts";

const now = new Date("2026-01-01T00:00:00Z");
const later = new Date("2026-01-01T01:00:00Z");
const empty: DrainOutcome = { discoveryFailures: [], deletionFailures: [], remainders: [] };

function objects(...finalizers: string[][]): KubeObject[] {
  return finalizers.map((list) => ({ apiVersion: "v1", kind: "X", metadata: { finalizers: list } }));
}

function conditions(outcome: DrainOutcome) {
  return Object.fromEntries(
    drainConditions([], outcome, now).map(({ type, status, reason, message }) => [
      type,
      `${status} ${reason}: ${message}`,
    ]),
  );
}

describe("the conditions of a namespace", () => {
  it("say that all went well", () => {
    assert.ok(isEmptied(empty));
    assert.deepEqual(conditions(empty), {
      NamespaceDeletionDiscoveryFailure: "False ResourcesDiscovered: All resources successfully discovered",
      NamespaceDeletionGroupVersionParsingFailure:
        "False ParsedGroupVersions: All legacy kube types successfully parsed",
      NamespaceDeletionContentFailure:
        "False ContentDeleted: All content successfully deleted, may be waiting on finalization",
      NamespaceContentRemaining: "False ContentRemoved: All content successfully removed",
      NamespaceFinalizersRemaining: "False ContentHasNoFinalizers: All content-preserving finalizers finished",
    });
  });

  it("say what is left, and which finalizers hold it", () => {
    const remainders = [
      remainderOf({ group: "example.com", resource: "widgets" }, objects(["example.com/b", "example.com/a"]))!,
      remainderOf({ group: "", resource: "pods" }, objects(["example.com/a"], []))!,
    ];
    const shown = conditions({ ...empty, remainders });
    assert.equal(
      shown.NamespaceContentRemaining,
      "True SomeResourcesRemain: Some resources are remaining: pods. has 2 resource instances, widgets.example.com has 1 resource instances",
    );
    assert.equal(
      shown.NamespaceFinalizersRemaining,
      "True SomeFinalizersRemain: Some content in the namespace has finalizers remaining: example.com/a in 2 resource instances, example.com/b in 1 resource instances",
    );
  });

  it("say what failed", () => {
    const shown = conditions({
      ...empty,
      deletionFailures: ["second", "first"],
      discoveryFailures: ["metrics.k8s.io/v1: unavailable"],
    });
    assert.equal(
      shown.NamespaceDeletionContentFailure,
      "True ContentDeletionFailed: Failed to delete all resource types, 2 remaining: first, second",
    );
    assert.equal(
      shown.NamespaceDeletionDiscoveryFailure,
      "True DiscoveryFailed: Discovery failed for some groups, 1 failing: unable to retrieve the complete list of server APIs: metrics.k8s.io/v1: unavailable",
    );
  });

  it("change only when there is news, and their times only with their status", () => {
    const first = drainConditions([], { ...empty, deletionFailures: ["x"] }, now);
    assert.equal(drainConditions(first, { ...empty, deletionFailures: ["x"] }, later), first);
    const second = drainConditions(first, { ...empty, deletionFailures: ["y"] }, later);
    const times = (list: typeof first) => list.map(({ lastTransitionTime }) => lastTransitionTime);
    assert.deepEqual(times(second), times(first));
    const third = drainConditions(second, empty, later);
    assert.equal(
      third.find(({ type }) => type === "NamespaceDeletionContentFailure")?.lastTransitionTime,
      "2026-01-01T01:00:00Z",
    );
    assert.equal(third[0]?.lastTransitionTime, "2026-01-01T00:00:00Z");
  });

  it("leave conditions of others in place", () => {
    const foreign = { type: "Other", status: "True", reason: "R", message: "M" } as const;
    assert.deepEqual(drainConditions([foreign], empty, now)[0], foreign);
  });
});

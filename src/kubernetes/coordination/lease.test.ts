import assert from "node:assert/strict";
import { test } from "node:test";
import { createErrors, row } from "../validation/testing.ts";
import { leaseKind } from "./lease.ts";

const lease = (spec: Record<string, unknown>) => ({
  apiVersion: "coordination.k8s.io/v1",
  kind: "Lease",
  metadata: { name: "a", namespace: "default" },
  spec,
});

test("what is wrong with a lease", () => {
  assert.deepEqual(createErrors(leaseKind, lease({ holderIdentity: "x", leaseDurationSeconds: 15 })), []);
  assert.deepEqual(createErrors(leaseKind, lease({ leaseDurationSeconds: 0, leaseTransitions: -1 })), [
    "spec.leaseDurationSeconds: Invalid value: 0: must be greater than 0",
    "spec.leaseTransitions: Invalid value: -1: must be greater than or equal to 0",
  ]);
  assert.deepEqual(createErrors(leaseKind, lease({ preferredHolder: "x" })), [
    "spec.preferredHolder: Forbidden: may only be specified if `strategy` is defined",
  ]);
  assert.deepEqual(createErrors(leaseKind, lease({ preferredHolder: "x", strategy: "" })), [
    'spec.strategy.strategy: Unsupported value: "": supported values: "OldestEmulationVersion"',
    "spec.preferredHolder: Forbidden: may only be specified if `strategy` is defined",
  ]);
  assert.deepEqual(createErrors(leaseKind, lease({ preferredHolder: "x", strategy: "example.com/mine" })), []);
});

test("a holder lets go by leaving an empty name", () => {
  assert.deepEqual(createErrors(leaseKind, lease({ holderIdentity: "", leaseDurationSeconds: 1 })), []);
});

test("a lease may be made by an update, and is changed only by who knows its revision", () => {
  assert.equal(leaseKind.strategy?.createOnUpdate, true);
  assert.equal(leaseKind.strategy?.unconditionalUpdate, false);
  assert.equal(row(leaseKind, lease({ holderIdentity: "x" })).Holder, "x");
});

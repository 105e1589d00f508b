import assert from "node:assert/strict";
import { test } from "node:test";
import type { Crd, CrdNames } from "./crd.ts";
import { crdStatus } from "./crd-status.ts";

const now = "2024-01-01T00:00:00Z";

function crd(name: string, names: Partial<CrdNames>, status?: Crd["status"], group = "example.com"): Crd {
  const { plural = name, kind = `${name}K` } = names;
  const complete = { singular: `${plural}1`, listKind: `${kind}List`, ...names, plural, kind };
  return {
    apiVersion: "apiextensions.k8s.io/v1",
    kind: "CustomResourceDefinition",
    metadata: { name: `${name}.${group}` },
    spec: { group, scope: "Cluster", names: complete, versions: [] },
    ...(status === undefined ? {} : { status }),
  };
}

const summary = (status: Crd["status"]) =>
  Object.fromEntries(
    (status?.conditions ?? []).map(({ type, status, reason, message }) => [type, [status, reason, message]]),
  );

test("a CRD with free names is established", () => {
  const one = crd("as", { shortNames: ["a"] });
  const status = crdStatus(one, [one], now);
  assert.deepEqual(summary(status), {
    NamesAccepted: ["True", "NoConflicts", "no conflicts found"],
    Established: ["True", "InitialNamesAccepted", "the initial names have been accepted"],
  });
  assert.deepEqual(status.acceptedNames, one.spec.names);
});

test("nothing changes the second time", () => {
  const one = crd("as", {});
  one.status = crdStatus(one, [one], now);
  assert.equal(crdStatus(one, [one], "2025-01-01T00:00:00Z"), one.status);
});

test("a name that another has is not given", () => {
  const first = crd("as", { shortNames: ["x"] });
  first.status = crdStatus(first, [first], now);
  const conflicts: [names: Partial<CrdNames>, reason: string, message: string][] = [
    [{ shortNames: ["x", "y"] }, "ShortNamesConflict", '"x" is already in use'],
    [{ kind: "asK" }, "ListKindConflict", '"asKList" is already in use'],
    [{ kind: "asK", listKind: "Other" }, "KindConflict", '"asK" is already in use'],
    [{ singular: "as" }, "SingularConflict", '"as" is already in use'],
  ];
  for (const [names, reason, message] of conflicts) {
    const second = crd("bs", names);
    const status = crdStatus(second, [first, second], now);
    assert.deepEqual(summary(status), {
      NamesAccepted: ["False", reason, message],
      Established: ["False", "NotAccepted", "not all names are accepted"],
    });
  }
  const elsewhere = crd("bs", { kind: "asK" }, undefined, "other.org");
  assert.equal(summary(crdStatus(elsewhere, [first, elsewhere], now)).Established?.[0], "True");
});

test("names that become free are given, and times change with the status only", () => {
  const first = crd("as", { shortNames: ["x"] });
  first.status = crdStatus(first, [first], now);
  const second = crd("bs", { shortNames: ["x"] });
  second.status = crdStatus(second, [first, second], now);
  const later = "2024-02-02T00:00:00Z";
  const status = crdStatus(second, [second], later);
  assert.deepEqual(
    status.conditions?.map((condition) => [condition.status, condition.lastTransitionTime]),
    [
      ["True", later],
      ["True", later],
    ],
  );
});

test("once established it stays so", () => {
  const one = crd("as", {});
  one.status = crdStatus(one, [one], now);
  const other = crd("bs", {});
  other.status = { acceptedNames: { plural: "cs", kind: "C" } };
  one.spec.names.shortNames = ["cs"];
  assert.equal(summary(crdStatus(one, [one, other], now)).Established?.[0], "True");
  assert.equal(summary(crdStatus(one, [one, other], now)).NamesAccepted?.[1], "ShortNamesConflict");
});

test("approval of protected groups is shown", () => {
  const one = crd("as", {}, undefined, "x.k8s.io");
  one.metadata.annotations = { "api-approved.kubernetes.io": "https://example.com/1" };
  assert.deepEqual(summary(crdStatus(one, [one], now)).KubernetesAPIApprovalPolicyConformant, [
    "True",
    "ApprovedAnnotation",
    "approved in https://example.com/1",
  ]);
});

import assert from "node:assert/strict";
import { test } from "node:test";
import type { KubeObject } from "../../../machinery/object.ts";
import { createErrors, defaulted, row, testContext, texts, updateErrors } from "../../validation/testing.ts";
import { persistentVolumeKind } from "./persistent-volume.ts";
import { persistentVolumeClaimKind } from "./persistent-volume-claim.ts";

function volume(spec: Record<string, unknown> = {}, status = {}): KubeObject {
  const base = { capacity: { storage: "1Gi" }, accessModes: ["ReadWriteOnce"], hostPath: { path: "/data" } };
  return { apiVersion: "v1", kind: "PersistentVolume", metadata: { name: "v" }, spec: { ...base, ...spec }, status };
}
function claim(spec: Record<string, unknown> = {}, status = {}): KubeObject {
  const base = { accessModes: ["ReadWriteOnce"], resources: { requests: { storage: "1Gi" } } };
  const metadata = { name: "c", namespace: "default" };
  return { apiVersion: "v1", kind: "PersistentVolumeClaim", metadata, spec: { ...base, ...spec }, status };
}
const sized = (storage: string, status = {}) => claim({ resources: { requests: { storage } } }, status);

test("defaults of a volume", () => {
  const { spec, status } = defaulted(persistentVolumeKind, volume());
  assert.deepEqual(
    [spec.persistentVolumeReclaimPolicy, spec.volumeMode, status.phase],
    ["Retain", "Filesystem", "Pending"],
  );
  assert.deepEqual(spec.hostPath, { path: "/data", type: "" });
});

test("a change of phase is timed", () => {
  const next = volume({}, { phase: "Bound" });
  persistentVolumeKind.strategy?.prepareForUpdate?.(
    next,
    volume({}, { phase: "Available" }),
    testContext({}, "status"),
  );
  assert.deepEqual(next.status, { phase: "Bound", lastPhaseTransitionTime: "2026-01-02T00:00:00Z" });
});

test("what is wrong with a volume", () => {
  const cases: [Record<string, unknown>, string[]][] = [
    [{}, []],
    [{ hostPath: undefined }, ["spec: Required value: must specify a volume type"]],
    [{ nfs: { server: "s", path: "/p" } }, ["spec.nfs: Forbidden: may not specify more than 1 volume type"]],
    [{ accessModes: [] }, ["spec.accessModes: Required value"]],
    [
      { accessModes: ["ReadWriteOncePod", "ReadOnlyMany"] },
      ["spec.accessModes: Forbidden: may not use ReadWriteOncePod with other access modes"],
    ],
    [{ capacity: { storage: "0" } }, ['spec.capacity[storage]: Invalid value: "0": must be greater than zero']],
    [{ hostPath: { path: "/a/../b" } }, ["spec.hostPath.path: Invalid value: \"/a/../b\": must not contain '..'"]],
    [
      { hostPath: undefined, local: { path: "/mnt" } },
      ["spec.nodeAffinity: Required value: Local volume requires node affinity"],
    ],
    [
      { hostPath: undefined, csi: { driver: "", volumeHandle: "" } },
      ["spec.csi.volumeHandle: Required value", "spec.csi.driver: Required value"],
    ],
    [
      { hostPath: { path: "/" }, persistentVolumeReclaimPolicy: "Recycle" },
      ["spec.persistentVolumeReclaimPolicy: Forbidden: may not be 'recycle' for a hostPath mount of '/'"],
    ],
  ];
  for (const [spec, errors] of cases) assert.deepEqual(createErrors(persistentVolumeKind, volume(spec)), errors);
});

test("the source of a volume does not change", () => {
  assert.deepEqual(updateErrors(persistentVolumeKind, volume({ hostPath: { path: "/other" } }), volume()), [
    'spec.persistentvolumesource: Forbidden: spec.persistentvolumesource is immutable after creation\n  spec.hostPath.path: "/data" -> "/other"',
  ]);
  assert.deepEqual(updateErrors(persistentVolumeKind, volume({ volumeMode: "Block" }), volume()), [
    'volumeMode: Invalid value: "Block": field is immutable',
  ]);
});

test("what is wrong with a claim", () => {
  const cases: [Record<string, unknown>, string[]][] = [
    [{}, []],
    [{ accessModes: [] }, ["spec.accessModes: Required value: at least 1 access mode is required"]],
    [{ resources: {} }, ["spec.resources[storage]: Required value"]],
    [{ volumeMode: "Odd" }, ['spec.volumeMode: Unsupported value: "Odd": supported values: "Block", "Filesystem"']],
    [
      { dataSource: { kind: "Snapshot", name: "s" } },
      [
        "spec.dataSource: Invalid value: \"Snapshot\": must be 'PersistentVolumeClaim' when referencing the default apiGroup",
      ],
    ],
  ];
  for (const [spec, errors] of cases) assert.deepEqual(createErrors(persistentVolumeClaimKind, claim(spec)), errors);
});

test("data sources of claims", () => {
  const settled = (spec: Record<string, unknown>, old?: KubeObject) => {
    const object = claim(spec);
    const { prepareForCreate, prepareForUpdate } = persistentVolumeClaimKind.strategy ?? {};
    if (old === undefined) prepareForCreate?.(object, testContext());
    else prepareForUpdate?.(object, old, testContext());
    return [object.spec.dataSource, object.spec.dataSourceRef];
  };
  const other = { kind: "PersistentVolumeClaim", name: "c" };
  const database = { apiGroup: "example.com", kind: "Database", name: "d" };
  assert.deepEqual(settled({ dataSource: other }), [other, other]);
  assert.deepEqual(settled({ dataSourceRef: database }), [database, database]);
  assert.deepEqual(settled({ dataSource: database }), [undefined, undefined]);
  assert.deepEqual(settled({ dataSourceRef: { ...other, namespace: "far" } }), [undefined, undefined]);
  const old = claim({ dataSource: database, dataSourceRef: database });
  assert.deepEqual(settled({ dataSource: database }, old), [database, database]);
});

test("the old annotation of the storage class", () => {
  const annotated = (name: string, spec: Record<string, unknown> = {}): KubeObject => {
    const object = claim(spec);
    object.metadata.annotations = { "volume.beta.kubernetes.io/storage-class": name };
    return object;
  };
  assert.deepEqual(updateErrors(persistentVolumeClaimKind, annotated("slow"), annotated("fast")), [
    'metadata.annotations.volume.beta.kubernetes.io/storage-class: Invalid value: "slow": field is immutable',
  ]);
  assert.deepEqual(updateErrors(persistentVolumeClaimKind, claim({ storageClassName: "fast" }), annotated("fast")), []);
  assert.deepEqual(persistentVolumeClaimKind.strategy?.warnings?.(annotated("fast"), undefined), [
    'metadata.annotations[volume.beta.kubernetes.io/storage-class]: deprecated since v1.8; use "storageClassName" attribute instead',
  ]);
});

test("a bound claim may grow, and nothing else about it changes", () => {
  const errors = (next: KubeObject, old: KubeObject) => updateErrors(persistentVolumeClaimKind, next, old);
  const bound = { phase: "Bound", capacity: { storage: "1Gi" } };
  const immutable =
    "spec: Forbidden: spec is immutable after creation except resources.requests and volumeAttributesClassName for bound claims";
  assert.deepEqual(errors(sized("2Gi", bound), sized("1Gi", bound)), []);
  assert.deepEqual(errors(sized("2Gi"), sized("1Gi")), [
    `${immutable}\n  spec.resources.requests.storage: "1Gi" -> "2Gi"`,
  ]);
  assert.deepEqual(errors(sized("512Mi", bound), sized("1Gi", bound)), [
    "spec.resources.requests.storage: Forbidden: field can not be less than status.capacity",
  ]);
  // A growth that failed may be taken back, down to what is there.
  assert.deepEqual(errors(sized("2Gi", bound), sized("4Gi", bound)), []);
  assert.deepEqual(errors(claim({ volumeName: "v" }), claim()), []);
  assert.deepEqual(errors(claim({ storageClassName: "fast" }), claim()), []);
  assert.deepEqual(errors(claim({ storageClassName: "slow" }), claim({ storageClassName: "fast" })), [
    `${immutable}\n  spec.storageClassName: "fast" -> "slow"`,
  ]);
});

test("the status of a claim", () => {
  const validate = persistentVolumeClaimKind.strategy?.validateStatusUpdate;
  const status = { allocatedResourceStatuses: { storage: "Odd" } };
  assert.match(
    texts(validate?.(claim({}, status), claim(), testContext()))[0] ?? "",
    /^status.allocatedResourceStatus: Unsupported value: "storage": supported values: "ControllerResizeInProgress"/,
  );
});

test("columns", () => {
  const bound = claim(
    { volumeName: "v", storageClassName: "fast", volumeMode: "Filesystem" },
    { phase: "Bound", capacity: { storage: "1Gi" }, accessModes: ["ReadWriteMany", "ReadWriteOnce"] },
  );
  const { Age: _, ...cells } = row(persistentVolumeClaimKind, bound);
  assert.deepEqual(cells, {
    Status: "Bound",
    Volume: "v",
    Capacity: "1Gi",
    "Access Modes": "RWO,RWX",
    StorageClass: "fast",
    VolumeAttributesClass: "<unset>",
    VolumeMode: "Filesystem",
  });
  const claimRef = { namespace: "default", name: "c" };
  const { Claim, Capacity, Status, VolumeMode } = row(persistentVolumeKind, volume({ claimRef }, { phase: "Bound" }));
  assert.deepEqual([Claim, Capacity, Status, VolumeMode], ["default/c", "1Gi", "Bound", "<unset>"]);
});

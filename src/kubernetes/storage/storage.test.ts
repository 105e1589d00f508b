import assert from "node:assert/strict";
import { test } from "node:test";
import type { KubeObject } from "../../machinery/object.ts";
import { createErrors, defaulted, row, updateErrors } from "../validation/testing.ts";
import { csiDriverKind } from "./csi-driver.ts";
import { csiNodeKind } from "./csi-node.ts";
import { csiStorageCapacityKind } from "./csi-storage-capacity.ts";
import { storageClassKind } from "./storage-class.ts";
import { volumeAttachmentKind } from "./volume-attachment.ts";
import { volumeAttributesClassKind } from "./volume-attributes-class.ts";

function object(kind: string, fields: Record<string, unknown>, annotations: Record<string, string> = {}): KubeObject {
  return { apiVersion: "storage.k8s.io/v1", kind, metadata: { name: "a", annotations }, ...fields };
}

test("storage classes", () => {
  const storageClass = (fields: Record<string, unknown>, annotations = {}) =>
    object("StorageClass", { provisioner: "example.com/disk", ...fields }, annotations);
  const filled = defaulted(storageClassKind, storageClass({}));
  assert.deepEqual([filled.reclaimPolicy, filled.volumeBindingMode], ["Delete", "Immediate"]);
  assert.deepEqual(createErrors(storageClassKind, storageClass({})), []);
  assert.deepEqual(createErrors(storageClassKind, storageClass({ provisioner: "", reclaimPolicy: "Odd" })), [
    "provisioner: Required value",
    'reclaimPolicy: Unsupported value: "Odd": supported values: "Delete", "Retain"',
  ]);
  assert.deepEqual(updateErrors(storageClassKind, storageClass({ parameters: { a: "b" } }), storageClass({})), [
    "parameters: Forbidden: updates to parameters are forbidden.",
  ]);
  const { Age: _, ...cells } = row(
    storageClassKind,
    storageClass({}, { "storageclass.kubernetes.io/is-default-class": "true" }),
  );
  assert.deepEqual(cells, {
    Name: "a (default)",
    Provisioner: "example.com/disk",
    ReclaimPolicy: "Delete",
    VolumeBindingMode: "Immediate",
    AllowVolumeExpansion: false,
  });
});

test("CSI drivers", () => {
  const driver = (spec: Record<string, unknown>) => object("CSIDriver", { spec });
  assert.deepEqual(defaulted(csiDriverKind, driver({})).spec, {
    attachRequired: true,
    podInfoOnMount: false,
    storageCapacity: false,
    fsGroupPolicy: "ReadWriteOnceWithFSType",
    volumeLifecycleModes: ["Persistent"],
    requiresRepublish: false,
    seLinuxMount: false,
  });
  assert.deepEqual(createErrors(csiDriverKind, driver({ tokenRequests: [{ audience: "a" }, { audience: "a" }] })), [
    'spec.tokenRequests[1].audience: Duplicate value: "a"',
  ]);
  assert.deepEqual(createErrors(csiDriverKind, driver({ volumeLifecycleModes: ["Odd"] })), [
    'spec.volumeLifecycleModes: Unsupported value: "Odd": supported values: "Persistent", "Ephemeral"',
  ]);
  assert.deepEqual(updateErrors(csiDriverKind, driver({ attachRequired: false }), driver({})), [
    "spec.attachedRequired: Invalid value: false: field is immutable",
  ]);
  const { Age: _, ...cells } = row(csiDriverKind, driver({ tokenRequests: [{ audience: "x" }] }));
  assert.deepEqual(cells, {
    AttachRequired: true,
    PodInfoOnMount: false,
    StorageCapacity: false,
    TokenRequests: "x",
    RequiresRepublish: false,
    Modes: "<none>",
  });
});

test("CSI nodes", () => {
  const node = (...drivers: Record<string, unknown>[]) => object("CSINode", { spec: { drivers } });
  const driver = { name: "csi.example.com", nodeID: "n1" };
  assert.deepEqual(createErrors(csiNodeKind, node(driver, driver)), [
    'spec.drivers[1].name: Duplicate value: "csi.example.com"',
  ]);
  assert.deepEqual(createErrors(csiNodeKind, node({ name: "" })), [
    "spec.drivers[0].name: Required value",
    "spec.drivers[0].nodeID: Required value",
  ]);
  assert.deepEqual(updateErrors(csiNodeKind, node({ ...driver, nodeID: "n2" }), node(driver)), [
    'spec.drivers: Invalid value: {"name":"csi.example.com","nodeID":"n2"}: field is immutable',
  ]);
  assert.deepEqual(updateErrors(csiNodeKind, node({ ...driver, allocatable: { count: 1 } }), node(driver)), []);
  assert.deepEqual(createErrors(csiNodeKind, node({ ...driver, nodeID: "a".repeat(256) })), []);
  assert.equal(row(csiNodeKind, node(driver)).Drivers, 1);
});

test("storage capacities", () => {
  const capacity = (fields: Record<string, unknown>) =>
    object("CSIStorageCapacity", { storageClassName: "fast", ...fields });
  assert.deepEqual(createErrors(csiStorageCapacityKind, capacity({ capacity: "-1" })), [
    'capacity: Invalid value: "-1": must be greater than or equal to 0',
  ]);
  assert.deepEqual(updateErrors(csiStorageCapacityKind, capacity({ storageClassName: "slow" }), capacity({})), [
    'storageClassName: Invalid value: "slow": field is immutable',
  ]);
  assert.deepEqual(row(csiStorageCapacityKind, capacity({})), { StorageClassName: "fast", Capacity: "<unset>" });
});

test("volume attachments", () => {
  const attachment = (spec: Record<string, unknown>) => {
    const base = { attacher: "csi.example.com", nodeName: "n1", source: { persistentVolumeName: "v" } };
    return object("VolumeAttachment", { spec: { ...base, ...spec } });
  };
  assert.deepEqual(createErrors(volumeAttachmentKind, attachment({})), []);
  assert.deepEqual(createErrors(volumeAttachmentKind, attachment({ source: {} })), [
    "spec.source: Required value: must specify exactly one of inlineVolumeSpec and persistentVolumeName",
  ]);
  assert.match(
    updateErrors(volumeAttachmentKind, attachment({ nodeName: "n2" }), attachment({}))[0] ?? "",
    /^spec: Invalid value: .*: field is immutable$/,
  );
  assert.deepEqual(
    createErrors(volumeAttachmentKind, { ...attachment({}), status: { attachError: { errorCode: -1 } } }),
    ["status.attachError.errorCode: Invalid value: -1: must be between 0 and 2147483647, inclusive"],
  );
  const { PV, Node, Attached } = row(volumeAttachmentKind, attachment({}));
  assert.deepEqual([PV, Node, Attached], ["v", "n1", false]);
});

test("volume attributes classes", () => {
  const attributes = (fields: Record<string, unknown>) =>
    object("VolumeAttributesClass", { driverName: "csi.example.com", parameters: { iops: "1" }, ...fields });
  assert.deepEqual(createErrors(volumeAttributesClassKind, attributes({})), []);
  assert.deepEqual(createErrors(volumeAttributesClassKind, attributes({ parameters: {} })), [
    "parameters: Required value: must contain at least one key/value pair",
  ]);
  assert.deepEqual(
    updateErrors(volumeAttributesClassKind, attributes({ driverName: "other.example.com" }), attributes({})),
    ["driverName: Forbidden: updates to driverName are forbidden."],
  );
});

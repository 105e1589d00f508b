import assert from "node:assert/strict";
import { test } from "node:test";
import type { KubeObject } from "../../machinery/object.ts";
import { createErrors, defaulted, row, updateErrors } from "../validation/testing.ts";
import { nodeKind } from "./node.ts";

function node(spec: Record<string, unknown>, status = {}, labels: Record<string, string> = {}): KubeObject {
  return { apiVersion: "v1", kind: "Node", metadata: { name: "n1", labels }, spec, status };
}

test("defaults", () => {
  const { spec, status } = defaulted(nodeKind, node({ podCIDR: "10.1.0.0/24" }, { capacity: { cpu: "2" } }));
  assert.deepEqual(spec.podCIDRs, ["10.1.0.0/24"]);
  assert.deepEqual(status.allocatable, { cpu: "2" });
});

test("what is wrong with a node", () => {
  const taint = { key: "a", effect: "NoSchedule" };
  assert.deepEqual(createErrors(nodeKind, node({ taints: [taint, taint] })), [
    'metadata.taints[1]: Duplicate value: {"key":"a","effect":"NoSchedule"}: taints must be unique by key and effect pair',
  ]);
  assert.deepEqual(createErrors(nodeKind, node({ taints: [{ key: "a", effect: "Never" }] })), [
    'metadata.taints[0].effect: Unsupported value: "Never": supported values: "NoSchedule", "PreferNoSchedule", "NoExecute"',
  ]);
  assert.deepEqual(createErrors(nodeKind, node({ podCIDRs: ["10.1.0.0/24", "10.2.0.0/24"] })), [
    'spec.podCIDRs: Invalid value: ["10.1.0.0/24","10.2.0.0/24"]: may specify no more than one CIDR for each IP family',
  ]);
  assert.deepEqual(createErrors(nodeKind, node({}, { capacity: { pods: "1.5" } })), [
    'status.capacity.pods: Invalid value: "1.5": must be an integer',
    'status.allocatable.pods: Invalid value: "1.5": must be an integer',
  ]);
});

test("what was assigned does not change", () => {
  const old = node({ podCIDR: "10.1.0.0/24", providerID: "x://1" });
  assert.deepEqual(updateErrors(nodeKind, node({ podCIDR: "10.2.0.0/24", providerID: "x://2" }), old), [
    'spec.podCIDRs: Forbidden: node updates may not change podCIDR except from "" to valid',
    'spec.providerID: Forbidden: node updates may not change providerID except from "" to valid',
  ]);
  assert.deepEqual(updateErrors(nodeKind, old, node({})), []);
});

test("columns", () => {
  const status = {
    conditions: [{ type: "Ready", status: "True" }],
    addresses: [{ type: "InternalIP", address: "192.168.0.2" }],
    nodeInfo: { kubeletVersion: "v1.36.0", osImage: "Debian" },
  };
  const labels = { "node-role.kubernetes.io/worker": "", "kubernetes.io/role": "edge" };
  const cells = row(nodeKind, node({ unschedulable: true }, status, labels));
  const { Age: _, ...rest } = cells;
  assert.deepEqual(rest, {
    Status: "Ready,SchedulingDisabled",
    Roles: "edge,worker",
    Version: "v1.36.0",
    "Internal-IP": "192.168.0.2",
    "External-IP": "<none>",
    "OS-Image": "Debian",
    "Kernel-Version": "<unknown>",
    "Container-Runtime": "<unknown>",
  });
  assert.equal(row(nodeKind, node({})).Status, "Unknown");
  assert.equal(nodeKind.kind.versions[0]?.selectableFields?.[0]?.value(node({})), "false");
});

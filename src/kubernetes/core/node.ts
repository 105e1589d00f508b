// The kind Node. Source of the rules and words: kubernetes pkg/apis/core/validation (ValidateNode, ValidateNodeUpdate).

import { childPath, duplicate, type FieldError, forbidden, invalid } from "../../machinery/field-error.ts";
import { parseCidr } from "../../machinery/ip.ts";
import { labelValueErrors } from "../../machinery/names.ts";
import type { JsonObject, KubeObject } from "../../machinery/object.ts";
import { ageColumn, none, textColumn } from "../columns.ts";
import { builtin } from "../define.ts";
import { checkCIDR } from "../ip-address.ts";
import { semanticEqual } from "../validation/equality.ts";
import { checkEnum, entriesOf, isEmpty, listOf } from "../validation/fields.ts";
import { checkQualifiedName } from "../validation/names.ts";
import { checkResourceQuantity } from "./resource-names.ts";

const roleLabelPrefix = "node-role.kubernetes.io/";
const roleLabel = "kubernetes.io/role";
const unknown = "<unknown>";
const taintEffects = ["NoSchedule", "PreferNoSchedule", "NoExecute"];

export const nodeKind = builtin({
  group: "",
  kind: "Node",
  versions: ["v1"],
  shortNames: ["no"],
  columns: [
    textColumn("Status", "Whether the node is ready and takes pods", statusCell),
    textColumn("Roles", "Roles of the node", rolesCell),
    ageColumn,
    textColumn("Version", "Version of the kubelet", (node) => nodeInfo(node).kubeletVersion ?? ""),
    textColumn("Internal-IP", "Address inside the cluster", (node) => addressCell(node, "InternalIP"), 1),
    textColumn("External-IP", "Address outside the cluster", (node) => addressCell(node, "ExternalIP"), 1),
    textColumn("OS-Image", "Operating system", (node) => nodeInfo(node).osImage || unknown, 1),
    textColumn("Kernel-Version", "Version of the kernel", (node) => nodeInfo(node).kernelVersion || unknown, 1),
    textColumn(
      "Container-Runtime",
      "Container runtime and its version",
      (node) => nodeInfo(node).containerRuntimeVersion || unknown,
      1,
    ),
  ],
  selectableFields: [{ name: "spec.unschedulable", value: (node) => String(node.spec?.unschedulable === true) }],
  strategy: {
    generation: "none",
    keepsStatusOnCreate: true,
    defaults: defaultNode,
    prepareForUpdate(node, _old, { subresource }) {
      if (subresource === "status") defaultAllocatable(node);
    },
    validate: validateNode,
    validateUpdate: (node, old) => [...checkSpecUpdate(node, old), ...checkStatus(node)],
    validateStatusUpdate: checkStatus,
  },
});

function nodeInfo(node: KubeObject): JsonObject {
  return node.status?.nodeInfo ?? {};
}

function statusCell(node: KubeObject): string {
  const ready = listOf(node.status?.conditions).find((condition) => condition.type === "Ready");
  const state = ready === undefined ? "Unknown" : ready.status === "True" ? "Ready" : "NotReady";
  return node.spec?.unschedulable === true ? `${state},SchedulingDisabled` : state;
}

function rolesCell(node: KubeObject): string {
  const roles = new Set<string>();
  for (const [key, value] of Object.entries(node.metadata.labels ?? {})) {
    if (key.startsWith(roleLabelPrefix)) roles.add(key.slice(roleLabelPrefix.length));
    else if (key === roleLabel) roles.add(value);
  }
  roles.delete("");
  return roles.size === 0 ? none : [...roles].sort().join(",");
}

function addressCell(node: KubeObject, type: string): string {
  return listOf(node.status?.addresses).find((address) => address.type === type)?.address ?? none;
}

/** `podCIDR` is the first of `podCIDRs`; a node that reports no allocatable resources allows its whole capacity. */
function defaultNode(node: KubeObject): void {
  const { spec } = node;
  if (spec?.podCIDR && spec.podCIDRs?.[0] !== spec.podCIDR) spec.podCIDRs = [spec.podCIDR];
  else if (!isEmpty(spec?.podCIDRs)) spec.podCIDR = spec.podCIDRs[0];
  defaultAllocatable(node);
}

function defaultAllocatable({ status }: KubeObject): void {
  if (!isEmpty(status?.capacity) && isEmpty(status.allocatable)) status.allocatable = { ...status.capacity };
}

function validateNode(node: KubeObject): FieldError[] {
  const errors: FieldError[] = [];
  // The path is Kubernetes' own.
  checkTaints(listOf(node.spec?.taints), "metadata.taints", errors);
  for (const field of ["capacity", "allocatable"]) {
    for (const [name, value] of entriesOf(node.status?.[field])) {
      checkResourceQuantity(name, value, childPath(`status.${field}`, name), errors);
    }
  }
  const cidrs: string[] = listOf(node.spec?.podCIDRs);
  cidrs.forEach((cidr, index) => {
    checkCIDR(cidr, `spec.podCIDRs[${index}]`, errors);
  });
  if (cidrs.length > 1) {
    const families = new Set(cidrs.map((cidr) => parseCidr(cidr)?.address.family));
    if (families.size < 2 || cidrs.length > 2) {
      errors.push(invalid("spec.podCIDRs", cidrs, "may specify no more than one CIDR for each IP family"));
    }
    cidrs.forEach((cidr, index) => {
      if (cidrs.indexOf(cidr) < index) errors.push(duplicate(`spec.podCIDRs[${index}]`, cidr));
    });
  }
  return errors;
}

function checkTaints(taints: readonly JsonObject[], path: string, errors: FieldError[]): void {
  const seen = new Set<string>();
  taints.forEach((taint, index) => {
    const at = childPath(path, index);
    checkQualifiedName(taint.key, `${at}.key`, errors);
    const problems = labelValueErrors(String(taint.value ?? ""));
    if (problems.length > 0) errors.push(invalid(`${at}.value`, taint.value, problems.join(";")));
    checkEnum(taint.effect, taintEffects, `${at}.effect`, errors);
    const identity = `${taint.key} ${taint.effect}`;
    if (seen.has(identity)) {
      const error = duplicate(at, taint);
      errors.push({ ...error, message: `${error.message}: taints must be unique by key and effect pair` });
    }
    seen.add(identity);
  });
}

function checkSpecUpdate(node: KubeObject, old: KubeObject): FieldError[] {
  const errors: FieldError[] = [];
  if (!isEmpty(old.spec?.podCIDRs) && !semanticEqual(old.spec.podCIDRs, node.spec?.podCIDRs)) {
    errors.push(forbidden("spec.podCIDRs", 'node updates may not change podCIDR except from "" to valid'));
  }
  if (old.spec?.providerID && old.spec.providerID !== node.spec?.providerID) {
    errors.push(forbidden("spec.providerID", 'node updates may not change providerID except from "" to valid'));
  }
  if ((old.spec?.externalID ?? "") !== (node.spec?.externalID ?? "")) {
    errors.push(forbidden("spec.externalID", "may not be updated"));
  }
  return errors;
}

function checkStatus(node: KubeObject): FieldError[] {
  const errors: FieldError[] = [];
  const seen = new Set<string>();
  listOf(node.status?.addresses).forEach((address, index) => {
    const identity = `${address.type} ${address.address}`;
    if (seen.has(identity)) errors.push(duplicate(`status.addresses[${index}]`, address));
    seen.add(identity);
  });
  return errors;
}

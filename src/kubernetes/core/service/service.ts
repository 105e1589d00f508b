// The kind Service: what it declares; its rules stand in the files beside this one.

import type { Strategy } from "../../../apiserver/strategy.ts";
import { dns1035LabelName } from "../../../machinery/names.ts";
import type { JsonObject, KubeObject } from "../../../machinery/object.ts";
import { ageColumn, none, showLabels, textColumn } from "../../columns.ts";
import { builtin } from "../../define.ts";
import { listOf } from "../../validation/fields.ts";
import { allocate } from "./allocation.ts";
import { storedSpecOf } from "./kinds.ts";
import { defaultService, prepareServiceForCreate, prepareServiceForUpdate, warnAboutService } from "./prepare.ts";
import { validateService, validateServiceStatusUpdate, validateServiceUpdate } from "./validate.ts";

const strategy: Strategy = {
  generation: "none",
  createOnUpdate: true,
  validateName: dns1035LabelName,
  defaults: defaultService,
  prepareForCreate: prepareServiceForCreate,
  prepareForUpdate: prepareServiceForUpdate,
  validate: validateService,
  validateUpdate: validateServiceUpdate,
  validateStatusUpdate: validateServiceStatusUpdate,
  warnings: warnAboutService,
  beforeCommit({ object, old }, context) {
    if (object !== undefined && context.subresource === "") allocate(object, old, context);
  },
};

export const serviceKind = builtin({
  group: "",
  kind: "Service",
  versions: ["v1"],
  shortNames: ["svc"],
  categories: ["all"],
  selectableFields: ["spec.clusterIP", "spec.type"],
  columns: [
    textColumn("Type", "How the service is exposed", (service) => storedSpecOf(service).type ?? ""),
    textColumn("Cluster-IP", "Address of the service", (service) => storedSpecOf(service).clusterIPs?.[0] ?? none),
    textColumn("External-IP", "Addresses outside the cluster", externalIPCell),
    textColumn("Port(s)", "Ports of the service", portsCell),
    ageColumn,
    textColumn("Selector", "Labels of the pods behind the service", (s) => showLabels(storedSpecOf(s).selector), 1),
  ],
  strategy,
});

function portsCell(service: KubeObject): string {
  const ports = storedSpecOf(service).ports ?? [];
  if (ports.length === 0) return none;
  return ports.map((port) => `${port.port}${port.nodePort ? `:${port.nodePort}` : ""}/${port.protocol}`).join(",");
}

function externalIPCell(service: KubeObject): string {
  const spec = storedSpecOf(service);
  const external: string[] = listOf(spec.externalIPs);
  if (spec.type === "ExternalName") return spec.externalName ?? "";
  if (spec.type !== "LoadBalancer") return external.length > 0 ? external.join(",") : none;
  const balancer = balancerAddresses(service.status);
  if (external.length > 0) return [...(balancer === "" ? [] : balancer.split(",")), ...external].join(",");
  return balancer === "" ? "<pending>" : balancer;
}

/** The addresses that a load balancer gave, without repeats, in order. */
export function balancerAddresses(status: JsonObject | undefined): string {
  const entries = listOf(status?.loadBalancer?.ingress);
  return [...new Set(entries.map((entry) => entry.ip || entry.hostname).filter(Boolean))].sort().join(",");
}

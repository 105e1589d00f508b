// The kind Endpoints, the older and bounded form of endpoint slices.
// Source of the rules and words: kubernetes pkg/apis/core/validation (ValidateEndpoints).

import { type FieldError, required } from "../../machinery/field-error.ts";
import type { JsonObject, KubeObject } from "../../machinery/object.ts";
import { ageColumn, none, textColumn } from "../columns.ts";
import { builtin } from "../define.ts";
import { checkIP, checkNonSpecialIP } from "../ip-address.ts";
import { checkEnum, checkPortNumber, isEmpty, isSet, listOf } from "../validation/fields.ts";
import { checkDnsLabel, checkDnsSubdomain, checkQualifiedName } from "../validation/names.ts";
import { defaultProtocols, protocols } from "./ports.ts";

const shownAddresses = 3;

export const endpointsKind = builtin({
  group: "",
  kind: "Endpoints",
  versions: ["v1"],
  shortNames: ["ep"],
  columns: [textColumn("Endpoints", "Addresses and ports", formatEndpoints), ageColumn],
  deprecations: { v1: "v1 Endpoints is deprecated in v1.33+; use discovery.k8s.io/v1 EndpointSlice" },
  strategy: {
    generation: "none",
    createOnUpdate: true,
    defaults(object) {
      for (const subset of listOf(object.subsets)) defaultProtocols(subset.ports);
    },
    validate: validateEndpoints,
  },
});

function formatEndpoints(object: KubeObject): string {
  const subsets: JsonObject[] = listOf(object.subsets);
  if (subsets.length === 0) return none;
  const all = subsets.flatMap((subset) => {
    const ips: string[] = listOf(subset.addresses).map((address) => address.ip ?? "");
    const ports: JsonObject[] = listOf(subset.ports);
    return ports.length === 0 ? ips : ports.flatMap((port) => ips.map((ip) => hostPort(ip, port.port)));
  });
  const shown = all.slice(0, shownAddresses).join(",");
  return all.length > shownAddresses ? `${shown} + ${all.length - shownAddresses} more...` : shown;
}

function hostPort(ip: string, port: number): string {
  return ip.includes(":") ? `[${ip}]:${port}` : `${ip}:${port}`;
}

function validateEndpoints(object: KubeObject): FieldError[] {
  const errors: FieldError[] = [];
  (listOf(object.subsets) as JsonObject[]).forEach((subset, index) => {
    const path = `subsets[${index}]`;
    if (isEmpty(subset.addresses) && isEmpty(subset.notReadyAddresses)) {
      errors.push(required(path, "must specify `addresses` or `notReadyAddresses`"));
    }
    for (const field of ["addresses", "notReadyAddresses"]) {
      listOf(subset[field]).forEach((address, at) => {
        checkAddress(address, `${path}.${field}[${at}]`, errors);
      });
    }
    const ports = listOf(subset.ports);
    ports.forEach((port, at) => {
      checkPort(port, ports.length > 1, `${path}.ports[${at}]`, errors);
    });
  });
  return errors;
}

function checkAddress(address: JsonObject, path: string, errors: FieldError[]): void {
  checkIP(address.ip ?? "", `${path}.ip`, errors);
  if (address.hostname) checkDnsLabel(address.hostname, `${path}.hostname`, errors);
  if (isSet(address.nodeName)) checkDnsSubdomain(address.nodeName, `${path}.nodeName`, errors);
  checkNonSpecialIP(address.ip ?? "", `${path}.ip`, errors);
}

function checkPort(port: JsonObject, requireName: boolean, path: string, errors: FieldError[]): void {
  if (port.name) checkDnsLabel(port.name, `${path}.name`, errors);
  else if (requireName) errors.push(required(`${path}.name`));
  checkPortNumber(port.port ?? 0, `${path}.port`, errors);
  checkEnum(port.protocol, protocols, `${path}.protocol`, errors);
  if (isSet(port.appProtocol)) checkQualifiedName(port.appProtocol, `${path}.appProtocol`, errors);
}

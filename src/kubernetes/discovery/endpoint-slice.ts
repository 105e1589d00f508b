// The kind EndpointSlice. Source of the rules and words: kubernetes pkg/apis/discovery/validation, pkg/apis/discovery/v1/defaults.go.

import {
  duplicate,
  type FieldError,
  forbidden,
  invalid,
  notSupported,
  required,
  tooMany,
} from "../../machinery/field-error.ts";
import { parseIp } from "../../machinery/ip.ts";
import type { JsonObject, KubeObject } from "../../machinery/object.ts";
import { ageColumn, textColumn } from "../columns.ts";
import { protocols } from "../core/ports.ts";
import { builtin } from "../define.ts";
import { checkIP, checkNonSpecialIP } from "../ip-address.ts";
import { checkEnum, checkImmutable, checkPortNumber, isSet, listOf } from "../validation/fields.ts";
import { checkDnsLabel, checkDnsSubdomain, checkQualifiedName } from "../validation/names.ts";

const addressTypes = ["FQDN", "IPv4", "IPv6"];
const maxEndpoints = 1000;
const maxAddresses = 100;
const maxPorts = 20_000;
const maxZoneHints = 8;
const shown = 3;
const unset = "<unset>";

export const endpointSliceKind = builtin({
  group: "discovery.k8s.io",
  kind: "EndpointSlice",
  versions: ["v1"],
  columns: [
    textColumn("AddressType", "Kind of addresses", (slice) => slice.addressType ?? ""),
    textColumn("Ports", "Ports of every endpoint", portsCell),
    textColumn("Endpoints", "Addresses of the endpoints", endpointsCell),
    ageColumn,
  ],
  strategy: {
    defaults(slice) {
      for (const port of listOf(slice.ports) as JsonObject[]) {
        port.name ??= "";
        port.protocol ??= "TCP";
      }
    },
    validate: validateSlice,
    validateUpdate(slice, old) {
      const errors: FieldError[] = [];
      checkImmutable(slice.addressType, old.addressType, "addressType", errors);
      return errors;
    },
  },
});

function portsCell(slice: KubeObject): string {
  const ports: JsonObject[] = listOf(slice.ports);
  return clip(ports.map((port) => String(port.port ?? port.name ?? "*")));
}

function endpointsCell(slice: KubeObject): string {
  return clip(listOf(slice.endpoints).flatMap((endpoint) => listOf(endpoint.addresses)));
}

function clip(list: string[]): string {
  if (list.length === 0) return unset;
  const text = list.slice(0, shown).join(",");
  return list.length > shown ? `${text} + ${list.length - shown} more...` : text;
}

function validateSlice(slice: KubeObject): FieldError[] {
  const errors: FieldError[] = [];
  if (!slice.addressType) errors.push(required("addressType"));
  else if (!addressTypes.includes(slice.addressType)) {
    errors.push(notSupported("addressType", slice.addressType, addressTypes));
  }
  const endpoints: JsonObject[] = listOf(slice.endpoints);
  if (endpoints.length > maxEndpoints) errors.push(tooMany("endpoints", endpoints.length, maxEndpoints));
  else {
    endpoints.forEach((endpoint, index) => {
      checkEndpoint(endpoint, slice.addressType, `endpoints[${index}]`, errors);
    });
  }
  checkPorts(listOf(slice.ports), errors);
  return errors;
}

function checkEndpoint(endpoint: JsonObject, type: string, path: string, errors: FieldError[]): void {
  const addresses: string[] = listOf(endpoint.addresses);
  if (addresses.length === 0) errors.push(required(`${path}.addresses`, "must contain at least 1 address"));
  else if (addresses.length > maxAddresses) {
    errors.push(tooMany(`${path}.addresses`, addresses.length, maxAddresses));
  }
  addresses.forEach((address, index) => {
    checkAddress(address, type, `${path}.addresses[${index}]`, errors);
  });
  if (isSet(endpoint.nodeName)) checkDnsSubdomain(endpoint.nodeName, `${path}.nodeName`, errors);
  if (isSet(endpoint.hostname)) checkDnsLabel(endpoint.hostname, `${path}.hostname`, errors);
  if (isSet(endpoint.deprecatedTopology?.["kubernetes.io/hostname"])) {
    const text = "must not be specified, use nodeName field instead";
    errors.push(forbidden(`${path}.deprecatedTopology[kubernetes.io/hostname]`, text));
  }
  checkHints(listOf(endpoint.hints?.forZones), `${path}.hints.forZones`, errors);
}

function checkHints(zones: readonly JsonObject[], path: string, errors: FieldError[]): void {
  const seen = new Set<string>();
  if (zones.length > maxZoneHints) {
    errors.push(tooMany(path, zones.length, maxZoneHints));
    return;
  }
  zones.forEach(({ name }, index) => {
    if (seen.has(name)) errors.push(duplicate(`${path}[${index}].name`, name));
    seen.add(name);
    checkQualifiedName(name, `${path}[${index}].name`, errors);
  });
}

function checkAddress(address: string, type: string, path: string, errors: FieldError[]): void {
  if (type === "FQDN") {
    checkFullyQualifiedName(address, path, errors);
    return;
  }
  if (type !== "IPv4" && type !== "IPv6") return;
  const before = errors.length;
  checkIP(address, path, errors);
  if (errors.length === before && parseIp(address)?.family !== type) {
    errors.push(invalid(path, address, `must be a valid ${type} address`));
  }
  checkNonSpecialIP(address, path, errors);
}

function checkFullyQualifiedName(name: string, path: string, errors: FieldError[]): void {
  const plain = name.replace(/\.$/, "");
  if (plain === "") {
    errors.push(required(path));
    return;
  }
  const before = errors.length;
  checkDnsSubdomain(plain, path, errors);
  if (errors.length === before && !plain.includes(".")) {
    errors.push(invalid(path, name, "should be a domain with at least two segments separated by dots"));
  }
}

function checkPorts(ports: readonly JsonObject[], errors: FieldError[]): void {
  if (ports.length > maxPorts) {
    errors.push(tooMany("ports", ports.length, maxPorts));
    return;
  }
  const names = new Set<string>();
  ports.forEach((port, index) => {
    const path = `ports[${index}]`;
    const name = port.name ?? "";
    if (name !== "") checkDnsLabel(name, `${path}.name`, errors);
    if (names.has(name)) errors.push(duplicate(`${path}.name`, name));
    names.add(name);
    if (isSet(port.port)) checkPortNumber(port.port, `${path}.port`, errors);
    checkEnum(port.protocol, protocols, `${path}.protocol`, errors);
    if (isSet(port.appProtocol)) checkQualifiedName(port.appProtocol, `${path}.appProtocol`, errors);
  });
}

// The kind Ingress. Source of the rules and words: kubernetes pkg/apis/networking/validation.

import { type FieldError, invalid, notSupported, required } from "../../machinery/field-error.ts";
import { parseIp } from "../../machinery/ip.ts";
import { dns1035LabelErrors, portNameErrors, wildcardSubdomainErrors } from "../../machinery/names.ts";
import type { JsonObject, KubeObject } from "../../machinery/object.ts";
import { ageColumn, none, textColumn } from "../columns.ts";
import { balancerAddresses } from "../core/service/service.ts";
import { builtin } from "../define.ts";
import { checkIP } from "../ip-address.ts";
import { checkPortNumber, isEmpty, isNew, isSet, listOf } from "../validation/fields.ts";
import { checkDnsSubdomain, checkName } from "../validation/names.ts";
import { checkTypedReference } from "./references.ts";

const classAnnotation = "kubernetes.io/ingress.class";
const pathTypes = ["Exact", "ImplementationSpecific", "Prefix"];
const invalidSequences = ["//", "/./", "/../", "%2f", "%2F"];
const invalidSuffixes = ["/..", "/."];
const shownHosts = 3;

export const ingressKind = builtin({
  group: "networking.k8s.io",
  kind: "Ingress",
  versions: ["v1"],
  shortNames: ["ing"],
  columns: [
    textColumn("Class", "Which ingress class serves it", (ingress) => ingress.spec?.ingressClassName ?? none),
    textColumn("Hosts", "Hosts of the rules", hostsCell),
    textColumn("Address", "Addresses of the load balancer", (ingress) => balancerAddresses(ingress.status)),
    textColumn("Ports", "Ports that are open", (ingress) => (isEmpty(ingress.spec?.tls) ? "80" : "80, 443")),
    ageColumn,
  ],
  strategy: {
    validate(ingress) {
      const errors: FieldError[] = [];
      checkIngressSpec(ingress.spec ?? {}, errors);
      if (isNew(ingress)) checkClassAnnotation(ingress, errors);
      return errors;
    },
    validateStatusUpdate: validateIngressStatus,
    warnings(ingress) {
      if (ingress.metadata.annotations?.[classAnnotation] === undefined) return [];
      return [`annotation "${classAnnotation}" is deprecated, please use 'spec.ingressClassName' instead`];
    },
  },
});

function hostsCell(ingress: KubeObject): string {
  const rules: JsonObject[] = listOf(ingress.spec?.rules);
  const hosts = rules.map((rule) => rule.host).filter(Boolean);
  if (hosts.length === 0) return "*";
  const text = hosts.slice(0, shownHosts).join(",");
  return rules.length > shownHosts && hosts.length >= shownHosts
    ? `${text} + ${rules.length - shownHosts} more...`
    : text;
}

/** Only on create: the annotation may have been there before the field. */
function checkClassAnnotation(ingress: KubeObject, errors: FieldError[]): void {
  const annotation = ingress.metadata.annotations?.[classAnnotation];
  const name = ingress.spec?.ingressClassName;
  if (annotation !== undefined && isSet(name) && annotation !== name) {
    const text = "must match `ingressClassName` when both are specified";
    errors.push(invalid(`annotations.${classAnnotation}`, annotation, text));
  }
}

function checkIngressSpec(spec: JsonObject, errors: FieldError[]): void {
  if (isEmpty(spec.rules) && !isSet(spec.defaultBackend)) {
    errors.push(invalid("spec", null, "either `defaultBackend` or `rules` must be specified"));
  }
  if (isSet(spec.defaultBackend)) checkBackend(spec.defaultBackend, "spec.defaultBackend", errors);
  (listOf(spec.rules) as JsonObject[]).forEach((rule, index) => {
    checkRule(rule, `spec.rules[${index}]`, errors);
  });
  (listOf(spec.tls) as JsonObject[]).forEach((tls, index) => {
    listOf(tls.hosts).forEach((host, at) => {
      checkHost(host, `spec.tls[${index}].hosts[${at}]`, errors);
    });
    if (tls.secretName) checkDnsSubdomain(tls.secretName, `spec.tls[${index}].secretName`, errors);
  });
  if (isSet(spec.ingressClassName)) checkDnsSubdomain(spec.ingressClassName, "spec.ingressClassName", errors);
}

function checkHost(host: string, path: string, errors: FieldError[]): void {
  if (host.includes("*")) checkName(wildcardSubdomainErrors, host, path, errors);
  else checkDnsSubdomain(host, path, errors);
}

function checkRule(rule: JsonObject, path: string, errors: FieldError[]): void {
  if (rule.host) {
    if (parseIp(rule.host) !== undefined) {
      errors.push(invalid(`${path}.host`, rule.host, "must be a DNS name, not an IP address"));
    }
    checkHost(rule.host, `${path}.host`, errors);
  }
  if (!isSet(rule.http)) return;
  const paths: JsonObject[] = listOf(rule.http.paths);
  if (paths.length === 0) errors.push(required(`${path}.http.paths`));
  paths.forEach((item, index) => {
    checkPath(item, `${path}.http.paths[${index}]`, errors);
  });
}

function checkPath(item: JsonObject, at: string, errors: FieldError[]): void {
  if (!isSet(item.pathType)) {
    errors.push(required(`${at}.pathType`, "pathType must be specified"));
    return;
  }
  const path: string = item.path ?? "";
  const strict = item.pathType === "Exact" || item.pathType === "Prefix";
  if (!pathTypes.includes(item.pathType)) errors.push(notSupported(`${at}.pathType`, item.pathType, pathTypes));
  else if (!path.startsWith("/") && (strict || path !== "")) {
    errors.push(invalid(`${at}.path`, path, "must be an absolute path"));
  }
  if (strict) {
    for (const text of invalidSequences) {
      if (path.includes(text)) errors.push(invalid(`${at}.path`, path, `must not contain '${text}'`));
    }
    for (const text of invalidSuffixes) {
      if (path.endsWith(text)) errors.push(invalid(`${at}.path`, path, `cannot end with '${text}'`));
    }
  }
  checkBackend(item.backend ?? {}, `${at}.backend`, errors);
}

function checkBackend(backend: JsonObject, path: string, errors: FieldError[]): void {
  const { resource, service } = backend;
  if (isSet(resource) && isSet(service)) {
    errors.push(invalid(path, "", "cannot set both resource and service backends"));
  } else if (isSet(resource)) checkTypedReference(resource, `${path}.resource`, errors);
  else if (isSet(service)) checkServiceBackend(service, path, errors);
  else errors.push(invalid(path, "", "resource or service backend is required"));
}

function checkServiceBackend(service: JsonObject, path: string, errors: FieldError[]): void {
  if (isEmpty(service.name)) errors.push(required(`${path}.service.name`));
  else checkName(dns1035LabelErrors, service.name, `${path}.service.name`, errors);
  const { name, number } = service.port ?? {};
  if (name && number) errors.push(invalid(path, "", "cannot set both port name & port number"));
  else if (name) checkName(portNameErrors, name, `${path}.service.port.name`, errors);
  else if (number) checkPortNumber(number, `${path}.service.port.number`, errors);
  else errors.push(required(path, "port name or number is required"));
}

function validateIngressStatus(ingress: KubeObject): FieldError[] {
  const errors: FieldError[] = [];
  (listOf(ingress.status?.loadBalancer?.ingress) as JsonObject[]).forEach((entry, index) => {
    const path = `status.loadBalancer.ingress[${index}]`;
    if (entry.ip) checkIP(entry.ip, `${path}.ip`, errors);
    if (!entry.hostname) return;
    checkDnsSubdomain(entry.hostname, `${path}.hostname`, errors);
    if (parseIp(entry.hostname) !== undefined) {
      errors.push(invalid(`${path}.hostname`, entry.hostname, "must be a DNS name, not an IP address"));
    }
  });
  return errors;
}

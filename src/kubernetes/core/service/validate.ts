// Validation of services. Source of the rules and words: kubernetes pkg/apis/core/validation (ValidateService).

import {
  duplicate,
  type FieldError,
  forbidden,
  invalid,
  keyPath,
  notSupported,
  required,
} from "../../../machinery/field-error.ts";
import { portNameErrors } from "../../../machinery/names.ts";
import type { KubeObject } from "../../../machinery/object.ts";
import { checkCIDR, checkIP, checkNonSpecialIP } from "../../ip-address.ts";
import { checkEnum, checkPortNumber, checkRange, isEmpty, isSet, listOf } from "../../validation/fields.ts";
import { checkLabels } from "../../validation/label-selectors.ts";
import { checkDnsLabel, checkDnsSubdomain, checkName, checkQualifiedName } from "../../validation/names.ts";
import { protocols } from "../ports.ts";
import {
  isExternallyAccessible,
  isHeadless,
  needsHealthCheck,
  type ServicePort,
  type ServiceSpec,
  storedSpecOf,
} from "./kinds.ts";
import { checkAddressUpdate, checkClusterIPs } from "./validate-addresses.ts";

const types = ["ClusterIP", "ExternalName", "LoadBalancer", "NodePort"];
const affinities = ["ClientIP", "None"];
const trafficPolicies = ["Cluster", "Local"];
const distributions = ["PreferClose", "PreferSameNode", "PreferSameZone"];
const sourceRangesAnnotation = "service.beta.kubernetes.io/load-balancer-source-ranges";
const topologyMode = "service.kubernetes.io/topology-mode";
const topologyHints = "service.kubernetes.io/topology-aware-hints";
const loadBalancerOnly = "may only be used when `type` is 'LoadBalancer'";
const maxAffinitySeconds = 86_400;

export function validateService(service: KubeObject): FieldError[] {
  const errors: FieldError[] = [];
  const spec = storedSpecOf(service);
  checkTopologyAnnotations(service.metadata.annotations ?? {}, errors);
  if (isEmpty(spec.ports) && !isHeadless(spec) && spec.type !== "ExternalName") errors.push(required("spec.ports"));
  checkTypeRules(spec, errors);
  checkPorts(spec, errors);
  checkLabels(spec.selector, "spec.selector", errors);
  checkSessionAffinity(spec, errors);
  checkClusterIPs(spec, errors);
  listOf(spec.externalIPs).forEach((ip, index) => {
    const path = `spec.externalIPs[${index}]`;
    const before = errors.length;
    checkIP(ip, path, errors);
    if (errors.length === before) checkNonSpecialIP(ip, path, errors);
  });
  checkEnum(spec.type, types, "spec.type", errors);
  checkNodePorts(spec, errors);
  checkSourceRanges(service, errors);
  checkLoadBalancerFields(spec, errors);
  checkTrafficPolicies(spec, errors);
  return errors;
}

export function validateServiceUpdate(service: KubeObject, old: KubeObject): FieldError[] {
  const errors: FieldError[] = [];
  const spec = storedSpecOf(service);
  const oldSpec = storedSpecOf(old);
  checkAddressUpdate(spec, oldSpec, errors);
  const bothBalanced = spec.type === "LoadBalancer" && oldSpec.type === "LoadBalancer";
  if (bothBalanced && spec.loadBalancerClass !== oldSpec.loadBalancerClass) {
    errors.push(invalid("spec.loadBalancerClass", spec.loadBalancerClass, "may not change once set"));
  }
  if (needsHealthCheck(spec) && needsHealthCheck(oldSpec) && spec.healthCheckNodePort !== oldSpec.healthCheckNodePort) {
    errors.push(forbidden("spec.healthCheckNodePort", "field is immutable"));
  }
  return errors;
}

export function validateServiceStatusUpdate(service: KubeObject): FieldError[] {
  const errors: FieldError[] = [];
  const path = "status.loadBalancer.ingress";
  const ingress = listOf(service.status?.loadBalancer?.ingress);
  if (storedSpecOf(service).type !== "LoadBalancer" && ingress.length > 0) {
    return [forbidden(path, "may only be used when `spec.type` is 'LoadBalancer'")];
  }
  ingress.forEach((entry, index) => {
    const at = `${path}[${index}]`;
    if (entry.ip) checkIP(entry.ip, `${at}.ip`, errors);
    if (!isSet(entry.ipMode)) {
      if (entry.ip) errors.push(required(`${at}.ipMode`, "must be specified when `ip` is set"));
    } else if (!entry.ip) errors.push(forbidden(`${at}.ipMode`, "may not be specified when `ip` is not set"));
    else checkEnum(entry.ipMode, ["VIP", "Proxy"], `${at}.ipMode`, errors);
    if (entry.hostname) checkDnsSubdomain(entry.hostname, `${at}.hostname`, errors);
  });
  return errors;
}

function checkTopologyAnnotations(annotations: Record<string, string>, errors: FieldError[]): void {
  const mode = annotations[topologyMode];
  const hints = annotations[topologyHints];
  if (mode !== undefined && hints !== undefined && mode !== hints) {
    const text = `must match annotations[${topologyHints}] when both are specified`;
    errors.push(invalid(keyPath("metadata.annotations", topologyMode), mode, text));
  }
}

function checkTypeRules(spec: ServiceSpec, errors: FieldError[]): void {
  if ((spec.type === "LoadBalancer" || spec.type === "NodePort") && isHeadless(spec)) {
    errors.push(invalid("spec.clusterIPs[0]", "None", `may not be set to 'None' for ${spec.type} services`));
  }
  if (spec.type !== "ExternalName") return;
  const text = "may not be set for ExternalName services";
  if (!isEmpty(spec.clusterIPs)) errors.push(forbidden("spec.clusterIPs", text));
  if (!isEmpty(spec.ipFamilies)) errors.push(forbidden("spec.ipFamilies", text));
  if (isSet(spec.ipFamilyPolicy)) errors.push(forbidden("spec.ipFamilyPolicy", text));
  const name = String(spec.externalName ?? "").replace(/\.$/, "");
  if (name === "") errors.push(required("spec.externalName"));
  else checkDnsSubdomain(name, "spec.externalName", errors);
}

function checkPorts(spec: ServiceSpec, errors: FieldError[]): void {
  const ports: ServicePort[] = listOf(spec.ports);
  const names = new Set<string>();
  const seen = new Set<string>();
  ports.forEach((port, index) => {
    checkPort(port, `spec.ports[${index}]`, ports.length > 1, names, errors);
  });
  ports.forEach((port, index) => {
    const key = `${port.protocol} ${port.port}`;
    if (seen.has(key)) errors.push(duplicate(`spec.ports[${index}]`, { port: port.port, protocol: port.protocol }));
    seen.add(key);
  });
}

function checkPort(
  port: ServicePort,
  path: string,
  requireName: boolean,
  names: Set<string>,
  errors: FieldError[],
): void {
  if (port.name) {
    checkDnsLabel(port.name, `${path}.name`, errors);
    if (names.has(port.name)) errors.push(duplicate(`${path}.name`, port.name));
    names.add(port.name);
  } else if (requireName) errors.push(required(`${path}.name`));
  checkPortNumber(port.port ?? 0, `${path}.port`, errors);
  checkEnum(port.protocol, protocols, `${path}.protocol`, errors);
  if (typeof port.targetPort === "string") checkName(portNameErrors, port.targetPort, `${path}.targetPort`, errors);
  else checkPortNumber(port.targetPort, `${path}.targetPort`, errors);
  if (isSet(port.appProtocol)) checkQualifiedName(port.appProtocol, `${path}.appProtocol`, errors);
}

function checkNodePorts(spec: ServiceSpec, errors: FieldError[]): void {
  const ports: ServicePort[] = listOf(spec.ports);
  const seen = new Set<string>();
  ports.forEach((port, index) => {
    if (!port.nodePort) return;
    const path = `spec.ports[${index}].nodePort`;
    if (spec.type === "ClusterIP") errors.push(forbidden(path, "may not be used when `type` is 'ClusterIP'"));
    const key = `${port.protocol} ${port.nodePort}`;
    if (seen.has(key)) errors.push(duplicate(path, port.nodePort));
    seen.add(key);
  });
}

function checkSessionAffinity(spec: ServiceSpec, errors: FieldError[]): void {
  const path = "spec.sessionAffinityConfig";
  checkEnum(spec.sessionAffinity, affinities, "spec.sessionAffinity", errors);
  if (spec.sessionAffinity === "ClientIP") {
    const seconds = spec.sessionAffinityConfig?.clientIP?.timeoutSeconds;
    if (!isSet(spec.sessionAffinityConfig)) {
      errors.push(required(path, "when session affinity type is ClientIP"));
    } else if (!isSet(spec.sessionAffinityConfig.clientIP)) {
      errors.push(required(`${path}.clientIP`, "when session affinity type is ClientIP"));
    } else if (!isSet(seconds)) {
      errors.push(required(`${path}.clientIP.timeoutSeconds`, "when session affinity type is ClientIP"));
    } else if (seconds <= 0 || seconds > maxAffinitySeconds) {
      const text = `must be greater than 0 and less than ${maxAffinitySeconds}`;
      errors.push(invalid(`${path}.clientIP.timeoutSeconds`, seconds, text));
    }
  } else if (spec.sessionAffinity === "None" && isSet(spec.sessionAffinityConfig)) {
    errors.push(forbidden(path, "must not be set when session affinity is None"));
  }
}

function checkSourceRanges(service: KubeObject, errors: FieldError[]): void {
  const spec = storedSpecOf(service);
  const ranges: string[] = listOf(spec.loadBalancerSourceRanges);
  const annotation = service.metadata.annotations?.[sourceRangesAnnotation];
  if (ranges.length > 0) {
    // The capital letter is Kubernetes' own.
    const path = "spec.LoadBalancerSourceRanges";
    if (spec.type !== "LoadBalancer") errors.push(forbidden(path, loadBalancerOnly));
    ranges.forEach((range, index) => {
      checkCIDR(range.trim(), `${path}[${index}]`, errors);
    });
  } else if (annotation !== undefined) {
    const path = keyPath("metadata.annotations", sourceRangesAnnotation);
    if (spec.type !== "LoadBalancer") errors.push(forbidden(path, loadBalancerOnly));
    if (annotation.trim() === "") return;
    for (const range of annotation.split(",")) checkCIDR(range.trim(), path, errors);
  }
}

function checkLoadBalancerFields(spec: ServiceSpec, errors: FieldError[]): void {
  const balanced = spec.type === "LoadBalancer";
  if (!balanced && isSet(spec.allocateLoadBalancerNodePorts)) {
    errors.push(forbidden("spec.allocateLoadBalancerNodePorts", loadBalancerOnly));
  }
  if (!isSet(spec.loadBalancerClass)) return;
  if (balanced) checkQualifiedName(spec.loadBalancerClass, "spec.loadBalancerClass", errors);
  else errors.push(forbidden("spec.loadBalancerClass", loadBalancerOnly));
}

function checkTrafficPolicies(spec: ServiceSpec, errors: FieldError[]): void {
  const external = spec.externalTrafficPolicy;
  if (isExternallyAccessible(spec)) checkEnum(external, trafficPolicies, "spec.externalTrafficPolicy", errors);
  else if (external) {
    const text = "may only be set for externally-accessible services";
    errors.push(invalid("spec.externalTrafficPolicy", external, text));
  }
  // A health check port that is needed and missing is allocated before the commit.
  if (needsHealthCheck(spec)) {
    if (spec.healthCheckNodePort) checkRange(spec.healthCheckNodePort, 1, 65_535, "spec.healthCheckNodePort", errors);
  } else if (spec.healthCheckNodePort) {
    errors.push(
      invalid(
        "spec.healthCheckNodePort",
        spec.healthCheckNodePort,
        "may only be set when `type` is 'LoadBalancer' and `externalTrafficPolicy` is 'Local'",
      ),
    );
  }
  const internal = spec.internalTrafficPolicy;
  if (isSet(internal) && !trafficPolicies.includes(internal)) {
    errors.push(notSupported("spec.internalTrafficPolicy", internal, trafficPolicies));
  }
  const distribution = spec.trafficDistribution;
  if (isSet(distribution) && !distributions.includes(distribution)) {
    errors.push(notSupported("spec.trafficDistribution", distribution, distributions));
  }
}

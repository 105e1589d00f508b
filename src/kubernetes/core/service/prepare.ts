// Defaults of services, and what an update that leaves allocated fields out keeps or drops.
// Source: kubernetes pkg/apis/core/v1/defaults.go, pkg/registry/core/service (patchAllocatedValues, normalizeClusterIPs,
// dropTypeDependentFields).

import type { StrategyContext } from "../../../apiserver/strategy.ts";
import type { KubeObject } from "../../../machinery/object.ts";
import { semanticEqual } from "../../validation/equality.ts";
import { isEmpty, listOf } from "../../validation/fields.ts";
import { defaultProtocols } from "../ports.ts";
import {
  isExternallyAccessible,
  isHeadless,
  needsClusterIP,
  needsHealthCheck,
  needsNodePort,
  type ServicePort,
  type ServiceSpec,
  specOf,
  storedSpecOf,
} from "./kinds.ts";

const defaultAffinitySeconds = 10_800;

export function defaultService(service: KubeObject): void {
  const spec = specOf(service);
  spec.type ||= "ClusterIP";
  spec.sessionAffinity ||= "None";
  if (spec.sessionAffinity === "None") delete spec.sessionAffinityConfig;
  if (spec.sessionAffinity === "ClientIP") {
    spec.sessionAffinityConfig ??= {};
    spec.sessionAffinityConfig.clientIP ??= {};
    spec.sessionAffinityConfig.clientIP.timeoutSeconds ??= defaultAffinitySeconds;
  }
  defaultProtocols(spec.ports);
  for (const port of listOf(spec.ports)) if (port.targetPort === "" || !port.targetPort) port.targetPort = port.port;
  if (isExternallyAccessible(spec)) spec.externalTrafficPolicy ||= "Cluster";
  if (needsClusterIP(spec)) spec.internalTrafficPolicy ??= "Cluster";
  if (spec.type === "LoadBalancer") {
    spec.allocateLoadBalancerNodePorts ??= true;
    defaultIngressModes(service);
  }
}

function defaultIngressModes(service: KubeObject): void {
  for (const ingress of listOf(service.status?.loadBalancer?.ingress)) if (ingress.ip) ingress.ipMode ??= "VIP";
}

export function prepareServiceForCreate(service: KubeObject): void {
  const spec = specOf(service);
  if (spec.clusterIP && isEmpty(spec.clusterIPs)) spec.clusterIPs = [spec.clusterIP];
}

export function prepareServiceForUpdate(service: KubeObject, old: KubeObject, context: StrategyContext): void {
  if (context.subresource === "status") defaultIngressModes(service);
  if (context.subresource !== "") return;
  // What is kept depends on the type, which the client may have left to the defaults.
  defaultService(service);
  const spec = specOf(service);
  const oldSpec = storedSpecOf(old);
  keepAllocated(spec, oldSpec);
  followClusterIP(spec, oldSpec);
  dropUnneeded(spec, oldSpec);
}

/** Clients may leave out what was allocated; it is kept. */
function keepAllocated(spec: ServiceSpec, old: ServiceSpec): void {
  if (needsClusterIP(old) && needsClusterIP(spec)) {
    if (!spec.clusterIP && old.clusterIP) spec.clusterIP = old.clusterIP;
    if (isEmpty(spec.clusterIPs) && old.clusterIPs && spec.clusterIP === old.clusterIP) {
      spec.clusterIPs = [...old.clusterIPs];
    }
  }
  if (needsNodePort(old) && needsNodePort(spec)) keepNodePorts(listOf(spec.ports), listOf(old.ports));
  if (needsHealthCheck(old) && needsHealthCheck(spec) && old.healthCheckNodePort) {
    spec.healthCheckNodePort ||= old.healthCheckNodePort;
  }
}

/** Ports are recognised by name; a node port that is still in use is not given to another. */
function keepNodePorts(ports: ServicePort[], old: ServicePort[]): void {
  const oldByName = new Map(old.map((port) => [port.name ?? "", port.nodePort]));
  const oldNumbers = new Set(old.map((port) => port.nodePort));
  const used = new Set(ports.map((port) => port.nodePort).filter((number) => number && oldNumbers.has(number)));
  for (const port of ports) {
    const previous = oldByName.get(port.name ?? "");
    if (port.nodePort || !previous || used.has(previous)) continue;
    port.nodePort = previous;
    used.add(previous);
  }
}

/** Whoever changes only `clusterIP` means `clusterIPs` too. */
function followClusterIP(spec: ServiceSpec, old: ServiceSpec): void {
  const ip = spec.clusterIP ?? "";
  if (ip === (old.clusterIP ?? "") || !semanticEqual(spec.clusterIPs, old.clusterIPs)) return;
  if (ip === "") delete spec.clusterIPs;
  else spec.clusterIPs = [ip];
}

/** A change of type drops the fields that the new type does not have, unless the client changed them too. */
function dropUnneeded(spec: ServiceSpec, old: ServiceSpec): void {
  const drop = (...fields: string[]) => {
    for (const field of fields) if (semanticEqual(spec[field], old[field])) delete spec[field];
  };
  if (needsClusterIP(old) && !needsClusterIP(spec)) {
    if (semanticEqual(spec.clusterIPs, old.clusterIPs)) {
      delete spec.clusterIP;
      delete spec.clusterIPs;
    }
    drop("ipFamilies", "ipFamilyPolicy");
  }
  if (needsNodePort(old) && !needsNodePort(spec) && hasSameNodePorts(spec, old)) {
    for (const port of listOf(spec.ports)) delete port.nodePort;
  }
  if (needsHealthCheck(old) && !needsHealthCheck(spec)) drop("healthCheckNodePort");
  if (old.type === "LoadBalancer" && spec.type !== "LoadBalancer") {
    drop("allocateLoadBalancerNodePorts", "loadBalancerClass");
  }
  if (isExternallyAccessible(old) && !isExternallyAccessible(spec)) drop("externalTrafficPolicy");
}

function hasSameNodePorts(spec: ServiceSpec, old: ServiceSpec): boolean {
  const numbers = (ports: unknown) =>
    new Set(
      listOf(ports)
        .map((port) => port.nodePort)
        .filter(Boolean),
    );
  return numbers(spec.ports).symmetricDifference(numbers(old.ports)).size === 0;
}

/** Fields that are set but have no effect. */
export function warnAboutService(service: KubeObject): string[] {
  const spec = storedSpecOf(service);
  const warnings: string[] = [];
  if (isHeadless(spec)) {
    if (spec.loadBalancerIP) warnings.push("spec.loadBalancerIP is ignored for Headless services");
    if (!isEmpty(spec.externalIPs)) warnings.push("spec.externalIPs is ignored for Headless services");
    if (spec.sessionAffinity !== "None") warnings.push("spec.SessionAffinity is ignored for Headless services");
  }
  if (spec.type === "ExternalName" && !isEmpty(spec.externalIPs)) {
    warnings.push('spec.externalIPs is ignored when spec.type is "ExternalName"');
  }
  return warnings;
}

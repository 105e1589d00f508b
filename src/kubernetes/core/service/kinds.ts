// What the type of a service implies: the questions that defaulting, validation and allocation ask alike.

import type { IpFamily } from "../../../machinery/ip.ts";
import type { JsonObject, KubeObject } from "../../../machinery/object.ts";

/** The spec of a service, with the fields that are read by more than one rule. */
export interface ServiceSpec extends JsonObject {
  type?: string;
  clusterIP?: string;
  clusterIPs?: string[];
  ipFamilies?: IpFamily[];
  ipFamilyPolicy?: string;
  ports?: ServicePort[];
  healthCheckNodePort?: number;
}

export interface ServicePort extends JsonObject {
  name?: string;
  port?: number;
  protocol?: string;
  targetPort?: number | string;
  nodePort?: number;
}

export const singleStack = "SingleStack";

export function specOf(service: KubeObject): ServiceSpec {
  service.spec ??= {};
  return service.spec;
}

/** Read-only counterpart of `specOf`, for stored services. */
export function storedSpecOf(service: KubeObject): ServiceSpec {
  return service.spec ?? {};
}

export function isHeadless(spec: ServiceSpec): boolean {
  return spec.clusterIPs?.length === 1 && spec.clusterIPs[0] === "None";
}

export function needsClusterIP(spec: ServiceSpec): boolean {
  return spec.type === "ClusterIP" || spec.type === "NodePort" || spec.type === "LoadBalancer";
}

export function needsNodePort(spec: ServiceSpec): boolean {
  return spec.type === "NodePort" || (spec.type === "LoadBalancer" && spec.allocateLoadBalancerNodePorts !== false);
}

export function needsHealthCheck(spec: ServiceSpec): boolean {
  return spec.type === "LoadBalancer" && spec.externalTrafficPolicy === "Local";
}

export function isExternallyAccessible(spec: ServiceSpec): boolean {
  return (
    spec.type === "LoadBalancer" ||
    spec.type === "NodePort" ||
    (spec.type === "ClusterIP" && (spec.externalIPs?.length ?? 0) > 0)
  );
}

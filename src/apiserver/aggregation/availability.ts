// Whether an aggregated server can be asked at all, as far as the objects of the plane tell, and how its condition reads. Pure.
// Source of reasons and sentences: kube-aggregator pkg/controllers/status/remote.

import { type Condition, setCondition } from "../../machinery/conditions.ts";
import type { JsonObject, KubeObject } from "../../machinery/object.ts";
import { formatTime } from "../../machinery/time.ts";
import type { StateReader } from "../strategy.ts";
import type { RemoteApiService } from "./api-service.ts";

export interface Availability {
  status: "True" | "False";
  reason: string;
  message: string;
}

export const services = { group: "", resource: "services" };
export const endpoints = { group: "", resource: "endpoints" };
export const endpointSlices = { group: "discovery.k8s.io", resource: "endpointslices" };

/** What the service and its endpoints say against the server; undefined when it should be asked. */
export function serviceProblem(state: StateReader, { service: reference }: RemoteApiService): Availability | undefined {
  const { namespace, name, port } = reference;
  const shown = `service/${name} in ${JSON.stringify(namespace)}`;
  const service = state.get(services, namespace, name);
  if (service === undefined) return unavailable("ServiceNotFound", `${shown} is not present`);
  if ((service.spec?.type ?? "ClusterIP") !== "ClusterIP") return undefined;
  const ports: JsonObject[] = service.spec?.ports ?? [];
  const servicePort = ports.find((candidate) => candidate.port === port);
  if (servicePort === undefined) {
    return unavailable("ServicePortError", `${shown} is not listening on port ${port}`);
  }
  const portName: string = servicePort.name ?? "";
  const slices = [...state.list(endpointSlices, namespace)].filter(
    ({ metadata }) => metadata.labels?.["kubernetes.io/service-name"] === name,
  );
  const subsets: JsonObject[] = state.get(endpoints, namespace, name)?.subsets ?? [];
  if (slices.length === 0 && subsets.length === 0) {
    return unavailable("EndpointsNotFound", `cannot find endpointslices for ${shown}`);
  }
  const reachable =
    slices.some((slice) => isReady(slice) && hasPort(slice.ports, portName)) ||
    subsets.some(({ addresses, ports: open }) => addresses?.length > 0 && hasPort(open, portName));
  if (reachable) return undefined;
  const text = `endpointslices for ${shown} have no addresses with port name ${JSON.stringify(portName)}`;
  return unavailable("MissingEndpoints", text);
}

function isReady(slice: KubeObject): boolean {
  const members: JsonObject[] = slice.endpoints ?? [];
  return members.some(({ conditions }) => conditions?.ready !== false);
}

function hasPort(ports: JsonObject[] | undefined, name: string): boolean {
  return (ports ?? []).some((port) => (port.name ?? "") === name && typeof port.port === "number");
}

function unavailable(reason: string, message: string): Availability {
  return { status: "False", reason, message };
}

/** What asking the server showed: nothing wrong, or this. */
export function probeResult(problem: string | undefined): Availability {
  if (problem !== undefined) return unavailable("FailedDiscoveryCheck", problem);
  return { status: "True", reason: "Passed", message: "all checks passed" };
}

/** The object with the condition; the same object when it says that already. */
export function withAvailability(object: KubeObject, availability: Availability, now: Date): KubeObject {
  const old: Condition[] = object.status?.conditions ?? [];
  const conditions = setCondition(old, { type: "Available", ...availability }, formatTime(now));
  return conditions === old ? object : { ...object, status: { ...object.status, conditions } };
}

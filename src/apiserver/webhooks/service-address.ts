// Where a service of the cluster is reached. There is no service network around this process, so what a service stands for is looked
// up: its endpoints, the name of an ExternalName, else its DNS name, which resolves where the process itself runs in a cluster.
// Source of the sentences: apiserver/pkg/util/proxy.

import type { JsonObject } from "../../machinery/object.ts";
import { quoteText } from "../../machinery/quote.ts";
import type { StateReader } from "../strategy.ts";

export interface ServiceReference {
  namespace: string;
  name: string;
  /** 443 when absent. */
  port?: number;
}

export interface Address {
  host: string;
  port: number;
}

const services = { group: "", resource: "services" };
const endpoints = { group: "", resource: "endpoints" };
const endpointSlices = { group: "discovery.k8s.io", resource: "endpointslices" };
const serviceLabel = "kubernetes.io/service-name";

/** The name in a service's certificate: `name.namespace.svc`. */
export function serviceHostName({ name, namespace }: ServiceReference): string {
  return `${name}.${namespace}.svc`;
}

/**
 * The addresses of a service, the ready ones only.
 *
 * @throws Error in the words of Kubernetes when there is no such service or port
 */
export function resolveService(state: StateReader, reference: ServiceReference): Address[] {
  const { namespace, name, port = 443 } = reference;
  const service = state.get(services, namespace, name);
  if (service === undefined) throw new Error(`service ${quoteText(name)} not found`);
  const spec: JsonObject = service.spec ?? {};
  if (spec.type === "ExternalName") return [{ host: String(spec.externalName ?? ""), port }];
  const servicePort = itemsOf(spec.ports).find((candidate) => candidate.port === port);
  if (servicePort === undefined) throw new Error(`no service port ${port} found for service ${quoteText(name)}`);
  const portName: string = servicePort.name ?? "";
  const found = [...fromSlices(state, reference, portName), ...fromEndpoints(state, reference, portName)];
  return found.length > 0 ? found : [{ host: serviceHostName(reference), port }];
}

function* fromSlices(state: StateReader, { namespace, name }: ServiceReference, portName: string): Iterable<Address> {
  for (const slice of state.list(endpointSlices, namespace)) {
    if (slice.metadata.labels?.[serviceLabel] !== name) continue;
    const port = itemsOf(slice.ports).find((candidate) => (candidate.name ?? "") === portName)?.port;
    if (typeof port !== "number") continue;
    for (const { conditions, addresses } of itemsOf(slice.endpoints)) {
      const host = addresses?.[0];
      if (conditions?.ready !== false && typeof host === "string") yield { host, port };
    }
  }
}

function* fromEndpoints(
  state: StateReader,
  { namespace, name }: ServiceReference,
  portName: string,
): Iterable<Address> {
  for (const subset of itemsOf(state.get(endpoints, namespace, name)?.subsets)) {
    const port = itemsOf(subset.ports).find((candidate) => (candidate.name ?? "") === portName)?.port;
    if (typeof port !== "number") continue;
    for (const { ip } of itemsOf(subset.addresses)) if (typeof ip === "string") yield { host: ip, port };
  }
}

/** A list of objects; stored objects have the types of their schema, but for absence and null. */
function itemsOf(value: unknown): JsonObject[] {
  return Array.isArray(value) ? value : [];
}

// Which service holds which cluster IP and which node port, without a look at every service per write.
//
// Invariants:
//   1. a claim in the index is a hint: it counts only while the stored service still has the address or port;
//   2. every service that was seen, or passed an allocation, since the index was built is in it, so nothing that is held is missed;
//   3. hints are not removed one by one (a write that released an address may still fail); when too many are stale the
//      index is built again from the state.

import type { StateReader } from "../../../apiserver/strategy.ts";
import { formatIp, parseIp } from "../../../machinery/ip.ts";
import type { JsonObject, KubeObject } from "../../../machinery/object.ts";

export const services = { group: "", resource: "services" };

/** `ip:10.0.0.1` or `port:30080`. */
export type Claim = string;

export function ipClaim(ip: string): Claim {
  const parsed = parseIp(ip);
  return `ip:${parsed === undefined ? ip : formatIp(parsed)}`;
}

export function portClaim(port: number): Claim {
  return `port:${port}`;
}

/** All that a service holds. */
export function claimsOf(service: KubeObject): Claim[] {
  const spec: JsonObject = service.spec ?? {};
  const claims: Claim[] = [];
  if (spec.type !== "ExternalName") {
    for (const ip of spec.clusterIPs ?? []) if (ip !== "None" && ip !== "") claims.push(ipClaim(ip));
  }
  for (const port of spec.ports ?? []) if (port.nodePort) claims.push(portClaim(port.nodePort));
  if (spec.healthCheckNodePort) claims.push(portClaim(spec.healthCheckNodePort));
  return claims;
}

const staleAllowance = 1024;
const indexes = new WeakMap<StateReader, ServiceClaims>();

/** The index of this state; one is built on the first question. */
export function claimsIn(state: StateReader): ServiceClaims {
  let index = indexes.get(state);
  if (index === undefined) {
    index = new ServiceClaims(state);
    indexes.set(state, index);
  }
  return index;
}

export class ServiceClaims {
  readonly #state: StateReader;
  readonly #owners = new Map<Claim, Set<string>>();
  #recorded = 0;
  #limit = 0;
  /** Where the search for a free address or port goes on, by range. */
  readonly cursors = new Map<string, bigint>();

  constructor(state: StateReader) {
    this.#state = state;
    this.#rebuild();
  }

  /** Whether a service other than `namespace/name` holds the claim now. */
  isHeld(claim: Claim, namespace: string, name: string): boolean {
    const owners = this.#owners.get(claim);
    if (owners === undefined) return false;
    const self = keyOf(namespace, name);
    for (const owner of owners) {
      if (owner === self) continue;
      const slash = owner.indexOf("/");
      const service = this.#state.get(services, owner.slice(0, slash), owner.slice(slash + 1));
      if (service !== undefined && claimsOf(service).includes(claim)) return true;
    }
    return false;
  }

  /** Remembers what a service that is about to be stored holds. */
  record(service: KubeObject): void {
    const key = keyOf(service.metadata.namespace ?? "", service.metadata.name ?? "");
    for (const claim of claimsOf(service)) {
      const owners = this.#owners.get(claim);
      if (owners === undefined) this.#owners.set(claim, new Set([key]));
      else if (owners.has(key)) continue;
      else owners.add(key);
      this.#recorded++;
    }
    if (this.#recorded > this.#limit) {
      this.#rebuild();
      this.record(service);
    }
  }

  #rebuild(): void {
    this.#owners.clear();
    this.#recorded = 0;
    this.#limit = Number.POSITIVE_INFINITY;
    for (const service of this.#state.list(services)) this.record(service);
    this.#limit = 2 * this.#recorded + staleAllowance;
  }
}

function keyOf(namespace: string, name: string): string {
  return `${namespace}/${name}`;
}

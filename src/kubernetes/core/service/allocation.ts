// Gives a service its cluster IPs and node ports, on the newest state, in the turn in which the write is decided.
//
// Addresses and ports that clients choose tend to lie at the beginning of a range, so allocation begins behind a reserved band and
// falls back to it only when the rest is taken. What a service no longer holds is free as soon as the write is in the state.
// Source of the rules and words: kubernetes pkg/registry/core/service (alloc.go, ipallocator, portallocator).

import type { StrategyContext } from "../../../apiserver/strategy.ts";
import { type FieldError, invalid } from "../../../machinery/field-error.ts";
import {
  type Cidr,
  cidrContains,
  cidrSize,
  formatIp,
  type IpFamily,
  networkOf,
  parseIp,
} from "../../../machinery/ip.ts";
import type { KubeObject } from "../../../machinery/object.ts";
import { internalError, invalidObject } from "../../../machinery/status-error.ts";
import { claimsIn, ipClaim, portClaim, type ServiceClaims } from "./claims.ts";
import { keepsPreferredDualStack, serviceRanges, settleFamilies } from "./families.ts";
import { isHeadless, needsHealthCheck, needsNodePort, type ServiceSpec, specOf, storedSpecOf } from "./kinds.ts";

const serviceKind = { group: "", kind: "Service" };

/**
 * Settles the families and allocates what the service needs and does not have.
 * @throws StatusError 422 when a requested address or port cannot be had, 500 when a range is full
 */
export function allocate(service: KubeObject, old: KubeObject | undefined, context: StrategyContext): void {
  const spec = specOf(service);
  const oldSpec = old === undefined ? undefined : storedSpecOf(old);
  const ranges = serviceRanges(context.plane.serviceClusterIPRange);
  refuse(service, settleFamilies(spec, oldSpec, ranges));
  const allocation = new Allocation(service, claimsIn(context.state), ranges, context.plane.serviceNodePortRange);
  allocation.clusterIPs(spec, oldSpec);
  allocation.nodePorts(spec, oldSpec);
  allocation.healthCheckPort(spec, oldSpec);
  if (!context.dryRun) claimsIn(context.state).record(service);
}

function refuse(service: KubeObject, errors: readonly FieldError[]): void {
  if (errors.length > 0) throw invalidObject(serviceKind, service.metadata.name ?? "", errors);
}

/** One service's allocation; what it takes itself is free to nobody else, and to itself for a second protocol. */
class Allocation {
  readonly #service: KubeObject;
  readonly #claims: ServiceClaims;
  readonly #ranges: readonly Cidr[];
  readonly #ports: { from: number; to: number };
  readonly #taken = new Set<number>();

  constructor(
    service: KubeObject,
    claims: ServiceClaims,
    ranges: readonly Cidr[],
    ports: { from: number; to: number },
  ) {
    this.#service = service;
    this.#claims = claims;
    this.#ranges = ranges;
    this.#ports = ports;
  }

  clusterIPs(spec: ServiceSpec, old: ServiceSpec | undefined): void {
    if (spec.type === "ExternalName" || isHeadless(spec) || spec.ipFamilies === undefined) return;
    const held = old === undefined || old.type === "ExternalName" ? [] : (old.clusterIPs ?? []);
    if (old !== undefined && (isHeadless(old) || keepsPreferredDualStack(spec, old))) return;
    const requested = spec.clusterIPs ?? [];
    spec.clusterIPs = spec.ipFamilies.map((family, index) => {
      const ip = requested[index] ?? "";
      if (ip === "") return this.#nextIP(family);
      if (!held.includes(ip)) this.#takeIP(family, ip, requested);
      return ip;
    });
    const [first] = spec.clusterIPs;
    if (first !== undefined) spec.clusterIP = first;
  }

  nodePorts(spec: ServiceSpec, old: ServiceSpec | undefined): void {
    if (spec.type !== "NodePort" && spec.type !== "LoadBalancer") return;
    const ports = spec.ports ?? [];
    const held = new Set((old?.ports ?? []).map((port) => port.nodePort).filter(Boolean));
    for (const [index, port] of ports.entries()) {
      if (port.nodePort && !held.has(port.nodePort)) this.#takePort(port.nodePort, `spec.ports[${index}].nodePort`);
      if (port.nodePort) this.#taken.add(port.nodePort);
    }
    if (!needsNodePort(spec)) return;
    for (const port of ports) {
      if (port.nodePort) continue;
      // The same port over another protocol shares the node port of its sibling.
      const sibling = ports.find((other) => other.port === port.port && other.protocol !== port.protocol);
      port.nodePort = sibling?.nodePort || this.#nextPort("nodePort");
    }
  }

  healthCheckPort(spec: ServiceSpec, old: ServiceSpec | undefined): void {
    if (!needsHealthCheck(spec)) return;
    if (old !== undefined && needsHealthCheck(old)) return;
    if (!spec.healthCheckNodePort) {
      spec.healthCheckNodePort = this.#nextPort("HealthCheck NodePort");
      return;
    }
    const reason = this.#portRefusal(spec.healthCheckNodePort);
    if (reason === undefined) return;
    throw internalError(`failed to allocate requested HealthCheck NodePort ${spec.healthCheckNodePort}: ${reason}`);
  }

  #isHeld(claim: string): boolean {
    const { namespace = "", name = "" } = this.#service.metadata;
    return this.#claims.isHeld(claim, namespace, name);
  }

  #takeIP(family: IpFamily, ip: string, requested: readonly string[]): void {
    const range = this.#ranges.find((candidate) => candidate.address.family === family);
    const address = parseIp(ip);
    if (range === undefined || address === undefined) return;
    const { first, last } = usable(range);
    let reason: string | undefined;
    if (!cidrContains(range, address) || address.value < first || address.value > last) {
      const valid = `${formatIp(networkOf(range))}/${range.prefixLength}`;
      reason = `the provided IP (${ip}) is not in the valid range. The range of valid IPs is ${valid}`;
    } else if (this.#isHeld(ipClaim(ip))) reason = "provided IP is already allocated";
    if (reason === undefined) return;
    refuse(this.#service, [invalid("spec.clusterIPs", requested, `failed to allocate IP ${ip}: ${reason}`)]);
  }

  #nextIP(family: IpFamily): string {
    const range = this.#ranges.find((candidate) => candidate.address.family === family);
    const text = (value: bigint) => formatIp({ family, value });
    if (range !== undefined) {
      const { first, last } = usable(range);
      const band = bandOf(last - first + 1n, 16n, 256n);
      const free = this.#search(
        `ip:${formatIp(networkOf(range))}`,
        first,
        last,
        band,
        (value) => !this.#isHeld(ipClaim(text(value))),
      );
      if (free !== undefined) return text(free);
    }
    throw internalError("failed to allocate a serviceIP: range is full");
  }

  #portRefusal(port: number): string | undefined {
    const { from, to } = this.#ports;
    if (port < from || port > to) {
      return `provided port is not in the valid range. The range of valid ports is ${from}-${to}`;
    }
    return this.#isHeld(portClaim(port)) ? "provided port is already allocated" : undefined;
  }

  #takePort(port: number, field: string): void {
    const reason = this.#portRefusal(port);
    if (reason !== undefined) refuse(this.#service, [invalid(field, port, reason)]);
  }

  #nextPort(what: string): number {
    const { from, to } = this.#ports;
    const band = bandOf(BigInt(to - from + 1), 32n, 128n);
    const isFree = (value: bigint) => !this.#taken.has(Number(value)) && !this.#isHeld(portClaim(Number(value)));
    const free = this.#search("port", BigInt(from), BigInt(to), band, isFree);
    if (free === undefined) throw internalError(`failed to allocate a ${what}: range is full`);
    this.#taken.add(Number(free));
    return Number(free);
  }

  /** The next free value after the last one given out: first behind the band, then within it. */
  #search(
    cursor: string,
    first: bigint,
    last: bigint,
    band: bigint,
    isFree: (value: bigint) => boolean,
  ): bigint | undefined {
    const start = first + band;
    const resume = this.#claims.cursors.get(cursor) ?? start;
    for (const [from, to] of [
      [resume, last],
      [start, resume - 1n],
      [first, start - 1n],
    ] as const) {
      for (let value = from; value <= to; value++) {
        if (!isFree(value)) continue;
        if (value >= start) this.#claims.cursors.set(cursor, value + 1n);
        return value;
      }
    }
    return undefined;
  }
}

/** Without the network's own address and, for IPv4, the broadcast address. */
function usable(range: Cidr): { first: bigint; last: bigint } {
  const { family, value } = networkOf(range);
  return { first: value + 1n, last: value + cidrSize(range) - (family === "IPv4" ? 2n : 1n) };
}

/** How many values at the beginning are left to clients that choose their own; none in a small range. */
function bandOf(size: bigint, divisor: bigint, maximum: bigint): bigint {
  const minimum = 16n;
  if (size <= minimum) return 0n;
  const share = size / divisor;
  return share < minimum ? minimum : share > maximum ? maximum : share;
}

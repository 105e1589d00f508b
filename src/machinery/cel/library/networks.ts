// Kubernetes' IP and CIDR libraries.

import * as t from "../types.ts";
import { fail, Opaque } from "../values.ts";
import {
  type Address,
  bitCount,
  formatAddress,
  isMapped,
  isWithin,
  masked,
  type Network,
  networkContains,
  parseAddress,
  parseNetwork,
} from "./addresses.ts";
import { costs, func, type Library, method } from "./overload.ts";

const { bool, int, string } = t;
const ipType = t.opaque("net.IP");
const cidrType = t.opaque("net.CIDR");

class Ip extends Opaque {
  readonly typeName = "net.IP";
  readonly address: Address;
  constructor(address: Address) {
    super();
    this.address = address;
  }
  override equals(other: Ip): boolean {
    return this.address.family === other.address.family && this.address.bits === other.address.bits;
  }
}

class Cidr extends Opaque {
  readonly typeName = "net.CIDR";
  readonly network: Network;
  constructor(network: Network) {
    super();
    this.network = network;
  }
  override equals({ network }: Cidr): boolean {
    const { address, prefix } = this.network;
    return (
      prefix === network.prefix && address.family === network.address.family && address.bits === network.address.bits
    );
  }
}

function ipProblem(text: string): string | undefined {
  const address = parseAddress(text);
  if (address === undefined) {
    if (text.includes("%") && parseAddress(text.slice(0, text.indexOf("%"))) !== undefined) {
      return `IP address ${JSON.stringify(text)} with zone value is not allowed`;
    }
    return `IP Address ${JSON.stringify(text)} parse error during conversion from string: ParseAddr(${JSON.stringify(text)}): unable to parse IP`;
  }
  return isMapped(address) ? `IPv4-mapped IPv6 address ${JSON.stringify(text)} is not allowed` : undefined;
}

function toIp(text: string): Ip {
  const problem = ipProblem(text);
  return problem === undefined ? new Ip(parseAddress(text)!) : fail(problem);
}

function toCidr(text: string): Cidr {
  const network = parseNetwork(text);
  if (network === undefined) {
    return fail(
      `network address parse error during conversion from string: network address parse error during conversion from string: netip.ParsePrefix(${JSON.stringify(text)}): unable to parse CIDR`,
    );
  }
  if (isMapped(network.address)) return fail(`IPv4-mapped IPv6 address ${JSON.stringify(text)} is not allowed`);
  return new Cidr(network);
}

function isCidr(text: string): boolean {
  const network = parseNetwork(text);
  return network !== undefined && !isMapped(network.address);
}

function containsCidr({ network }: Cidr, { network: other }: Cidr): boolean {
  return network.prefix <= other.prefix && networkContains(network, other.address);
}

const ranges = {
  loopback: ["127.0.0.0/8", "::1/128"],
  linkLocalUnicast: ["169.254.0.0/16", "fe80::/10"],
  multicast: ["224.0.0.0/4", "ff00::/8"],
} as const;

function isIn(address: Address, [ipv4, ipv6]: readonly [string, string]): boolean {
  return isWithin(address, address.family === 4 ? ipv4 : ipv6);
}

function isUnspecified({ bits }: Address): boolean {
  return bits === 0n;
}

/** 224.0.0.0/24, or multicast of IPv6 with link-local scope. */
function isLinkLocalMulticast({ family, bits }: Address): boolean {
  if (family === 4) return bits >> 8n === 0xe00000n;
  return bits >> 120n === 0xffn && ((bits >> 112n) & 0xfn) === 2n;
}

function isGlobalUnicast(address: Address): boolean {
  if (isUnspecified(address) || (address.family === 4 && address.bits === 0xffffffffn)) return false;
  return !isIn(address, ranges.loopback) && !isIn(address, ranges.multicast) && !isIn(address, ranges.linkLocalUnicast);
}

function test(of: (address: Address) => boolean) {
  return [method([ipType], bool, ({ address }: Ip) => of(address))];
}

const traverse = { cost: costs.traverse };
const traverseSecond = { cost: costs.traverseSecond };

export const networkFunctions: Library = {
  ip: [
    func([string], ipType, toIp, traverse),
    method([cidrType], ipType, ({ network }: Cidr) => new Ip(network.address)),
  ],
  isIP: [func([string], bool, (text: string) => ipProblem(text) === undefined, traverse)],
  "ip.isCanonical": [
    func([string], bool, (text: string) => formatAddress(toIp(text).address) === text, { cost: costs.traverseTwice }),
  ],
  family: [method([ipType], int, ({ address }: Ip) => BigInt(address.family))],
  isUnspecified: test(isUnspecified),
  isLoopback: test((address) => isIn(address, ranges.loopback)),
  isLinkLocalMulticast: test(isLinkLocalMulticast),
  isLinkLocalUnicast: test((address) => isIn(address, ranges.linkLocalUnicast)),
  isGlobalUnicast: test(isGlobalUnicast),
  cidr: [func([string], cidrType, toCidr, traverse)],
  isCIDR: [func([string], bool, isCidr, traverse)],
  containsIP: [
    method([cidrType, ipType], bool, ({ network }: Cidr, ip: Ip) => networkContains(network, ip.address)),
    method(
      [cidrType, string],
      bool,
      ({ network }: Cidr, text: string) => networkContains(network, toIp(text).address),
      traverseSecond,
    ),
  ],
  containsCIDR: [
    method([cidrType, cidrType], bool, containsCidr),
    method([cidrType, string], bool, (cidr: Cidr, text: string) => containsCidr(cidr, toCidr(text)), traverseSecond),
  ],
  masked: [
    method([cidrType], cidrType, ({ network }: Cidr) => new Cidr({ address: masked(network), prefix: network.prefix })),
  ],
  prefixLength: [method([cidrType], int, ({ network }: Cidr) => BigInt(network.prefix))],
  string: [
    func([ipType], string, ({ address }: Ip) => formatAddress(address), { resultSize: () => bitCount(6) / 3 }),
    func([cidrType], string, ({ network }: Cidr) => `${formatAddress(network.address)}/${network.prefix}`, {
      resultSize: () => bitCount(6) / 3,
    }),
  ],
};

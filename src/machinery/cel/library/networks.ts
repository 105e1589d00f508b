// Kubernetes' IP and CIDR libraries.

import {
  type Cidr,
  cidrContains,
  formatIp,
  type IpAddress,
  type IpFamily,
  ipErrors,
  networkOf,
  parseCidr,
  parseIp,
} from "../../ip.ts";
import * as t from "../types.ts";
import { fail, Opaque } from "../values.ts";
import { costs, func, type Library, method, parsing } from "./overload.ts";

const { bool, int, string } = t;
const ipType = t.opaque("net.IP");
const cidrType = t.opaque("net.CIDR");

class IpValue extends Opaque {
  readonly typeName = "net.IP";
  readonly address: IpAddress;
  constructor(address: IpAddress) {
    super();
    this.address = address;
  }
  override equals(other: IpValue): boolean {
    return sameAddress(this.address, other.address);
  }
}

class CidrValue extends Opaque {
  readonly typeName = "net.CIDR";
  readonly cidr: Cidr;
  constructor(cidr: Cidr) {
    super();
    this.cidr = cidr;
  }
  override equals({ cidr }: CidrValue): boolean {
    return this.cidr.prefixLength === cidr.prefixLength && sameAddress(this.cidr.address, cidr.address);
  }
}

function sameAddress(a: IpAddress, b: IpAddress): boolean {
  return a.family === b.family && a.value === b.value;
}

/** Reads an address; why not, when it cannot. Leading zeros, zones and IPv4-mapped addresses are refused. */
function readIp(text: string): IpAddress | string {
  const address = parseIp(text);
  const quoted = JSON.stringify(text);
  if (address === undefined && text.includes("%")) return `IP address ${quoted} with zone value is not allowed`;
  const [error] = ipErrors(text);
  if (address !== undefined && error === undefined) return address;
  if (error?.includes("IPv4-mapped") === true) return `IPv4-mapped IPv6 address ${quoted} is not allowed`;
  return `IP Address ${quoted} parse error during conversion from string: ParseAddr(${quoted}): unable to parse IP`;
}

function toIp(text: string): IpValue {
  const address = readIp(text);
  return typeof address === "string" ? fail(address) : new IpValue(address);
}

function readCidr(text: string): Cidr | undefined {
  const match = /^([^/]*)\/(?:0|[1-9]\d*)$/.exec(text);
  return match === null || typeof readIp(match[1]!) === "string" ? undefined : parseCidr(text);
}

function toCidr(text: string): CidrValue {
  const cidr = readCidr(text);
  if (cidr !== undefined) return new CidrValue(cidr);
  return fail(
    `network address parse error during conversion from string: netip.ParsePrefix(${JSON.stringify(text)}): invalid CIDR`,
  );
}

function containsCidr({ cidr }: CidrValue, { cidr: other }: CidrValue): boolean {
  return cidr.prefixLength <= other.prefixLength && cidrContains(cidr, other.address);
}

const ranges = {
  loopback: bothFamilies("127.0.0.0/8", "::1/128"),
  linkLocalUnicast: bothFamilies("169.254.0.0/16", "fe80::/10"),
  multicast: bothFamilies("224.0.0.0/4", "ff00::/8"),
} as const;

function bothFamilies(ipv4: string, ipv6: string): Record<IpFamily, Cidr> {
  return { IPv4: parseCidr(ipv4)!, IPv6: parseCidr(ipv6)! };
}

function isIn(address: IpAddress, range: Record<IpFamily, Cidr>): boolean {
  return cidrContains(range[address.family], address);
}

function isUnspecified({ value }: IpAddress): boolean {
  return value === 0n;
}

/** 224.0.0.0/24, or multicast of IPv6 with link-local scope. */
function isLinkLocalMulticast({ family, value }: IpAddress): boolean {
  if (family === "IPv4") return value >> 8n === 0xe00000n;
  return value >> 120n === 0xffn && ((value >> 112n) & 0xfn) === 2n;
}

function isGlobalUnicast(address: IpAddress): boolean {
  if (isUnspecified(address) || (address.family === "IPv4" && address.value === 0xffffffffn)) return false;
  return !isIn(address, ranges.loopback) && !isIn(address, ranges.multicast) && !isIn(address, ranges.linkLocalUnicast);
}

function test(of: (address: IpAddress) => boolean) {
  return [method([ipType], bool, ({ address }: IpValue) => of(address))];
}

const parsingSecond = { cost: costs.traverseSecond, work: parsing.work };
/** Longest text of an address, and of a block. */
const addressText = { resultSize: () => 45 };
const blockText = { resultSize: () => 49 };

export const networkFunctions: Library = {
  ip: [
    func([string], ipType, toIp, parsing),
    method([cidrType], ipType, ({ cidr }: CidrValue) => new IpValue(cidr.address)),
  ],
  isIP: [func([string], bool, (text: string) => typeof readIp(text) !== "string", parsing)],
  "ip.isCanonical": [
    func([string], bool, (text: string) => formatIp(toIp(text).address) === text, {
      ...parsing,
      cost: costs.traverseTwice,
    }),
  ],
  family: [method([ipType], int, ({ address }: IpValue) => (address.family === "IPv4" ? 4n : 6n))],
  isUnspecified: test(isUnspecified),
  isLoopback: test((address) => isIn(address, ranges.loopback)),
  isLinkLocalMulticast: test(isLinkLocalMulticast),
  isLinkLocalUnicast: test((address) => isIn(address, ranges.linkLocalUnicast)),
  isGlobalUnicast: test(isGlobalUnicast),
  cidr: [func([string], cidrType, toCidr, parsing)],
  isCIDR: [func([string], bool, (text: string) => readCidr(text) !== undefined, parsing)],
  containsIP: [
    method([cidrType, ipType], bool, ({ cidr }: CidrValue, { address }: IpValue) => cidrContains(cidr, address)),
    method(
      [cidrType, string],
      bool,
      ({ cidr }: CidrValue, text: string) => cidrContains(cidr, toIp(text).address),
      parsingSecond,
    ),
  ],
  containsCIDR: [
    method([cidrType, cidrType], bool, containsCidr),
    method(
      [cidrType, string],
      bool,
      (cidr: CidrValue, text: string) => containsCidr(cidr, toCidr(text)),
      parsingSecond,
    ),
  ],
  masked: [method([cidrType], cidrType, ({ cidr }: CidrValue) => new CidrValue({ ...cidr, address: networkOf(cidr) }))],
  prefixLength: [method([cidrType], int, ({ cidr }: CidrValue) => BigInt(cidr.prefixLength))],
  string: [
    func([ipType], string, ({ address }: IpValue) => formatIp(address), addressText),
    func([cidrType], string, ({ cidr }: CidrValue) => `${formatIp(cidr.address)}/${cidr.prefixLength}`, blockText),
  ],
};

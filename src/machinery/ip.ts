// IP addresses and CIDR blocks as fields of the API hold them. New fields are strict and canonical; older ones allow IPv6 in any
// spelling. Rules return texts in the words of Kubernetes, none when the value is valid.
// Source: k8s.io/apimachinery pkg/util/validation/ip.go.

import { isIPv6 } from "node:net";
import { quoteText } from "./quote.ts";

export type IpFamily = "IPv4" | "IPv6";

export interface IpAddress {
  family: IpFamily;
  /** As a number: 32 or 128 bits. */
  value: bigint;
}

export interface Cidr {
  address: IpAddress;
  prefixLength: number;
}

export interface IpRule {
  /** Whether IPv6 must be spelled as RFC 5952 has it; true for fields that came after Kubernetes 1.33. */
  canonical?: boolean;
}

type Reading = { address: IpAddress; leadingZeros: boolean; mapped: boolean };

const mappedPrefix = 0xffffn << 32n;

function read(text: string): Reading | undefined {
  const octets = /^(\d{1,9})\.(\d{1,9})\.(\d{1,9})\.(\d{1,9})$/.exec(text)?.slice(1);
  if (octets !== undefined) {
    if (octets.some((octet) => Number(octet) > 255)) return undefined;
    const value = octets.reduce((sum, octet) => sum * 256n + BigInt(Number(octet)), 0n);
    const leadingZeros = octets.some((octet) => octet.length > 1 && octet.startsWith("0"));
    return { address: { family: "IPv4", value }, leadingZeros, mapped: false };
  }
  if (text.length > 45 || text.includes("%") || !isIPv6(text)) return undefined;
  const value = ipv6Value(text);
  if (value >> 32n === 0xffffn)
    return { address: { family: "IPv4", value: value - mappedPrefix }, leadingZeros: false, mapped: true };
  return { address: { family: "IPv6", value }, leadingZeros: false, mapped: false };
}

/** The number of a well-formed IPv6 address. */
function ipv6Value(text: string): bigint {
  const groups = (part: string): bigint[] =>
    part === ""
      ? []
      : part.split(":").flatMap((group) => {
          if (!group.includes(".")) return [BigInt(`0x${group}`)];
          const [a, b, c, d] = group.split(".").map(Number) as [number, number, number, number];
          return [BigInt(a * 256 + b), BigInt(c * 256 + d)];
        });
  const [head, tail] = text.split("::") as [string, string | undefined];
  const left = groups(head);
  const right = tail === undefined ? [] : groups(tail);
  const all = [...left, ...Array<bigint>(8 - left.length - right.length).fill(0n), ...right];
  return all.reduce((sum, group) => (sum << 16n) | group, 0n);
}

/** The address, IPv4-mapped IPv6 as IPv4; undefined when the text is none. Leading zeros of IPv4 are ignored. */
export function parseIp(text: string): IpAddress | undefined {
  return read(text)?.address;
}

/** The canonical spelling: dotted for IPv4, RFC 5952 for IPv6. */
export function formatIp({ family, value }: IpAddress): string {
  if (family === "IPv4") return [24n, 16n, 8n, 0n].map((shift) => (value >> shift) & 255n).join(".");
  const groups = Array.from({ length: 8 }, (_, index) => ((value >> BigInt(112 - index * 16)) & 0xffffn).toString(16));
  let start = 0;
  let length = 1;
  for (let from = 0; from < 8; from++) {
    let to = from;
    while (groups[to] === "0") to++;
    if (to - from > length) {
      start = from;
      length = to - from;
    }
  }
  if (length < 2) return groups.join(":");
  return `${groups.slice(0, start).join(":")}::${groups.slice(start + length).join(":")}`;
}

function readCidr(text: string): { address: Reading; prefixLength: number; leadingZeros: boolean } | undefined {
  const slash = text.indexOf("/");
  const length = text.slice(slash + 1);
  const address = slash < 0 ? undefined : read(text.slice(0, slash));
  if (address === undefined || !/^\d{1,9}$/.test(length)) return undefined;
  const bits = address.address.family === "IPv6" || address.mapped ? 128 : 32;
  if (Number(length) > bits) return undefined;
  return {
    address,
    prefixLength: address.mapped ? Math.max(0, Number(length) - 96) : Number(length),
    leadingZeros: address.leadingZeros || (length.length > 1 && length.startsWith("0")),
  };
}

/** The block, its address as written; undefined when the text is none. */
export function parseCidr(text: string): Cidr | undefined {
  const cidr = readCidr(text);
  return cidr && { address: cidr.address.address, prefixLength: cidr.prefixLength };
}

/** How many addresses a block has. */
export function cidrSize({ address: { family }, prefixLength }: Cidr): bigint {
  return 1n << BigInt((family === "IPv4" ? 32 : 128) - prefixLength);
}

/** The first address of a block. */
export function networkOf(cidr: Cidr): IpAddress {
  const { family, value } = cidr.address;
  return { family, value: value - (value % cidrSize(cidr)) };
}

/** Whether an address lies in a block. */
export function cidrContains(cidr: Cidr, address: IpAddress): boolean {
  if (cidr.address.family !== address.family) return false;
  return networkOf(cidr).value === networkOf({ address, prefixLength: cidr.prefixLength }).value;
}

/** Rule of addresses. */
export function ipErrors(text: string, { canonical = false }: IpRule = {}): string[] {
  const reading = read(text);
  if (reading === undefined) return ["must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)"];
  if (reading.leadingZeros) return ["must not have leading 0s"];
  if (reading.mapped) return ["must not be an IPv4-mapped IPv6 address"];
  const expected = formatIp(reading.address);
  return canonical && text !== expected ? [`must be in canonical form (${quoteText(expected)})`] : [];
}

/** Rule of blocks, written with the first address of the block. */
export function cidrErrors(text: string): string[] {
  const cidr = readCidr(text);
  if (cidr === undefined) return ["must be a valid CIDR value, (e.g. 10.9.8.0/24 or 2001:db8::/64)"];
  if (cidr.leadingZeros) return ["must not have leading 0s in IP or prefix length"];
  if (cidr.address.mapped) return ["must not have an IPv4-mapped IPv6 address"];
  const { address } = cidr.address;
  const isNetwork = networkOf({ address, prefixLength: cidr.prefixLength }).value === address.value;
  return isNetwork ? [] : ["must not have bits set beyond the prefix length"];
}

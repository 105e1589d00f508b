// IP addresses and CIDRs as numbers: parsing, canonical text, containment, and the validation that Kubernetes makes of them.
// Reading is sloppy where Go's is (leading zeros, IPv4-mapped addresses), so that the errors can say what exactly is wrong.
// Source of the rules and words: k8s.io/apimachinery pkg/util/validation (ip.go), k8s.io/utils/net.

import { isIPv4, isIPv6 } from "node:net";
import { type FieldError, invalid } from "../machinery/field-error.ts";

export type IPFamily = "IPv4" | "IPv6";

export interface IPAddress {
  family: IPFamily;
  value: bigint;
}

export interface CIDR {
  family: IPFamily;
  /** The address as written. */
  address: bigint;
  /** The first address of the range. */
  base: bigint;
  prefix: number;
}

const mappedPrefix = 0xffffn << 32n;

export function bitsOf(family: IPFamily): number {
  return family === "IPv4" ? 32 : 128;
}

/** The address that a text stands for; an IPv4-mapped IPv6 address is an IPv4 address. */
export function parseIP(text: string): IPAddress | undefined {
  const plain = /^[0-9]{1,10}(\.[0-9]{1,10}){3}$/.test(text)
    ? text
        .split(".")
        .map((part) => String(Number(part)))
        .join(".")
    : text;
  if (isIPv4(plain)) return { family: "IPv4", value: readIPv4(plain) };
  if (!isIPv6(plain) || plain.includes("%")) return undefined;
  const value = readIPv6(plain);
  return value >> 32n === mappedPrefix >> 32n
    ? { family: "IPv4", value: value & 0xffff_ffffn }
    : { family: "IPv6", value };
}

/** The range that a text such as `10.0.0.0/8` stands for. */
export function parseCIDR(text: string): CIDR | undefined {
  const slash = text.indexOf("/");
  if (slash < 0 || !/^[0-9]{1,4}$/.test(text.slice(slash + 1))) return undefined;
  const ip = parseIP(text.slice(0, slash));
  const prefix = Number(text.slice(slash + 1));
  if (ip === undefined) return undefined;
  const bits = bitsOf(ip.family);
  if (prefix > bits) return undefined;
  const host = BigInt(bits - prefix);
  return { family: ip.family, address: ip.value, base: (ip.value >> host) << host, prefix };
}

/** The canonical text (RFC 5952 for IPv6). */
export function formatIP({ family, value }: IPAddress): string {
  if (family === "IPv4") return [24n, 16n, 8n, 0n].map((shift) => (value >> shift) & 255n).join(".");
  const words = Array.from({ length: 8 }, (_, index) => Number((value >> BigInt(112 - 16 * index)) & 0xffffn));
  const { start, length } = longestZeroRun(words);
  const hex = words.map((word) => word.toString(16));
  if (length < 2) return hex.join(":");
  return `${hex.slice(0, start).join(":")}::${hex.slice(start + length).join(":")}`;
}

/** Whether the range holds the address. */
export function contains(cidr: CIDR, ip: IPAddress): boolean {
  const host = BigInt(bitsOf(cidr.family) - cidr.prefix);
  return cidr.family === ip.family && cidr.base >> host === ip.value >> host;
}

/** A field that must hold an IP address. */
export function checkIP(value: string, path: string, errors: FieldError[]): void {
  const problem = ipProblem(value);
  if (problem !== undefined) errors.push(invalid(path, value, problem));
}

/** What is wrong with an IP address, if anything. */
export function ipProblem(value: string): string | undefined {
  if (parseIP(value) === undefined) return "must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)";
  if (hasLeadingZero(value)) return "must not have leading 0s";
  return isMapped(value) ? "must not be an IPv4-mapped IPv6 address" : undefined;
}

/** A field that must hold a CIDR. */
export function checkCIDR(value: string, path: string, errors: FieldError[]): void {
  const problem = cidrProblem(value);
  if (problem !== undefined) errors.push(invalid(path, value, problem));
}

function cidrProblem(value: string): string | undefined {
  const cidr = parseCIDR(value);
  if (cidr === undefined) return "must be a valid CIDR value, (e.g. 10.9.8.0/24 or 2001:db8::/64)";
  const [ip = "", prefix = ""] = value.split("/");
  if (hasLeadingZero(ip) || /^0[0-9]/.test(prefix)) return "must not have leading 0s in IP or prefix length";
  if (isMapped(ip)) return "must not have an IPv4-mapped IPv6 address";
  return cidr.base === cidr.address ? undefined : "must not have bits set beyond the prefix length";
}

const specialRanges = [
  { ranges: ["127.0.0.0/8", "::1/128"], text: "may not be in the loopback range (127.0.0.0/8, ::1/128)" },
  {
    ranges: ["169.254.0.0/16", "fe80::/10"],
    text: "may not be in the link-local range (169.254.0.0/16, fe80::/10)",
  },
  {
    ranges: ["224.0.0.0/24", "ff02::/16"],
    text: "may not be in the link-local multicast range (224.0.0.0/24, ff02::/10)",
  },
].map(({ ranges, text }) => ({ ranges: ranges.map((range) => parseCIDR(range)).filter(isPresent), text }));

/** An address of a remote peer: it may not be unspecified, loopback or link-local. */
export function checkNonSpecialIP(value: string, path: string, errors: FieldError[]): void {
  const ip = parseIP(value);
  if (ip === undefined) {
    errors.push(invalid(path, value, "must be a valid IP address"));
    return;
  }
  if (ip.value === 0n) errors.push(invalid(path, value, `may not be unspecified (${value})`));
  for (const { ranges, text } of specialRanges) {
    if (ranges.some((range) => contains(range, ip))) errors.push(invalid(path, value, text));
  }
}

function isPresent<T>(value: T | undefined): value is T {
  return value !== undefined;
}

function readIPv4(text: string): bigint {
  return text.split(".").reduce((value, part) => (value << 8n) | BigInt(part), 0n);
}

function readIPv6(text: string): bigint {
  let plain = text;
  const lastColon = text.lastIndexOf(":");
  if (text.includes(".")) {
    const tail = readIPv4(text.slice(lastColon + 1));
    plain = `${text.slice(0, lastColon + 1)}${(tail >> 16n).toString(16)}:${(tail & 0xffffn).toString(16)}`;
  }
  const [head = "", rest] = plain.split("::");
  const left = head === "" ? [] : head.split(":");
  const right = rest === undefined || rest === "" ? [] : rest.split(":");
  const words = [...left, ...new Array<string>(8 - left.length - right.length).fill("0"), ...right];
  return words.reduce((value, word) => (value << 16n) | BigInt(Number.parseInt(word, 16)), 0n);
}

function longestZeroRun(words: number[]): { start: number; length: number } {
  let best = { start: 0, length: 0 };
  for (let start = 0; start < words.length; start++) {
    let length = 0;
    while (words[start + length] === 0) length++;
    if (length > best.length) best = { start, length };
    start += length;
  }
  return best;
}

function hasLeadingZero(ip: string): boolean {
  return ip.includes(".") && /(^|[.:])0[0-9]/.test(ip.slice(ip.lastIndexOf(":") + 1));
}

function isMapped(ip: string): boolean {
  return ip.includes(":") && parseIP(ip)?.family === "IPv4";
}

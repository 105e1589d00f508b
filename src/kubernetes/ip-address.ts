// Checks of fields that hold IP addresses and CIDR blocks, reported as field errors. The rules themselves are those of machinery/ip.ts.
// Source of the rules and words: k8s.io/apimachinery pkg/util/validation (ip.go), kubernetes pkg/apis/core/validation.

import { type FieldError, invalid } from "../machinery/field-error.ts";
import { cidrContains, cidrErrors, ipErrors, parseCidr, parseIp } from "../machinery/ip.ts";
import { checkName } from "./validation/names.ts";

/** A field that must hold an IP address. */
export function checkIP(value: string, path: string, errors: FieldError[]): void {
  checkName(ipErrors, value, path, errors);
}

/** A field that must hold a CIDR. */
export function checkCIDR(value: string, path: string, errors: FieldError[]): void {
  checkName(cidrErrors, value, path, errors);
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
].map(({ ranges, text }) => ({ ranges: ranges.map((range) => parseCidr(range)!), text }));

/** An address of a remote peer: it may not be unspecified, loopback or link-local. */
export function checkNonSpecialIP(value: string, path: string, errors: FieldError[]): void {
  const ip = parseIp(value);
  if (ip === undefined) {
    errors.push(invalid(path, value, "must be a valid IP address"));
    return;
  }
  if (ip.value === 0n) errors.push(invalid(path, value, `may not be unspecified (${value})`));
  for (const { ranges, text } of specialRanges) {
    if (ranges.some((range) => cidrContains(range, ip))) errors.push(invalid(path, value, text));
  }
}

// The string formats that kube-apiserver checks in custom resources; any other format is documentation and accepts every string.
// Source of the list: apiextensions-apiserver pkg/apiserver/validation/formats.go; of the rules: kube-openapi pkg/validation/strfmt.

import { isIP, isIPv4, isIPv6 } from "node:net";
import { canonicalBase64 } from "./go-scalars.ts";

const uuid = (version: string, variant: string) =>
  new RegExp(`^[0-9a-f]{8}-?[0-9a-f]{4}-?${version}-?${variant}-?[0-9a-f]{12}$`, "i");
const any4 = "[0-9a-f]{4}";
const matches = (form: RegExp) => (text: string) => form.test(text);

const hostnameLabel = /^[a-zA-Z0-9\u0080-\uffff](?:[-a-zA-Z0-9\u0080-\uffff]{0,62})$/;
const creditCard =
  /^(?:4[0-9]{12}(?:[0-9]{3})?|5[1-5][0-9]{14}|6(?:011|5[0-9][0-9])[0-9]{12}|3[47][0-9]{13}|3(?:0[0-5]|[68][0-9])[0-9]{11}|(?:2131|1800|35[0-9]{3})[0-9]{11})$/;
const rgbPart = "\\s*(?:0|[1-9][0-9]?|1[0-9][0-9]|2[0-4][0-9]|25[0-5])\\s*";

/** Checks by format name without dashes, as `date-time` and `datetime` are one. */
const checks = new Map<string, (text: string) => boolean>([
  ["bsonobjectid", matches(/^[0-9a-fA-F]{24}$/)],
  ["uri", isUri],
  ["email", matches(/^(?:[^<>@]*<)?[^\s<>@"(),:;]+@[^\s<>@"(),:;]+>?$/)],
  ["hostname", isHostname],
  ["ipv4", isIPv4],
  ["ipv6", (text) => isIPv6(text) && !text.includes("%")],
  ["cidr", isCidr],
  ["mac", isMac],
  ["uuid", matches(uuid(any4, any4))],
  ["uuid3", matches(uuid("3[0-9a-f]{3}", any4))],
  ["uuid4", matches(uuid("4[0-9a-f]{3}", "[89ab][0-9a-f]{3}"))],
  ["uuid5", matches(uuid("5[0-9a-f]{3}", "[89ab][0-9a-f]{3}"))],
  ["isbn", (text) => isIsbn10(text) || isIsbn13(text)],
  ["isbn10", isIsbn10],
  ["isbn13", isIsbn13],
  ["creditcard", isCreditCard],
  ["ssn", matches(/^\d{3}[- ]?\d{2}[- ]?\d{4}$/)],
  ["hexcolor", matches(/^#?(?:[0-9a-fA-F]{3}|[0-9a-fA-F]{6})$/)],
  ["rgbcolor", matches(new RegExp(`^rgb\\(${rgbPart},${rgbPart},${rgbPart}\\)$`))],
  ["byte", (text) => canonicalBase64(text).ok],
  ["password", () => true],
  ["date", isDate],
  ["duration", isDuration],
  ["datetime", isDateTime],
  ["k8sshortname", (text) => text.length <= 63 && /^[a-z0-9](?:[-a-z0-9]*[a-z0-9])?$/.test(text)],
  [
    "k8slongname",
    (text) =>
      text.length <= 253 && /^[a-z0-9](?:[-a-z0-9]*[a-z0-9])?(?:\.[a-z0-9](?:[-a-z0-9]*[a-z0-9])?)*$/.test(text),
  ],
]);

/** Whether a string satisfies a format; true for formats that Kubernetes does not check. */
export function satisfiesFormat(text: string, format: string): boolean {
  const check = checks.get(format) ?? checks.get(format.replaceAll("-", ""));
  return check === undefined || check(text);
}

function isUri(text: string): boolean {
  if (text.startsWith("/")) return !/[\s\u0000-\u001f\u007f]/.test(text);
  return /^[a-zA-Z][a-zA-Z0-9+.-]*:/.test(text) && URL.canParse(text);
}

function isHostname(text: string): boolean {
  const name = text.endsWith(".") ? text.slice(0, -1) : text;
  return name.length > 0 && name.length <= 255 && name.split(".").every((part) => hostnameLabel.test(part));
}

function isCidr(text: string): boolean {
  const slash = text.indexOf("/");
  const address = text.slice(0, slash);
  const bits = text.slice(slash + 1);
  const family = slash < 0 || address.includes("%") ? 0 : isIP(address);
  return family !== 0 && /^(?:0|[1-9][0-9]{0,2})$/.test(bits) && Number(bits) <= (family === 4 ? 32 : 128);
}

function isMac(text: string): boolean {
  const pairs = /^[0-9a-fA-F]{2}(?:([:-])[0-9a-fA-F]{2}(?:\1[0-9a-fA-F]{2})*)$/;
  if (pairs.test(text)) return [6, 8, 20].includes((text.length + 1) / 3);
  return /^[0-9a-fA-F]{4}(?:\.[0-9a-fA-F]{4})+$/.test(text) && [6, 8, 20].includes(((text.length + 1) / 5) * 2);
}

function isIsbn10(text: string): boolean {
  const digits = text.replace(/[\s-]/g, "");
  if (!/^[0-9]{9}[0-9X]$/.test(digits)) return false;
  let sum = 0;
  for (let index = 0; index < 10; index++) sum += (index + 1) * (digits[index] === "X" ? 10 : Number(digits[index]));
  return sum % 11 === 0;
}

function isIsbn13(text: string): boolean {
  const digits = text.replace(/[\s-]/g, "");
  if (!/^[0-9]{13}$/.test(digits)) return false;
  let sum = 0;
  for (let index = 0; index < 13; index++) sum += Number(digits[index]) * (index % 2 === 0 ? 1 : 3);
  return sum % 10 === 0;
}

function isCreditCard(text: string): boolean {
  const digits = text.replace(/[^0-9]+/g, "");
  if (!creditCard.test(digits)) return false;
  let sum = 0;
  for (let index = 0; index < digits.length; index++) {
    const digit = Number(digits[digits.length - 1 - index]);
    const weighted = index % 2 === 0 ? digit : digit * 2;
    sum += weighted > 9 ? weighted - 9 : weighted;
  }
  return sum % 10 === 0;
}

function isDate(text: string): boolean {
  const match = /^([0-9]{4})-([0-9]{2})-([0-9]{2})$/.exec(text);
  if (match === null) return false;
  const moment = new Date(0);
  moment.setUTCFullYear(Number(match[1]), Number(match[2]) - 1, Number(match[3]));
  return moment.getUTCMonth() === Number(match[2]) - 1 && moment.getUTCDate() === Number(match[3]);
}

function isDateTime(text: string): boolean {
  const [date = "", time = ""] = text.toLowerCase().split("t");
  const match = /^([0-9]{2}):([0-9]{2}):([0-9]{2})(?:.[0-9]+)?(?:z|[+-][0-9]{2}:[0-9]{2})$/.exec(time);
  return match !== null && isDate(date) && match[1]! <= "23" && match[2]! <= "59" && match[3]! <= "59";
}

const goDuration = /^[+-]?(?:0|(?:(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:ns|us|µs|μs|ms|s|m|h))+)$/;
const scalaDuration =
  /^[+-]?[0-9]+(?:\.[0-9]+)?\s*(?:ns|nano|nanos|nanosecond|nanoseconds|us|µs|μs|micro|micros|microsecond|microseconds|ms|milli|millis|millisecond|milliseconds|s|sec|secs|second|seconds|m|min|mins|minute|minutes|h|hr|hrs|hour|hours|d|day|days|w|week|weeks)$/;

function isDuration(text: string): boolean {
  return goDuration.test(text) || scalaDuration.test(text);
}

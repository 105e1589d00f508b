// Checks of names inside objects (names of containers, volumes, referred objects, label keys), reported as field errors.
// The rules themselves are those of machinery/names.ts.

import { type FieldError, invalid } from "../../machinery/field-error.ts";
import {
  configMapKeyErrors,
  dns1035LabelErrors,
  dns1123LabelErrors,
  dns1123SubdomainErrors,
  labelValueErrors,
  qualifiedNameErrors,
} from "../../machinery/names.ts";

/** A rule of names: texts of what is wrong, none when valid. */
export type NameRule = (value: string) => string[];

export function checkName(rule: NameRule, value: unknown, path: string, errors: FieldError[]): void {
  const text = typeof value === "string" ? value : "";
  for (const problem of rule(text)) errors.push(invalid(path, text, problem));
}

export function checkDnsLabel(value: unknown, path: string, errors: FieldError[]): void {
  checkName(dns1123LabelErrors, value, path, errors);
}

export function checkDnsSubdomain(value: unknown, path: string, errors: FieldError[]): void {
  checkName(dns1123SubdomainErrors, value, path, errors);
}

export function checkQualifiedName(value: unknown, path: string, errors: FieldError[]): void {
  checkName(qualifiedNameErrors, value, path, errors);
}

export function checkConfigMapKey(value: unknown, path: string, errors: FieldError[]): void {
  checkName(configMapKeyErrors, value, path, errors);
}

export { dns1035LabelErrors, dns1123LabelErrors, dns1123SubdomainErrors, labelValueErrors, qualifiedNameErrors };

const portNameTexts = {
  length: "must be no more than 15 characters",
  characters: "must contain only alpha-numeric characters (a-z, 0-9), and hyphens (-)",
  letter: "must contain at least one letter (a-z)",
  hyphens: "must not contain consecutive hyphens",
  ends: "must not begin or end with a hyphen",
};

/** IANA service names, as ports are called. */
export function portNameErrors(name: string): string[] {
  const problems: string[] = [];
  if (name.length > 15) problems.push(portNameTexts.length);
  if (!/^[-a-z0-9]+$/.test(name)) problems.push(portNameTexts.characters);
  if (!/[a-z]/.test(name)) problems.push(portNameTexts.letter);
  if (name.includes("--")) problems.push(portNameTexts.hyphens);
  if (name.startsWith("-") || name.endsWith("-")) problems.push(portNameTexts.ends);
  return problems;
}

/** Names of environment variables: printable ASCII without `=`. */
export function envNameErrors(name: string): string[] {
  if (name === "") return ["environment variable name must be a non-empty string"];
  return /^[ -<>-~]+$/.test(name)
    ? []
    : [
        "a valid environment variable name must consist only of printable ASCII characters other than '=' (regex used for validation is '^[ -<>-~]+$')",
      ];
}

/** Names of HTTP header fields. */
export function headerNameErrors(name: string): string[] {
  return /^[-A-Za-z0-9]+$/.test(name)
    ? []
    : [
        "a valid HTTP header must consist of alphanumeric characters or '-' (e.g. 'X-Header-Name', regex used for validation is '[-A-Za-z0-9]+')",
      ];
}

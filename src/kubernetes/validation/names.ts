// Checks of names inside objects (names of containers, volumes, referred objects, label keys), reported as field errors.
// The rules themselves are those of machinery/names.ts.

import { type FieldError, invalid, required } from "../../machinery/field-error.ts";
import {
  configMapKeyErrors,
  dns1123LabelErrors,
  dns1123SubdomainErrors,
  qualifiedNameErrors,
} from "../../machinery/names.ts";

/** Reports what a rule (texts of what is wrong, none when valid) says of a value; what is absent reads as "". */
export function checkName(rule: (value: string) => string[], value: unknown, path: string, errors: FieldError[]): void {
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

const httpPath = "[A-Za-z0-9/\\-._~%!$&'()*+,;=:]+";
const httpPathPattern = /^[A-Za-z0-9/\-._~%!$&'()*+,;=:]+$/;

/** `acme.io/foo`: a domain, a slash, and what the path of a URL may have. */
export function checkDomainPrefixedPath(value: string, path: string, errors: FieldError[]): void {
  const slash = value.indexOf("/");
  const rest = value.slice(slash + 1);
  if (value === "") {
    errors.push(required(path));
  } else if (slash <= 0 || rest === "") {
    errors.push(invalid(path, value, 'must be a domain-prefixed path (such as "acme.io/foo")'));
  } else {
    checkDnsSubdomain(value.slice(0, slash), path, errors);
    if (httpPathPattern.test(rest)) return;
    errors.push(invalid(path, rest, `Invalid path (regex used for validation is '${httpPath}')`));
  }
}

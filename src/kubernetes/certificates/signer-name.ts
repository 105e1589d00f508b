// Names of signers: a domain, a slash and a path, as `kubernetes.io/kubelet-serving`.
// Source of the rules and words: kubernetes pkg/apis/core/validation (ValidateSignerName).

import { type FieldError, invalid, required, tooLong } from "../../machinery/field-error.ts";
import { dns1123LabelErrors, dns1123SubdomainErrors } from "../../machinery/names.ts";

const maxDomain = 253;
/** A label, a dot and a subdomain. */
const maxPath = 63 + 1 + 253;
const maxName = maxDomain + 1 + maxPath;

export function checkSignerName(name: string, path: string, errors: FieldError[]): void {
  if (name === "") {
    errors.push(required(path));
    return;
  }
  const [domain = "", rest, ...more] = name.split("/");
  if (rest === undefined || more.length > 0) {
    errors.push(invalid(path, name, "must be a fully qualified domain and path of the form 'example.com/signer-name'"));
    return;
  }
  if (domain.length > maxDomain) errors.push(tooLong(path, maxDomain));
  const labels = domain.split(".");
  for (const label of labels) {
    for (const problem of dns1123LabelErrors(label)) {
      errors.push(invalid(path, domain, `validating label "${label}": ${problem}`));
    }
  }
  if (labels.length < 2) {
    errors.push(invalid(path, domain, "should be a domain with at least two segments separated by dots"));
  }
  for (const label of rest.split(".")) {
    for (const problem of dns1123SubdomainErrors(label)) {
      errors.push(invalid(path, rest, `validating label "${label}": ${problem}`));
    }
  }
  if (rest.length > maxPath) errors.push(tooLong(path, maxPath));
  if (name.length > maxName) errors.push(tooLong(path, maxName));
}

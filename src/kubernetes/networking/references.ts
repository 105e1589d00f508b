// References to objects by group, kind (or resource) and name.
// Source of the rules and words: kubernetes pkg/apis/networking/validation, k8s.io/apimachinery pkg/api/validate/content.

import { type FieldError, required } from "../../machinery/field-error.ts";
import type { JsonObject } from "../../machinery/object.ts";
import { isEmpty, isSet } from "../validation/fields.ts";
import { checkDnsSubdomain, checkName } from "../validation/names.ts";

/** What can stand between two slashes of a path. */
export function pathSegmentErrors(name: string): string[] {
  if (name === "." || name === "..") return [`may not be '${name}'`];
  return ["/", "%"].filter((character) => name.includes(character)).map((character) => `may not contain '${character}'`);
}

/** A required field that names something in a path. */
export function checkSegment(value: unknown, path: string, errors: FieldError[]): void {
  if (isEmpty(value)) errors.push(required(path));
  else checkName(pathSegmentErrors, value, path, errors);
}

/** `apiGroup` (optional), `kind` and `name`. */
export function checkTypedReference(reference: JsonObject, path: string, errors: FieldError[]): void {
  if (isSet(reference.apiGroup)) checkDnsSubdomain(reference.apiGroup, `${path}.apiGroup`, errors);
  checkSegment(reference.kind, `${path}.kind`, errors);
  checkSegment(reference.name, `${path}.name`, errors);
}

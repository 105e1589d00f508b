// References to objects by group, kind (or resource) and name.
// Source of the rules and words: kubernetes pkg/apis/networking/validation, k8s.io/apimachinery pkg/api/validate/content.

import { type FieldError, required } from "../../machinery/field-error.ts";
import { pathSegmentNameErrors } from "../../machinery/names.ts";
import type { JsonObject } from "../../machinery/object.ts";
import { isEmpty, isSet } from "../validation/fields.ts";
import { checkDnsSubdomain, checkName } from "../validation/names.ts";

/** A required field that names something in a path. */
export function checkSegment(value: unknown, path: string, errors: FieldError[]): void {
  if (isEmpty(value)) errors.push(required(path));
  else checkPathSegment(value, path, errors);
}

/** What can stand between two slashes of a path. */
export function checkPathSegment(value: unknown, path: string, errors: FieldError[]): void {
  checkName((name) => pathSegmentNameErrors(name, false), value, path, errors);
}

/** `apiGroup` (optional), `kind` and `name`. */
export function checkTypedReference(reference: JsonObject, path: string, errors: FieldError[]): void {
  if (isSet(reference.apiGroup)) checkDnsSubdomain(reference.apiGroup, `${path}.apiGroup`, errors);
  checkSegment(reference.kind, `${path}.kind`, errors);
  checkSegment(reference.name, `${path}.name`, errors);
}

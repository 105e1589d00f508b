// How admission refuses a request: 403 that names the object, also one whose name is yet to be generated.
// Source: apiserver/pkg/admission/errors.go.

import { forbiddenError, type StatusError } from "../machinery/status-error.ts";
import type { AdmissionRequest } from "./admission.ts";

/** `pods "a" is forbidden: why`. */
export function refusal(request: AdmissionRequest, why: string): StatusError {
  return forbiddenError(request.resource, nameOf(request), why);
}

/** The name of a request's object as errors give it. */
function nameOf({ name, object }: AdmissionRequest): string {
  return name || object?.metadata.name || object?.metadata.generateName || "Unknown!";
}

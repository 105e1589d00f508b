// The one error of the API edge: a Kubernetes Status with its reason and code.
// Reasons, codes and sentences follow k8s.io/apimachinery pkg/api/errors, because clients match on them.

import { type FieldError, fieldName, formatFieldError } from "./field-error.ts";
import { type GroupKind, type GroupResource, qualifiedKind, qualifiedResource } from "./object.ts";
import { quoteText } from "./quote.ts";

export interface StatusCause {
  reason?: string;
  message?: string;
  field?: string;
}

export interface StatusDetails {
  name?: string;
  group?: string;
  kind?: string;
  uid?: string;
  causes?: StatusCause[];
  retryAfterSeconds?: number;
}

/** The `Status` object of meta/v1. */
export interface Status {
  kind: "Status";
  apiVersion: "v1";
  metadata: { continue?: string };
  status: "Success" | "Failure";
  message?: string;
  reason?: string;
  details?: StatusDetails;
  code: number;
}

/** Thrown at the API edge; rendered as the answer. Inside, prefer results that are unions. */
export class StatusError extends Error {
  readonly status: Status;

  constructor(
    code: number,
    reason: string,
    message: string,
    details?: StatusDetails,
    metadata: Status["metadata"] = {},
  ) {
    super(message);
    this.name = "StatusError";
    this.status = { kind: "Status", apiVersion: "v1", metadata, status: "Failure", message, code };
    if (reason !== "") this.status.reason = reason;
    if (details !== undefined) this.status.details = details;
  }

  get code(): number {
    return this.status.code;
  }

  get reason(): string {
    return this.status.reason ?? "";
  }

  /** The error that a Status answer stands for. */
  static from(status: Partial<Status>): StatusError {
    return new StatusError(
      status.code ?? 500,
      status.reason ?? "",
      status.message ?? "unknown",
      status.details,
      status.metadata ?? {},
    );
  }
}

/** Whether an error is a StatusError with this reason. */
export function hasReason(error: unknown, reason: string): error is StatusError {
  return error instanceof StatusError && error.reason === reason;
}

/** Zero seconds are left out, as Go leaves out zeros. */
function retryAfter(retryAfterSeconds: number): StatusDetails {
  return retryAfterSeconds > 0 ? { retryAfterSeconds } : {};
}

function about(resource: GroupResource, name: string): StatusDetails {
  const details: StatusDetails = {};
  if (name !== "") details.name = name;
  if (resource.group !== "") details.group = resource.group;
  if (resource.resource !== "") details.kind = resource.resource;
  return details;
}

export function badRequest(message: string): StatusError {
  return new StatusError(400, "BadRequest", message);
}

export function unauthorized(message = "Unauthorized"): StatusError {
  return new StatusError(401, "Unauthorized", message);
}

/** 403; `why` follows the resource and name, as in `pods "a" is forbidden: why`. */
export function forbiddenError(resource: GroupResource, name: string, why: string): StatusError {
  let message: string;
  if (resource.group === "" && resource.resource === "") message = `forbidden: ${why}`;
  else if (name === "") message = `${qualifiedResource(resource)} is forbidden: ${why}`;
  else message = `${qualifiedResource(resource)} ${quoteText(name)} is forbidden: ${why}`;
  return new StatusError(403, "Forbidden", message, about(resource, name));
}

export function notFoundError(resource: GroupResource, name: string): StatusError {
  return new StatusError(
    404,
    "NotFound",
    `${qualifiedResource(resource)} ${quoteText(name)} not found`,
    about(resource, name),
  );
}

/** 404 for a path that names nothing that is served. */
export function pathNotFound(): StatusError {
  return new StatusError(404, "NotFound", "the server could not find the requested resource", {});
}

export function methodNotAllowed(resource: GroupResource, action: string): StatusError {
  return new StatusError(
    405,
    "MethodNotAllowed",
    `${action} is not supported on resources of kind ${quoteText(qualifiedResource(resource))}`,
    about(resource, ""),
  );
}

/** 405 for a path whose resource is served, but not by this method. */
export function methodNotServed(): StatusError {
  return new StatusError(
    405,
    "MethodNotAllowed",
    "the server does not allow this method on the requested resource",
    {},
  );
}

export function notAcceptable(accepted: readonly string[]): StatusError {
  return new StatusError(406, "NotAcceptable", `only the following media types are accepted: ${accepted.join(", ")}`);
}

export function alreadyExists(resource: GroupResource, name: string): StatusError {
  return new StatusError(
    409,
    "AlreadyExists",
    `${qualifiedResource(resource)} ${quoteText(name)} already exists`,
    about(resource, name),
  );
}

export function conflict(resource: GroupResource, name: string, why: string): StatusError {
  return new StatusError(
    409,
    "Conflict",
    `Operation cannot be fulfilled on ${qualifiedResource(resource)} ${quoteText(name)}: ${why}`,
    about(resource, name),
  );
}

/** The sentence of every failed optimistic update. */
export const objectModified =
  "the object has been modified; please apply your changes to the latest version and try again";

/** 409 of server-side apply: one cause per conflicting field, naming its manager. */
export function applyConflict(message: string, causes: StatusCause[]): StatusError {
  return new StatusError(409, "Conflict", message, { causes });
}

/** 410: the revision or page token is gone; `continueToken` lets a paged list go on, inconsistently. */
export function expired(message: string, continueToken?: string): StatusError {
  return new StatusError(
    410,
    "Expired",
    message,
    undefined,
    continueToken === undefined ? {} : { continue: continueToken },
  );
}

/** 413; the whole sentence is the caller's, as bodies and patches have different ones. */
export function tooLarge(message: string): StatusError {
  return new StatusError(413, "RequestEntityTooLarge", message);
}

export function unsupportedMediaType(accepted: readonly string[]): StatusError {
  return new StatusError(
    415,
    "UnsupportedMediaType",
    `the body of the request was in an unknown format - accepted media types include: ${accepted.join(", ")}`,
  );
}

/** 422 with one cause per field error. */
export function invalidObject(kind: GroupKind, name: string, errors: readonly FieldError[]): StatusError {
  const texts = [...new Set(errors.map(formatFieldError))];
  const summary = texts.length === 0 ? "" : texts.length === 1 ? `: ${texts[0]}` : `: [${texts.join(", ")}]`;
  const details: StatusDetails = { kind: kind.kind };
  if (name !== "") details.name = name;
  if (kind.group !== "") details.group = kind.group;
  if (errors.length > 0) {
    details.causes = errors.map((error) => ({ reason: error.type, message: error.message, field: fieldName(error) }));
  }
  return new StatusError(422, "Invalid", `${qualifiedKind(kind)} ${quoteText(name)} is invalid${summary}`, details);
}

export function tooManyRequests(message: string, retryAfterSeconds: number): StatusError {
  return new StatusError(429, "TooManyRequests", message, retryAfter(retryAfterSeconds));
}

export function internalError(message: string): StatusError {
  return new StatusError(500, "InternalError", `Internal error occurred: ${message}`, {
    causes: [{ message }],
  });
}

export function serviceUnavailable(message: string, retryAfterSeconds?: number): StatusError {
  return new StatusError(
    503,
    "ServiceUnavailable",
    message,
    retryAfterSeconds === undefined ? undefined : { retryAfterSeconds },
  );
}

/** 504, `Timeout: message`; the operation may still complete. */
export function timeoutError(message: string, retryAfterSeconds: number): StatusError {
  return new StatusError(504, "Timeout", `Timeout: ${message}`, retryAfter(retryAfterSeconds));
}

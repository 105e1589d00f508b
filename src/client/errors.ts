// What goes wrong on the way to a server, as the one error that callers know.

import { parseJson } from "../machinery/json.ts";
import { isObject } from "../machinery/object.ts";
import { type Status, StatusError } from "../machinery/status-error.ts";

/** The server was not reached, or the connection broke before its answer: a write may or may not have happened. */
export class ConnectionError extends StatusError {
  constructor(message: string, options: { cause: unknown; timeout?: boolean }) {
    if (options.timeout) super(504, "Timeout", message);
    else super(503, "ServiceUnavailable", message);
    this.name = "ConnectionError";
    this.cause = options.cause;
  }
}

/** An answer is longer, or stranger, than what may be taken. */
export function unreadableAnswer(why: string): StatusError {
  return new StatusError(500, "InternalError", `the server's answer cannot be read: ${why}`);
}

const reasons: Record<number, string> = {
  400: "BadRequest",
  401: "Unauthorized",
  403: "Forbidden",
  404: "NotFound",
  405: "MethodNotAllowed",
  406: "NotAcceptable",
  409: "Conflict",
  410: "Expired",
  413: "RequestEntityTooLarge",
  415: "UnsupportedMediaType",
  422: "Invalid",
  429: "TooManyRequests",
  503: "ServiceUnavailable",
  504: "Timeout",
};

/** The error of an answer that is no success: its Status, or what its code says when something in between answered. */
export function answerError(code: number, body: Buffer, retryAfterSeconds: number | undefined): StatusError {
  const parsed = parseJson(body);
  const status: unknown = parsed.ok ? parsed.value : undefined;
  if (isObject(status) && status.kind === "Status") return StatusError.from({ ...(status as Partial<Status>), code });
  const text = body.subarray(0, 2048).toString("utf8").trim();
  const reason = reasons[code] ?? (code >= 500 ? "InternalError" : "Unknown");
  const details = retryAfterSeconds === undefined ? undefined : { retryAfterSeconds };
  return new StatusError(code, reason, text === "" ? `the server answered ${code}` : text, details);
}

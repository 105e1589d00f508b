// What every answer has to be, whatever was asked.

import assert from "node:assert/strict";
import type { JsonObject } from "../../../src/machinery/object.ts";
import type { RawAnswer } from "./wire.ts";

/** Codes of failures that the API documents. 500 is never among them. */
const documentedFailures = new Set([
  400, 401, 403, 404, 405, 406, 408, 409, 410, 412, 413, 415, 417, 422, 429, 431, 503, 504, 507,
]);

const reasons = new Set([
  "BadRequest",
  "Unauthorized",
  "Forbidden",
  "NotFound",
  "MethodNotAllowed",
  "NotAcceptable",
  "Timeout",
  "AlreadyExists",
  "Conflict",
  "Gone",
  "Expired",
  "RequestEntityTooLarge",
  "UnsupportedMediaType",
  "Invalid",
  "TooManyRequests",
  "ServiceUnavailable",
  "InsufficientStorage",
]);

/** Asserts that an answer is a success or a well-formed Status of a documented failure. */
export function assertAnswer(answer: RawAnswer, method: string): void {
  const { code, headers, body } = answer;
  const text = body.toString("utf8");
  const about = `${code}: ${text.slice(0, 600)}`;
  if (code < 400) {
    assert.ok(code === 200 || code === 201 || code === 202 || code === 301 || code === 304, about);
    return;
  }
  assert.ok(documentedFailures.has(code), about);
  if (method === "HEAD") return;
  // The OpenAPI documents refuse foreign types without a word, as those of Kubernetes do.
  if (code === 406 && body.length === 0) return;
  // What the protocol layer refuses has no path and no user yet; it is answered in plain words.
  if (headers.get("content-type") === "text/plain; charset=utf-8" && answer.closed) return;
  assert.match(headers.get("content-type") ?? "", /^application\/(json|yaml)/, about);
  if (headers.get("content-type") === "application/yaml") return;
  const status = parsed(text, about);
  assert.equal(status.kind, "Status", about);
  assert.equal(status.apiVersion, "v1", about);
  assert.equal(status.status, "Failure", about);
  assert.equal(status.code, code, about);
  assert.equal(typeof status.message, "string", about);
  assert.notEqual(status.message, "", about);
  assert.ok(reasons.has(status.reason), about);
}

function parsed(text: string, about: string): JsonObject {
  try {
    return JSON.parse(text);
  } catch {
    throw new Error(`an answer that is no JSON: ${about}`);
  }
}

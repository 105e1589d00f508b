import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { invalid, required } from "./field-error.ts";
import * as errors from "./status-error.ts";

const pods = { group: "", resource: "pods" };
const deployments = { group: "apps", resource: "deployments" };

describe("status errors", () => {
  it("carry the Status that clients match on", () => {
    assert.deepEqual(errors.notFoundError(deployments, "web").status, {
      kind: "Status",
      apiVersion: "v1",
      metadata: {},
      status: "Failure",
      message: 'deployments.apps "web" not found',
      reason: "NotFound",
      details: { name: "web", group: "apps", kind: "deployments" },
      code: 404,
    });
  });

  const cases: [error: errors.StatusError, code: number, reason: string, message: string][] = [
    [errors.badRequest("no"), 400, "BadRequest", "no"],
    [errors.unauthorized(), 401, "Unauthorized", "Unauthorized"],
    [errors.forbiddenError(pods, "a", "why"), 403, "Forbidden", 'pods "a" is forbidden: why'],
    [errors.forbiddenError(deployments, "", "why"), 403, "Forbidden", "deployments.apps is forbidden: why"],
    [errors.forbiddenError({ group: "", resource: "" }, "a", "why"), 403, "Forbidden", "forbidden: why"],
    [errors.pathNotFound(), 404, "NotFound", "the server could not find the requested resource"],
    [
      errors.methodNotAllowed(deployments, "patch"),
      405,
      "MethodNotAllowed",
      'patch is not supported on resources of kind "deployments.apps"',
    ],
    [
      errors.notAcceptable(["application/json", "application/yaml"]),
      406,
      "NotAcceptable",
      "only the following media types are accepted: application/json, application/yaml",
    ],
    [errors.alreadyExists(pods, "a"), 409, "AlreadyExists", 'pods "a" already exists'],
    [
      errors.conflict(pods, "a", errors.objectModified),
      409,
      "Conflict",
      'Operation cannot be fulfilled on pods "a": the object has been modified; please apply your changes to the latest version and try again',
    ],
    [errors.expired("too old"), 410, "Expired", "too old"],
    [errors.tooLarge("big"), 413, "RequestEntityTooLarge", "big"],
    [
      errors.unsupportedMediaType(["application/json"]),
      415,
      "UnsupportedMediaType",
      "the body of the request was in an unknown format - accepted media types include: application/json",
    ],
    [errors.tooManyRequests("wait", 1), 429, "TooManyRequests", "wait"],
    [errors.internalError("oops"), 500, "InternalError", "Internal error occurred: oops"],
    [errors.serviceUnavailable("later"), 503, "ServiceUnavailable", "later"],
    [errors.timeoutError("slow", 5), 504, "Timeout", "Timeout: slow"],
  ];
  for (const [error, code, reason, message] of cases) {
    it(`${code} ${reason}: ${message}`, () => {
      assert.deepEqual([error.code, error.reason, error.message], [code, reason, message]);
      assert.ok(errors.hasReason(error, reason));
    });
  }

  it("say when to come back, and leave zero out", () => {
    assert.deepEqual(errors.tooManyRequests("wait", 3).status.details, { retryAfterSeconds: 3 });
    assert.deepEqual(errors.tooManyRequests("wait", 0).status.details, {});
  });

  it("hand a usable continue token back with an expired one", () => {
    assert.deepEqual(errors.expired("gone", "token").status.metadata, { continue: "token" });
  });

  it("list the field errors of an invalid object as causes, each text once in the message", () => {
    const kind = { group: "apps", kind: "Deployment" };
    const one = required("spec.selector");
    const error = errors.invalidObject(kind, "web", [one, one, invalid("", "x", "bad")]);
    assert.equal(
      error.message,
      'Deployment.apps "web" is invalid: [spec.selector: Required value, []: Invalid value: "x": bad]',
    );
    assert.deepEqual(error.status.details, {
      kind: "Deployment",
      name: "web",
      group: "apps",
      causes: [
        { reason: "FieldValueRequired", message: "Required value", field: "spec.selector" },
        { reason: "FieldValueRequired", message: "Required value", field: "spec.selector" },
        { reason: "FieldValueInvalid", message: 'Invalid value: "x": bad', field: "[]" },
      ],
    });
    assert.equal(
      errors.invalidObject(kind, "web", [one]).message,
      'Deployment.apps "web" is invalid: spec.selector: Required value',
    );
    const none = errors.invalidObject(kind, "web", []);
    assert.equal(none.message, 'Deployment.apps "web" is invalid');
    assert.ok(!("causes" in none.status.details!));
  });

  it("survive the way over the wire", () => {
    const status = errors.alreadyExists(pods, "a").status;
    assert.deepEqual(errors.StatusError.from(JSON.parse(JSON.stringify(status))).status, status);
  });
});

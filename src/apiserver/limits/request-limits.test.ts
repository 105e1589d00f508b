import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { hasReason } from "../../machinery/status-error.ts";
import type { RequestContext } from "../registry/context.ts";
import { RequestLimits } from "./request-limits.ts";

const settings = { administrators: 2, system: 2, serviceAccounts: 2, users: 3, perUser: 2 };

function request(name: string, groups: string[] = [], verb = "list"): RequestContext {
  const resource = { group: "", version: "v1", namespace: "", resource: "pods", subresource: "", name: "", rest: "" };
  return { user: { name, groups }, info: { verb, path: "/api/v1/pods", resource } } as unknown as RequestContext;
}

describe("requests under way", () => {
  test("of one user are limited, and of all users together", () => {
    const limits = new RequestLimits(settings);
    limits.enter(request("ann"));
    const release = limits.enter(request("ann"));
    assert.throws(
      () => limits.enter(request("ann")),
      (error) => hasReason(error, "TooManyRequests"),
    );
    limits.enter(request("bob"));
    assert.throws(
      () => limits.enter(request("cid")),
      (error) => hasReason(error, "TooManyRequests"),
    );
    release();
    release();
    limits.enter(request("cid"));
    assert.throws(() => limits.enter(request("cid")), "a release counts once");
  });

  test("of other classes are not held up by users", () => {
    const limits = new RequestLimits(settings);
    for (const user of ["a", "b", "c"]) limits.enter(request(user));
    limits.enter(request("root", ["system:masters"]));
    limits.enter(request("system:node:n1", ["system:nodes"]));
    limits.enter(request("system:serviceaccount:ns:sa"));
  });

  test("watches are not counted", () => {
    const limits = new RequestLimits(settings);
    for (let count = 0; count < 10; count++) limits.enter(request("ann", [], "watch"));
    assert.equal(limits.underWay().size, 0);
  });
});

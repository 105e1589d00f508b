import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { requestInfo } from "./request-info.ts";

const none = { group: "", version: "v1", namespace: "", resource: "", name: "", subresource: "", rest: "" };

describe("what a request is about", () => {
  const cases: [method: string, path: string, verb: string, resource: Partial<typeof none> | undefined][] = [
    ["GET", "/api/v1/pods", "list", { resource: "pods" }],
    ["GET", "/api/v1/namespaces/a/pods", "list", { namespace: "a", resource: "pods" }],
    ["GET", "/api/v1/namespaces/a/pods/p", "get", { namespace: "a", resource: "pods", name: "p" }],
    ["HEAD", "/api/v1/namespaces/a/pods/p", "get", { namespace: "a", resource: "pods", name: "p" }],
    [
      "PUT",
      "/api/v1/namespaces/a/pods/p/status",
      "update",
      { namespace: "a", resource: "pods", name: "p", subresource: "status" },
    ],
    [
      "POST",
      "/apis/apps/v1/namespaces/a/deployments",
      "create",
      { group: "apps", namespace: "a", resource: "deployments" },
    ],
    [
      "DELETE",
      "/apis/apps/v1/namespaces/a/deployments",
      "deletecollection",
      { group: "apps", namespace: "a", resource: "deployments" },
    ],
    ["GET", "/api/v1/namespaces", "list", { resource: "namespaces" }],
    ["GET", "/api/v1/namespaces/a", "get", { resource: "namespaces", name: "a" }],
    ["PUT", "/api/v1/namespaces/a/finalize", "update", { resource: "namespaces", name: "a", subresource: "finalize" }],
    ["GET", "/api/v1/namespaces/a/status", "get", { resource: "namespaces", name: "a", subresource: "status" }],
    ["GET", "/api/v1/watch/namespaces/a/pods", "watch", { namespace: "a", resource: "pods" }],
    [
      "GET",
      "/apis/rbac.authorization.k8s.io/v1/clusterroles/system%3Anode",
      "get",
      { group: "rbac.authorization.k8s.io", resource: "clusterroles", name: "system:node" },
    ],
    ["GET", "/api/v1/nodes/n/proxy/a/b", "get", { resource: "nodes", name: "n", subresource: "proxy", rest: "a/b" }],
    ["GET", "/api/v1", "get", undefined],
    ["GET", "/apis/apps/v1", "get", undefined],
    ["POST", "/livez", "post", undefined],
  ];
  for (const [method, path, verb, resource] of cases) {
    test(`${method} ${path}`, () => {
      const info = requestInfo(method, path, false);
      assert.equal(info.verb, verb);
      assert.deepEqual(info.resource, resource && { ...none, ...resource });
    });
  }

  test("a query can ask for a watch of a list or of one object", () => {
    assert.equal(requestInfo("GET", "/api/v1/pods", true).verb, "watch");
    assert.equal(requestInfo("GET", "/api/v1/namespaces/a/pods/p", true).verb, "watch");
    assert.equal(requestInfo("POST", "/api/v1/namespaces/a/pods", true).verb, "create");
  });

  test("a method of any name has a verb of text", () => {
    assert.equal(requestInfo("constructor", "/api/v1/pods", false).verb, "constructor");
  });

  test("a malformed escape names what it spells", () => {
    assert.equal(requestInfo("GET", "/api/v1/namespaces/a/pods/%zz", false).resource?.name, "%zz");
  });
});

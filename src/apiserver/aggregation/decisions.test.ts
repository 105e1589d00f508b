import assert from "node:assert/strict";
import { test } from "node:test";
import { testContext } from "../../kubernetes/validation/testing.ts";
import type { KubeObject } from "../../machinery/object.ts";
import { rootOfPath } from "./api-service.ts";
import { probeResult, serviceProblem, withAvailability } from "./availability.ts";
import { aggregatedResources, legacyResources } from "./foreign-discovery.ts";
import { automanagedLabel, localServiceChanges } from "./local-services.ts";
import { userHeaders } from "./user-headers.ts";

test("the group version that a path belongs to", () => {
  const cases: [string, string | undefined][] = [
    ["/apis/a/v1", "/apis/a/v1"],
    ["/apis/a/v1/namespaces/x/pods", "/apis/a/v1"],
    ["/apis/a", "/apis/a"],
    ["/apis", undefined],
    ["/api/v1/pods", "/api/v1"],
    ["/api/v1", "/api/v1"],
    ["/openapi/v2", undefined],
    ["", undefined],
  ];
  for (const [path, expected] of cases) assert.equal(rootOfPath(path), expected, path);
});

const remote = {
  name: "v1.example.com",
  group: "example.com",
  version: "v1",
  service: { namespace: "a", name: "b", port: 443 },
  caBundle: undefined,
  insecureSkipTLSVerify: false,
  groupPriority: 1,
  versionPriority: 1,
  available: false,
};

function object(kind: string, fields: object, labels: Record<string, string> = {}): KubeObject {
  return { apiVersion: "v1", kind, metadata: { namespace: "a", name: "b", labels }, ...fields };
}

test("what a service and its endpoints say against a server", () => {
  const service = object("Service", { spec: { type: "ClusterIP", ports: [{ name: "https", port: 443 }] } });
  const slice = (fields: object) => object("EndpointSlice", fields, { "kubernetes.io/service-name": "b" });
  const ready = { ports: [{ name: "https", port: 8443 }], endpoints: [{ addresses: ["10.0.0.1"] }] };
  const reason = (objects: Record<string, KubeObject[]>) => serviceProblem(testContext(objects).state, remote)?.reason;
  const slices = "endpointslices.discovery.k8s.io";
  assert.equal(reason({}), "ServiceNotFound");
  const otherPort = object("Service", { spec: { ports: [{ port: 80 }] } });
  assert.equal(reason({ services: [otherPort] }), "ServicePortError");
  assert.equal(reason({ services: [service] }), "EndpointsNotFound");
  assert.equal(reason({ services: [service], [slices]: [slice({ ...ready, endpoints: [] })] }), "MissingEndpoints");
  assert.equal(reason({ services: [service], [slices]: [slice(ready)] }), undefined);
  const subsets = [{ addresses: [{ ip: "10.0.0.1" }], ports: [{ name: "https", port: 8443 }] }];
  assert.equal(reason({ services: [service], endpoints: [object("Endpoints", { subsets })] }), undefined);
  const external = object("Service", { spec: { type: "ExternalName", externalName: "x" } });
  assert.equal(reason({ services: [external] }), undefined);
});

test("a condition keeps its time as long as its status, and the object when it says the same", () => {
  const [first, later] = [new Date("2026-01-01T00:00:00Z"), new Date("2026-01-02T00:00:00Z")];
  const failed = withAvailability(object("APIService", {}), probeResult("a"), first);
  assert.equal(withAvailability(failed, probeResult("a"), later), failed);
  const again = withAvailability(failed, probeResult("b"), later).status.conditions[0];
  assert.deepEqual([again.message, again.lastTransitionTime], ["b", "2026-01-01T00:00:00Z"]);
  const passed = withAvailability(failed, probeResult(undefined), later).status.conditions;
  assert.deepEqual(passed, [
    {
      type: "Available",
      status: "True",
      lastTransitionTime: "2026-01-02T00:00:00Z",
      reason: "Passed",
      message: "all checks passed",
    },
  ]);
});

test("local objects: made once at the start, always for custom resources, and never against somebody's will", () => {
  const local = (name: string, label: string | undefined, priority = 1): [string, KubeObject] => {
    const labels: Record<string, string> = label === undefined ? {} : { [automanagedLabel]: label };
    const spec = { groupPriorityMinimum: priority, versionPriority: 1 };
    return [name, { apiVersion: "", kind: "", metadata: { name, labels }, spec }];
  };
  const names = (wanted: [string, KubeObject][], current: [string, KubeObject][], moment: "start" | "later") => {
    const { create, update, remove } = localServiceChanges(new Map(wanted), new Map(current), moment);
    return [create.map((each) => each.metadata.name), update.map((each) => each.metadata.name), remove];
  };
  const wanted = [local("a", "onstart"), local("c", "true")];
  assert.deepEqual(names(wanted, [], "start"), [["a", "c"], [], []]);
  assert.deepEqual(names(wanted, [], "later"), [["c"], [], []]);
  assert.deepEqual(names(wanted, [local("a", "onstart", 2), local("c", "true", 2)], "start"), [[], ["a", "c"], []]);
  assert.deepEqual(names(wanted, [local("a", "onstart", 2), local("c", undefined, 2)], "later"), [[], [], []]);
  const gone = [local("x", "onstart"), local("y", "true"), local("z", undefined)];
  assert.deepEqual(names([], gone, "start"), [[], [], ["x", "y"]]);
  assert.deepEqual(names([], gone, "later"), [[], [], ["y"]]);
});

test("both forms of discovery give the same entries, and nonsense gives none", () => {
  const groupVersion = { group: "example.com", version: "v1" };
  const responseKind = { ...groupVersion, kind: "Thing" };
  const scale = { group: "autoscaling", version: "v1", kind: "Scale" };
  const expected = {
    resource: "things",
    responseKind,
    scope: "Namespaced",
    singularResource: "thing",
    verbs: ["get"],
    shortNames: ["t"],
    subresources: [{ subresource: "scale", responseKind: scale, verbs: ["update"] }],
  };
  const list = {
    resources: [
      { name: "things", singularName: "thing", namespaced: true, kind: "Thing", verbs: ["get"], shortNames: ["t"] },
      { name: "things/scale", namespaced: true, ...scale, verbs: ["update"] },
    ],
  };
  const [legacy] = legacyResources(list, groupVersion);
  assert.deepEqual(legacy, expected);
  const versions = [{ version: "v1", resources: [expected] }];
  const items = [{ metadata: { name: "other" } }, { metadata: { name: "example.com" }, versions }];
  assert.deepEqual(aggregatedResources({ items }, groupVersion), [expected]);
  for (const nonsense of [null, [], "x", { items: 1 }, { items: [null, 1, {}] }, { resources: [[], null, {}] }]) {
    assert.equal(aggregatedResources(nonsense, groupVersion), undefined);
    legacyResources(nonsense, groupVersion);
  }
});

test("users in headers", () => {
  const user = { name: "Zoë", uid: "1", groups: ["a", "b"], extra: { "acme.com/project": ["x"], "50%": ["y"] } };
  assert.deepEqual(userHeaders(user), {
    "x-remote-user": "Zo\u00c3\u00ab",
    "x-remote-uid": "1",
    "x-remote-group": ["a", "b"],
    "x-remote-extra-acme.com%2Fproject": ["x"],
    "x-remote-extra-50%25": ["y"],
  });
});

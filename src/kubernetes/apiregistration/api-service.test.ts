import assert from "node:assert/strict";
import { test } from "node:test";
import type { JsonObject, KubeObject } from "../../machinery/object.ts";
import { createErrors, defaulted, row, testContext, texts } from "../validation/testing.ts";
import { apiServiceKind } from "./api-service.ts";

const spec = { group: "example.com", version: "v1", groupPriorityMinimum: 1000, versionPriority: 10 };
const service = { namespace: "a", name: "b" };

function apiService(change: JsonObject = {}, name = "v1.example.com"): KubeObject {
  return {
    apiVersion: "apiregistration.k8s.io/v1",
    kind: "APIService",
    metadata: { name },
    spec: { ...spec, ...change },
  };
}

test("the port is 443 unless told", () => {
  assert.equal(defaulted(apiServiceKind, apiService({ service: { ...service } })).spec.service.port, 443);
});

test("a local one is available from the start, a remote one has to show it", () => {
  const local = apiService();
  apiServiceKind.strategy?.prepareForCreate?.(local, testContext());
  assert.deepEqual(local.status.conditions, [
    {
      type: "Available",
      status: "True",
      lastTransitionTime: "2026-01-02T00:00:00Z",
      reason: "Local",
      message: "Local APIServices are always available",
    },
  ]);
  const remote = { ...apiService({ service }), status: local.status };
  apiServiceKind.strategy?.prepareForCreate?.(remote, testContext());
  assert.deepEqual(remote.status, {});
});

test("what is wrong with an APIService", () => {
  const cases: [KubeObject, string[]][] = [
    [apiService(), []],
    [apiService({ service, caBundle: "YQ==" }), []],
    [apiService({ group: "", groupPriorityMinimum: 1 }, "v1."), []],
    [
      apiService({}, "other"),
      ['metadata.name: Invalid value: "other": must be `spec.version+"."+spec.group`: "v1.example.com"'],
    ],
    [
      apiService({ group: "", version: "v2" }, "v2."),
      ["spec.group: Required value: only v1 may have an empty group and it better be legacy kube"],
    ],
    [
      apiService({ groupPriorityMinimum: 20001 }),
      ["spec.groupPriorityMinimum: Invalid value: 20001: must be positive and less than 20000"],
    ],
    [
      apiService({ versionPriority: 0 }),
      ["spec.versionPriority: Invalid value: 0: must be positive and less than 1000"],
    ],
    [
      apiService({ caBundle: "YWI=" }),
      ['spec.caBundle: Invalid value: "2 bytes": local APIServices may not have a caBundle'],
    ],
    [
      apiService({ insecureSkipTLSVerify: true }),
      ["spec.insecureSkipTLSVerify: Invalid value: true: local APIServices may not have insecureSkipTLSVerify"],
    ],
    [
      apiService({ service: {}, insecureSkipTLSVerify: true }),
      ["spec.service.namespace: Required value", "spec.service.name: Required value"],
    ],
    [
      apiService({ service: { ...service, port: 70000 } }),
      ["spec.service.port: Invalid value: 70000: port is not valid: must be between 1 and 65535, inclusive"],
    ],
    [
      apiService({ service, caBundle: "YQ==", insecureSkipTLSVerify: true }),
      ["spec.insecureSkipTLSVerify: Invalid value: true: may not be true if caBundle is present"],
    ],
  ];
  for (const [object, expected] of cases) assert.deepEqual(createErrors(apiServiceKind, object), expected);
});

test("conditions have a status of three", () => {
  const object = { ...apiService(), status: { conditions: [{ type: "Available", status: "Maybe" }] } };
  assert.deepEqual(texts(apiServiceKind.strategy?.validateStatusUpdate?.(object, apiService(), testContext())), [
    'status.conditions[0].status: Unsupported value: "Maybe": supported values: "False", "True", "Unknown"',
  ]);
});

test("columns", () => {
  const { Service, Available } = row(apiServiceKind, apiService());
  assert.deepEqual([Service, Available], ["Local", "Unknown"]);
  const conditions = [{ type: "Available", status: "False", reason: "MissingEndpoints" }];
  const remote = row(apiServiceKind, { ...apiService({ service }), status: { conditions } });
  assert.deepEqual([remote.Service, remote.Available], ["a/b", "False (MissingEndpoints)"]);
});

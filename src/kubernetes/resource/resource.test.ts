import assert from "node:assert/strict";
import { test } from "node:test";
import type { KubeObject } from "../../machinery/object.ts";
import { createErrors, defaulted, row, testContext, texts, updateErrors } from "../validation/testing.ts";
import { deviceClassKind } from "./device-class.ts";
import { resourceClaimKind } from "./resource-claim.ts";
import { resourceClaimTemplateKind } from "./resource-claim-template.ts";
import { resourceSliceKind } from "./resource-slice.ts";

function object(kind: string, spec: Record<string, unknown>, fields = {}): KubeObject {
  const metadata = { name: "a", namespace: "default" };
  return { apiVersion: "resource.k8s.io/v1", kind, metadata, spec, ...fields };
}
const gpu = { name: "gpu", exactly: { deviceClassName: "gpu.example.com" } };
const claim = (devices: Record<string, unknown>, fields = {}) => object("ResourceClaim", { devices }, fields);

test("a request is for exactly one device unless it says otherwise", () => {
  assert.deepEqual(defaulted(resourceClaimKind, claim({ requests: [gpu] })).spec.devices.requests[0].exactly, {
    deviceClassName: "gpu.example.com",
    allocationMode: "ExactCount",
    count: 1,
  });
});

test("what is wrong with a claim", () => {
  const at = "spec.devices";
  const cases: [Record<string, unknown>, string[]][] = [
    [{ requests: [gpu] }, []],
    [
      { requests: [{ name: "gpu" }] },
      [`${at}.requests[0]: Required value: exactly one of \`exactly\` or \`firstAvailable\` is required`],
    ],
    [{ requests: [gpu, gpu] }, [`${at}.requests[1]: Duplicate value: "gpu"`]],
    [{ requests: [{ name: "gpu", exactly: {} }] }, [`${at}.requests[0].exactly.deviceClassName: Required value`]],
    [
      { requests: [gpu], constraints: [{ requests: ["nic"], matchAttribute: "example.com/numa" }] },
      [
        `${at}.constraints[0].requests[0]: Invalid value: "nic": must be the name of a request in the claim or the name of a request and a subrequest separated by '/'`,
      ],
    ],
    [{ requests: [gpu], config: [{}] }, [`${at}.config[0].opaque: Required value`]],
  ];
  for (const [devices, errors] of cases) assert.deepEqual(createErrors(resourceClaimKind, claim(devices)), errors);
});

test("the spec of claims and templates does not change", () => {
  const errors = updateErrors(resourceClaimKind, claim({ requests: [] }), claim({ requests: [gpu] }));
  assert.match(errors[0] ?? "", /^spec: Invalid value: .*: field is immutable$/);
  const template = (metadata: Record<string, unknown>) =>
    object("ResourceClaimTemplate", { metadata, spec: { devices: { requests: [gpu] } } });
  assert.deepEqual(createErrors(resourceClaimTemplateKind, template({ labels: { a: "b" } })), []);
  assert.deepEqual(createErrors(resourceClaimTemplateKind, template({ name: "x" })), [
    "spec.metadata.name: Forbidden: cannot be set",
  ]);
});

test("the status of a claim", () => {
  const validate = (status: Record<string, unknown>) => {
    const next = claim({ requests: [gpu] }, { status });
    return texts(resourceClaimKind.strategy?.validateStatusUpdate?.(next, claim({ requests: [gpu] }), testContext()));
  };
  const result = { request: "gpu", driver: "example.com", pool: "p", device: "d0" };
  const reservedFor = [{ resource: "pods", name: "web", uid: "u" }];
  assert.deepEqual(validate({ allocation: { devices: { results: [result] } }, reservedFor }), []);
  assert.deepEqual(validate({ reservedFor }), [
    "status.reservedFor: Forbidden: may not be specified when `allocated` is not set",
  ]);
  const states = (status: Record<string, unknown>) => row(resourceClaimKind, claim({}, { status })).State;
  assert.equal(states({}), "pending");
  assert.equal(states({ allocation: {}, reservedFor }), "allocated,reserved");
});

test("device classes: selectors are compiled", () => {
  const withSelector = (expression: string) => object("DeviceClass", { selectors: [{ cel: { expression } }] });
  assert.deepEqual(createErrors(deviceClassKind, withSelector('device.driver == "example.com"')), []);
  const [error] = createErrors(deviceClassKind, withSelector("device.driver =="));
  assert.match(error ?? "", /^spec.selectors\[0\].cel.expression: Invalid value: .*compilation failed/);
});

test("what is wrong with a slice of devices", () => {
  const slice = (spec: Record<string, unknown>) =>
    object("ResourceSlice", {
      driver: "example.com",
      nodeName: "n1",
      pool: { name: "p", generation: 1, resourceSliceCount: 1 },
      ...spec,
    });
  const device = (fields: Record<string, unknown>) => slice({ devices: [{ name: "d0", ...fields }] });
  const at = "spec.devices[0]";
  const cases: [KubeObject, string[]][] = [
    [device({ attributes: { model: { string: "x" } }, capacity: { memory: { value: "1Gi" } } }), []],
    [
      slice({ nodeName: undefined }),
      [
        "spec: Required value: exactly one of `nodeName`, `nodeSelector`, `allNodes`, `perDeviceNodeSelection` is required",
      ],
    ],
    [
      device({ attributes: { model: {} } }),
      [`${at}.attributes[model]: Invalid value: "": exactly one value must be specified`],
    ],
    [
      device({ attributes: { v: { version: "1" } } }),
      [`${at}.attributes[v].version: Invalid value: "1": must be a string compatible with semver.org spec 2.0.0`],
    ],
    [device({ taints: [{ key: "a" }] }), [`${at}.taints[0].effect: Required value`]],
    [slice({ devices: [{ name: "d" }, { name: "d" }] }), ['spec.devices[1]: Duplicate value: "d"']],
    [
      slice({ pool: { name: "p", generation: -1 } }),
      [
        "spec.pool.resourceSliceCount: Invalid value: 0: must be greater than zero",
        "spec.pool.generation: Invalid value: -1: must be greater than or equal to zero",
      ],
    ],
  ];
  for (const [object, errors] of cases) assert.deepEqual(createErrors(resourceSliceKind, object), errors);
  const { Node, Driver, Pool } = row(resourceSliceKind, slice({}));
  assert.deepEqual([Node, Driver, Pool], ["n1", "example.com", "p"]);
});

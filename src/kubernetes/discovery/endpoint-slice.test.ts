import assert from "node:assert/strict";
import { test } from "node:test";
import type { KubeObject } from "../../machinery/object.ts";
import { createErrors, defaulted, row, updateErrors } from "../validation/testing.ts";
import { endpointSliceKind } from "./endpoint-slice.ts";

function slice(fields: Record<string, unknown>): KubeObject {
  const metadata = { name: "a", namespace: "default" };
  return { apiVersion: "discovery.k8s.io/v1", kind: "EndpointSlice", metadata, addressType: "IPv4", ...fields };
}

test("defaults", () => {
  assert.deepEqual(defaulted(endpointSliceKind, slice({ ports: [{ port: 80 }] })).ports, [
    { port: 80, name: "", protocol: "TCP" },
  ]);
});

test("what is wrong with a slice", () => {
  const endpoint = (address: string) => ({ endpoints: [{ addresses: [address] }] });
  const cases: [Record<string, unknown>, string[]][] = [
    [endpoint("10.0.0.1"), []],
    [{ addressType: "" }, ["addressType: Required value"]],
    [{ addressType: "IP" }, ['addressType: Unsupported value: "IP": supported values: "FQDN", "IPv4", "IPv6"']],
    [
      endpoint("::1"),
      [
        'endpoints[0].addresses[0]: Invalid value: "::1": must be a valid IPv4 address',
        'endpoints[0].addresses[0]: Invalid value: "::1": may not be in the loopback range (127.0.0.0/8, ::1/128)',
      ],
    ],
    [{ endpoints: [{}] }, ["endpoints[0].addresses: Required value: must contain at least 1 address"]],
    [{ ports: [{ port: 1 }, { port: 2 }] }, ['ports[1].name: Duplicate value: ""']],
    [
      { addressType: "FQDN", ...endpoint("localhost") },
      [
        'endpoints[0].addresses[0]: Invalid value: "localhost": should be a domain with at least two segments separated by dots',
      ],
    ],
  ];
  for (const [fields, errors] of cases) assert.deepEqual(createErrors(endpointSliceKind, slice(fields)), errors);
});

test("the address type does not change", () => {
  assert.deepEqual(updateErrors(endpointSliceKind, slice({ addressType: "IPv6" }), slice({})), [
    'addressType: Invalid value: "IPv6": field is immutable',
  ]);
});

test("columns", () => {
  const { AddressType, Ports, Endpoints } = row(
    endpointSliceKind,
    slice({ ports: [{ port: 80 }, {}], endpoints: [{ addresses: ["10.0.0.1"] }] }),
  );
  assert.deepEqual([AddressType, Ports, Endpoints], ["IPv4", "80,*", "10.0.0.1"]);
  assert.equal(row(endpointSliceKind, slice({})).Ports, "<unset>");
});

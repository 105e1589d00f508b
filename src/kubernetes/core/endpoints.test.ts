import assert from "node:assert/strict";
import { test } from "node:test";
import type { KubeObject } from "../../machinery/object.ts";
import { createErrors, defaulted, row } from "../validation/testing.ts";
import { endpointsKind } from "./endpoints.ts";

function endpoints(...subsets: Record<string, unknown>[]): KubeObject {
  return { apiVersion: "v1", kind: "Endpoints", metadata: { name: "a", namespace: "default" }, subsets };
}

test("ports are TCP unless said otherwise", () => {
  const object = defaulted(endpointsKind, endpoints({ addresses: [{ ip: "10.0.0.1" }], ports: [{ port: 80 }] }));
  assert.equal(object.subsets[0].ports[0].protocol, "TCP");
});

test("what is wrong with endpoints", () => {
  assert.deepEqual(createErrors(endpointsKind, endpoints({ ports: [{ port: 80 }] })), [
    "subsets[0]: Required value: must specify `addresses` or `notReadyAddresses`",
  ]);
  assert.deepEqual(createErrors(endpointsKind, endpoints({ addresses: [{ ip: "127.0.0.1" }], ports: [{ port: 0 }] })), [
    'subsets[0].addresses[0].ip: Invalid value: "127.0.0.1": may not be in the loopback range (127.0.0.0/8, ::1/128)',
    "subsets[0].ports[0].port: Invalid value: 0: must be between 1 and 65535, inclusive",
  ]);
});

test("columns", () => {
  const cell = (...subsets: Record<string, unknown>[]) => row(endpointsKind, endpoints(...subsets)).Endpoints;
  const addresses = ["10.0.0.1", "10.0.0.2", "fd00::1", "10.0.0.4"].map((ip) => ({ ip }));
  assert.equal(cell(), "<none>");
  assert.equal(cell({ addresses: addresses.slice(0, 1) }), "10.0.0.1");
  assert.equal(cell({ addresses, ports: [{ port: 80 }] }), "10.0.0.1:80,10.0.0.2:80,[fd00::1]:80 + 1 more...");
});

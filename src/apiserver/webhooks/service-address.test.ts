// What a service stands for.

import assert from "node:assert/strict";
import { test } from "node:test";
import { type KubeObject, qualifiedResource } from "../../machinery/object.ts";
import type { StateReader } from "../strategy.ts";
import { resolveService } from "./service-address.ts";

function stateOf(objects: Record<string, KubeObject[]>): StateReader {
  return {
    get: (resource, namespace, name) =>
      objects[qualifiedResource(resource)]?.find(
        ({ metadata }) => metadata.name === name && metadata.namespace === namespace,
      ),
    list: (resource, namespace) =>
      (objects[qualifiedResource(resource)] ?? []).filter(({ metadata }) => metadata.namespace === namespace),
  };
}

const service: KubeObject = {
  apiVersion: "v1",
  kind: "Service",
  metadata: { namespace: "n", name: "s" },
  spec: { ports: [{ name: "https", port: 443 }] },
};
const slice: KubeObject = {
  apiVersion: "discovery.k8s.io/v1",
  kind: "EndpointSlice",
  metadata: { namespace: "n", name: "s-1", labels: { "kubernetes.io/service-name": "s" } },
  ports: [
    { name: "metrics", port: 9090 },
    { name: "https", port: 8443 },
  ],
  endpoints: [
    { addresses: ["10.0.0.1"], conditions: { ready: true } },
    { addresses: ["10.0.0.2"], conditions: { ready: false } },
    { addresses: ["10.0.0.3"] },
  ],
};
const endpoints: KubeObject = {
  apiVersion: "v1",
  kind: "Endpoints",
  metadata: { namespace: "n", name: "s" },
  subsets: [{ addresses: [{ ip: "10.0.0.9" }], ports: [{ name: "https", port: 7443 }] }],
};
const reference = { namespace: "n", name: "s" };

test("ready endpoints of the port, from slices and from Endpoints", () => {
  assert.deepEqual(
    resolveService(stateOf({ services: [service], "endpointslices.discovery.k8s.io": [slice] }), reference),
    [
      { host: "10.0.0.1", port: 8443 },
      { host: "10.0.0.3", port: 8443 },
    ],
  );
  assert.deepEqual(resolveService(stateOf({ services: [service], endpoints: [endpoints] }), reference), [
    { host: "10.0.0.9", port: 7443 },
  ]);
});

test("without endpoints its DNS name; without service or port an error", () => {
  const state = stateOf({ services: [service] });
  assert.deepEqual(resolveService(state, reference), [{ host: "s.n.svc", port: 443 }]);
  assert.throws(() => resolveService(state, { ...reference, port: 80 }), {
    message: 'no service port 80 found for service "s"',
  });
  assert.throws(() => resolveService(state, { ...reference, name: "x" }), { message: 'service "x" not found' });
});

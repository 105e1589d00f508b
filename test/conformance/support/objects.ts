// Small valid objects that the cases begin with.

import type { JsonObject } from "../../../src/machinery/object.ts";

export function configMap(name: string, data: Record<string, string> = {}, metadata: JsonObject = {}): JsonObject {
  return { apiVersion: "v1", kind: "ConfigMap", metadata: { name, ...metadata }, data };
}

/** A pod that nobody schedules, on whatever server. */
export function pod(name: string, metadata: JsonObject = {}): JsonObject {
  return {
    apiVersion: "v1",
    kind: "Pod",
    metadata: { name, ...metadata },
    spec: { schedulerName: "nobody", containers: [{ name: "main", image: "registry.k8s.io/pause:3.10" }] },
  };
}

/** A deployment of no pods. */
export function deployment(name: string): JsonObject {
  const labels = { app: name };
  return {
    apiVersion: "apps/v1",
    kind: "Deployment",
    metadata: { name },
    spec: {
      replicas: 0,
      selector: { matchLabels: labels },
      template: {
        metadata: { labels },
        spec: { containers: [{ name: "main", image: "registry.k8s.io/pause:3.10" }] },
      },
    },
  };
}

export function secret(name: string, stringData: Record<string, string>): JsonObject {
  return { apiVersion: "v1", kind: "Secret", metadata: { name }, stringData };
}

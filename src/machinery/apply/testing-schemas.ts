// Small schemas for the tests of this folder, shaped like the kinds of Kubernetes.

import type { Schema } from "../schema/schema.ts";
import { objectMetaSchema } from "./object-meta.ts";

const text: Schema = { type: "string" };
const integer: Schema = { type: "integer" };

export function struct(properties: { [name: string]: Schema }, more: Schema = {}): Schema {
  return { type: "object", properties, ...more };
}

export function keyed(keys: string[], items: Schema): Schema {
  return { type: "array", items, "x-kubernetes-list-type": "map", "x-kubernetes-list-map-keys": keys };
}

const atomicTexts: Schema = { type: "array", items: text, "x-kubernetes-list-type": "atomic" };
const texts: Schema = { type: "object", additionalProperties: text };
const quantity: Schema = { type: "string", format: "quantity" };

const containerPort = struct(
  { name: text, containerPort: integer, protocol: { type: "string", default: "TCP" } },
  { definition: "io.k8s.api.core.v1.ContainerPort" },
);
const container = struct(
  {
    name: text,
    image: text,
    args: atomicTexts,
    env: keyed(["name"], struct({ name: text, value: text })),
    ports: keyed(["containerPort", "protocol"], containerPort),
    resources: struct({ limits: { type: "object", additionalProperties: quantity } }, { default: {} }),
    imagePullPolicy: text,
    terminationMessagePath: text,
    terminationMessagePolicy: text,
    volumeMounts: keyed(["mountPath"], struct({ name: text, mountPath: text, readOnly: { type: "boolean" } })),
  },
  { definition: "io.k8s.api.core.v1.Container" },
);
const podSpec = struct(
  {
    containers: keyed(["name"], container),
    volumes: keyed(["name"], struct({ name: text, emptyDir: struct({}) })),
    nodeSelector: { ...texts, "x-kubernetes-map-type": "atomic" },
    restartPolicy: text,
    dnsPolicy: text,
    schedulerName: text,
    serviceAccountName: text,
    terminationGracePeriodSeconds: integer,
    enableServiceLinks: { type: "boolean" },
    securityContext: struct({ runAsUser: integer }),
    tolerations: { type: "array", items: struct({ key: text, operator: text, effect: text }) },
  },
  { definition: "io.k8s.api.core.v1.PodSpec", required: ["containers"] },
);
const conditions = keyed(
  ["type"],
  struct({ type: text, status: text, lastTransitionTime: { type: "string", format: "date-time" } }),
);

export const podSchema = struct(
  {
    apiVersion: text,
    kind: text,
    metadata: objectMetaSchema,
    spec: podSpec,
    status: struct({ phase: text, podIP: text, conditions }, { definition: "io.k8s.api.core.v1.PodStatus" }),
  },
  { definition: "io.k8s.api.core.v1.Pod" },
);

export const deploymentSchema = struct(
  {
    apiVersion: text,
    kind: text,
    metadata: objectMetaSchema,
    spec: struct({
      replicas: integer,
      paused: { type: "boolean" },
      selector: struct({ matchLabels: texts }, { "x-kubernetes-map-type": "atomic" }),
      strategy: struct(
        { type: text, rollingUpdate: struct({ maxSurge: { "x-kubernetes-int-or-string": true } }) },
        { default: {} },
      ),
      template: struct({ metadata: objectMetaSchema, spec: podSpec }, { default: {} }),
    }),
    status: struct({ replicas: integer, conditions }),
  },
  { definition: "io.k8s.api.apps.v1.Deployment" },
);

export const configMapSchema = struct(
  { apiVersion: text, kind: text, metadata: objectMetaSchema, data: texts, immutable: { type: "boolean" } },
  { definition: "io.k8s.api.core.v1.ConfigMap" },
);

export const serviceSchema = struct(
  {
    apiVersion: text,
    kind: text,
    metadata: objectMetaSchema,
    spec: struct({
      type: text,
      selector: { ...texts, "x-kubernetes-map-type": "atomic" },
      ports: keyed(
        ["port", "protocol"],
        struct({
          name: text,
          port: integer,
          protocol: { type: "string", default: "TCP" },
          targetPort: { "x-kubernetes-int-or-string": true },
        }),
      ),
    }),
  },
  { definition: "io.k8s.api.core.v1.Service" },
);

/** A custom resource: metadata is not spelled out, parts have any shape, one part is a whole object. */
export const widgetSchema = struct({
  apiVersion: text,
  kind: text,
  metadata: { type: "object" },
  spec: struct({
    size: integer,
    tags: { type: "array", items: text, "x-kubernetes-list-type": "set" },
    steps: { type: "array", items: struct({ name: text }) },
    settings: struct({ level: integer }, { "x-kubernetes-preserve-unknown-fields": true }),
    limits: { type: "object", additionalProperties: struct({ max: integer }) },
    template: { type: "object", "x-kubernetes-embedded-resource": true, "x-kubernetes-preserve-unknown-fields": true },
  }),
});

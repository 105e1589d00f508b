import assert from "node:assert/strict";
import { test } from "node:test";
import { deepFreeze, type KubeObject, type ManagedFieldsEntry } from "../object.ts";
import type { Schema } from "../schema/schema.ts";
import { setOf } from "./set.ts";
import { configMapSchema, deploymentSchema, podSchema, widgetSchema } from "./testing-schemas.ts";
import { trackUpdate } from "./track-update.ts";

const t1 = "2024-05-01T10:00:00Z";
const t2 = "2024-05-01T11:00:00Z";

function create(schema: Schema, next: KubeObject, manager = "kubectl-create"): KubeObject {
  const managedFields = trackUpdate({ live: undefined, next: deepFreeze(next), schema, manager, now: t1 });
  return deepFreeze({ ...next, metadata: { ...next.metadata, uid: "u1", managedFields } });
}

interface Write {
  manager?: string;
  subresource?: string;
  now?: string;
}

function update(
  schema: Schema,
  live: KubeObject,
  next: KubeObject,
  write: Write = {},
): ManagedFieldsEntry[] | undefined {
  return trackUpdate({ live, next: deepFreeze(next), schema, manager: "editor", now: t2, ...write });
}

const fieldsOf = (object: KubeObject) => object.metadata.managedFields?.map((entry) => entry.fieldsV1);

const configMap: KubeObject = {
  apiVersion: "v1",
  kind: "ConfigMap",
  metadata: { name: "c", namespace: "default", labels: { app: "x" } },
  data: { b: "2", a: "1" },
};

test("a create owns every field, maps and their entries included", () => {
  const { metadata } = create(configMapSchema, configMap);
  assert.equal(
    JSON.stringify(metadata.managedFields),
    JSON.stringify([
      {
        manager: "kubectl-create",
        operation: "Update",
        apiVersion: "v1",
        time: t1,
        fieldsType: "FieldsV1",
        fieldsV1: {
          "f:data": { ".": {}, "f:a": {}, "f:b": {} },
          "f:metadata": { "f:labels": { ".": {}, "f:app": {} } },
        },
      },
    ]),
  );
});

test("a created Deployment looks as kube-apiserver writes it", () => {
  const deployment = create(deploymentSchema, {
    apiVersion: "apps/v1",
    kind: "Deployment",
    metadata: { name: "web", namespace: "default", labels: { app: "web" } },
    spec: {
      replicas: 1,
      selector: { matchLabels: { app: "web" } },
      strategy: { rollingUpdate: { maxSurge: "25%" }, type: "RollingUpdate" },
      template: {
        metadata: { labels: { app: "web" } },
        spec: {
          containers: [
            {
              name: "nginx",
              image: "nginx",
              ports: [{ containerPort: 80, protocol: "TCP" }],
              resources: {},
              args: ["a"],
            },
          ],
          restartPolicy: "Always",
          securityContext: {},
        },
      },
    },
    status: {},
  });
  assert.deepEqual(fieldsOf(deployment), [
    {
      "f:metadata": { "f:labels": { ".": {}, "f:app": {} } },
      "f:spec": {
        "f:replicas": {},
        "f:selector": {},
        "f:strategy": { "f:rollingUpdate": { ".": {}, "f:maxSurge": {} }, "f:type": {} },
        "f:template": {
          "f:metadata": { "f:labels": { ".": {}, "f:app": {} } },
          "f:spec": {
            "f:containers": {
              'k:{"name":"nginx"}': {
                ".": {},
                "f:args": {},
                "f:image": {},
                "f:name": {},
                "f:ports": {
                  ".": {},
                  'k:{"containerPort":80,"protocol":"TCP"}': { ".": {}, "f:containerPort": {}, "f:protocol": {} },
                },
                "f:resources": {},
              },
            },
            "f:restartPolicy": {},
            "f:securityContext": {},
          },
        },
      },
    },
  ]);
});

test("a created custom resource owns its spec as such", () => {
  const widget = create(widgetSchema, {
    apiVersion: "example.com/v1",
    kind: "Widget",
    metadata: {
      name: "w",
      finalizers: ["b", "a"],
      ownerReferences: [{ apiVersion: "v1", kind: "Pod", name: "p", uid: "u" }],
    },
    spec: {
      size: 1,
      tags: ["y", "x"],
      steps: [{ name: "s" }],
      settings: { level: 1, extra: { deep: [1] } },
      template: { apiVersion: "v1", kind: "Pod", metadata: { finalizers: ["f"] }, spec: { a: 1 } },
    },
  });
  assert.deepEqual(fieldsOf(widget), [
    {
      "f:metadata": {
        "f:finalizers": { ".": {}, 'v:"a"': {}, 'v:"b"': {} },
        "f:ownerReferences": { ".": {}, 'k:{"uid":"u"}': {} },
      },
      "f:spec": {
        ".": {},
        "f:settings": { ".": {}, "f:extra": { ".": {}, "f:deep": {} }, "f:level": {} },
        "f:size": {},
        "f:steps": {},
        "f:tags": { ".": {}, 'v:"x"': {}, 'v:"y"': {} },
        "f:template": {
          ".": {},
          "f:apiVersion": {},
          "f:kind": {},
          "f:metadata": { ".": {}, "f:finalizers": { ".": {}, 'v:"f"': {} } },
          "f:spec": { ".": {}, "f:a": {} },
        },
      },
    },
  ]);
});

test("a change moves what it wrote to its manager, what went is owned by nobody", () => {
  const live = create(configMapSchema, configMap);
  const next = { ...live, data: { a: "changed", c: "3" } };
  const [created, edited] = update(configMapSchema, live, next)!;
  assert.deepEqual(created, {
    ...live.metadata.managedFields![0],
    fieldsV1: { "f:data": {}, "f:metadata": { "f:labels": { ".": {}, "f:app": {} } } },
  });
  assert.deepEqual(edited, {
    manager: "editor",
    operation: "Update",
    apiVersion: "v1",
    time: t2,
    fieldsType: "FieldsV1",
    fieldsV1: { "f:data": { "f:a": {}, "f:c": {} } },
  });
});

test("a write that changes nothing keeps the very list", () => {
  const live = create(configMapSchema, configMap);
  const same = structuredClone(live);
  assert.equal(update(configMapSchema, live, same), live.metadata.managedFields);
  const stripped = { ...live, metadata: { ...live.metadata, managedFields: undefined, resourceVersion: "7" } };
  assert.equal(update(configMapSchema, live, stripped), live.metadata.managedFields);
});

test("a manager's time changes only with fields it writes", () => {
  const live = create(configMapSchema, configMap);
  const { b: _, ...data } = configMap.data;
  const [entry] = update(configMapSchema, live, { ...live, data }, { manager: "kubectl-create" })!;
  assert.equal(entry?.time, t1);
  const [again] = update(configMapSchema, live, { ...live, data: { a: "1", b: "x" } }, { manager: "kubectl-create" })!;
  assert.equal(again?.time, t2);
});

test("a status write is an entry of its own", () => {
  const pod = create(podSchema, {
    apiVersion: "v1",
    kind: "Pod",
    metadata: { name: "p" },
    spec: { containers: [{ name: "c", image: "i" }] },
    status: { phase: "Pending" },
  });
  const next = { ...pod, status: { phase: "Running", conditions: [{ type: "Ready", status: "True" }] } };
  const entries = update(podSchema, pod, next, { manager: "kubelet", subresource: "status" });
  assert.deepEqual(entries?.[1], {
    manager: "kubelet",
    operation: "Update",
    apiVersion: "v1",
    time: t2,
    fieldsType: "FieldsV1",
    fieldsV1: {
      "f:status": {
        "f:conditions": { ".": {}, 'k:{"type":"Ready"}': { ".": {}, "f:status": {}, "f:type": {} } },
        "f:phase": {},
      },
    },
    subresource: "status",
  });
  assert.deepEqual(entries?.[0]?.fieldsV1, {
    "f:spec": { "f:containers": { 'k:{"name":"c"}': { ".": {}, "f:image": {}, "f:name": {} } } },
  });
});

test("fields that the strategy resets are nobody's", () => {
  const next: KubeObject = {
    apiVersion: "v1",
    kind: "Pod",
    metadata: { name: "p" },
    spec: { restartPolicy: "Never" },
    status: { phase: "X" },
  };
  const resetFields = () => setOf(["f:status"]);
  const entries = trackUpdate({ live: undefined, next, schema: podSchema, manager: "m", now: t1, resetFields });
  assert.deepEqual(entries?.[0]?.fieldsV1, { "f:spec": { "f:restartPolicy": {} } });
});

test("an empty list, or one empty entry, stops the tracking; an absent or invalid one does not", () => {
  const live = create(configMapSchema, configMap);
  const with_ = (managedFields: unknown) =>
    update(configMapSchema, live, { ...live, metadata: { ...live.metadata, managedFields } } as KubeObject);
  assert.equal(with_([]), undefined);
  assert.equal(with_([{}]), undefined);
  assert.equal(with_(undefined), live.metadata.managedFields);
  assert.equal(
    with_([{ manager: "x", operation: "Invent", apiVersion: "v1", fieldsType: "FieldsV1" }]),
    live.metadata.managedFields,
  );
  assert.equal(
    with_([{ manager: "x", operation: "Update", apiVersion: "v1", fieldsType: "FieldsV1", fieldsV1: { bad: {} } }]),
    live.metadata.managedFields,
  );
  assert.equal(
    create(configMapSchema, { ...configMap, metadata: { name: "c", managedFields: [] } }).metadata.managedFields
      ?.length,
    1,
  );
  const untracked = { ...live, metadata: { name: "c", uid: "u1" } };
  assert.equal(update(configMapSchema, untracked, { ...untracked, data: {} }), undefined);
});

test("managedFields may be edited through the object, not through a subresource", () => {
  const live = create(configMapSchema, configMap);
  const managedFields: ManagedFieldsEntry[] = [
    {
      manager: "mine",
      operation: "Apply",
      apiVersion: "v1",
      fieldsType: "FieldsV1",
      fieldsV1: { "f:data": { "f:b": {}, "f:a": {} } },
      time: "2024-01-01T01:00:00+01:00",
    },
  ];
  const next = { ...live, metadata: { ...live.metadata, managedFields } };
  const entries = update(configMapSchema, live, next);
  assert.equal(JSON.stringify(entries?.[0]?.fieldsV1), '{"f:data":{"f:a":{},"f:b":{}}}');
  assert.equal(entries?.[0]?.time, "2024-01-01T00:00:00Z");
  assert.equal(update(configMapSchema, live, next, { subresource: "status" }), live.metadata.managedFields);
});

test("beyond ten, the oldest updates become ancient changes", () => {
  let live = create(configMapSchema, { ...configMap, data: {} }, "m0");
  for (let index = 1; index <= 12; index++) {
    const data = { ...live.data, [`k${index}`]: "v" };
    const now = `2024-05-01T10:${String(index).padStart(2, "0")}:00Z`;
    const managedFields = update(configMapSchema, live, { ...live, data }, { manager: `m${index}`, now });
    live = deepFreeze({ ...live, data, metadata: { ...live.metadata, managedFields } });
  }
  const entries = live.metadata.managedFields!;
  assert.equal(entries.length, 10);
  assert.equal(entries[0]?.manager, "ancient-changes");
  assert.equal(entries[0]?.time, "2024-05-01T10:03:00Z");
  assert.deepEqual(Object.keys(entries[0]?.fieldsV1?.["f:data"]), [".", "f:k1", "f:k2", "f:k3"]);
});

test("managers of other versions are seen through conversion; those of versions that are gone are dropped", () => {
  const entry = (manager: string, apiVersion: string, fieldsV1: object): ManagedFieldsEntry => ({
    manager,
    operation: "Update",
    apiVersion,
    time: t1,
    fieldsType: "FieldsV1",
    fieldsV1,
  });
  const managedFields = [
    entry("old", "example.com/v1alpha1", { "f:spec": { "f:count": {}, "f:other": {} } }),
    entry("gone", "example.com/v0", { "f:spec": { "f:size": {} } }),
  ];
  const live: KubeObject = {
    apiVersion: "example.com/v1",
    kind: "Widget",
    metadata: { name: "w", uid: "u", managedFields },
    spec: { size: 1 },
  };
  const alpha: Schema = {
    type: "object",
    properties: { spec: { type: "object", properties: { count: { type: "integer" }, other: { type: "integer" } } } },
  };
  const entries = trackUpdate({
    live,
    next: { ...live, spec: { size: 2 } },
    schema: widgetSchema,
    manager: "m",
    now: t2,
    schemaFor: (version) =>
      version === "example.com/v1" ? widgetSchema : version === "example.com/v1alpha1" ? alpha : undefined,
    convert: (object, apiVersion) => ({ ...object, apiVersion, spec: { count: object.spec.size } }),
  });
  assert.deepEqual(
    entries?.map(({ manager, fieldsV1 }) => [manager, fieldsV1]),
    [
      ["old", { "f:spec": { "f:other": {} } }],
      ["m", { "f:spec": { "f:size": {} } }],
    ],
  );
});

test("items of one key are owned together, items without a key leave the books alone", () => {
  const pod: KubeObject = {
    apiVersion: "v1",
    kind: "Pod",
    metadata: { name: "p" },
    spec: { containers: [{ name: "a", image: "1" }, { name: "a" }] },
  };
  assert.deepEqual(fieldsOf(create(podSchema, pod)), [{ "f:spec": { "f:containers": { 'k:{"name":"a"}': {} } } }]);
  const live = create(podSchema, { ...pod, spec: {} });
  assert.equal(
    update(podSchema, live, { ...live, spec: { containers: [{ image: "x" }] } }),
    live.metadata.managedFields,
  );
});

test("a map or list that became atomic is owned as one leaf", () => {
  const live = create(configMapSchema, configMap);
  const schema: Schema = {
    ...configMapSchema,
    properties: {
      ...configMapSchema.properties,
      data: { ...configMapSchema.properties?.data, "x-kubernetes-map-type": "atomic" },
    },
  };
  const next = { ...live, metadata: { ...live.metadata, labels: { app: "y" } } };
  const entries = trackUpdate({ live, next, schema, manager: "m", now: t2 });
  assert.deepEqual(entries?.[0]?.fieldsV1, { "f:data": {}, "f:metadata": { "f:labels": {} } });
});

test("deep values of any shape are walked", () => {
  let extra: unknown = 1;
  for (let depth = 0; depth < 1_000; depth++) extra = { a: extra };
  const widget = create(widgetSchema, {
    apiVersion: "example.com/v1",
    kind: "Widget",
    metadata: { name: "w" },
    spec: { settings: { extra } },
  });
  assert.ok(widget.metadata.managedFields);
});

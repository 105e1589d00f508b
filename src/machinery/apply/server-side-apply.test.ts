import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { deepFreeze, type JsonObject, type KubeObject, type ManagedFieldsEntry } from "../object.ts";
import type { Schema } from "../schema/schema.ts";
import { conflictStatus } from "./conflicts.ts";
import { rootTypeOf } from "./field-type.ts";
import { lastAppliedAnnotation } from "./last-applied.ts";
import { wholeNode } from "./owned.ts";
import { type ApplyOptions, type ApplyResult, applyServerSide, applyServerSideAsync } from "./server-side-apply.ts";
import { formatSet, setOf } from "./set.ts";
import {
  configMapSchema,
  deploymentSchema,
  podSchema,
  serviceSchema,
  struct,
  widgetSchema,
} from "./testing-schemas.ts";
import { trackUpdate } from "./track-update.ts";

const t1 = "2024-05-01T10:00:00Z";
const t2 = "2024-05-01T11:00:00Z";

/** An object of one kind on a small server: writes by appliers and updaters, one after another. */
class Server {
  live: KubeObject | undefined;
  readonly #options: Pick<ApplyOptions, "schema" | "resetFields" | "schemaFor">;

  constructor(schema: Schema, options: Partial<ApplyOptions> = {}) {
    this.#options = { schema, ...options };
  }

  try(manager: string, applied: object, more: Partial<ApplyOptions> = {}): ApplyResult {
    return applyServerSide({
      ...this.#options,
      live: this.live,
      applied: deepFreeze(applied),
      manager,
      now: t1,
      ...more,
    });
  }

  apply(manager: string, applied: object, more: Partial<ApplyOptions> = {}): KubeObject {
    const result = this.try(manager, applied, more);
    assert.ok(result.ok, JSON.stringify(result));
    this.live = deepFreeze({ ...result.object, metadata: { ...result.object.metadata, uid: "u1" } });
    return this.live;
  }

  update(manager: string, next: KubeObject): KubeObject {
    const managedFields = trackUpdate({ ...this.#options, live: this.live, next, manager, now: t1 });
    this.live = deepFreeze({ ...next, metadata: { ...next.metadata, uid: "u1", managedFields } });
    return this.live;
  }

  /** Each manager and its fields. */
  owners(): { [manager: string]: string[] } {
    const entries = this.live?.metadata.managedFields ?? [];
    return Object.fromEntries(entries.map(({ manager, fieldsV1 }) => [manager, formatSet(fieldsV1 ?? {})]));
  }
}

const configMap = (data: object, metadata: object = {}) => ({
  apiVersion: "v1",
  kind: "ConfigMap",
  metadata: { name: "c", namespace: "default", ...metadata },
  data,
});
const widget = (spec: object): KubeObject => ({
  apiVersion: "example.com/v1",
  kind: "Widget",
  metadata: { name: "w" },
  spec,
});
const deployment = (spec: object, metadata: object = {}): KubeObject => ({
  apiVersion: "apps/v1",
  kind: "Deployment",
  metadata: { name: "web", namespace: "default", ...metadata },
  spec,
});
const service = (ports: object[]) => ({ apiVersion: "v1", kind: "Service", metadata: { name: "s" }, spec: { ports } });

test("an applied object owns what was applied, not the maps it stands in", () => {
  const server = new Server(configMapSchema);
  const live = server.apply("a", configMap({ x: "1" }, { labels: { app: "y" } }));
  assert.deepEqual(live.metadata.managedFields, [
    {
      manager: "a",
      operation: "Apply",
      apiVersion: "v1",
      time: t1,
      fieldsType: "FieldsV1",
      fieldsV1: { "f:data": { "f:x": {} }, "f:metadata": { "f:labels": { "f:app": {} } } },
    },
  ]);
  assert.deepEqual(live.data, { x: "1" });
});

test("applying the same again changes nothing", () => {
  const server = new Server(configMapSchema);
  const live = server.apply("a", configMap({ x: "1" }));
  const again = server.try("a", configMap({ x: "1" }), { now: t2 });
  assert.deepEqual(again, { ok: true, object: live, changed: false });
});

test("a field that is no longer applied goes, unless another manager owns it", () => {
  const server = new Server(configMapSchema);
  server.apply("a", configMap({ x: "1", y: "2", z: "3" }));
  server.apply("b", configMap({ y: "2" }));
  const updated = server.live!;
  server.update("editor", { ...updated, data: { ...updated.data, z: "changed" } });
  server.apply("a", configMap({ w: "0" }));
  assert.deepEqual(server.live?.data, { w: "0", y: "2", z: "changed" });
  assert.deepEqual(server.owners(), { a: [".data.w"], b: [".data.y"], editor: [".data.z"] });
});

test("the last field of a map takes the map along", () => {
  const server = new Server(configMapSchema);
  server.apply("a", configMap({ x: "1" }, { labels: { app: "y" } }));
  const { data: _, ...bare } = configMap({});
  const live = server.apply("a", bare);
  assert.equal("data" in live, false);
  assert.equal(live.metadata.labels, undefined);
  assert.equal(live.metadata.managedFields, undefined);
});

test("another manager's field is a conflict, force takes it, equal values are shared", () => {
  const server = new Server(deploymentSchema);
  server.update("kubectl-client-side-apply", deployment({ replicas: 1 }));
  const result = server.try("other", deployment({ replicas: 2 }));
  assert.ok(!result.ok && result.reason === "conflict");
  assert.deepEqual(result.conflicts, [
    {
      manager: "kubectl-client-side-apply",
      operation: "Update",
      apiVersion: "apps/v1",
      subresource: "",
      fields: [".spec.replicas"],
    },
  ]);
  assert.equal(
    conflictStatus(result.conflicts).message,
    'Apply failed with 1 conflict: conflict with "kubectl-client-side-apply" using apps/v1: .spec.replicas',
  );
  server.apply("same", deployment({ replicas: 1 }));
  assert.deepEqual(server.owners(), { same: [".spec.replicas"], "kubectl-client-side-apply": [".spec.replicas"] });
  server.apply("other", deployment({ replicas: 2 }), { force: true });
  assert.deepEqual(server.owners(), { other: [".spec.replicas"] });
});

test("several conflicts are listed by manager", () => {
  const server = new Server(deploymentSchema);
  server.apply("x", deployment({ replicas: 1, paused: true }));
  server.apply("y", deployment({ selector: { matchLabels: { a: "b" } } }));
  const result = server.try("z", deployment({ replicas: 2, paused: false, selector: { matchLabels: { c: "d" } } }));
  assert.ok(!result.ok && result.reason === "conflict");
  assert.deepEqual(conflictStatus(result.conflicts), {
    kind: "Status",
    apiVersion: "v1",
    metadata: {},
    status: "Failure",
    reason: "Conflict",
    code: 409,
    message:
      'Apply failed with 3 conflicts: conflicts with "x":\n- .spec.paused\n- .spec.replicas\nconflicts with "y":\n- .spec.selector',
    details: {
      causes: [
        { reason: "FieldManagerConflict", message: 'conflict with "x"', field: ".spec.paused" },
        { reason: "FieldManagerConflict", message: 'conflict with "x"', field: ".spec.replicas" },
        { reason: "FieldManagerConflict", message: 'conflict with "y"', field: ".spec.selector" },
      ],
    },
  });
});

test("a conflict with a subresource says so", () => {
  const conflict = {
    manager: "kubelet",
    operation: "Update" as const,
    apiVersion: "v1",
    subresource: "status",
    fields: [".status.phase"],
  };
  assert.equal(
    conflictStatus([conflict]).message,
    'Apply failed with 1 conflict: conflict with "kubelet" with subresource "status" using v1: .status.phase',
  );
});

test("items of keyed lists belong to their appliers", () => {
  const server = new Server(podSchema);
  const pod = (...containers: object[]) => ({
    apiVersion: "v1",
    kind: "Pod",
    metadata: { name: "p" },
    spec: { containers },
  });
  server.apply("a", pod({ name: "app", image: "1" }));
  server.apply("sidecar", pod({ name: "proxy", image: "2" }));
  assert.deepEqual(server.live?.spec.containers, [
    { name: "app", image: "1" },
    { name: "proxy", image: "2" },
  ]);
  server.apply("a", pod({ name: "app", image: "3", env: [{ name: "X", value: "y" }] }));
  assert.deepEqual(server.live?.spec.containers[0], { name: "app", image: "3", env: [{ name: "X", value: "y" }] });
  assert.deepEqual(server.live?.metadata.managedFields?.[0]?.fieldsV1, {
    "f:spec": {
      "f:containers": {
        'k:{"name":"app"}': {
          ".": {},
          "f:env": { 'k:{"name":"X"}': { ".": {}, "f:name": {}, "f:value": {} } },
          "f:image": {},
          "f:name": {},
        },
      },
    },
  });
  server.apply("a", pod());
  assert.deepEqual(server.live?.spec.containers, [{ name: "proxy", image: "2" }]);
});

test("keys that are left out have their defaults", () => {
  const server = new Server(serviceSchema);
  server.update("creator", { ...service([{ port: 80, protocol: "TCP", name: "http" }]) } as KubeObject);
  server.apply(
    "a",
    service([
      { port: 80, targetPort: 8080 },
      { port: 80, protocol: "UDP" },
    ]),
  );
  assert.deepEqual(server.live?.spec.ports, [
    { port: 80, protocol: "TCP", name: "http", targetPort: 8080 },
    { port: 80, protocol: "UDP" },
  ]);
  assert.deepEqual(server.owners().a, [
    '.spec.ports[port=80,protocol="TCP"]',
    '.spec.ports[port=80,protocol="UDP"]',
    '.spec.ports[port=80,protocol="TCP"].port',
    '.spec.ports[port=80,protocol="TCP"].targetPort',
    '.spec.ports[port=80,protocol="UDP"].port',
    '.spec.ports[port=80,protocol="UDP"].protocol',
  ]);
});

const orders: [name: string, live: string[], applied: string[], merged: string[]][] = [
  ["what only the object has stays in its place", ["a", "x", "b"], ["a", "b"], ["a", "x", "b"]],
  ["the order of the configuration wins", ["a", "b", "c"], ["c", "a"], ["b", "c", "a"]],
  ["new items stand as configured", ["a", "b"], ["n", "a", "m", "b"], ["n", "a", "m", "b"]],
  ["new items follow", ["a"], ["b", "c"], ["a", "b", "c"]],
];
for (const [name, live, applied, merged] of orders) {
  test(`order of a merged set: ${name}`, () => {
    const server = new Server(widgetSchema);
    server.update("u", widget({ tags: live }));
    server.apply("a", widget({ tags: applied }));
    assert.deepEqual(server.live?.spec.tags, merged);
  });
}

test("values of sets are owned one by one", () => {
  const server = new Server(widgetSchema);
  server.apply("a", widget({ tags: ["x", "y"] }));
  server.apply("b", widget({ tags: ["y", "z"] }));
  server.apply("a", widget({ tags: ["w"] }));
  assert.deepEqual(server.live?.spec.tags, ["y", "z", "w"]);
  assert.deepEqual(server.owners(), { a: ['.spec.tags[="w"]'], b: ['.spec.tags[="y"]', '.spec.tags[="z"]'] });
});

test("atomic lists and maps are replaced as a whole", () => {
  const server = new Server(widgetSchema);
  server.apply("a", widget({ steps: [{ name: "1" }] }));
  const result = server.try("b", widget({ steps: [{ name: "2" }] }));
  assert.ok(!result.ok && result.reason === "conflict");
  server.apply("b", widget({ steps: [{ name: "2" }] }), { force: true });
  assert.deepEqual(server.live?.spec.steps, [{ name: "2" }]);
});

test("values of unknown shape: maps are granular, lists atomic", () => {
  const server = new Server(widgetSchema);
  server.apply("a", widget({ settings: { level: 1, free: { list: [1, 2], x: 1 } } }));
  server.apply("b", widget({ settings: { free: { y: { z: "2" } } } }));
  assert.deepEqual(server.live?.spec.settings, { level: 1, free: { list: [1, 2], x: 1, y: { z: "2" } } });
  server.apply("b", widget({ settings: { free: { y: "scalar" } } }));
  assert.deepEqual(server.live?.spec.settings.free.y, "scalar");
  server.apply("a", widget({ settings: { level: 1 } }));
  assert.deepEqual(server.live?.spec.settings, { level: 1, free: { y: "scalar" } });
});

test("a kind without schema takes any configuration", () => {
  const server = new Server({});
  server.apply("a", { ...widget({ a: { b: [1] } }), metadata: { name: "w", finalizers: ["f"] } });
  server.apply("b", { ...widget({ c: 1 }), metadata: { name: "w", finalizers: ["g"] } });
  assert.deepEqual(server.live?.spec, { a: { b: [1] }, c: 1 });
  assert.deepEqual(server.live?.metadata.finalizers, ["f", "g"]);
});

test("entries of maps of structs go one by one", () => {
  const server = new Server(widgetSchema);
  server.apply("a", widget({ limits: { cpu: { max: 1 }, memory: { max: 2 } } }));
  assert.deepEqual(server.owners().a, [
    ".spec.limits.cpu",
    ".spec.limits.memory",
    ".spec.limits.cpu.max",
    ".spec.limits.memory.max",
  ]);
  server.apply("a", widget({ limits: { cpu: { max: 1 } } }));
  assert.deepEqual(server.live?.spec, { limits: { cpu: { max: 1 } } });
});

test("fields the strategy resets are neither owned nor conflicts", () => {
  const server = new Server(podSchema, { resetFields: () => setOf(["f:status"]) });
  const pod = (phase: string) => ({
    apiVersion: "v1",
    kind: "Pod",
    metadata: { name: "p" },
    spec: { restartPolicy: "Never" },
    status: { phase },
  });
  server.apply("a", pod("A"));
  server.apply("b", pod("B"));
  assert.deepEqual(server.owners(), { a: [".spec.restartPolicy"], b: [".spec.restartPolicy"] });
});

test("an object that was never tracked gets a manager for what it had", () => {
  const server = new Server(configMapSchema);
  server.live = { ...configMap({ x: "1" }), metadata: { name: "c", uid: "u1", labels: { a: "b" } } } as KubeObject;
  const conflict = server.try("a", configMap({ x: "2" }));
  assert.ok(!conflict.ok && conflict.reason === "conflict");
  assert.equal(conflict.conflicts[0]?.manager, "before-first-apply");
  server.apply("a", configMap({ y: "2" }));
  assert.deepEqual(server.owners(), {
    a: [".data.y"],
    "before-first-apply": [".data", ".data.x", ".metadata.labels", ".metadata.labels.a"],
  });
});

test("a version that is gone does not hinder, other versions are converted", () => {
  const entry = (manager: string, apiVersion: string, fieldsV1: object): ManagedFieldsEntry => ({
    manager,
    operation: "Apply",
    apiVersion,
    time: t1,
    fieldsType: "FieldsV1",
    fieldsV1,
  });
  const old = struct({
    metadata: { type: "object" },
    spec: struct({
      count: { type: "integer" },
      tags: { type: "array", items: { type: "string" }, "x-kubernetes-list-type": "set" },
    }),
  });
  const live = {
    ...widget({ size: 3, tags: ["a", "b"] }),
    metadata: {
      name: "w",
      uid: "u",
      managedFields: [
        entry("me", "example.com/v1alpha1", { "f:spec": { "f:count": {}, "f:tags": { 'v:"a"': {}, 'v:"b"': {} } } }),
        entry("gone", "example.com/v0", { "f:spec": { "f:size": {} } }),
      ],
    },
  };
  const options: Omit<ApplyOptions, "live"> = {
    applied: widget({ tags: ["b"] }),
    schema: widgetSchema,
    schemaFor: (version: string) => ({ "example.com/v1": widgetSchema, "example.com/v1alpha1": old })[version],
    manager: "me",
    now: t2,
  };
  const convert = (object: KubeObject, apiVersion: string): KubeObject => {
    const { size, count, ...spec } = object.spec ?? {};
    const value = size ?? count;
    const renamed = value === undefined ? {} : apiVersion.endsWith("alpha1") ? { count: value } : { size: value };
    return { ...object, apiVersion, spec: { ...spec, ...renamed } };
  };
  const result = applyServerSide({ ...options, live, convert });
  assert.ok(result.ok);
  assert.deepEqual(result.object.spec, { tags: ["b"] });
  assert.deepEqual(
    result.object.metadata.managedFields?.map(({ manager, apiVersion }) => [manager, apiVersion]),
    [["me", "example.com/v1"]],
  );
});

test("conversion may be asynchronous", async () => {
  const managedFields: ManagedFieldsEntry[] = [
    {
      manager: "x",
      operation: "Apply",
      apiVersion: "example.com/v2",
      time: t1,
      fieldsType: "FieldsV1",
      fieldsV1: { "f:spec": { "f:size": {} } },
    },
  ];
  const live = { ...widget({ size: 1 }), metadata: { name: "w", uid: "u", managedFields } };
  const result = await applyServerSideAsync({
    live,
    applied: widget({ size: 2 }),
    schema: widgetSchema,
    manager: "me",
    now: t2,
    convert: async (object, apiVersion) => ({ ...object, apiVersion }),
  });
  assert.ok(!result.ok && result.reason === "conflict");
});

test("kubectl takes over what its annotation accounts for", () => {
  const applied = deployment({ replicas: 1 });
  const annotations = { [lastAppliedAnnotation]: JSON.stringify(applied) };
  const server = new Server(deploymentSchema);
  server.update("kubectl-client-side-apply", deployment({ replicas: 1, paused: true }, { annotations }));

  const stranger = server.try("other", deployment({ replicas: 2 }));
  assert.ok(!stranger.ok && stranger.reason === "conflict");
  const partly = server.try("kubectl", deployment({ replicas: 2, paused: false }));
  assert.ok(!partly.ok && partly.reason === "conflict");
  assert.deepEqual(partly.conflicts[0]?.fields, [".spec.paused"]);

  const live = server.apply("kubectl", deployment({ replicas: 2 }));
  assert.equal(live.spec.replicas, 2);
  assert.equal(
    live.metadata.annotations?.[lastAppliedAnnotation],
    '{"apiVersion":"apps/v1","kind":"Deployment","metadata":{"name":"web","namespace":"default"},"spec":{"replicas":2}}\n',
  );
});

test("a changed field is not accounted for by the annotation", () => {
  const server = new Server(deploymentSchema);
  const annotations = { [lastAppliedAnnotation]: JSON.stringify(deployment({ replicas: 3 })) };
  server.update("someone", deployment({ replicas: 100 }, { annotations }));
  const result = server.try("kubectl", deployment({ replicas: 3 }));
  assert.ok(!result.ok && result.reason === "conflict");
  server.live = undefined;
  server.update("someone", deployment({ replicas: 100 }, { annotations: { [lastAppliedAnnotation]: "not json" } }));
  assert.equal(server.try("kubectl", deployment({ replicas: 3 })).ok, false);
});

const bad: [name: string, schema: Schema, applied: unknown, message: string][] = [
  ["not an object", configMapSchema, [], "error decoding YAML: the configuration is not an object"],
  ["no kind", configMapSchema, { apiVersion: "v1" }, "invalid object type: /v1, Kind="],
  ["managedFields", configMapSchema, configMap({}, { managedFields: [] }), "metadata.managedFields must be nil"],
  [
    "an undeclared field",
    deploymentSchema,
    deployment({ foo: 1 }),
    "failed to create typed patch object (default/web; apps/v1, Kind=Deployment): .spec.foo: field not declared in schema",
  ],
  [
    "duplicate keys",
    serviceSchema,
    service([{ port: 80 }, { port: 80, protocol: "TCP" }]),
    'failed to create typed patch object (/s; /v1, Kind=Service): .spec.ports: duplicate entries for key [port=80,protocol="TCP"]',
  ],
  [
    "duplicate values",
    widgetSchema,
    widget({ tags: ["a", "a"] }),
    'failed to create typed patch object (/w; example.com/v1, Kind=Widget): .spec.tags: duplicate entries for key [="a"]',
  ],
  [
    "an item without its key",
    podSchema,
    { apiVersion: "v1", kind: "Pod", metadata: { name: "p" }, spec: { containers: [{ image: "x" }] } },
    'failed to create typed patch object (/p; /v1, Kind=Pod): .spec.containers: element 0: associative list with keys has an element that omits all key fields ["name"] (and doesn\'t have default values for any key fields)',
  ],
  [
    "wrong types",
    configMapSchema,
    configMap({ a: 1, b: true }, { labels: [] }),
    "failed to create typed patch object (default/c; /v1, Kind=ConfigMap): errors:\n  .metadata.labels: expected map, got &{[]}\n  .data.a: expected string, got &value.valueUnstructured{Value:1}\n  .data.b: expected string, got &value.valueUnstructured{Value:true}",
  ],
  [
    "a text for a number",
    deploymentSchema,
    deployment({ replicas: "3" }),
    "failed to create typed patch object (default/web; apps/v1, Kind=Deployment): .spec.replicas: expected numeric (int or float), got string",
  ],
];
for (const [name, schema, applied, message] of bad) {
  test(`apply is refused: ${name}`, () => {
    const result = applyServerSide({ live: undefined, applied, schema, manager: "a", now: t1 });
    assert.deepEqual(result, { ok: false, reason: "invalid", code: 400, message });
  });
}

test("a configuration of another kind is refused", () => {
  const server = new Server(deploymentSchema);
  const result = server.try("a", deployment({}), { apiVersion: "apps/v1", kind: "StatefulSet" });
  assert.deepEqual(result, {
    ok: false,
    reason: "invalid",
    code: 400,
    message: "invalid object type: apps/v1, Kind=Deployment",
  });
});

test("__proto__ in a configuration is a field like any other", () => {
  const server = new Server(widgetSchema);
  const live = server.apply("a", widget({ settings: JSON.parse('{"__proto__":{"polluted":1},"x":1}') }));
  assert.equal(JSON.stringify(live.spec.settings), '{"__proto__":{"polluted":1},"x":1}');
  server.apply("b", widget({ settings: JSON.parse('{"__proto__":{"more":2}}') }));
  assert.equal(JSON.stringify(server.live?.spec.settings), '{"__proto__":{"polluted":1,"more":2},"x":1}');
  server.apply("a", widget({ settings: { x: 1 } }));
  assert.equal(JSON.stringify(server.live?.spec.settings), '{"__proto__":{"more":2},"x":1}');
  assert.equal(({} as JsonObject).polluted, undefined);
});

const value = fc.constantFrom(1, 2, 3);
const spec = fc.record(
  {
    size: value,
    tags: fc.uniqueArray(fc.constantFrom("a", "b", "c", "d"), { minLength: 1, maxLength: 3 }),
    settings: fc.dictionary(fc.constantFrom("a", "b", "level"), value, { noNullPrototype: true }),
    limits: fc.dictionary(fc.constantFrom("x", "y"), fc.record({ max: value }, { noNullPrototype: true }), {
      noNullPrototype: true,
    }),
  },
  { requiredKeys: [], noNullPrototype: true },
);

test("property: applying twice is a no-op, and applying nothing keeps what others own", () => {
  fc.assert(
    fc.property(spec, spec, spec, (mine, theirs, updated) => {
      const server = new Server(widgetSchema);
      server.apply("theirs", widget(theirs));
      server.apply("mine", widget(mine), { force: true });
      const once = server.live!;
      assert.deepEqual(server.try("mine", widget(mine), { now: t2 }), { ok: true, object: once, changed: false });
      server.update("editor", { ...once, spec: { ...once.spec, ...updated } });
      server.apply("mine", { ...widget({}), spec: undefined });
      assert.equal(server.owners().mine, undefined);
      const present = new Set(formatSet(wholeNode(rootTypeOf(widgetSchema), server.live)));
      for (const path of Object.values(server.owners()).flat()) assert.ok(present.has(path), path);
    }),
    { numRuns: 200 },
  );
});

test("property: appliers of separate fields are independent of their order", () => {
  fc.assert(
    fc.property(spec, (all) => {
      const { size, tags, ...rest } = all;
      const first = size === undefined ? {} : { size };
      const third = tags === undefined ? {} : { tags };
      const inOrder = new Server(widgetSchema);
      for (const part of [first, rest, third]) inOrder.apply(Object.keys(part).join(), widget(part));
      const reversed = new Server(widgetSchema);
      for (const part of [third, rest, first]) reversed.apply(Object.keys(part).join(), widget(part));
      assert.deepEqual(inOrder.owners(), reversed.owners());
      assert.deepEqual(inOrder.live?.spec, reversed.live?.spec);
    }),
    { numRuns: 100 },
  );
});

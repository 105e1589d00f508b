// Validating and mutating admission policies of a control plane.

import assert from "node:assert/strict";
import { after, before, beforeEach, test } from "node:test";
import type { Client, KindReference } from "../../client/client.ts";
import type { JsonObject, KubeObject } from "../../machinery/object.ts";
import { StatusError } from "../../machinery/status-error.ts";
import { openTestPlane, type TestPlane } from "../../testing.ts";
import { kinds, make, refused } from "./testing.ts";

let hub: TestPlane;
let client: Client;

before(async () => {
  hub = await openTestPlane();
  client = hub.client;
});
after(() => hub.stop());
beforeEach(async () => {
  for (const kind of [
    kinds.validatingPolicies,
    kinds.validatingBindings,
    kinds.mutatingPolicies,
    kinds.mutatingBindings,
  ]) {
    await client.resource(kind).deleteCollection({});
  }
});

function rule(resource: string, group = "", operations = ["CREATE", "UPDATE"]): JsonObject {
  return { apiGroups: [group], apiVersions: ["v1"], operations, resources: [resource] };
}

async function validating(name: string, spec: JsonObject, binding: JsonObject = {}): Promise<void> {
  const matchConstraints = { resourceRules: [rule("configmaps")] };
  await client
    .resource(kinds.validatingPolicies)
    .create(make(kinds.validatingPolicies, name, { spec: { matchConstraints, ...spec } }));
  await client.resource(kinds.validatingBindings).create(
    make(kinds.validatingBindings, `${name}-b`, {
      spec: { policyName: name, validationActions: ["Deny"], ...binding },
    }),
  );
}

async function mutating(name: string, spec: JsonObject, binding: JsonObject = {}): Promise<void> {
  const matchConstraints = { resourceRules: [rule("configmaps")] };
  await client
    .resource(kinds.mutatingPolicies)
    .create(make(kinds.mutatingPolicies, name, { spec: { matchConstraints, ...spec } }));
  await client
    .resource(kinds.mutatingBindings)
    .create(make(kinds.mutatingBindings, `${name}-b`, { spec: { policyName: name, ...binding } }));
}

let count = 0;

function create(fields: JsonObject = {}): Promise<KubeObject> {
  return client.resource(kinds.configMaps).create(make(kinds.configMaps, `map-${++count}`, fields));
}

async function apply(kind: KindReference, name: string, fields: JsonObject): Promise<void> {
  await client.resource(kind).create(make(kind, name, fields));
}

const configured = (expression: string) => [{ patchType: "ApplyConfiguration", applyConfiguration: { expression } }];

test("a validation denies with its reason, and says why", async () => {
  await validating("p", {
    validations: [
      { expression: "has(object.data)", message: "data is needed" },
      {
        expression: "object.data.size() < 2",
        messageExpression: "'at most one, not ' + string(object.data.size())",
        reason: "Forbidden",
      },
    ],
  });
  await create({ data: { a: "1" } });
  const denied = create();
  await assert.rejects(denied, (error) => {
    assert.ok(error instanceof StatusError);
    const text = "ValidatingAdmissionPolicy 'p' with binding 'p-b' denied request: data is needed";
    assert.equal(error.message, `configmaps "map-${count}" is forbidden: ${text}`);
    assert.deepEqual([error.code, error.reason], [422, "Invalid"]);
    assert.deepEqual(error.status.details?.causes, [{ message: text }]);
    return true;
  });
  assert.equal(
    await refused(create({ data: { a: "1", b: "2" } })),
    `403 configmaps "map-${count}" is forbidden: ValidatingAdmissionPolicy 'p' with binding 'p-b' denied request: at most one, not 2`,
  );
});

test("an expression without a message is quoted, and one that fails denies by the failure policy", async () => {
  await validating("p", { validations: [{ expression: " object.data.x == 'y' " }] });
  assert.match(
    await refused(create({ data: { x: "z" } })),
    /denied request: failed expression: object\.data\.x == 'y'$/,
  );
  assert.match(
    await refused(create({ data: {} })),
    /^422 .* denied request: expression ' object\.data\.x == 'y' ' resulted in error: no such key: (?:data|x)$/,
  );
  const ignore = { type: "merge", body: { spec: { failurePolicy: "Ignore" } } } as const;
  await client.resource(kinds.validatingPolicies).patch("p", undefined, ignore);
  await create({ data: {} });
});

test("variables, the old object, the request, the namespace and the authorizer are at hand", async () => {
  await validating("p", {
    variables: [
      { name: "before", expression: "oldObject == null ? 0 : int(oldObject.data.n)" },
      { name: "grows", expression: "int(object.data.n) > variables.before" },
      { name: "broken", expression: "1 / 0" },
    ],
    validations: [
      { expression: "variables.grows || variables.broken == 1" },
      { expression: "namespaceObject.metadata.name == request.namespace" },
      { expression: "authorizer.group('').resource('secrets').namespace('default').check('get').allowed()" },
    ],
  });
  const map = await create({ data: { n: "2" } });
  const set = (n: string) =>
    client.resource(kinds.configMaps).patch(map.metadata.name!, "default", { type: "merge", body: { data: { n } } });
  await set("3");
  assert.match(
    await refused(set("1")),
    /expression 'variables\.grows \|\| variables\.broken == 1' resulted in error: composited variable "broken" fails to evaluate: division by zero$/,
  );
});

test("match conditions, excluded rules and the binding's own match choose", async () => {
  await validating(
    "p",
    {
      matchConstraints: {
        resourceRules: [rule("configmaps")],
        excludeResourceRules: [{ ...rule("configmaps"), resourceNames: ["excluded"] }],
      },
      matchConditions: [{ name: "not-free", expression: "!(has(object.data) && 'free' in object.data)" }],
      validations: [{ expression: "false", message: "no" }],
    },
    { matchResources: { objectSelector: { matchLabels: { strict: "yes" } } } },
  );
  const metadata = { labels: { strict: "yes" } };
  assert.match(await refused(create({ metadata })), /denied request: no$/);
  await create();
  await create({ metadata, data: { free: "1" } });
  await client.resource(kinds.configMaps).create(make(kinds.configMaps, "excluded", { metadata }));
});

test("parameters come from objects that the binding names", async () => {
  const paramKind = { apiVersion: "v1", kind: "ConfigMap" };
  const matchConstraints = { resourceRules: [rule("secrets")] };
  await validating(
    "p",
    {
      paramKind,
      matchConstraints,
      validations: [{ expression: "object.type != params.data.forbidden", message: "forbidden type" }],
    },
    { paramRef: { name: "limits", namespace: "default", parameterNotFoundAction: "Deny" } },
  );
  const secrets: KindReference = { group: "", version: "v1", kind: "Secret", plural: "secrets", namespaced: true };
  const secret = (name: string) => client.resource(secrets).create(make(secrets, name, { type: "example.com/a" }));
  assert.equal(
    await refused(secret("a")),
    "422 secrets \"a\" is forbidden: ValidatingAdmissionPolicy 'p' with binding 'p-b' denied request: failed to configure binding: no params found for policy binding with `Deny` parameterNotFoundAction",
  );
  await apply(kinds.configMaps, "limits", {
    data: { forbidden: "example.com/a" },
    metadata: { labels: { limits: "yes" } },
  });
  assert.match(await refused(secret("a")), /denied request: forbidden type$/);
  const set = (spec: JsonObject) =>
    client.resource(kinds.validatingBindings).patch("p-b", undefined, { type: "merge", body: { spec } });
  await set({ paramRef: { name: null, selector: { matchLabels: { limits: "yes" } } } });
  assert.match(await refused(secret("a")), /denied request: forbidden type$/);
  await set({ paramRef: { selector: { matchLabels: { limits: "no" } }, parameterNotFoundAction: "Allow" } });
  await secret("a");
  await client.resource(kinds.validatingPolicies).patch("p", undefined, {
    type: "merge",
    body: { spec: { paramKind: { apiVersion: "example.com/v1", kind: "Limit" } } },
  });
  assert.equal(
    await refused(secret("b")),
    "422 secrets \"b\" is forbidden: ValidatingAdmissionPolicy 'p' denied request: failed to configure policy: failed to find resource referenced by paramKind: 'example.com/v1, Kind=Limit'",
  );
});

test("a binding may warn and audit instead", async () => {
  await validating(
    "p",
    {
      validations: [{ expression: "false", message: "careful" }],
      auditAnnotations: [{ key: "name", valueExpression: "object.metadata.name" }],
    },
    { validationActions: ["Warn", "Audit"] },
  );
  await create();
});

test("an applied configuration is merged into the object", async () => {
  await mutating("m", {
    mutations: configured(
      'Object{metadata: Object.metadata{labels: {"added": request.operation.lowerAscii()}}, data: {"new": "x"}}',
    ),
  });
  const map = await create({ metadata: { labels: { own: "1" } }, data: { old: "y" } });
  assert.deepEqual(map.metadata.labels, { own: "1", added: "create" });
  assert.deepEqual(map.data, { old: "y", new: "x" });
});

test("lists are merged by their keys, and atomic ones are refused", async () => {
  const matchConstraints = { resourceRules: [rule("deployments", "apps")] };
  const template = { metadata: { labels: { a: "b" } }, spec: { containers: [{ name: "c", image: "i:1" }] } };
  const deployment = (name: string) =>
    client
      .resource(kinds.deployments)
      .create(make(kinds.deployments, name, { spec: { selector: { matchLabels: { a: "b" } }, template } }));
  await mutating("m", {
    matchConstraints,
    mutations: configured(`Object{spec: Object.spec{template: Object.spec.template{spec: Object.spec.template.spec{
      containers: object.spec.template.spec.containers.map(c, Object.spec.template.spec.containers{
        name: c.name, env: [Object.spec.template.spec.containers.env{name: "FROM", value: "policy"}]})}}}}`),
  });
  const { spec } = await deployment("d");
  const [container] = spec.template.spec.containers;
  assert.deepEqual([container.image, container.env], ["i:1", [{ name: "FROM", value: "policy" }]]);
  await client.resource(kinds.mutatingPolicies).patch("m", undefined, {
    type: "json",
    body: [
      {
        op: "replace",
        path: "/spec/mutations/0/applyConfiguration/expression",
        value: 'Object{spec: Object.spec{selector: Object.spec.selector{matchLabels: {"x": "y"}}}}',
      },
    ],
  });
  assert.match(
    await refused(deployment("e")),
    /^403 policy 'm' with binding 'm-b' denied request: error applying patch: invalid ApplyConfiguration: may not mutate atomic arrays, maps or structs: \.spec\.selector/,
  );
});

test("a JSON patch is carried out, and a test that fails leaves the object alone", async () => {
  const patch = (expression: string) => [{ patchType: "JSONPatch", jsonPatch: { expression } }];
  await mutating("m", {
    mutations: patch(`[
      JSONPatch{op: "test", path: "/data/kind", value: "special"},
      JSONPatch{op: "add", path: "/metadata/labels", value: {"a/b": "1"}},
      JSONPatch{op: "replace", path: "/metadata/labels/" + jsonpatch.escapeKey("a/b"), value: "2"}]`),
  });
  assert.deepEqual((await create({ data: { kind: "special" } })).metadata.labels, { "a/b": "2" });
  assert.equal((await create({ data: { kind: "plain" } })).metadata.labels, undefined);
});

test("a policy that wishes runs again after another changed the object", async () => {
  await mutating("a-first", {
    reinvocationPolicy: "IfNeeded",
    matchConditions: [{ name: "always", expression: "true" }],
    mutations: configured('Object{data: {"seen": has(object.data) && "late" in object.data ? "late" : "nothing"}}'),
  });
  await mutating("b-second", { mutations: configured('Object{data: {"late": "yes"}}') });
  assert.deepEqual((await create()).data, { seen: "late", late: "yes" });
});

test("a mutation is validated like a client's object", async () => {
  await mutating("m", { mutations: configured('Object{metadata: Object.metadata{labels: {"bad key!": "x"}}}') });
  assert.match(
    await refused(create()),
    /^422 ConfigMap "map-\d+" is invalid: metadata\.labels: Invalid value: "bad key!"/,
  );
  await client.resource(kinds.mutatingPolicies).delete("m");
  await mutating("n", { mutations: configured("Object{data: {'a': object.nothing}}") });
  assert.match(
    await refused(create()),
    /^403 policy 'n' with binding 'n-b' denied request: expression 'Object\{data: .*' resulted in error: no such key: nothing$/,
  );
});

// Admission policies: rules in CEL that the server itself applies.

import assert from "node:assert/strict";
import { describe, type TestContext, test } from "node:test";
import type { JsonObject } from "../../src/machinery/object.ts";
import {
  type Api,
  api,
  eventually,
  expectObject,
  expectStatus,
  namespace,
  removeAfter,
  uniqueName,
} from "./support/api.ts";
import { configMap } from "./support/objects.ts";

const group = "/apis/admissionregistration.k8s.io/v1";
const rules = [{ apiGroups: [""], apiVersions: ["v1"], operations: ["CREATE", "UPDATE"], resources: ["configmaps"] }];

/** Makes a policy and binds it to one namespace. */
async function bind(
  t: TestContext,
  ns: string,
  type: "Validating" | "Mutating",
  spec: JsonObject,
  binding: JsonObject = {},
): Promise<string> {
  const name = uniqueName("policy");
  const policies = `${group}/${type.toLowerCase()}admissionpolicies`;
  const bindings = `${group}/${type.toLowerCase()}admissionpolicybindings`;
  removeAfter(t, `${policies}/${name}`);
  removeAfter(t, `${bindings}/${name}`);
  await api.make(policies, {
    apiVersion: "admissionregistration.k8s.io/v1",
    kind: `${type}AdmissionPolicy`,
    metadata: { name },
    spec: { failurePolicy: "Fail", matchConstraints: { resourceRules: rules }, ...spec },
  });
  await api.make(bindings, {
    apiVersion: "admissionregistration.k8s.io/v1",
    kind: `${type}AdmissionPolicyBinding`,
    metadata: { name },
    spec: {
      policyName: name,
      ...(type === "Validating" && { validationActions: ["Deny"] }),
      matchResources: { namespaceSelector: { matchLabels: { "kubernetes.io/metadata.name": ns } } },
      ...binding,
    },
  });
  return name;
}

/** Repeats a request until the policy refuses it. */
const refused = (
  path: string,
  body: JsonObject,
  code: number,
  reason: string,
  message: string | RegExp,
  caller: Api = api,
) => eventually(async () => expectStatus(await caller.post(`${path}?dryRun=All`, body), code, reason, message));

async function start(t: TestContext) {
  const ns = await namespace(t);
  return { ns, path: `/api/v1/namespaces/${ns}/configmaps` };
}

describe("validating policies", { concurrency: 8 }, () => {
  test("what breaks a rule is refused in the policy's words", async (t) => {
    const { ns, path } = await start(t);
    const name = await bind(t, ns, "Validating", {
      validations: [{ expression: "has(object.data) && 'owner' in object.data", message: "an owner is needed" }],
    });
    await refused(
      path,
      configMap("a"),
      422,
      "Invalid",
      `configmaps "a" is forbidden: ValidatingAdmissionPolicy '${name}' with binding '${name}' denied request: an owner is needed`,
    );
    expectObject(await api.post(path, configMap("a", { owner: "me" })), 201);
  });

  test("without a message the rule is shown; reason and message can be computed", async (t) => {
    const { ns, path } = await start(t);
    await bind(t, ns, "Validating", { validations: [{ expression: "object.metadata.name != 'x'" }] });
    await refused(
      path,
      configMap("x"),
      422,
      "Invalid",
      /denied request: failed expression: object\.metadata\.name != 'x'$/,
    );
    await bind(t, ns, "Validating", {
      validations: [
        {
          expression: "object.metadata.name != 'y'",
          reason: "Forbidden",
          messageExpression: "'not ' + object.metadata.name",
        },
      ],
    });
    await refused(path, configMap("y"), 403, "Forbidden", /denied request: not y$/);
  });

  test("updates are compared with the old object", async (t) => {
    const { ns, path } = await start(t);
    await bind(t, ns, "Validating", {
      validations: [{ expression: "oldObject == null || object.data.id == oldObject.data.id", message: "id stays" }],
    });
    await api.make(path, configMap("a", { id: "1" }));
    await eventually(async () =>
      expectStatus(
        await api.patch(`${path}/a?dryRun=All`, "merge", { data: { id: "2" } }),
        422,
        "Invalid",
        /id stays$/,
      ),
    );
    expectObject(await api.patch(`${path}/a`, "merge", { data: { other: "2" } }));
  });

  test("rules see the request, the namespace, variables and the authorizer", async (t) => {
    const { ns, path } = await start(t);
    await bind(t, ns, "Validating", {
      variables: [{ name: "level", expression: "object.data.level" }],
      validations: [
        { expression: "request.operation == 'CREATE' && request.userInfo.username != ''", message: "request" },
        { expression: `namespaceObject.metadata.name == '${ns}'`, message: "namespace" },
        { expression: "variables.level in ['low', 'high']", message: "variable" },
        { expression: "authorizer.group('').resource('secrets').check('delete').allowed()", message: "authorizer" },
      ],
    });
    await refused(path, configMap("a", { level: "none" }), 422, "Invalid", /denied request: variable$/);
    expectObject(await api.post(path, configMap("a", { level: "low" })), 201);
  });

  test("a policy takes parameters from the objects that its binding names", async (t) => {
    const { ns, path } = await start(t);
    const parameters = await namespace(t);
    await api.make(`/api/v1/namespaces/${parameters}/configmaps`, configMap("limits", { longest: "3" }));
    await bind(
      t,
      ns,
      "Validating",
      {
        paramKind: { apiVersion: "v1", kind: "ConfigMap" },
        validations: [
          {
            expression: "size(object.metadata.name) <= int(params.data.longest)",
            messageExpression: "'longest is ' + params.data.longest",
          },
        ],
      },
      { paramRef: { name: "limits", namespace: parameters, parameterNotFoundAction: "Deny" } },
    );
    await refused(path, configMap("long"), 422, "Invalid", /denied request: longest is 3$/);
    expectObject(
      await api.patch(`/api/v1/namespaces/${parameters}/configmaps/limits`, "merge", { data: { longest: "4" } }),
    );
    await eventually(async () => expectObject(await api.post(`${path}?dryRun=All`, configMap("long")), 201));
    expectObject(await api.delete(`/api/v1/namespaces/${parameters}/configmaps/limits`));
    await refused(
      path,
      configMap("a"),
      422,
      "Invalid",
      /failed to configure binding: no params found for policy binding with `Deny` parameterNotFoundAction/,
    );
  });

  test("a binding may warn or audit instead of refusing", async (t) => {
    const { ns, path } = await start(t);
    const name = await bind(
      t,
      ns,
      "Validating",
      { validations: [{ expression: "false", message: "rather not" }] },
      { validationActions: ["Warn", "Audit"] },
    );
    const answer = await eventually(async () => {
      const created = await api.post(`${path}?dryRun=All`, configMap("a"));
      assert.ok(created.warnings.length > 0);
      return created;
    });
    assert.equal(answer.code, 201);
    assert.deepEqual(answer.warnings, [
      `Validation failed for ValidatingAdmissionPolicy '${name}' with binding '${name}': rather not`,
    ]);
  });

  test("a policy without a binding does nothing, and conditions narrow one", async (t) => {
    const { ns, path } = await start(t);
    await bind(t, ns, "Validating", {
      matchConditions: [{ name: "marked", expression: "object.metadata.name.startsWith('marked')" }],
      validations: [{ expression: "false", message: "marked" }],
    });
    await refused(path, configMap("marked-a"), 422, "Invalid", /marked$/);
    expectObject(await api.post(path, configMap("a")), 201);
  });

  test("a rule that breaks down refuses, or is passed over, as the policy says", async (t) => {
    const { ns, path } = await start(t);
    const broken = { validations: [{ expression: "object.data.absent == 'x'", message: "never" }] };
    await bind(t, ns, "Validating", { ...broken, failurePolicy: "Ignore" });
    const name = await bind(t, ns, "Validating", {
      ...broken,
      matchConditions: [{ name: "b", expression: "object.metadata.name == 'b'" }],
    });
    await refused(
      path,
      configMap("b", { k: "v" }),
      422,
      "Invalid",
      new RegExp(
        `'${name}'.* denied request: expression 'object\\.data\\.absent == 'x'' resulted in error: no such key: absent`,
      ),
    );
    expectObject(await api.post(path, configMap("a", { k: "v" })), 201);
  });

  test("a policy that is no CEL is refused, and one that does not fit its types is told in its status", async (t) => {
    const send = (spec: JsonObject) =>
      api.post(`${group}/validatingadmissionpolicies?dryRun=All`, {
        metadata: { name: uniqueName("policy") },
        spec: { matchConstraints: { resourceRules: rules }, ...spec },
      });
    expectStatus(
      await send({ validations: [{ expression: "object." }] }),
      422,
      "Invalid",
      /spec\.validations\[0\]\.expression: Invalid value: "object\.": compilation failed/,
    );
    expectStatus(await send({ validations: [{ expression: "1" }] }), 422, "Invalid", /must evaluate to bool/);
    expectStatus(
      await send({}),
      422,
      "Invalid",
      /spec\.validations: Required value: validations or auditAnnotations must contain at least one item/,
    );
    const { ns } = await start(t);
    const name = await bind(t, ns, "Validating", { validations: [{ expression: "object.nonsense == 1" }] });
    const { status } = await eventually(async () => {
      const current = await api.read(`${group}/validatingadmissionpolicies/${name}`);
      assert.ok(current.status?.typeChecking);
      return current;
    });
    assert.match(status.typeChecking.expressionWarnings[0].warning, /undefined field 'nonsense'/);
  });
});

describe("mutating policies", { concurrency: 8 }, () => {
  test("a policy applies a configuration to what is written", async (t) => {
    const { ns, path } = await start(t);
    await bind(t, ns, "Mutating", {
      reinvocationPolicy: "Never",
      mutations: [
        {
          patchType: "ApplyConfiguration",
          applyConfiguration: { expression: "Object{metadata: Object.metadata{labels: {'by': 'policy'}}}" },
        },
      ],
    });
    await eventually(async () => {
      const object = expectObject(await api.post(`${path}?dryRun=All`, configMap("a", { k: "v" })), 201);
      assert.deepEqual(object.metadata.labels, { by: "policy" });
      assert.deepEqual(object.data, { k: "v" });
    });
  });

  test("a policy makes a JSON patch", async (t) => {
    const { ns, path } = await start(t);
    await bind(t, ns, "Mutating", {
      reinvocationPolicy: "Never",
      variables: [{ name: "old", expression: "object.data.k" }],
      mutations: [
        {
          patchType: "JSONPatch",
          jsonPatch: {
            expression:
              "[JSONPatch{op: 'add', path: '/data/' + jsonpatch.escapeKey('was'), value: variables.old}, JSONPatch{op: 'remove', path: '/data/k'}]",
          },
        },
      ],
    });
    await eventually(async () => {
      const object = expectObject(await api.post(`${path}?dryRun=All`, configMap("a", { k: "v" })), 201);
      assert.deepEqual(object.data, { was: "v" });
    });
  });

  test("what a policy makes of an object is seen by validating policies", async (t) => {
    const { ns, path } = await start(t);
    await bind(t, ns, "Validating", {
      validations: [
        {
          expression: "has(object.metadata.labels) && object.metadata.labels[?'by'].orValue('') == 'policy'",
          message: "no label",
        },
      ],
    });
    await refused(path, configMap("a"), 422, "Invalid", /no label$/);
    await bind(t, ns, "Mutating", {
      reinvocationPolicy: "Never",
      mutations: [
        {
          patchType: "ApplyConfiguration",
          applyConfiguration: { expression: "Object{metadata: Object.metadata{labels: {'by': 'policy'}}}" },
        },
      ],
    });
    await eventually(async () => expectObject(await api.post(`${path}?dryRun=All`, configMap("a")), 201));
  });
});

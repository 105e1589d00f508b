// What webhook configurations and admission policies may say, in the words of kube-apiserver.

import assert from "node:assert/strict";
import { test } from "node:test";
import type { JsonObject, KubeObject } from "../../machinery/object.ts";
import { createErrors, defaulted, row } from "../validation/testing.ts";
import { mutatingAdmissionPolicyKind } from "./mutating-admission-policy.ts";
import { validatingAdmissionPolicyBindingKind, validatingAdmissionPolicyKind } from "./validating-admission-policy.ts";
import { mutatingWebhookConfigurationKind, validatingWebhookConfigurationKind } from "./webhook-configuration.ts";

const rule = { apiGroups: [""], apiVersions: ["v1"], operations: ["CREATE"], resources: ["pods"] };

function object(kind: string, fields: JsonObject): KubeObject {
  return { apiVersion: "admissionregistration.k8s.io/v1", kind, metadata: { name: "a" }, ...fields };
}

const webhook = {
  name: "a.example.com",
  clientConfig: { service: { namespace: "n", name: "s" } },
  rules: [rule],
  sideEffects: "None",
  admissionReviewVersions: ["v1"],
};

test("webhooks get their defaults", () => {
  const config = defaulted(
    mutatingWebhookConfigurationKind,
    object("MutatingWebhookConfiguration", { webhooks: [webhook] }),
  );
  assert.deepEqual(config.webhooks[0], {
    ...webhook,
    clientConfig: { service: { namespace: "n", name: "s", port: 443 } },
    rules: [{ ...rule, scope: "*" }],
    failurePolicy: "Fail",
    matchPolicy: "Equivalent",
    namespaceSelector: {},
    objectSelector: {},
    timeoutSeconds: 10,
    reinvocationPolicy: "Never",
  });
  assert.deepEqual(createErrors(mutatingWebhookConfigurationKind, config), []);
  assert.equal(row(mutatingWebhookConfigurationKind, config).Webhooks, 1);
});

test("webhooks are checked", () => {
  const errors = createErrors(
    validatingWebhookConfigurationKind,
    object("ValidatingWebhookConfiguration", {
      webhooks: [
        webhook,
        {
          name: "a.b",
          clientConfig: { url: "http://x.test", service: { namespace: "n", name: "s" } },
          rules: [{ ...rule, operations: ["*", "CREATE"], resources: ["*", "pods"], apiVersions: [""] }],
          sideEffects: "Some",
          admissionReviewVersions: ["v9"],
          timeoutSeconds: 31,
          matchConditions: [
            { name: "one", expression: "nothing.x" },
            { name: "one", expression: "'a'" },
          ],
        },
        { ...webhook, admissionReviewVersions: [] },
      ],
    }),
  );
  assert.deepEqual(
    errors.map((error) => error.split("\n")[0]),
    [
      'webhooks[1].name: Invalid value: "a.b": should be a domain with at least three segments separated by dots',
      'webhooks[1].rules[0].operations: Invalid value: ["*","CREATE"]: if \'*\' is present, must not specify other operations',
      "webhooks[1].rules[0].apiVersions[0]: Required value",
      'webhooks[1].rules[0].resources: Invalid value: ["*","pods"]: if \'*\' is present, must not specify other resources without subresources',
      'webhooks[1].sideEffects: Unsupported value: "Some": supported values: "None", "NoneOnDryRun"',
      "webhooks[1].timeoutSeconds: Invalid value: 31: the timeout value must be between 1 and 30 seconds",
      "webhooks[1].clientConfig: Required value: exactly one of url or service is required",
      "webhooks[1].matchConditions[0].expression: Invalid value: \"nothing.x\": compilation failed: ERROR: <input>:1:1: undeclared reference to 'nothing' (in container '')",
      "webhooks[1].matchConditions[1].expression: Invalid value: \"'a'\": must evaluate to bool",
      'webhooks[1].matchConditions[1].name: Duplicate value: "one"',
      'webhooks[1].admissionReviewVersions: Invalid value: ["v9"]: must include at least one of v1, v1beta1',
      "webhooks[2].admissionReviewVersions: Required value: must specify one of v1, v1beta1",
      'webhooks[2].name: Duplicate value: "a.example.com"',
    ],
  );
});

const policySpec = {
  matchConstraints: { resourceRules: [rule] },
  validations: [{ expression: "object.spec.replicas < 5" }],
};

test("validating policies see their variables and parameters", () => {
  const policy = object("ValidatingAdmissionPolicy", {
    spec: {
      ...policySpec,
      paramKind: { apiVersion: "v1", kind: "ConfigMap" },
      matchConditions: [{ name: "c", expression: "params.data.on == 'true' && request.userInfo.username != ''" }],
      variables: [
        { name: "limit", expression: "int(params.data.limit)" },
        { name: "twice", expression: "variables.limit * 2" },
      ],
      validations: [
        {
          expression: "object.spec.replicas < variables.twice && authorizer.requestResource.check('x').allowed()",
          messageExpression: "'at most ' + string(variables.twice)",
        },
      ],
      auditAnnotations: [{ key: "replicas", valueExpression: "string(object.spec.replicas)" }],
    },
  });
  assert.deepEqual(createErrors(validatingAdmissionPolicyKind, policy), []);
  assert.deepEqual(row(validatingAdmissionPolicyKind, policy), {
    Validations: 1,
    ParamKind: "v1/ConfigMap",
    Age: "<unknown>",
  });
});

test("validating policies are checked", () => {
  const errors = createErrors(
    validatingAdmissionPolicyKind,
    object("ValidatingAdmissionPolicy", {
      spec: {
        ...policySpec,
        variables: [{ name: "in", expression: "variables.later" }],
        validations: [
          { expression: "params.x", message: "a\nb", reason: "Gone" },
          { expression: "request.nothing == 1", messageExpression: "authorizer.path('/a').check('get').reason()" },
        ],
        auditAnnotations: [{ key: "-", valueExpression: "1" }],
      },
    }),
  ).map((error) => error.split("\n")[0]!);
  assert.deepEqual(errors, [
    'spec.variables[0].name: Invalid value: "in": name is not a valid CEL identifier',
    "spec.variables[0].expression: Invalid value: \"variables.later\": compilation failed: ERROR: <input>:1:10: undefined field 'later'",
    "spec.validations[0].expression: Invalid value: \"params.x\": compilation failed: ERROR: <input>:1:1: undeclared reference to 'params' (in container '')",
    'spec.validations[0].message: Invalid value: "a\\nb": message must not contain line breaks',
    'spec.validations[0].reason: Unsupported value: "Gone": supported values: "Forbidden", "Invalid", "RequestEntityTooLarge"',
    "spec.validations[1].expression: Invalid value: \"request.nothing == 1\": compilation failed: ERROR: <input>:1:8: undefined field 'nothing'",
    "spec.validations[1].messageExpression: Invalid value: \"authorizer.path('/a').check('get').reason()\": compilation failed: ERROR: <input>:1:1: undeclared reference to 'authorizer' (in container '')",
    "spec.auditAnnotations[0].key: Invalid value: \"a/-\": name part must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')",
    'spec.auditAnnotations[0].valueExpression: Invalid value: "1": must evaluate to one of [string null_type]',
  ]);
});

test("bindings name a policy, actions and parameters", () => {
  const binding = object("ValidatingAdmissionPolicyBinding", {
    spec: { policyName: "p", paramRef: { name: "c", namespace: "n" }, validationActions: ["Deny", "Audit"] },
  });
  assert.deepEqual(createErrors(validatingAdmissionPolicyBindingKind, binding), []);
  assert.equal(row(validatingAdmissionPolicyBindingKind, binding).ParamRef, "n/c");
  const errors = createErrors(
    validatingAdmissionPolicyBindingKind,
    object("ValidatingAdmissionPolicyBinding", { spec: { paramRef: {}, validationActions: ["Deny", "Warn", "Warn"] } }),
  );
  assert.deepEqual(errors, [
    "spec.policyName: Required value",
    "spec.paramRef: Required value: one of name or selector must be specified",
    'spec.validationActions[2]: Duplicate value: "Warn"',
    'spec.validationActions: Invalid value: ["Deny","Warn","Warn"]: must not contain both Deny and Warn (repeating the same validation failure information in the API response and headers serves no purpose)',
  ]);
});

test("mutating policies build objects or patches", () => {
  const policy = object("MutatingAdmissionPolicy", {
    spec: {
      matchConstraints: { resourceRules: [rule] },
      mutations: [
        {
          patchType: "ApplyConfiguration",
          applyConfiguration: { expression: 'Object{metadata: Object.metadata{labels: {"a": "b"}}}' },
        },
        { patchType: "JSONPatch", jsonPatch: { expression: '[JSONPatch{op: "remove", path: "/a"}]' } },
      ],
    },
  });
  assert.deepEqual(createErrors(mutatingAdmissionPolicyKind, policy), []);
  const errors = createErrors(
    mutatingAdmissionPolicyKind,
    object("MutatingAdmissionPolicy", {
      spec: {
        matchConstraints: { resourceRules: [{ ...rule, operations: ["DELETE"] }] },
        mutations: [
          { patchType: "ApplyConfiguration", jsonPatch: { expression: "[]" } },
          { patchType: "JSONPatch", jsonPatch: { expression: "Object{}" } },
        ],
      },
    }),
  );
  assert.deepEqual(errors, [
    'spec.matchConstraints.resourceRules[0].operations[0]: Unsupported value: "DELETE": supported values: "*", "CONNECT", "CREATE", "UPDATE"',
    "spec.mutations[0].applyConfiguration: Required value: must be specified when patchType is ApplyConfiguration",
    'spec.mutations[0].jsonPatch: Invalid value: {"expression":"[]"}: must not be specified when patchType is ApplyConfiguration',
    'spec.mutations[1].jsonPatch.expression: Invalid value: "Object{}": must evaluate to list(JSONPatch)',
  ]);
});

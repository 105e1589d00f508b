// What the types of resources say of a policy's expressions.

import assert from "node:assert/strict";
import { test } from "node:test";
import type { Schema } from "../../machinery/schema/schema.ts";
import { checkPolicyTypes, type TypeResolver } from "./type-checking.ts";

const deployment: Schema = {
  type: "object",
  properties: { spec: { type: "object", properties: { replicas: { type: "integer" } } } },
};
const kind = { group: "apps", version: "v1", kind: "Deployment" };
const resolver: TypeResolver = {
  resource: (group, _version, resource) =>
    group === "apps" && resource === "deployments" ? { kind, schema: deployment } : undefined,
  kind: () => undefined,
};

function policy(expressions: string[], resources = ["deployments"]) {
  return {
    apiVersion: "admissionregistration.k8s.io/v1",
    kind: "ValidatingAdmissionPolicy",
    metadata: { name: "p" },
    spec: {
      matchConstraints: { resourceRules: [{ apiGroups: ["apps"], apiVersions: ["v1"], resources }] },
      variables: [{ name: "replicas", expression: "object.spec.replicas" }],
      validations: expressions.map((expression) => ({ expression })),
    },
  };
}

test("fields that do not exist and types that do not fit are warned of", () => {
  const warnings = checkPolicyTypes(
    policy(["object.spec.replicas < 3", "object.spec.size < 3", "variables.replicas == 'a'"]),
    resolver,
  );
  assert.deepEqual(
    warnings.map(({ fieldRef, warning }) => [fieldRef, warning.split("\n")[0]]),
    [
      ["spec.validations[1].expression", "apps/v1, Kind=Deployment: ERROR: <input>:1:12: undefined field 'size'"],
      [
        "spec.validations[2].expression",
        "apps/v1, Kind=Deployment: ERROR: <input>:1:20: found no matching overload for '_==_' applied to '(int, string)'",
      ],
    ],
  );
});

test("nothing is said of resources that are not known", () => {
  assert.deepEqual(checkPolicyTypes(policy(["object.spec.size < 3"], ["*"]), resolver), []);
});

import assert from "node:assert/strict";
import { test } from "node:test";
import { validatingAdmissionPolicies } from "../../kinds.ts";
import { openPlane, until } from "../testing.ts";

test("a policy's status tells what does not fit the types of its resources", async () => {
  const { client, close } = await openPlane();
  const policies = client.resource(validatingAdmissionPolicies);
  await policies.create({
    apiVersion: "admissionregistration.k8s.io/v1",
    kind: "ValidatingAdmissionPolicy",
    metadata: { name: "replicas" },
    spec: {
      failurePolicy: "Fail",
      matchConstraints: {
        resourceRules: [
          { apiGroups: ["apps"], apiVersions: ["v1"], resources: ["deployments"], operations: ["CREATE"] },
        ],
      },
      validations: [{ expression: "object.spec.size < 3" }],
    },
  });
  const checked = await until(async () => {
    const policy = await policies.get("replicas");
    return policy.status?.observedGeneration === 1 ? policy : undefined;
  });
  const [warning] = checked.status?.typeChecking?.expressionWarnings ?? [];
  assert.equal(warning?.fieldRef, "spec.validations[0].expression");
  assert.match(warning?.warning ?? "", /undefined field 'size'/);
  await policies.patch("replicas", undefined, {
    type: "json",
    body: [{ op: "replace", path: "/spec/validations/0/expression", value: "object.spec.replicas < 3" }],
  });
  const mended = await until(async () => {
    const policy = await policies.get("replicas");
    return policy.status?.observedGeneration === 2 ? policy : undefined;
  });
  assert.equal(mended.status?.typeChecking?.expressionWarnings, undefined);
  await close();
});

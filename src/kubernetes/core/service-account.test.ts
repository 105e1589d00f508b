import assert from "node:assert/strict";
import { test } from "node:test";
import type { ActionRequest, PlaneServices, ServiceAccountTokenClaims } from "../../apiserver/strategy.ts";
import type { KubeObject } from "../../machinery/object.ts";
import { StatusError } from "../../machinery/status-error.ts";
import { row, testContext } from "../validation/testing.ts";
import { serviceAccountKind } from "./service-account.ts";
import { tokenSubresource } from "./service-account-token.ts";

const account: KubeObject = {
  apiVersion: "v1",
  kind: "ServiceAccount",
  metadata: { name: "robot", namespace: "default", uid: "u1" },
};
const pod = (serviceAccountName: string): KubeObject => ({
  apiVersion: "v1",
  kind: "Pod",
  metadata: { name: "web", namespace: "default", uid: "p1" },
  spec: { serviceAccountName, nodeName: "n1" },
});

/** Asks for a token; returns the answer and what was to be signed. */
async function ask(spec: Record<string, unknown>, metadata = {}, objects: Record<string, KubeObject[]> = {}) {
  const issued: ServiceAccountTokenClaims[] = [];
  const services: Partial<PlaneServices> = {
    apiAudiences: ["https://kubernetes.default.svc"],
    issueServiceAccountToken(claims) {
      issued.push(claims);
      return { token: "signed", expiresAt: new Date("2026-01-02T01:00:00Z") };
    },
  };
  const request: ActionRequest = {
    ...testContext(objects, "token"),
    resource: { group: "", resource: "serviceaccounts" },
    namespace: "default",
    name: "robot",
    options: {},
    services: services as PlaneServices,
  };
  const body = { apiVersion: "authentication.k8s.io/v1", kind: "TokenRequest", metadata, spec };
  return { answer: await tokenSubresource.perform(account, body, request), issued };
}

async function refusal(...parameters: Parameters<typeof ask>): Promise<string> {
  try {
    await ask(...parameters);
  } catch (error) {
    assert.ok(error instanceof StatusError);
    return error.message;
  }
  return assert.fail("a token was issued");
}

test("a token for the API server, for an hour, unless said otherwise", async () => {
  const { answer, issued } = await ask({});
  assert.deepEqual(issued, [
    {
      namespace: "default",
      serviceAccount: { name: "robot", uid: "u1" },
      audiences: ["https://kubernetes.default.svc"],
      expirationSeconds: 3600,
    },
  ]);
  assert.deepEqual(answer.status, { token: "signed", expirationTimestamp: "2026-01-02T01:00:00Z" });
  assert.deepEqual(answer.metadata, { name: "robot", namespace: "default", creationTimestamp: "2026-01-02T00:00:00Z" });
  assert.equal((await ask({ audiences: ["vault"] })).issued[0]?.audiences[0], "vault");
});

test("durations have bounds", async () => {
  assert.equal(
    await refusal({ expirationSeconds: 599 }),
    'TokenRequest.authentication.k8s.io "" is invalid: spec.expirationSeconds: Invalid value: 599: may not specify a duration less than 10 minutes',
  );
  assert.match(
    await refusal({ expirationSeconds: 2 ** 32 + 1 }),
    /may not specify a duration larger than 2\^32 seconds/,
  );
});

test("a bound token names the pod and its node", async () => {
  const objects = { pods: [pod("robot")] };
  const reference = { apiVersion: "v1", kind: "Pod", name: "web", uid: "p1" };
  const { issued } = await ask({ boundObjectRef: reference }, {}, objects);
  assert.deepEqual(issued[0]?.bound, { kind: "Pod", name: "web", uid: "p1" });
  assert.deepEqual(issued[0]?.node, { name: "n1" });
  assert.equal(await refusal({ boundObjectRef: reference }), 'pods "web" not found');
  assert.match(
    await refusal({ boundObjectRef: { ...reference, uid: "other" } }, {}, objects),
    /^Operation cannot be fulfilled on Pod "web": the UID in the bound object reference \(other\) does not match/,
  );
  assert.equal(
    await refusal({ boundObjectRef: reference }, {}, { pods: [pod("else")] }),
    'cannot bind token for serviceaccount "robot" to pod running with different serviceaccount name.',
  );
  assert.equal(
    await refusal({ boundObjectRef: { apiVersion: "apps/v1", kind: "Deployment", name: "x" } }),
    "cannot bind token to object of type apps/v1, Kind=Deployment",
  );
});

test("columns, and references to secrets without anything but names", () => {
  const object: KubeObject = { ...account, secrets: [{ name: "a", namespace: "x", uid: "y" }] };
  serviceAccountKind.strategy?.prepareForCreate?.(object, testContext());
  assert.deepEqual(object.secrets, [{ name: "a" }]);
  assert.equal(row(serviceAccountKind, object).Secrets, 1);
});

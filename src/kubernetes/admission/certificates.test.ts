// Who may approve and sign certificate requests, and what they may not ask for.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import type { Client } from "../../client/client.ts";
import type { JsonObject } from "../../machinery/object.ts";
import { openTestPlane, type TestPlane } from "../../testing.ts";
import { makeRequest } from "../certificates/testing.ts";
import { kinds, make, refused } from "./testing.ts";

let hub: TestPlane;
let client: Client;

before(async () => {
  hub = await openTestPlane({ controllers: false });
  client = hub.client;
});
after(() => hub.stop());

async function grant(user: string, rules: JsonObject[]): Promise<void> {
  await client.resource(kinds.clusterRoles).create(make(kinds.clusterRoles, user, { rules }));
  const roleRef = { apiGroup: "rbac.authorization.k8s.io", kind: "ClusterRole", name: user };
  const subjects = [{ apiGroup: "rbac.authorization.k8s.io", kind: "User", name: user }];
  await client.resource(kinds.clusterRoleBindings).create(make(kinds.clusterRoleBindings, user, { roleRef, subjects }));
}

function signingRequest(name: string, signerName: string, request: string) {
  return make(kinds.certificateRequests, name, { spec: { signerName, request, usages: ["client auth"] } });
}

test("approving and signing take permission on the signer", async () => {
  const group = ["certificates.k8s.io"];
  const writes = (resource: string) => ({ apiGroups: group, resources: [resource], verbs: ["update", "patch"] });
  const signers = (verb: string, name: string) => ({
    apiGroups: group,
    resources: ["signers"],
    verbs: [verb],
    resourceNames: [name],
  });
  const both = [writes("certificatesigningrequests/approval"), writes("certificatesigningrequests/status")];
  await grant("cara", both);
  await grant("dora", [...both, signers("approve", "example.com/*"), signers("sign", "example.com/own")]);
  await client
    .resource(kinds.certificateRequests)
    .create(signingRequest("one", "example.com/own", makeRequest("someone")));
  const condition = (type: string) => ({
    type: "merge" as const,
    body: { status: { conditions: [{ type, status: "True", reason: "Test", message: "m" }] } },
  });
  const approve = (user: string) =>
    hub.asUser(user).resource(kinds.certificateRequests).patch("one", undefined, condition("Approved"), {
      subresource: "approval",
    });
  const fail = (user: string) =>
    hub.asUser(user).resource(kinds.certificateRequests).patch("one", undefined, condition("Failed"), {
      subresource: "status",
    });
  assert.equal(
    await refused(approve("cara")),
    '403 certificatesigningrequests.certificates.k8s.io "one" is forbidden: user not permitted to approve requests with signerName "example.com/own"',
  );
  assert.equal(
    await refused(fail("cara")),
    '403 certificatesigningrequests.certificates.k8s.io "one" is forbidden: user not permitted to sign requests with signerName "example.com/own"',
  );
  await approve("dora");
  await client.resource(kinds.certificateRequests).delete("one");
  await client
    .resource(kinds.certificateRequests)
    .create(signingRequest("one", "example.com/own", makeRequest("someone")));
  await fail("dora");
});

test("no client certificate makes an administrator", async () => {
  const signer = "kubernetes.io/kube-apiserver-client";
  const requests = client.resource(kinds.certificateRequests);
  assert.equal(
    await refused(requests.create(signingRequest("root", signer, makeRequest("root", "system:masters")))),
    `403 certificatesigningrequests.certificates.k8s.io "root" is forbidden: use of ${signer} signer with system:masters group is not allowed`,
  );
  await requests.create(signingRequest("user", signer, makeRequest("user", "developers")));
});

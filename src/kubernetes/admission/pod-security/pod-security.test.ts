// Pods against the standard that their namespace asks for.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import type { Client } from "../../../client/client.ts";
import type { JsonObject } from "../../../machinery/object.ts";
import { openTestPlane, type TestPlane } from "../../../testing.ts";
import { kinds, make, pod, refused } from "../testing.ts";

let hub: TestPlane;
let client: Client;

before(async () => {
  hub = await openTestPlane();
  client = hub.client;
  for (const level of ["baseline", "restricted"]) {
    const labels = { "pod-security.kubernetes.io/enforce": level };
    await client.resource(kinds.namespaces).create(make(kinds.namespaces, level, { metadata: { labels } }));
  }
});
after(() => hub.stop());

function create(namespace: string, spec: JsonObject) {
  return client.resource(kinds.pods).create(pod("p", spec, { namespace }));
}

test("baseline refuses what reaches the host", async () => {
  const spec = {
    hostNetwork: true,
    volumes: [{ name: "v", hostPath: { path: "/" } }],
    containers: [
      { name: "c", image: "i:1", securityContext: { privileged: true, capabilities: { add: ["NET_ADMIN"] } } },
    ],
  };
  assert.equal(
    await refused(create("baseline", spec)),
    '403 pods "p" is forbidden: violates PodSecurity "baseline:latest": non-default capabilities (container "c" must not include "NET_ADMIN" in securityContext.capabilities.add), host namespaces (hostNetwork=true), hostPath volumes (volume "v"), privileged (container "c" must not set securityContext.privileged=true)',
  );
  await create("baseline", {});
});

test("restricted wants pods to say what they give up", async () => {
  assert.equal(
    await refused(create("restricted", {})),
    '403 pods "p" is forbidden: violates PodSecurity "restricted:latest": allowPrivilegeEscalation != false (container "c" must set securityContext.allowPrivilegeEscalation=false), unrestricted capabilities (container "c" must set securityContext.capabilities.drop=["ALL"]), runAsNonRoot != true (pod or container "c" must set securityContext.runAsNonRoot=true), seccompProfile (pod or container "c" must set securityContext.seccompProfile.type to "RuntimeDefault" or "Localhost")',
  );
  const securityContext = { allowPrivilegeEscalation: false, capabilities: { drop: ["ALL"] } };
  await create("restricted", {
    securityContext: { runAsNonRoot: true, seccompProfile: { type: "RuntimeDefault" } },
    containers: [{ name: "c", image: "i:1", securityContext }],
  });
});

test("a namespace names a level that exists", async () => {
  const labels = { "pod-security.kubernetes.io/warn": "strict", "pod-security.kubernetes.io/warn-version": "2" };
  assert.equal(
    await refused(client.resource(kinds.namespaces).create(make(kinds.namespaces, "odd", { metadata: { labels } }))),
    '422 Namespace "odd" is invalid: [metadata.labels[pod-security.kubernetes.io/warn]: Invalid value: "strict": must be one of privileged, baseline, restricted, metadata.labels[pod-security.kubernetes.io/warn-version]: Invalid value: "2": must be "latest" or "v1.x"]',
  );
});

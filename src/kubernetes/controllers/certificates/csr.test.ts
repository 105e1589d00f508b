import assert from "node:assert/strict";
import { X509Certificate } from "node:crypto";
import { after, before, describe, it } from "node:test";
import { inProcessClient } from "../../../client/in-process.ts";
import { makeRequest } from "../../certificates/testing.ts";
import { certificateSigningRequests, clusterRoleBindings } from "../../kinds.ts";
import type { CertificateSigningRequest, CertificateSigningRequestSpec } from "../../types.generated.ts";
import { openPlane, settled, type TestPlane, until } from "../testing.ts";

const hour = 3_600_000;
const nodeUsages = ["digital signature", "client auth"];

describe("certificate signing requests", () => {
  let test: TestPlane;
  before(async () => {
    test = await openPlane();
    await settled(test.plane);
  });
  after(() => test.close());

  const find = (name: string) => test.client.resource(certificateSigningRequests).find(name);
  const isGone = (name: string) => until(async () => (await find(name)) === undefined);
  async function ask(
    name: string,
    spec: Partial<CertificateSigningRequestSpec> & { request: string },
    user = { name: "ann", groups: ["system:masters"] },
  ) {
    return inProcessClient(test.plane, { user })
      .resource(certificateSigningRequests)
      .create({
        apiVersion: "certificates.k8s.io/v1",
        kind: "CertificateSigningRequest",
        metadata: { name },
        spec: { signerName: "kubernetes.io/kube-apiserver-client", usages: ["client auth"], ...spec },
      });
  }
  async function decide(request: CertificateSigningRequest, type: string) {
    const conditions = [{ type, status: "True", reason: "Test", message: "by the test" }];
    await test.client
      .resource(certificateSigningRequests)
      .update({ ...request, status: { conditions } }, { subresource: "approval" });
  }
  const issued = (name: string) =>
    until(async () => {
      const certificate = (await find(name))?.status?.certificate;
      return certificate ? new X509Certificate(Buffer.from(certificate, "base64")) : undefined;
    });

  it("are signed when they are approved, for the time that they ask for", async () => {
    await decide(await ask("short", { request: makeRequest("ann"), expirationSeconds: 3600 }), "Approved");
    const certificate = await issued("short");
    assert.match(certificate.subject, /CN=ann/);
    assert.ok(certificate.verify(new X509Certificate(test.plane.keys.authority.certificate).publicKey));
    assert.equal(certificate.validToDate.getTime(), test.clock.now().getTime() + hour);
  });

  it("fail when their signer does not give such certificates", async () => {
    const usages = ["client auth", "server auth"];
    await decide(await ask("wrong", { request: makeRequest("ann"), usages }), "Approved");
    const failed = await until(async () =>
      (await find("wrong"))?.status?.conditions?.find(({ type }) => type === "Failed"),
    );
    assert.equal(failed.reason, "SignerValidationFailure");
    assert.equal(failed.message, "invalid usage for client certificate: server auth");
  });

  it("are left to others when the signer is theirs", async () => {
    const request = await ask("foreign", { request: makeRequest("ann"), signerName: "example.com/mine" });
    await decide(request, "Approved");
    await settled(test.plane);
    assert.equal((await find("foreign"))?.status?.certificate, undefined);
  });

  it("of kubelets are approved for those who may make themselves a node", async () => {
    const user = { name: "system:bootstrap:abcdef", groups: ["system:bootstrappers:test", "system:authenticated"] };
    const spec = {
      request: makeRequest("system:node:n1", "system:nodes"),
      signerName: "kubernetes.io/kube-apiserver-client-kubelet",
      usages: nodeUsages,
    };
    const role = (name: string) => ({ apiGroup: "rbac.authorization.k8s.io", kind: "ClusterRole", name });
    const bind = (name: string, roleName: string) =>
      test.client.resource(clusterRoleBindings).create({
        apiVersion: "rbac.authorization.k8s.io/v1",
        kind: "ClusterRoleBinding",
        metadata: { name },
        roleRef: role(roleName),
        subjects: [{ apiGroup: "rbac.authorization.k8s.io", kind: "Group", name: "system:bootstrappers:test" }],
      });
    await bind("test-bootstrappers", "system:node-bootstrapper");
    await ask("kubelet", spec, user);
    await settled(test.plane);
    assert.equal((await find("kubelet"))?.status?.conditions, undefined, "nobody allowed it yet");
    await bind("test-approval", "system:certificates.k8s.io:certificatesigningrequests:nodeclient");
    test.clock.advance(60_000);
    const certificate = await issued("kubelet");
    assert.match(certificate.subject, /CN=system:node:n1/);
    const condition = (await find("kubelet"))?.status?.conditions?.[0];
    assert.equal(condition?.reason, "AutoApproved");
    assert.equal(condition?.message, "Auto approving kubelet client certificate after SubjectAccessReview.");
  });

  it("are deleted when they have had their day", async () => {
    await decide(await ask("denied", { request: makeRequest("ann") }), "Denied");
    await ask("pending", { request: makeRequest("ann") });
    await settled(test.plane);
    test.clock.advance(hour);
    await isGone("denied");
    await isGone("short");
    assert.ok(await find("pending"));
    test.clock.advance(23 * hour);
    await isGone("pending");
  });
});

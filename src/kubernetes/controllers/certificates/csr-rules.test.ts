import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { CertificateRequest } from "../../../apiserver/pki/certificate-request.ts";
import type { CertificateSigningRequest } from "../../types.generated.ts";
import { cleanupTime } from "./csr-cleaner.ts";
import {
  certificateSeconds,
  clientSigner,
  kubeletClientSigner,
  kubeletServingSigner,
  legacySigner,
  signerProblem,
} from "./csr-rules.ts";

function request(changes: Partial<CertificateRequest> = {}): CertificateRequest {
  return {
    commonName: "system:node:n1",
    organizations: ["system:nodes"],
    dnsNames: [],
    ipAddresses: [],
    emailAddresses: [],
    uris: [],
    keyType: "ec",
    rawSubject: new Uint8Array(),
    rawPublicKey: new Uint8Array(),
    ...changes,
  };
}

const clientUsages = ["digital signature", "key encipherment", "client auth"];
const servingUsages = ["digital signature", "server auth"];

describe("the signers", () => {
  const cases: [string, Partial<CertificateRequest>, string[], string | undefined][] = [
    [clientSigner, {}, ["client auth"], undefined],
    [clientSigner, { organizations: ["team"], dnsNames: ["x"] }, clientUsages, undefined],
    [clientSigner, {}, ["digital signature"], "missing required usage for client certificate: client auth"],
    [clientSigner, {}, ["client auth", "server auth"], "invalid usage for client certificate: server auth"],
    [kubeletClientSigner, {}, clientUsages, undefined],
    [kubeletClientSigner, {}, ["digital signature", "client auth"], undefined],
    [kubeletClientSigner, {}, ["client auth"], "usages did not match [client auth digital signature key encipherment]"],
    [kubeletClientSigner, { organizations: [] }, clientUsages, "subject organization is not system:nodes"],
    [
      kubeletClientSigner,
      { organizations: ["system:nodes", "system:masters"] },
      clientUsages,
      "subject organization is not system:nodes",
    ],
    [kubeletClientSigner, { commonName: "n1" }, clientUsages, "subject common name does not begin with system:node:"],
    [kubeletClientSigner, { dnsNames: ["x"] }, clientUsages, "DNS subjectAltNames are not allowed"],
    [kubeletClientSigner, { emailAddresses: ["x"] }, clientUsages, "Email subjectAltNames are not allowed"],
    [kubeletClientSigner, { ipAddresses: ["::1"] }, clientUsages, "IP subjectAltNames are not allowed"],
    [kubeletClientSigner, { uris: ["x:y"] }, clientUsages, "URI subjectAltNames are not allowed"],
    [kubeletServingSigner, { dnsNames: ["n1"] }, servingUsages, undefined],
    [kubeletServingSigner, { ipAddresses: ["10.0.0.1"] }, [...servingUsages, "key encipherment"], undefined],
    [kubeletServingSigner, {}, servingUsages, "DNS or IP subjectAltName is required"],
    [
      kubeletServingSigner,
      { dnsNames: ["n1"] },
      clientUsages,
      "usages did not match [digital signature key encipherment server auth]",
    ],
    [legacySigner, { commonName: "anything" }, ["any"], undefined],
  ];
  for (const [signer, changes, usages, problem] of cases) {
    it(`${problem === undefined ? "sign" : "refuse"} ${signer} ${JSON.stringify(changes)} for ${usages.join(", ")}`, () => {
      assert.equal(signerProblem(signer, request(changes), usages), problem);
    });
  }

  it("give a year at most and ten minutes at least", () => {
    assert.deepEqual([undefined, 3600, 1, 10 ** 9].map(certificateSeconds), [365 * 86_400, 3600, 600, 365 * 86_400]);
  });
});

describe("the time at which a request is deleted", () => {
  const hours = (status: object) => {
    const csr: CertificateSigningRequest = {
      apiVersion: "certificates.k8s.io/v1",
      kind: "CertificateSigningRequest",
      metadata: { name: "x", creationTimestamp: "2026-01-01T00:00:00Z" },
      spec: { request: "", signerName: "kubernetes.io/kube-apiserver-client" },
      status,
    };
    return (cleanupTime(csr) - Date.parse("2026-01-01T00:00:00Z")) / 3_600_000;
  };
  const at = (type: string) => ({ conditions: [{ type, status: "True", lastUpdateTime: "2026-01-01T02:00:00Z" }] });

  it("is a day after it was made, or an hour after it was decided", () => {
    assert.equal(hours({}), 24);
    assert.equal(hours(at("Denied")), 3);
    assert.equal(hours(at("Failed")), 3);
    assert.equal(hours(at("Approved")), 26);
    assert.equal(hours({ ...at("Approved"), certificate: "bm8gY2VydGlmaWNhdGU=" }), 3);
  });

  it("is never when only others' conditions are on it", () => {
    assert.equal(hours(at("Other")), Number.POSITIVE_INFINITY);
  });
});

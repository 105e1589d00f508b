// Signs approved certificate requests for the signers of Kubernetes, with the authority of the plane.
// Source: kubernetes pkg/controller/certificates/signer.

import { signCertificateRequest } from "../../../apiserver/pki/certificate-authority.ts";
import { parseCertificateRequest } from "../../../apiserver/pki/certificate-request.ts";
import type { Controller, Source } from "../../../runtime/controller.ts";
import type { ControllerEnvironment } from "../../../runtime/module.ts";
import { certificateSigningRequests } from "../../kinds.ts";
import type { CertificateSigningRequest } from "../../types.generated.ts";
import { ignoreNotFound } from "../ignore.ts";
import { certificateSeconds, hasCondition, isOurSigner, signerProblem, withCondition } from "./csr-rules.ts";

const requests: Source<CertificateSigningRequest> = {
  kind: certificateSigningRequests,
  keys: (request) => (request !== undefined && awaitsSignature(request) ? [request.metadata.name!] : []),
};

export function csrSigner(environment: ControllerEnvironment): Controller {
  return {
    name: "certificatesigningrequest-signing",
    sources: [requests],
    async reconcile({ plane, client, reader, clock }, name) {
      const request = reader.get(certificateSigningRequests, name);
      const authority = environment.plane(plane)?.keys.authority;
      if (authority === undefined || request === undefined || !awaitsSignature(request)) return undefined;
      const { signerName, usages = [], expirationSeconds } = request.spec;
      const parsed = await parseCertificateRequest(Buffer.from(request.spec.request, "base64").toString("latin1"));
      const problem = parsed.ok ? signerProblem(signerName, parsed.request, usages) : parsed.reason;
      let next: CertificateSigningRequest;
      if (problem !== undefined || !parsed.ok) {
        next = withCondition(request, "Failed", "SignerValidationFailure", problem ?? "");
      } else {
        const options = { usages, seconds: certificateSeconds(expirationSeconds), now: clock.now() };
        const certificate = await signCertificateRequest(authority, parsed.request, options);
        next = { ...request, status: { ...request.status, certificate: Buffer.from(certificate).toString("base64") } };
      }
      await client.resource(certificateSigningRequests).updateStatus(next).catch(ignoreNotFound);
      return undefined;
    },
  };
}

function awaitsSignature(request: CertificateSigningRequest): boolean {
  return (
    isOurSigner(request.spec.signerName) &&
    hasCondition(request, "Approved") &&
    !hasCondition(request, "Failed") &&
    !request.status?.certificate
  );
}

// Certificates: who may approve and sign for a signer, and that no client certificate makes an administrator.
// Source of rules and words: kubernetes plugin/pkg/admission/certificates.

import type { AdmissionPlugin, AdmissionRequest } from "../../apiserver/admission.ts";
import type { Authorizer } from "../../apiserver/identity.ts";
import { parseCertificateRequest } from "../../apiserver/pki/certificate-request.ts";
import { refusal } from "../../apiserver/refusal.ts";
import { semanticEqual } from "../validation/equality.ts";
import { isWriteOf, resources } from "./requests.ts";

const clientSigner = "kubernetes.io/kube-apiserver-client";
const administrators = "system:masters";

/** Whether an authorizer lets the user of a request act for a signer: by its name, or for its whole domain. */
async function mayActFor(
  authorizer: Authorizer,
  { user }: AdmissionRequest,
  verb: "approve" | "sign",
  signerName: string,
): Promise<boolean> {
  for (const name of [signerName, `${signerName.split("/")[0]}/*`]) {
    const resource = {
      group: "certificates.k8s.io",
      version: "*",
      resource: "signers",
      subresource: "",
      namespace: "",
    };
    const { decision } = await authorizer.authorize({ user, verb, path: "", resource: { ...resource, name } });
    if (decision === "allow") return true;
  }
  return false;
}

function isRequestFor({ resource, subresource, operation }: AdmissionRequest, wanted: string): boolean {
  return (
    operation === "UPDATE" &&
    subresource === wanted &&
    resource.resource === resources.certificateRequests.resource &&
    resource.group === resources.certificateRequests.group
  );
}

export class CertificateApproval implements AdmissionPlugin {
  readonly name = "CertificateApproval";
  readonly #authorizer: Authorizer;

  constructor(authorizer: Authorizer) {
    this.#authorizer = authorizer;
  }

  handles(request: AdmissionRequest): boolean {
    return isRequestFor(request, "approval");
  }

  async validate(request: AdmissionRequest): Promise<void> {
    const signer: string = request.oldObject!.spec?.signerName ?? "";
    if (await mayActFor(this.#authorizer, request, "approve", signer)) return;
    throw refusal(request, `user not permitted to approve requests with signerName ${JSON.stringify(signer)}`);
  }
}

export class CertificateSigning implements AdmissionPlugin {
  readonly name = "CertificateSigning";
  readonly #authorizer: Authorizer;

  constructor(authorizer: Authorizer) {
    this.#authorizer = authorizer;
  }

  handles(request: AdmissionRequest): boolean {
    return isRequestFor(request, "status");
  }

  async validate(request: AdmissionRequest): Promise<void> {
    const [status, old] = [request.object!.status ?? {}, request.oldObject!.status ?? {}];
    if (semanticEqual(status.certificate, old.certificate) && semanticEqual(status.conditions, old.conditions)) return;
    const signer: string = request.oldObject!.spec?.signerName ?? "";
    if (await mayActFor(this.#authorizer, request, "sign", signer)) return;
    throw refusal(request, `user not permitted to sign requests with signerName ${JSON.stringify(signer)}`);
  }
}

export class CertificateSubjectRestriction implements AdmissionPlugin {
  readonly name = "CertificateSubjectRestriction";

  handles(request: AdmissionRequest): boolean {
    return (
      isWriteOf(request, resources.certificateRequests, "CREATE") && request.object?.spec?.signerName === clientSigner
    );
  }

  async validate(request: AdmissionRequest): Promise<void> {
    const pem = Buffer.from(String(request.object!.spec.request ?? ""), "base64").toString("latin1");
    const parsed = await parseCertificateRequest(pem);
    if (!parsed.ok) throw refusal(request, `failed to parse CSR: ${parsed.reason}`);
    if (!parsed.request.organizations.includes(administrators)) return;
    throw refusal(request, `use of ${clientSigner} signer with ${administrators} group is not allowed`);
  }
}

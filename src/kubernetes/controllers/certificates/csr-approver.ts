// Approves the client certificates of kubelets: of those who may make themselves a node (`nodeclient`), and of nodes that renew their
// own (`selfnodeclient`). Source: kubernetes pkg/controller/certificates/approver.

import { type CertificateRequest, parseCertificateRequest } from "../../../apiserver/pki/certificate-request.ts";
import type { Controller, ReconcileContext, Source } from "../../../runtime/controller.ts";
import { certificateSigningRequests, subjectAccessReviews } from "../../kinds.ts";
import type {
  CertificateSigningRequest,
  CertificateSigningRequestSpec,
  SubjectAccessReview,
} from "../../types.generated.ts";
import { ignoreNotFound } from "../ignore.ts";
import { hasCondition, kubeletClientProblem, kubeletClientSigner, withCondition } from "./csr-rules.ts";

/** A request that nobody may have yet is judged again after this long: permissions may come. */
const judgeAgain = 60_000;

/** A way to be entitled to a certificate. */
interface Recognizer {
  subresource: string;
  message: string;
  recognizes(request: CertificateSigningRequest, commonName: string): boolean;
}

const recognizers: Recognizer[] = [
  {
    subresource: "selfnodeclient",
    message: "Auto approving self kubelet client certificate after SubjectAccessReview.",
    recognizes: (request, commonName) => request.spec.username === commonName,
  },
  {
    subresource: "nodeclient",
    message: "Auto approving kubelet client certificate after SubjectAccessReview.",
    recognizes: () => true,
  },
];

const requests: Source<CertificateSigningRequest> = {
  kind: certificateSigningRequests,
  keys: (request) => (request !== undefined && isUndecided(request) ? [request.metadata.name!] : []),
};

export function csrApprover(): Controller {
  return {
    name: "certificatesigningrequest-approving",
    sources: [requests],
    async reconcile(context, name) {
      const request = context.reader.get(certificateSigningRequests, name);
      if (request === undefined || !isUndecided(request)) return undefined;
      const pem = Buffer.from(request.spec.request, "base64").toString("latin1");
      const parsed = await parseCertificateRequest(pem);
      if (!parsed.ok || kubeletClientProblem(parsed.request, request.spec.usages ?? []) !== undefined) return undefined;
      const message = await permission(context, request, parsed.request);
      if (message === undefined) return { requeueAfter: judgeAgain };
      await context.client
        .resource(certificateSigningRequests)
        .update(withCondition(request, "Approved", "AutoApproved", message), { subresource: "approval" })
        .catch(ignoreNotFound);
      return undefined;
    },
  };
}

function isUndecided(request: CertificateSigningRequest): boolean {
  return (
    request.spec.signerName === kubeletClientSigner &&
    !request.status?.certificate &&
    !hasCondition(request, "Approved") &&
    !hasCondition(request, "Denied")
  );
}

/** The message of the approval that the requestor is entitled to, if any. */
async function permission(
  { client }: ReconcileContext,
  request: CertificateSigningRequest,
  { commonName }: CertificateRequest,
): Promise<string | undefined> {
  for (const { subresource, message, recognizes } of recognizers) {
    if (!recognizes(request, commonName)) continue;
    const review = await client.resource(subjectAccessReviews).create(reviewFor(request.spec, subresource));
    if (review.status?.allowed === true) return message;
  }
  return undefined;
}

function reviewFor(
  { username, uid, groups, extra }: CertificateSigningRequestSpec,
  subresource: string,
): SubjectAccessReview {
  const resourceAttributes = {
    group: "certificates.k8s.io",
    resource: "certificatesigningrequests",
    verb: "create",
    subresource,
    version: "*",
  };
  return {
    apiVersion: "authorization.k8s.io/v1",
    kind: "SubjectAccessReview",
    metadata: {},
    spec: {
      user: username,
      ...(uid && { uid }),
      ...(groups && { groups }),
      ...(extra && { extra }),
      resourceAttributes,
    },
  };
}

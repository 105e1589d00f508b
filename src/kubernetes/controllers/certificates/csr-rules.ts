// What the signers of Kubernetes demand of a certificate signing request. Pure.
// Source of the rules and words: kubernetes pkg/apis/certificates/helpers.go, pkg/controller/certificates/signer.

import type { CertificateRequest } from "../../../apiserver/pki/certificate-request.ts";
import type { CertificateSigningRequest, CertificateSigningRequestCondition } from "../../types.generated.ts";

export const clientSigner = "kubernetes.io/kube-apiserver-client";
export const kubeletClientSigner = "kubernetes.io/kube-apiserver-client-kubelet";
export const kubeletServingSigner = "kubernetes.io/kubelet-serving";
export const legacySigner = "kubernetes.io/legacy-unknown";

const nodesGroup = "system:nodes";
const nodePrefix = "system:node:";
const yearSeconds = 365 * 86_400;
const leastSeconds = 600;

export function isOurSigner(signerName: string): boolean {
  return [clientSigner, kubeletClientSigner, kubeletServingSigner, legacySigner].includes(signerName);
}

/** Why a signer refuses a request; undefined when it does not. */
export function signerProblem(
  signerName: string,
  request: CertificateRequest,
  usages: readonly string[],
): string | undefined {
  switch (signerName) {
    case clientSigner:
      return clientUsagesProblem(usages);
    case kubeletClientSigner:
      return kubeletClientProblem(request, usages);
    case kubeletServingSigner:
      return kubeletServingProblem(request, usages);
    default:
      return undefined;
  }
}

function clientUsagesProblem(usages: readonly string[]): string | undefined {
  const known = ["digital signature", "key encipherment", "client auth"];
  const foreign = usages.find((usage) => !known.includes(usage));
  if (foreign !== undefined) return `invalid usage for client certificate: ${foreign}`;
  return usages.includes("client auth") ? undefined : "missing required usage for client certificate: client auth";
}

/** Why a request is none for a kubelet's client certificate. */
export function kubeletClientProblem(request: CertificateRequest, usages: readonly string[]): string | undefined {
  const { organizations, dnsNames, emailAddresses, ipAddresses, uris, commonName } = request;
  if (!isNodesOnly(organizations)) return "subject organization is not system:nodes";
  if (dnsNames.length > 0) return "DNS subjectAltNames are not allowed";
  if (emailAddresses.length > 0) return "Email subjectAltNames are not allowed";
  if (ipAddresses.length > 0) return "IP subjectAltNames are not allowed";
  if (uris.length > 0) return "URI subjectAltNames are not allowed";
  if (!commonName.startsWith(nodePrefix)) return "subject common name does not begin with system:node:";
  return nodeUsagesProblem(usages, "client auth");
}

function kubeletServingProblem(request: CertificateRequest, usages: readonly string[]): string | undefined {
  const { organizations, dnsNames, emailAddresses, ipAddresses, uris, commonName } = request;
  if (!isNodesOnly(organizations)) return "subject organization is not system:nodes";
  if (dnsNames.length === 0 && ipAddresses.length === 0) return "DNS or IP subjectAltName is required";
  if (emailAddresses.length > 0) return "Email subjectAltNames are not allowed";
  if (uris.length > 0) return "URI subjectAltNames are not allowed";
  return (
    nodeUsagesProblem(usages, "server auth") ??
    (commonName.startsWith(nodePrefix) ? undefined : "subject common name does not begin with system:node:")
  );
}

function isNodesOnly(organizations: readonly string[]): boolean {
  return organizations.length === 1 && organizations[0] === nodesGroup;
}

/** Exactly these usages; keys other than RSA need no encipherment. */
function nodeUsagesProblem(usages: readonly string[], purpose: string): string | undefined {
  const required = ["digital signature", "key encipherment", purpose].sort();
  const given = new Set(usages);
  const missing = required.filter((usage) => !given.has(usage) && usage !== "key encipherment");
  const surplus = [...given].filter((usage) => !required.includes(usage));
  return missing.length === 0 && surplus.length === 0 ? undefined : `usages did not match [${required.join(" ")}]`;
}

/** How long the certificate shall be valid, in seconds: as asked, between ten minutes and a year. */
export function certificateSeconds(expirationSeconds: number | undefined): number {
  return expirationSeconds === undefined
    ? yearSeconds
    : Math.min(yearSeconds, Math.max(leastSeconds, expirationSeconds));
}

export function hasCondition(request: CertificateSigningRequest, type: "Approved" | "Denied" | "Failed"): boolean {
  return conditionsOf(request).some((condition) => condition.type === type && condition.status === "True");
}

export function conditionsOf(request: CertificateSigningRequest): CertificateSigningRequestCondition[] {
  return request.status?.conditions ?? [];
}

/** The request as it would be with one more condition. */
export function withCondition(
  request: CertificateSigningRequest,
  type: "Approved" | "Failed",
  reason: string,
  message: string,
): CertificateSigningRequest {
  const conditions = [...conditionsOf(request), { type, status: "True", reason, message }];
  return { ...request, status: { ...request.status, conditions } };
}

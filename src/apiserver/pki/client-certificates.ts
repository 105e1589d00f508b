// Verifies a client's certificate against the authorities of one control plane, in our own code: what TLS thinks of a certificate
// (`socket.authorized`) was decided for another server name, or for a resumed session, and is never asked.
// Names and texts follow k8s.io/apiserver pkg/authentication/request/x509.

import type { X509Certificate } from "node:crypto";
import type { UserInfo } from "../identity.ts";
import { anyExtendedKeyUsage, clientAuthUsage } from "./certificate-usages.ts";

export type ClientCertificateVerification = { ok: true; user: UserInfo } | { ok: false; reason: string };

/** Where Kubernetes looks for a uid in a subject. */
const uidAttribute = "1.3.6.1.4.1.57683.2";

/**
 * Whether one of the authorities issued the certificate, for clients, and it is valid now; and who it stands for: the common name is the
 * user, the organizations are the groups. A certificate that lists no extended usages may be used for all, as in Go.
 */
export function verifyClientCertificate(
  certificate: X509Certificate,
  authorities: readonly X509Certificate[],
  now: Date,
): ClientCertificateVerification {
  const issuer = authorities.find(
    (authority) => authority.ca && certificate.checkIssued(authority) && certificate.verify(authority.publicKey),
  );
  if (issuer === undefined) return refuse(certificate, "x509: certificate signed by unknown authority");
  if (!isCurrent(certificate, now) || !isCurrent(issuer, now)) {
    return refuse(certificate, "x509: certificate has expired or is not yet valid");
  }
  // What Node calls keyUsage is the list of extended key usages.
  const usages = certificate.keyUsage as string[] | undefined;
  if (usages !== undefined && !usages.includes(clientAuthUsage) && !usages.includes(anyExtendedKeyUsage)) {
    return refuse(certificate, "x509: certificate specifies an incompatible key usage");
  }
  return userOf(certificate);
}

/** The user that a verified certificate names. */
function userOf(certificate: X509Certificate): ClientCertificateVerification {
  // The legacy form is read from the encoded name; the text form would have to be unescaped.
  const subject = certificate.toLegacyObject().subject as unknown as Record<string, string | string[] | undefined>;
  const name = values(subject.CN).at(-1) ?? "";
  if (name === "") return { ok: false, reason: "the certificate has no common name" };
  const user: UserInfo = {
    name,
    groups: values(subject.O),
    extra: {
      "authentication.kubernetes.io/credential-id": [
        `X509SHA256=${certificate.fingerprint256.replaceAll(":", "").toLowerCase()}`,
      ],
    },
  };
  const uids = values(subject[uidAttribute]);
  if (uids.length > 1) return { ok: false, reason: "expected 1 UID, but found multiple" };
  if (uids[0] === "") return { ok: false, reason: "UID cannot be an empty string" };
  if (uids[0] !== undefined) user.uid = uids[0];
  return { ok: true, user };
}

function values(field: string | string[] | undefined): string[] {
  return field === undefined ? [] : Array.isArray(field) ? field : [field];
}

function isCurrent(certificate: X509Certificate, now: Date): boolean {
  return certificate.validFromDate <= now && now <= certificate.validToDate;
}

function refuse(certificate: X509Certificate, why: string): ClientCertificateVerification {
  return { ok: false, reason: `verifying certificate SN=${BigInt(`0x${certificate.serialNumber}`)} failed: ${why}` };
}

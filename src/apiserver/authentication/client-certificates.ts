// Users by client certificate. The verdict on a certificate is remembered with the certificate object, which lives as long as its
// connection, so a request on a known connection costs one look-up and a comparison of dates.

import { X509Certificate } from "node:crypto";
import { deepFreeze } from "../../machinery/object.ts";
import type { Authentication, Authenticator, Credentials } from "../identity.ts";
import { type ClientCertificateVerification, verifyClientCertificate } from "../pki/client-certificates.ts";

/** Certificates of the clients of one plane, by the authorities that it trusts. */
export class ClientCertificateVerifier {
  readonly #authorities: readonly X509Certificate[];
  readonly #now: () => Date;
  readonly #verdicts = new WeakMap<X509Certificate, { verification: ClientCertificateVerification; until: Date }>();

  /** `authorities` are PEM, one certificate each. */
  constructor(authorities: readonly string[], now: () => Date) {
    this.#authorities = authorities.map((pem) => new X509Certificate(pem));
    this.#now = now;
  }

  verify(certificate: X509Certificate): ClientCertificateVerification {
    const now = this.#now();
    const known = this.#verdicts.get(certificate);
    if (known !== undefined && now <= known.until) return known.verification;
    const verification = deepFreeze(verifyClientCertificate(certificate, this.#authorities, now));
    // Only a good verdict stands, and only while the certificate and its authority are valid.
    if (verification.ok) {
      const ends = [certificate, ...this.#authorities].map(({ validToDate }) => validToDate.getTime());
      const future = ends.filter((end) => end >= now.getTime());
      this.#verdicts.set(certificate, { verification, until: new Date(Math.min(...future)) });
    } else this.#verdicts.delete(certificate);
    return verification;
  }
}

export class ClientCertificateAuthenticator implements Authenticator {
  readonly name = "client certificate";
  readonly #verifier: ClientCertificateVerifier;

  constructor(verifier: ClientCertificateVerifier) {
    this.#verifier = verifier;
  }

  authenticate({ certificate }: Credentials): Authentication {
    if (certificate === undefined) return { outcome: "absent" };
    const verification = this.#verifier.verify(certificate);
    return verification.ok
      ? { outcome: "authenticated", user: verification.user }
      : { outcome: "invalid", reason: verification.reason };
  }
}

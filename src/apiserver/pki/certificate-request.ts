// Certificate signing requests (PKCS #10) as users submit them: parsed, and their signature verified, before anybody looks inside.

import { createPublicKey } from "node:crypto";
import { x509Library } from "./x509-library.ts";

/** A request whose signature was made by the key that it asks a certificate for. */
export interface CertificateRequest {
  /** "" when the subject has none. */
  commonName: string;
  organizations: string[];
  dnsNames: string[];
  ipAddresses: string[];
  emailAddresses: string[];
  uris: string[];
  keyType: "rsa" | "ec" | "ed25519";
  /** The subject and the public key in DER, as they go into the certificate. */
  rawSubject: Uint8Array;
  rawPublicKey: Uint8Array;
}

export type RequestParsing = { ok: true; request: CertificateRequest } | { ok: false; reason: string };

/** No request that a Kubernetes client makes comes near this; RSA 8192 with a hundred names stays below. */
const maximumLength = 64 * 1024;
const pemPattern = /^\s*-----BEGIN CERTIFICATE REQUEST-----\r?\n([A-Za-z0-9+/=\r\n]+)-----END CERTIFICATE REQUEST-----/;

/** Parses one request in PEM (`spec.request` after base64). RSA, EC P-256 and P-384, and Ed25519 keys are known. */
export async function parseCertificateRequest(pem: string): Promise<RequestParsing> {
  if (pem.length > maximumLength) return { ok: false, reason: "the certificate request is too large" };
  const match = pemPattern.exec(pem);
  if (match === null) return { ok: false, reason: "PEM block type must be CERTIFICATE REQUEST" };
  try {
    return await parseDer(Buffer.from(match[1]!, "base64"));
  } catch (error) {
    return { ok: false, reason: `invalid certificate request: ${(error as Error).message}` };
  }
}

async function parseDer(der: Uint8Array): Promise<RequestParsing> {
  const x509 = await x509Library();
  const parsed = new x509.Pkcs10CertificateRequest(der);
  const rawPublicKey = new Uint8Array(parsed.publicKey.rawData);
  const key = createPublicKey({ key: Buffer.from(rawPublicKey), format: "der", type: "spki" });
  const keyType = key.asymmetricKeyType;
  if (keyType !== "rsa" && keyType !== "ec" && keyType !== "ed25519") {
    return { ok: false, reason: `unsupported public key type ${keyType ?? "unknown"}` };
  }
  if (!(await parsed.verify())) {
    return { ok: false, reason: "the signature of the certificate request is wrong" };
  }

  const request: CertificateRequest = {
    commonName: parsed.subjectName.getField("CN").at(-1) ?? "",
    organizations: parsed.subjectName.getField("O"),
    dnsNames: [],
    ipAddresses: [],
    emailAddresses: [],
    uris: [],
    keyType,
    rawSubject: new Uint8Array(parsed.subjectName.toArrayBuffer()),
    rawPublicKey,
  };
  for (const extension of parsed.extensions) {
    if (!(extension instanceof x509.SubjectAlternativeNameExtension)) continue;
    for (const { type, value } of extension.names.items) {
      if (type === "dns") request.dnsNames.push(value);
      else if (type === "ip") request.ipAddresses.push(value);
      else if (type === "email") request.emailAddresses.push(value);
      else if (type === "url") request.uris.push(value);
      else return { ok: false, reason: `unsupported subject alternative name of type ${type}` };
    }
  }
  return { ok: true, request };
}

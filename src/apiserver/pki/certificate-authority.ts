// A certificate authority: made once per control plane, it issues serving and client certificates and signs certificate requests.
// Keys are EC P-256: a key takes 0.04 ms to make, where RSA takes 180 ms.
//
// Invariants of every issued certificate: the serial is 128 random bits; it begins five minutes ago, so that clocks may differ; it does
// not outlive its authority; it is not an authority itself.

import { generateKeyPairSync, randomBytes, X509Certificate } from "node:crypto";
import { isIP } from "node:net";
import type { Extension } from "@peculiar/x509";
import type { CertificateRequest } from "./certificate-request.ts";
import { translateUsages } from "./certificate-usages.ts";
import { importSigningKey, x509Library } from "./x509-library.ts";

/** A certificate and its private key, both in PEM; the key is PKCS #8. */
export interface KeyPair {
  certificate: string;
  privateKey: string;
}

const backdateMilliseconds = 5 * 60_000;
/** Below this lifetime the whole requested time is given after now; above it the five minutes count. Source: KCM's csrsigning. */
const shortMilliseconds = 8 * 3_600_000;
const serverUsages = ["digital signature", "key encipherment", "server auth"];
const clientUsages = ["digital signature", "key encipherment", "client auth"];

/** Names in a certificate's subject. */
export interface Subject {
  commonName: string;
  organizations?: readonly string[];
}

/** Makes a self-signed authority with a new key. */
export async function createCertificateAuthority(options: {
  commonName: string;
  now: Date;
  /** Lifetime; ten years when absent. */
  seconds?: number;
}): Promise<KeyPair> {
  const x509 = await x509Library();
  const { privateKey, publicKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  const privatePem = privateKey.export({ format: "pem", type: "pkcs8" }) as string;
  const { key, algorithm } = await importSigningKey(privatePem);
  const spki = publicKey.export({ format: "der", type: "spki" });
  const name = new x509.Name(subjectNames({ commonName: options.commonName }));
  const certificate = await x509.X509CertificateGenerator.create({
    serialNumber: randomSerial(),
    subject: name,
    issuer: name,
    notBefore: wholeSeconds(options.now.getTime() - backdateMilliseconds),
    notAfter: wholeSeconds(options.now.getTime() + (options.seconds ?? 10 * 365 * 86_400) * 1000),
    publicKey: spki,
    signingKey: key,
    signingAlgorithm: algorithm,
    extensions: [
      new x509.BasicConstraintsExtension(true, undefined, true),
      new x509.KeyUsagesExtension(
        x509.KeyUsageFlags.digitalSignature | x509.KeyUsageFlags.keyEncipherment | x509.KeyUsageFlags.keyCertSign,
        true,
      ),
      await x509.SubjectKeyIdentifierExtension.create(spki, false),
    ],
  });
  return { certificate: pemText(certificate.toString("pem")), privateKey: privatePem };
}

/** Issues a certificate for a TLS server. Names that are IP addresses become IP SANs, the others DNS SANs. */
export async function issueServingCertificate(
  authority: KeyPair,
  options: Subject & { names: readonly string[]; now: Date; seconds?: number },
): Promise<KeyPair> {
  const { privatePem, spki } = newKey();
  const certificate = await issue(authority, {
    subject: subjectNames(options),
    publicKey: spki,
    usages: serverUsages,
    names: [...new Set(options.names)].map((value) => ({ type: isIP(value) === 0 ? "dns" : "ip", value })),
    now: options.now,
    seconds: options.seconds ?? 365 * 86_400,
  });
  return { certificate, privateKey: privatePem };
}

/** Issues a certificate for a client: the common name is the user, the organizations are its groups. */
export async function issueClientCertificate(
  authority: KeyPair,
  options: Subject & { now: Date; seconds?: number },
): Promise<KeyPair> {
  const { privatePem, spki } = newKey();
  const certificate = await issue(authority, {
    subject: subjectNames(options),
    publicKey: spki,
    usages: clientUsages,
    names: [],
    now: options.now,
    seconds: options.seconds ?? 365 * 86_400,
  });
  return { certificate, privateKey: privatePem };
}

/**
 * Signs a verified request: its subject, public key and alternative names, with the usages and lifetime that the signer decided.
 * Whether the request deserves it is the caller's decision. Returns PEM. Throws when a usage does not exist or the authority expired.
 */
export function signCertificateRequest(
  authority: KeyPair,
  request: CertificateRequest,
  options: { usages: readonly string[]; seconds: number; now: Date },
): Promise<string> {
  return issue(authority, {
    subject: request.rawSubject,
    publicKey: request.rawPublicKey,
    usages: options.usages,
    names: [
      ...request.dnsNames.map((value) => ({ type: "dns" as const, value })),
      ...request.emailAddresses.map((value) => ({ type: "email" as const, value })),
      ...request.ipAddresses.map((value) => ({ type: "ip" as const, value })),
      ...request.uris.map((value) => ({ type: "url" as const, value })),
    ],
    now: options.now,
    seconds: options.seconds,
  });
}

type SubjectNames = { [attribute: string]: { utf8String: string }[] }[];

interface Issue {
  subject: SubjectNames | Uint8Array;
  publicKey: Uint8Array;
  usages: readonly string[];
  names: { type: "dns" | "ip" | "email" | "url"; value: string }[];
  now: Date;
  seconds: number;
}

async function issue(authority: KeyPair, wanted: Issue): Promise<string> {
  const usages = translateUsages(wanted.usages);
  if (!usages.ok) throw new Error(`unrecognized usages: ${usages.unknown.join(", ")}`);
  const authorityEnd = new X509Certificate(authority.certificate).validToDate.getTime();
  if (wanted.now.getTime() >= authorityEnd) throw new Error("refusing to sign with an authority that has expired");

  const x509 = await x509Library();
  const issuer = new x509.X509Certificate(authority.certificate);
  const { key, algorithm } = await importSigningKey(authority.privateKey);
  const extensions: Extension[] = [
    new x509.BasicConstraintsExtension(false, undefined, true),
    await x509.AuthorityKeyIdentifierExtension.create(issuer.publicKey, false),
  ];
  if (usages.keyUsage !== 0) extensions.push(new x509.KeyUsagesExtension(usages.keyUsage, true));
  if (usages.extendedKeyUsages.length > 0) {
    extensions.push(new x509.ExtendedKeyUsageExtension(usages.extendedKeyUsages, false));
  }
  if (wanted.names.length > 0) extensions.push(new x509.SubjectAlternativeNameExtension(wanted.names, false));

  const lifetime = wanted.seconds * 1000;
  const end = wanted.now.getTime() + lifetime - (lifetime < shortMilliseconds ? 0 : backdateMilliseconds);
  const certificate = await x509.X509CertificateGenerator.create({
    serialNumber: randomSerial(),
    subject: new x509.Name(wanted.subject),
    issuer: issuer.subjectName,
    notBefore: wholeSeconds(wanted.now.getTime() - backdateMilliseconds),
    notAfter: wholeSeconds(Math.min(end, authorityEnd)),
    publicKey: wanted.publicKey,
    signingKey: key,
    signingAlgorithm: algorithm,
    extensions,
  });
  return pemText(certificate.toString("pem"));
}

function newKey(): { privatePem: string; spki: Uint8Array } {
  const { privateKey, publicKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  return {
    privatePem: privateKey.export({ format: "pem", type: "pkcs8" }) as string,
    spki: publicKey.export({ format: "der", type: "spki" }),
  };
}

/** Values are wrapped, because the library gives quotes, backslashes and `#` in plain strings a meaning. */
function subjectNames({ commonName, organizations = [] }: Subject): SubjectNames {
  return [
    ...organizations.map((organization) => ({ O: [{ utf8String: organization }] })),
    { CN: [{ utf8String: commonName }] },
  ];
}

/** 128 random bits as a positive number without a leading zero byte, as DER wants it. */
function randomSerial(): string {
  const bytes = randomBytes(16);
  bytes[0] = (bytes[0]! & 0x7f) | 0x40;
  return bytes.toString("hex");
}

/** X.509 times have no fractions. */
function wholeSeconds(milliseconds: number): Date {
  return new Date(Math.floor(milliseconds / 1000) * 1000);
}

function pemText(pem: string): string {
  return pem.endsWith("\n") ? pem : `${pem}\n`;
}

// The keys of one control plane: made when it is created, kept with it, and shared with no other plane.

import { createHash, generateKeyPairSync, type KeyObject, X509Certificate } from "node:crypto";
import { isIP } from "node:net";
import { isObject, type JsonObject } from "../../machinery/object.ts";
import {
  createCertificateAuthority,
  issueClientCertificate,
  issueServingCertificate,
  type KeyPair,
} from "./certificate-authority.ts";

/** All text is PEM, so the whole is plain JSON. */
export interface PlaneKeys {
  /** Signs serving certificates, client certificates and certificate requests. */
  authority: KeyPair;
  /** Client certificates of these authorities are accepted too: former ones while a rotation goes on, or the user's. */
  additionalClientAuthorities: string[];
  /** Signs the certificates of proxies that may name users in headers. */
  frontProxyAuthority: KeyPair;
  /** What this server shows to aggregated API servers. */
  frontProxyClient: KeyPair;
  serviceAccounts: {
    /** EC P-256, PKCS #8. */
    signingKey: string;
    /** Public keys whose tokens are accepted besides. */
    additionalPublicKeys: string[];
  };
  serving: KeyPair;
}

/** Makes all keys of a plane. `servingNames` are the DNS names and IP addresses of the server. */
export async function createPlaneKeys(options: { servingNames: readonly string[]; now: Date }): Promise<PlaneKeys> {
  const { now } = options;
  const authority = await createCertificateAuthority({ commonName: "kubernetes", now });
  const frontProxyAuthority = await createCertificateAuthority({ commonName: "front-proxy-ca", now });
  return {
    authority,
    additionalClientAuthorities: [],
    frontProxyAuthority,
    frontProxyClient: await issueFrontProxyClient(frontProxyAuthority, now),
    serviceAccounts: { signingKey: newSigningKey(), additionalPublicKeys: [] },
    serving: await issueServing(authority, options.servingNames, now),
  };
}

/**
 * The same keys with new certificates in place of those that end within `seconds`, and of a serving certificate that lacks one of the
 * names; the same object when all are good.
 */
export async function renewCertificates(
  keys: PlaneKeys,
  options: { servingNames: readonly string[]; now: Date; seconds: number },
): Promise<PlaneKeys> {
  const { servingNames, now, seconds } = options;
  const isServing = certificateCovers(keys.serving.certificate, servingNames, now, seconds);
  const isClient = certificateCovers(keys.frontProxyClient.certificate, [], now, seconds);
  if (isServing && isClient) return keys;
  return {
    ...keys,
    serving: isServing ? keys.serving : await issueServing(keys.authority, servingNames, now),
    frontProxyClient: isClient ? keys.frontProxyClient : await issueFrontProxyClient(keys.frontProxyAuthority, now),
  };
}

/** Whether the certificate is good for all the names and will be for `seconds` more. Loads no library. */
export function certificateCovers(certificatePem: string, names: readonly string[], now: Date, seconds = 0): boolean {
  const certificate = new X509Certificate(certificatePem);
  if (certificate.validFromDate > now || certificate.validToDate.getTime() < now.getTime() + seconds * 1000)
    return false;
  return names.every((name) =>
    isIP(name) === 0 ? certificate.checkHost(name) !== undefined : certificate.checkIP(name) !== undefined,
  );
}

/** The id that a service-account key has in token headers and key sets: the hash of its public key, as in Kubernetes. */
export function keyIdOf(key: KeyObject): string {
  const der = key.export({ format: "der", type: "spki" });
  return createHash("sha256").update(der).digest("base64url");
}

/** Checks the shape of keys that were stored as JSON. Throws an error that names the missing part. */
export function parsePlaneKeys(json: unknown): PlaneKeys {
  const root = object(json, "keys");
  const accounts = object(root.serviceAccounts, "serviceAccounts");
  return {
    authority: keyPair(root.authority, "authority"),
    additionalClientAuthorities: texts(root.additionalClientAuthorities, "additionalClientAuthorities"),
    frontProxyAuthority: keyPair(root.frontProxyAuthority, "frontProxyAuthority"),
    frontProxyClient: keyPair(root.frontProxyClient, "frontProxyClient"),
    serviceAccounts: {
      signingKey: text(accounts.signingKey, "serviceAccounts.signingKey"),
      additionalPublicKeys: texts(accounts.additionalPublicKeys, "serviceAccounts.additionalPublicKeys"),
    },
    serving: keyPair(root.serving, "serving"),
  };
}

function issueFrontProxyClient(authority: KeyPair, now: Date): Promise<KeyPair> {
  return issueClientCertificate(authority, { commonName: "front-proxy-client", now });
}

function issueServing(authority: KeyPair, names: readonly string[], now: Date): Promise<KeyPair> {
  return issueServingCertificate(authority, { commonName: "kube-apiserver", names, now });
}

function newSigningKey(): string {
  const { privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  return privateKey.export({ format: "pem", type: "pkcs8" }) as string;
}

function object(value: unknown, path: string): JsonObject {
  if (!isObject(value)) throw new Error(`stored keys: ${path} is not an object`);
  return value;
}

function text(value: unknown, path: string): string {
  if (typeof value !== "string" || !value.startsWith("-----BEGIN ")) throw new Error(`stored keys: ${path} is not PEM`);
  return value;
}

function texts(value: unknown, path: string): string[] {
  if (!Array.isArray(value)) throw new Error(`stored keys: ${path} is not a list`);
  return value.map((item, index) => text(item, `${path}[${index}]`));
}

function keyPair(value: unknown, path: string): KeyPair {
  const pair = object(value, path);
  return {
    certificate: text(pair.certificate, `${path}.certificate`),
    privateKey: text(pair.privateKey, `${path}.privateKey`),
  };
}

// The one door to the X.509 library. Loading it takes a tenth of a second, so it happens on the first certificate that is issued or
// request that is parsed; a server that starts with existing keys never pays for it.

import { createPrivateKey, webcrypto } from "node:crypto";

export type X509Library = typeof import("@peculiar/x509");

/** Loads the library; it needs the reflection polyfill before its first line runs. */
export async function x509Library(): Promise<X509Library> {
  await import("reflect-metadata");
  return import("@peculiar/x509");
}

/** What the signature algorithm of a key is called by Web Cryptography; the digest grows with the curve. */
export type SigningAlgorithm =
  | { name: "ECDSA"; namedCurve: "P-256" | "P-384"; hash: "SHA-256" | "SHA-384" }
  | { name: "RSASSA-PKCS1-v1_5"; hash: "SHA-256" }
  | { name: "Ed25519" };

/** Reads a private key in PEM (PKCS #8, SEC 1 or PKCS #1) as a signing key. Throws on anything that cannot sign certificates. */
export async function importSigningKey(
  pem: string,
): Promise<{ key: webcrypto.CryptoKey; algorithm: SigningAlgorithm }> {
  const key = createPrivateKey(pem);
  const algorithm = signingAlgorithm(key.asymmetricKeyType, key.asymmetricKeyDetails?.namedCurve);
  const der = key.export({ format: "der", type: "pkcs8" });
  return { key: await webcrypto.subtle.importKey("pkcs8", der, algorithm, false, ["sign"]), algorithm };
}

function signingAlgorithm(type: string | undefined, curve: string | undefined): SigningAlgorithm {
  if (type === "rsa") return { name: "RSASSA-PKCS1-v1_5", hash: "SHA-256" };
  if (type === "ed25519") return { name: "Ed25519" };
  if (type === "ec" && curve === "prime256v1") return { name: "ECDSA", namedCurve: "P-256", hash: "SHA-256" };
  if (type === "ec" && curve === "secp384r1") return { name: "ECDSA", namedCurve: "P-384", hash: "SHA-384" };
  throw new Error(
    `a key of type ${type ?? "unknown"}${curve === undefined ? "" : ` (${curve})`} cannot sign certificates`,
  );
}

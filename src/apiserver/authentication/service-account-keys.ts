// The keys of a plane's service-account tokens, and the documents by which others verify such tokens: OIDC discovery and the key set.
// Source: k8s.io/kubernetes pkg/serviceaccount/openidmetadata.go.

import { createPrivateKey, createPublicKey, type KeyObject } from "node:crypto";
import type { JsonObject } from "../../machinery/object.ts";
import { keyIdOf, type PlaneKeys } from "../pki/plane-keys.ts";
import { algorithmOf, type DecodedToken, type TokenAlgorithm, verifySignature } from "./json-web-token.ts";

interface VerificationKey {
  id: string;
  key: KeyObject;
  algorithm: TokenAlgorithm;
}

export class ServiceAccountKeys {
  readonly signingKey: KeyObject;
  readonly signingKeyId: string;
  readonly #verificationKeys: VerificationKey[] = [];

  /** Throws when a key cannot sign or verify tokens. */
  constructor(keys: PlaneKeys["serviceAccounts"]) {
    this.signingKey = createPrivateKey(keys.signingKey);
    this.#add(createPublicKey(keys.signingKey));
    for (const pem of keys.additionalPublicKeys) this.#add(createPublicKey(pem));
    this.signingKeyId = this.#verificationKeys[0]!.id;
  }

  #add(key: KeyObject): void {
    const algorithm = algorithmOf(key);
    if (algorithm === undefined) throw new Error("service-account keys must be RSA or EC on P-256 or P-384");
    const id = keyIdOf(key);
    if (!this.#verificationKeys.some((known) => known.id === id)) this.#verificationKeys.push({ id, key, algorithm });
  }

  /** Whether one of the keys signed the token: the one it names, or any when it names none of them. */
  verifies(token: DecodedToken): boolean {
    const named = this.#verificationKeys.find(({ id }) => id === token.header.kid);
    if (named !== undefined) return verifySignature(token, named.key);
    return this.#verificationKeys.some(({ key }) => verifySignature(token, key));
  }

  /** What `/openid/v1/jwks` answers. */
  jsonWebKeySet(): JsonObject {
    return {
      keys: this.#verificationKeys.map(({ id, key, algorithm }) => {
        const { kty, ...parameters } = key.export({ format: "jwk" });
        return { use: "sig", kty, kid: id, alg: algorithm, ...parameters };
      }),
    };
  }

  /** What `/.well-known/openid-configuration` answers. */
  openIdConfiguration(issuer: string, keySetUrl: string): JsonObject {
    return {
      issuer,
      jwks_uri: keySetUrl,
      response_types_supported: ["id_token"],
      subject_types_supported: ["public"],
      id_token_signing_alg_values_supported: [
        ...new Set(this.#verificationKeys.map(({ algorithm }) => algorithm)),
      ].sort(),
    };
  }
}

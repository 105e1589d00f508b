// The config map `kube-public/cluster-info`: how to reach the server and by which authority to know it, signed with every bootstrap
// token that may sign, so that a machine that holds a token can trust what it reads without credentials. Pure.
// Source: kubernetes pkg/controller/bootstrap/bootstrapsigner.go, k8s.io/cluster-bootstrap/token/jws.

import { createHmac } from "node:crypto";
import { bootstrapField, bootstrapTokenExpired } from "../../../apiserver/authentication/bootstrap-tokens.ts";
import type { ConfigMap, Secret } from "../../types.generated.ts";

export const clusterInfo = { name: "cluster-info", namespace: "kube-public" } as const;
const signaturePrefix = "jws-kubeconfig-";
const idPattern = /^[a-z0-9]{6}$/;
const secretPattern = /^[a-z0-9]{16}$/;

/** The config map with the signatures that it should have; the same object when it has them. */
export function signClusterInfo(map: ConfigMap, secrets: Iterable<Secret>, now: Date): ConfigMap {
  const old = map.data ?? {};
  const { kubeconfig } = old;
  if (!kubeconfig) return map;
  const data: Record<string, string> = {};
  for (const [key, value] of Object.entries(old)) {
    if (!key.startsWith(signaturePrefix)) data[key] = value;
  }
  for (const secret of secrets) {
    const token = signingToken(secret, now);
    if (token !== undefined) data[signaturePrefix + token.id] = detachedSignature(kubeconfig, token);
  }
  const keys = Object.keys(data);
  const isSame = keys.length === Object.keys(old).length && keys.every((key) => data[key] === old[key]);
  return isSame ? map : { ...map, data };
}

interface Token {
  id: string;
  secret: string;
}

/** The token of a bootstrap secret, when it is good for signing. */
function signingToken(secret: Secret, now: Date): Token | undefined {
  const id = bootstrapField(secret, "token-id");
  const value = bootstrapField(secret, "token-secret");
  const isGood =
    idPattern.test(id) &&
    secretPattern.test(value) &&
    secret.metadata.name === `bootstrap-token-${id}` &&
    secret.metadata.deletionTimestamp === undefined &&
    bootstrapField(secret, "usage-bootstrap-signing") === "true" &&
    !bootstrapTokenExpired(secret, now);
  return isGood ? { id, secret: value } : undefined;
}

/** A JWS (HS256) without its content. Clients compare it as text, so the header is written as Go does. */
export function detachedSignature(content: string, { id, secret }: Token): string {
  const header = Buffer.from(JSON.stringify({ alg: "HS256", kid: id })).toString("base64url");
  const payload = Buffer.from(content).toString("base64url");
  const signature = createHmac("sha256", secret).update(`${header}.${payload}`).digest("base64url");
  return `${header}..${signature}`;
}

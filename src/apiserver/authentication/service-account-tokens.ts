// Issues service-account tokens: the bound ones of TokenRequest, and the legacy ones that live in secrets.
// Claims are those of Kubernetes. Source: k8s.io/kubernetes pkg/serviceaccount/{claims,legacy}.go.

import type { JsonObject, KubeObject } from "../../machinery/object.ts";
import type { ServiceAccountTokenClaims } from "../strategy.ts";
import { signToken } from "./json-web-token.ts";
import type { ServiceAccountKeys } from "./service-account-keys.ts";
import { serviceAccountUsername } from "./service-account-names.ts";

export const legacyIssuer = "kubernetes/serviceaccount";

/** The lifetime that the service-account admission asks for, so that a token of this lifetime is known to be a pod's own. */
export const podTokenSeconds = 3607;
const extendedSeconds = 365 * 86_400;

export interface ServiceAccountTokenSettings {
  keys: ServiceAccountKeys;
  /** The first is put into tokens; all are accepted. */
  issuers: readonly [string, ...string[]];
  /** The audiences of this API server. */
  apiAudiences: readonly string[];
  /**
   * Whether a pod's own token for this server is honoured for a year, though its holder is told an hour: for clients that never read
   * the token again. The default of Kubernetes is true.
   */
  extendPodTokens?: boolean;
  now(): Date;
  /** A random UUID, for the token's id. */
  uuid(): string;
}

export class ServiceAccountTokenIssuer {
  readonly #settings: ServiceAccountTokenSettings;

  constructor(settings: ServiceAccountTokenSettings) {
    this.#settings = settings;
  }

  /** Issues a token; `expiresAt` is what its holder is told. */
  issue(wanted: ServiceAccountTokenClaims): { token: string; expiresAt: Date } {
    const { keys, issuers, apiAudiences, extendPodTokens = true, now, uuid } = this.#settings;
    const issuedAt = Math.floor(now().getTime() / 1000);
    const audiences = wanted.audiences.length > 0 ? wanted.audiences : [...apiAudiences];
    const extended =
      extendPodTokens &&
      wanted.bound?.kind === "Pod" &&
      wanted.expirationSeconds === podTokenSeconds &&
      audiences.every((audience) => apiAudiences.includes(audience));

    const { namespace, serviceAccount, bound, node, expirationSeconds } = wanted;
    const subject: JsonObject = { namespace };
    if (bound?.kind === "Node") subject.node = { name: bound.name, uid: bound.uid };
    else if (node !== undefined) subject.node = node.uid === undefined ? { name: node.name } : { ...node };
    if (bound?.kind === "Pod") subject.pod = { name: bound.name, uid: bound.uid };
    if (bound?.kind === "Secret") subject.secret = { name: bound.name, uid: bound.uid };
    subject.serviceaccount = { name: serviceAccount.name, uid: serviceAccount.uid };
    if (extended) subject.warnafter = issuedAt + expirationSeconds;

    const claims = {
      aud: audiences,
      exp: issuedAt + (extended ? extendedSeconds : expirationSeconds),
      iat: issuedAt,
      iss: issuers[0],
      jti: uuid(),
      "kubernetes.io": subject,
      nbf: issuedAt,
      sub: serviceAccountUsername(namespace, serviceAccount.name),
    };
    return {
      token: signToken(claims, keys.signingKey, keys.signingKeyId),
      expiresAt: new Date((issuedAt + expirationSeconds) * 1000),
    };
  }

  /** The token of a secret of type `kubernetes.io/service-account-token`; it lives as long as the secret. */
  issueLegacy(serviceAccount: KubeObject, secretName: string): string {
    const { keys } = this.#settings;
    const { name = "", namespace = "", uid = "" } = serviceAccount.metadata;
    const claims = {
      iss: legacyIssuer,
      "kubernetes.io/serviceaccount/namespace": namespace,
      "kubernetes.io/serviceaccount/secret.name": secretName,
      "kubernetes.io/serviceaccount/service-account.name": name,
      "kubernetes.io/serviceaccount/service-account.uid": uid,
      sub: serviceAccountUsername(namespace, name),
    };
    return signToken(claims, keys.signingKey, keys.signingKeyId);
  }
}

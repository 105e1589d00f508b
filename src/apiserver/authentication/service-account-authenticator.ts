// Authenticates service-account tokens. The signature of a token is verified once and remembered; whether the account and the object
// that the token is bound to still exist is looked up every time, so a deletion takes effect with the next request.
// Order of checks and texts follow k8s.io/kubernetes pkg/serviceaccount/{jwt,claims,legacy}.go.

import { createHash, timingSafeEqual } from "node:crypto";
import { isObject, type JsonObject, type KubeObject } from "../../machinery/object.ts";
import type { Authentication, UserInfo } from "../identity.ts";
import type { StateReader } from "../strategy.ts";
import { decodeToken } from "./json-web-token.ts";
import { serviceAccountGroups, serviceAccountUsername } from "./service-account-names.ts";
import { legacyIssuer, type ServiceAccountTokenSettings } from "./service-account-tokens.ts";
import type { TokenAuthenticator } from "./token-authenticator.ts";

const leewaySeconds = 60;
const maximumRemembered = 4096;
const extraPrefix = "authentication.kubernetes.io/";
const invalidSinceLabel = "kubernetes.io/legacy-token-invalid-since";

/** A problem with a token that was signed by us. */
class TokenProblem extends Error {}

interface Reference {
  name: string;
  uid: string;
}

export class ServiceAccountAuthenticator implements TokenAuthenticator {
  readonly name = "service account token";
  readonly #settings: ServiceAccountTokenSettings;
  readonly #state: StateReader;
  /** Claims of tokens with a good signature by the hash of the token; the least recently used is dropped first. */
  readonly #verified = new Map<string, JsonObject>();

  constructor(settings: ServiceAccountTokenSettings, state: StateReader) {
    this.#settings = settings;
    this.#state = state;
  }

  authenticateToken(token: string, audiences: readonly string[]): Authentication {
    const claims = this.#verifiedClaims(token);
    if (claims === "foreign") return { outcome: "absent" };
    if (claims === "forged") return { outcome: "invalid", reason: "invalid signature" };
    try {
      const matching = this.#matchAudiences(claims, audiences);
      this.#checkTimes(claims);
      const user = claims.iss === legacyIssuer ? this.#legacyUser(claims, token) : this.#boundUser(claims);
      return { outcome: "authenticated", user, audiences: matching };
    } catch (error) {
      if (error instanceof TokenProblem) return { outcome: "invalid", reason: error.message };
      throw error;
    }
  }

  /** The claims of a token that one of our keys signed; `foreign` when it does not even say that we issued it. */
  #verifiedClaims(token: string): JsonObject | "foreign" | "forged" {
    const hash = createHash("sha256").update(token).digest("base64");
    const remembered = this.#verified.get(hash);
    if (remembered !== undefined) {
      this.#verified.delete(hash);
      this.#verified.set(hash, remembered);
      return remembered;
    }
    const decoded = decodeToken(token);
    const issuer = decoded?.claims.iss;
    if (decoded === undefined || (issuer !== legacyIssuer && !this.#settings.issuers.includes(issuer)))
      return "foreign";
    if (!this.#settings.keys.verifies(decoded)) return "forged";
    this.#verified.set(hash, decoded.claims);
    if (this.#verified.size > maximumRemembered) this.#verified.delete(this.#verified.keys().next().value!);
    return decoded.claims;
  }

  #matchAudiences(claims: JsonObject, wanted: readonly string[]): string[] {
    const list: unknown[] = Array.isArray(claims.aud) ? claims.aud : claims.aud === undefined ? [] : [claims.aud];
    let own = list.filter((audience) => typeof audience === "string");
    // Only tokens from before audiences have none.
    if (own.length === 0 && claims.iss === legacyIssuer) own = [...this.#settings.apiAudiences];
    const matching = own.filter((audience) => wanted.includes(audience));
    if (matching.length === 0) {
      throw new TokenProblem(`token audiences ${quoted(own)} is invalid for the target audiences ${quoted(wanted)}`);
    }
    return matching;
  }

  #checkTimes(claims: JsonObject): void {
    const now = this.#settings.now().getTime() / 1000;
    const time = (name: string) => {
      const value = claims[name];
      if (value === undefined) return undefined;
      if (typeof value !== "number") throw new TokenProblem("service account token claims could not be validated");
      return value;
    };
    const [end, start, issued] = [time("exp"), time("nbf"), time("iat")];
    if (end === undefined && claims.iss !== legacyIssuer) {
      throw new TokenProblem("service account token claims could not be validated");
    }
    if (end !== undefined && now > end + leewaySeconds) throw new TokenProblem("service account token has expired");
    if ((start ?? 0) > now + leewaySeconds || (issued ?? 0) > now + leewaySeconds) {
      throw new TokenProblem("service account token is not valid yet");
    }
  }

  #boundUser(claims: JsonObject): UserInfo {
    const own: unknown = claims["kubernetes.io"];
    if (!isObject(own) || typeof own.namespace !== "string") {
      throw new TokenProblem("service account token claims could not be validated due to unexpected private claim");
    }
    const namespace: string = own.namespace;
    const account = reference(own, "serviceaccount");
    if (account === undefined || claims.sub !== serviceAccountUsername(namespace, account.name)) {
      throw new TokenProblem("service account token claims could not be validated due to unexpected private claim");
    }
    this.#checkAccount(namespace, account, "service account");

    const extra: Record<string, string[]> = {};
    if (typeof claims.jti === "string" && claims.jti !== "")
      extra[`${extraPrefix}credential-id`] = [`JTI=${claims.jti}`];
    const secret = reference(own, "secret");
    if (secret !== undefined) this.#checkBound("secrets", namespace, secret, "secret", "Secret");
    const pod = reference(own, "pod");
    if (pod !== undefined) {
      this.#checkBound("pods", namespace, pod, "pod", "pod");
      extra[`${extraPrefix}pod-name`] = [pod.name];
      extra[`${extraPrefix}pod-uid`] = [pod.uid];
    }
    const node = reference(own, "node");
    if (node !== undefined) {
      // The node of a pod's token is information; only a token bound to the node itself ends with it.
      if (pod === undefined) this.#checkBound("nodes", "", node, "node", "node");
      extra[`${extraPrefix}node-name`] = [node.name];
      if (node.uid !== "") extra[`${extraPrefix}node-uid`] = [node.uid];
    }
    return accountUser(namespace, account, extra);
  }

  #legacyUser(claims: JsonObject, token: string): UserInfo {
    const claim = (key: string, label: string): string => {
      const value = claims[key];
      if (typeof value !== "string" || value === "") throw new TokenProblem(`${label} claim is missing`);
      return value;
    };
    const subject = claim("sub", "sub");
    const namespace = claim("kubernetes.io/serviceaccount/namespace", "namespace");
    const secretName = claim("kubernetes.io/serviceaccount/secret.name", "secretName");
    const name = claim("kubernetes.io/serviceaccount/service-account.name", "serviceAccountName");
    const uid = claim("kubernetes.io/serviceaccount/service-account.uid", "serviceAccountUID");
    if (subject !== serviceAccountUsername(namespace, name)) throw new TokenProblem("sub claim is invalid");

    const secret = this.#state.get({ group: "", resource: "secrets" }, namespace, secretName);
    if (secret === undefined || secret.metadata.deletionTimestamp !== undefined) {
      throw new TokenProblem("Token has been invalidated");
    }
    const stored = Buffer.from(typeof secret.data?.token === "string" ? secret.data.token : "", "base64");
    const given = Buffer.from(token);
    if (stored.length !== given.length || !timingSafeEqual(stored, given)) {
      throw new TokenProblem("Token does not match server's copy");
    }
    this.#checkAccount(namespace, { name, uid }, "ServiceAccount");
    if (secret.metadata.labels?.[invalidSinceLabel] !== undefined) {
      throw new TokenProblem(
        `the token in secret ${namespace}/${secretName} for service account ${namespace}/${name} has been marked invalid. ` +
          "Use tokens from the TokenRequest API or manually created secret-based tokens, or remove the " +
          `'${invalidSinceLabel}' label from the secret to temporarily allow use of this token`,
      );
    }
    return accountUser(namespace, { name, uid }, {});
  }

  #checkAccount(namespace: string, account: Reference, called: string): void {
    const stored = this.#state.get({ group: "", resource: "serviceaccounts" }, namespace, account.name);
    if (stored === undefined) throw new TokenProblem(`serviceaccounts ${JSON.stringify(account.name)} not found`);
    if (this.#isGone(stored)) throw new TokenProblem(`${called} ${namespace}/${account.name} has been deleted`);
    if (stored.metadata.uid !== account.uid) {
      throw new TokenProblem(`${called} UID (${stored.metadata.uid}) does not match claim (${account.uid})`);
    }
  }

  #checkBound(resource: string, namespace: string, bound: Reference, claim: string, called: string): void {
    const stored = this.#state.get({ group: "", resource }, namespace, bound.name);
    if (stored === undefined || this.#isGone(stored)) {
      throw new TokenProblem("service account token has been invalidated");
    }
    if (stored.metadata.uid !== bound.uid) {
      throw new TokenProblem(
        `${called} UID (${stored.metadata.uid}) does not match service account ${claim} ref claim (${bound.uid})`,
      );
    }
  }

  /** Deleted, and not only just now. */
  #isGone({ metadata }: KubeObject): boolean {
    if (metadata.deletionTimestamp === undefined) return false;
    return Date.parse(metadata.deletionTimestamp) < this.#settings.now().getTime() - leewaySeconds * 1000;
  }
}

function reference(claims: JsonObject, key: string): Reference | undefined {
  const value: unknown = Object.hasOwn(claims, key) ? claims[key] : undefined;
  if (!isObject(value) || typeof value.name !== "string") return undefined;
  return { name: value.name, uid: typeof value.uid === "string" ? value.uid : "" };
}

function accountUser(namespace: string, account: Reference, extra: Record<string, string[]>): UserInfo {
  const user: UserInfo = {
    name: serviceAccountUsername(namespace, account.name),
    uid: account.uid,
    groups: serviceAccountGroups(namespace),
  };
  if (Object.keys(extra).length > 0) user.extra = extra;
  return user;
}

function quoted(values: readonly string[]): string {
  return `[${values.map((value) => JSON.stringify(value)).join(" ")}]`;
}

// Tokens of OpenID Connect issuers, configured as the `jwt` section of AuthenticationConfiguration (k8s.io/apiserver pkg/apis/apiserver/v1).
// An issuer's keys are fetched when its first token comes, and again when a token names a key that is not among them.
// `jose` is loaded with the first token too.

import type { JSONWebKeySet, JWTPayload } from "jose";
import { deepFreeze, isObject, type JsonObject } from "../../machinery/object.ts";
import type { Authentication, UserInfo } from "../identity.ts";
import { decodeToken } from "./json-web-token.ts";
import { fetchJson } from "./oidc-fetch.ts";
import type { TokenAuthenticator } from "./token-authenticator.ts";

/** A claim that becomes a name, with a prefix that keeps the names of issuers apart. */
export interface PrefixedClaim {
  claim: string;
  prefix: string;
}

/** The main fields of a `jwt` authenticator; CEL expressions are not among them. */
export interface OidcIssuer {
  issuer: {
    url: string;
    /** Where the discovery document is, when not below the url. */
    discoveryURL?: string;
    /** PEM; the system's authorities when absent. */
    certificateAuthority?: string;
    /** A token must be for one of them. */
    audiences: readonly string[];
  };
  claimValidationRules?: readonly { claim: string; requiredValue: string }[];
  claimMappings: {
    username: PrefixedClaim;
    groups?: PrefixedClaim;
    /** The claim that becomes the uid. */
    uid?: { claim: string };
  };
}

const signingAlgorithms = ["RS256", "RS384", "RS512", "ES256", "ES384", "ES512", "PS256", "PS384", "PS512"];
/** How soon an unknown key may cause the next fetch, and how soon an issuer is tried again after an error. */
const refetchMilliseconds = 10_000;

export class OidcAuthenticator implements TokenAuthenticator {
  readonly name = "OIDC";
  readonly #issuers = new Map<string, { settings: OidcIssuer; keys: IssuerKeys }>();
  readonly #now: () => Date;

  /** Throws when two issuers have the same url, or one lacks https, audiences or a user name claim. */
  constructor(issuers: readonly OidcIssuer[], now: () => Date) {
    this.#now = now;
    for (const settings of issuers) {
      const { url, audiences } = settings.issuer;
      if (!url.startsWith("https://")) throw new Error(`issuer ${JSON.stringify(url)}: URL scheme must be https`);
      if (audiences.length === 0) throw new Error(`issuer ${JSON.stringify(url)}: at least one audience is required`);
      if (settings.claimMappings.username.claim === "")
        throw new Error(`issuer ${JSON.stringify(url)}: username claim is required`);
      if (this.#issuers.has(url)) throw new Error(`issuer ${JSON.stringify(url)} is configured twice`);
      this.#issuers.set(url, { settings, keys: new IssuerKeys(settings, now) });
    }
  }

  authenticateToken(token: string): Authentication | Promise<Authentication> {
    const claimed: unknown = this.#issuers.size === 0 ? undefined : decodeToken(token)?.claims.iss;
    const issuer = typeof claimed === "string" ? this.#issuers.get(claimed) : undefined;
    if (issuer === undefined) return { outcome: "absent" };
    return this.#verify(token, issuer.settings, issuer.keys);
  }

  async #verify(token: string, settings: OidcIssuer, keys: IssuerKeys): Promise<Authentication> {
    const jose = await import("jose");
    const attempt = async (keySet: JSONWebKeySet) => {
      const { payload } = await jose.jwtVerify(token, jose.createLocalJWKSet(keySet), {
        issuer: settings.issuer.url,
        audience: [...settings.issuer.audiences],
        algorithms: signingAlgorithms,
        currentDate: this.#now(),
        requiredClaims: ["exp"],
      });
      return payload;
    };
    try {
      let payload: JWTPayload;
      try {
        payload = await attempt(await keys.get());
      } catch (error) {
        if (!(error instanceof jose.errors.JWKSNoMatchingKey)) throw error;
        payload = await attempt(await keys.refetch());
      }
      return mapClaims(payload, settings);
    } catch (error) {
      return { outcome: "invalid", reason: `oidc: ${(error as Error).message}` };
    }
  }
}

/** The user that verified claims stand for. */
export function mapClaims(
  claims: JsonObject,
  { claimMappings, claimValidationRules = [] }: OidcIssuer,
): Authentication {
  const { username, groups, uid } = claimMappings;
  const name = own(claims, username.claim);
  if (typeof name !== "string")
    return invalid(`parse username claims ${JSON.stringify(username.claim)}: claim not present`);
  if (name === "") return invalid("username claim is empty");
  const verified = own(claims, "email_verified");
  if (username.claim === "email" && verified !== undefined && verified !== true) return invalid("email not verified");
  for (const rule of claimValidationRules) {
    const value = own(claims, rule.claim);
    if (value === undefined) return invalid(`required claim ${rule.claim} not present in ID token`);
    if (value !== rule.requiredValue) {
      return invalid(
        `required claim ${rule.claim} value does not match. Got = ${String(value)}, want = ${rule.requiredValue}`,
      );
    }
  }

  const user: UserInfo = { name: username.prefix + name, groups: [] };
  if (groups !== undefined) {
    const value = own(claims, groups.claim);
    const list: unknown[] = value === undefined ? [] : Array.isArray(value) ? value : [value];
    if (!list.every((group) => typeof group === "string")) {
      return invalid(`parse groups claim ${JSON.stringify(groups.claim)}: json: not a string or a list of strings`);
    }
    user.groups = list.map((group) => groups.prefix + group);
  }
  if (uid !== undefined) {
    const value = own(claims, uid.claim);
    if (typeof value !== "string") return invalid(`parse uid claim ${JSON.stringify(uid.claim)}: claim not present`);
    user.uid = value;
  }
  if (typeof claims.jti === "string" && claims.jti !== "") {
    user.extra = { "authentication.kubernetes.io/credential-id": [`JTI=${claims.jti}`] };
  }
  return { outcome: "authenticated", user: deepFreeze(user) };
}

function own(claims: JsonObject, key: string): unknown {
  return Object.hasOwn(claims, key) ? claims[key] : undefined;
}

function invalid(reason: string): Authentication {
  return { outcome: "invalid", reason: `oidc: ${reason}` };
}

/** The keys of one issuer. Requests that come during a fetch share it; an error is remembered for a short while. */
class IssuerKeys {
  readonly #settings: OidcIssuer;
  readonly #now: () => Date;
  #keys: Promise<JSONWebKeySet> | undefined;
  #failure: unknown;
  #fetchedAt = Number.NEGATIVE_INFINITY;

  constructor(settings: OidcIssuer, now: () => Date) {
    this.#settings = settings;
    this.#now = now;
  }

  get(): Promise<JSONWebKeySet> {
    if (this.#keys !== undefined) return this.#keys;
    return this.#failure !== undefined && this.#isRecent() ? Promise.reject(this.#failure) : this.#fetch();
  }

  /** Fetches again, unless that was done a moment ago. */
  refetch(): Promise<JSONWebKeySet> {
    return this.#isRecent() && this.#keys !== undefined ? this.#keys : this.#fetch();
  }

  #isRecent(): boolean {
    return this.#now().getTime() < this.#fetchedAt + refetchMilliseconds;
  }

  #fetch(): Promise<JSONWebKeySet> {
    this.#fetchedAt = this.#now().getTime();
    const former = this.#keys;
    const fetching = this.#load();
    this.#keys = fetching;
    this.#failure = undefined;
    fetching.catch((error: unknown) => {
      // Keys that were good stay good; without any, the first token after the pause tries again.
      if (this.#keys === fetching) this.#keys = former;
      this.#failure = error;
    });
    return fetching;
  }

  async #load(): Promise<JSONWebKeySet> {
    const { url, discoveryURL, certificateAuthority } = this.#settings.issuer;
    const location = discoveryURL ?? `${url.replace(/\/$/, "")}/.well-known/openid-configuration`;
    const discovery = await fetchJson(location, certificateAuthority);
    if (discovery.issuer !== url) {
      throw new Error(`issuer did not match the issuer returned by provider, expected ${JSON.stringify(url)}`);
    }
    if (typeof discovery.jwks_uri !== "string") throw new Error("the discovery document has no jwks_uri");
    const keySet = await fetchJson(discovery.jwks_uri, certificateAuthority);
    if (!Array.isArray(keySet.keys) || !keySet.keys.every(isObject)) throw new Error("the key set has no keys");
    return keySet as unknown as JSONWebKeySet;
  }
}

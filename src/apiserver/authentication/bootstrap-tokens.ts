// Bootstrap tokens: `<id>.<secret>`, kept in secrets `bootstrap-token-<id>` of kube-system, for machines that join.
// Source: k8s.io/kubernetes plugin/pkg/auth/authenticator/token/bootstrap, k8s.io/cluster-bootstrap/token.

import { createHash, timingSafeEqual } from "node:crypto";
import type { KubeObject } from "../../machinery/object.ts";
import type { Authentication } from "../identity.ts";
import type { StateReader } from "../strategy.ts";
import type { TokenAuthenticator } from "./token-authenticator.ts";

const tokenPattern = /^([a-z0-9]{6})\.([a-z0-9]{16})$/;
const groupPattern = /^system:bootstrappers:[a-z0-9:-]{0,255}[a-z0-9]$/;
export const bootstrapTokenType = "bootstrap.kubernetes.io/token";
export const defaultBootstrapGroup = "system:bootstrappers";

export class BootstrapTokenAuthenticator implements TokenAuthenticator {
  readonly name = "bootstrap token";
  readonly #state: StateReader;
  readonly #now: () => Date;

  constructor(state: StateReader, now: () => Date) {
    this.#state = state;
    this.#now = now;
  }

  /** Whatever is wrong, the answer is that the token is unknown: why is nobody's business who does not hold it. */
  authenticateToken(token: string): Authentication {
    const match = tokenPattern.exec(token);
    if (match === null) return { outcome: "absent" };
    const [, id, given] = match as unknown as [string, string, string];
    const secret = this.#state.get({ group: "", resource: "secrets" }, "kube-system", `bootstrap-token-${id}`);
    if (secret?.type !== bootstrapTokenType || secret.metadata.deletionTimestamp !== undefined) {
      return { outcome: "absent" };
    }
    const groups = bootstrapGroups(secret);
    if (
      !sameSecret(bootstrapField(secret, "token-secret"), given) ||
      bootstrapField(secret, "token-id") !== id ||
      bootstrapTokenExpired(secret, this.#now()) ||
      bootstrapField(secret, "usage-bootstrap-authentication") !== "true" ||
      groups === undefined
    ) {
      return { outcome: "absent" };
    }
    return { outcome: "authenticated", user: { name: `system:bootstrap:${id}`, groups } };
  }
}

/** A field of a bootstrap secret as text; "" when absent. */
export function bootstrapField(secret: KubeObject, key: string): string {
  const value: unknown = secret.data?.[key];
  return typeof value === "string" ? Buffer.from(value, "base64").toString("utf8") : "";
}

/** Whether the token of the secret has expired; one with an unreadable expiration has. */
export function bootstrapTokenExpired(secret: KubeObject, now: Date): boolean {
  const expiration = bootstrapField(secret, "expiration");
  if (expiration === "") return false;
  const time = /^\d{4}-\d{2}-\d{2}T/.test(expiration) ? Date.parse(expiration) : Number.NaN;
  return Number.isNaN(time) || time <= now.getTime();
}

/** The groups of a token, sorted; undefined when the secret names one that it may not. */
function bootstrapGroups(secret: KubeObject): string[] | undefined {
  const extra = bootstrapField(secret, "auth-extra-groups");
  const groups = new Set([defaultBootstrapGroup]);
  for (const group of extra === "" ? [] : extra.split(",")) {
    if (!groupPattern.test(group)) return undefined;
    groups.add(group);
  }
  return [...groups].sort();
}

/** Compares hashes, so that neither content nor length shows in the time it takes. */
function sameSecret(one: string, other: string): boolean {
  const hash = (text: string) => createHash("sha256").update(text).digest();
  return one !== "" && timingSafeEqual(hash(one), hash(other));
}

// What a secret of type `kubernetes.io/service-account-token` should hold, and whether it should be at all. Pure.
// Source: kubernetes pkg/controller/serviceaccount/tokens_controller.go.

import type { Secret, ServiceAccount } from "../../types.generated.ts";

const tokenType = "kubernetes.io/service-account-token";
const nameAnnotation = "kubernetes.io/service-account.name";
const uidAnnotation = "kubernetes.io/service-account.uid";

type TokenSecretPlan = { action: "keep" } | { action: "delete" } | { action: "update"; secret: Secret };

/** The account that a token secret is for; undefined when it is no token secret. */
export function accountNameOf(secret: Secret): string | undefined {
  if (secret.type !== tokenType) return undefined;
  return secret.metadata.annotations?.[nameAnnotation] || undefined;
}

/** What to do about a token secret, given its account; `issue` makes the token. */
export function planTokenSecret(
  secret: Secret,
  account: ServiceAccount | undefined,
  authority: string,
  issue: (account: ServiceAccount) => string,
): TokenSecretPlan {
  const wantedUid = secret.metadata.annotations?.[uidAnnotation];
  if (account === undefined || (wantedUid && wantedUid !== account.metadata.uid)) return { action: "delete" };
  if (secret.metadata.deletionTimestamp !== undefined) return { action: "keep" };
  const data = { ...secret.data };
  const set = (key: string, text: string) => {
    data[key] = Buffer.from(text).toString("base64");
  };
  set("ca.crt", authority);
  set("namespace", secret.metadata.namespace ?? "");
  if (!data.token) set("token", issue(account));
  const isSame =
    Object.keys(data).every((key) => data[key] === secret.data?.[key]) && wantedUid === account.metadata.uid;
  if (isSame) return { action: "keep" };
  const annotations = { ...secret.metadata.annotations, [uidAnnotation]: account.metadata.uid! };
  return { action: "update", secret: { ...secret, metadata: { ...secret.metadata, annotations }, data } };
}

// Acting as another user: the Impersonate-* headers, each of which needs its own permission. Happens between authentication and
// authorization; from then on the request is the impersonated user's. Source: k8s.io/apiserver pkg/endpoints/filters/impersonation.go.

import { badRequest } from "../../machinery/status-error.ts";
import { forbiddenRequest } from "../authorization/forbidden.ts";
import {
  type Attributes,
  type Authorizer,
  anonymousUser,
  authenticatedGroup,
  type Credentials,
  type UserInfo,
} from "../identity.ts";
import { extraValues, headerValues } from "./front-proxy.ts";
import { unauthenticatedGroup } from "./request-authenticator.ts";
import { parseServiceAccountUsername, serviceAccountGroups } from "./service-account-names.ts";

const authenticationGroup = "authentication.k8s.io";
/** Each is an authorization of its own; more is an attack. */
const maximumPieces = 200;

/** One thing that the requester wants to be, as the resource that it needs `impersonate` on. */
interface Piece {
  group: string;
  resource: string;
  subresource: string;
  namespace: string;
  name: string;
}

/**
 * The user that the request acts as: the requester itself when it has no such headers. Throws the 403 of the first piece that the
 * requester may not impersonate.
 */
export function impersonate(
  requester: UserInfo,
  credentials: Credentials,
  authorizer: Pick<Authorizer, "authorize">,
): UserInfo | Promise<UserInfo> {
  if (credentials.headersWithPrefix("impersonate-").length === 0) return requester;
  return impersonateAs(requester, credentials, authorizer);
}

async function impersonateAs(
  requester: UserInfo,
  credentials: Credentials,
  authorizer: Pick<Authorizer, "authorize">,
): Promise<UserInfo> {
  const name = credentials.header("impersonate-user") ?? "";
  const uid = credentials.header("impersonate-uid") ?? "";
  const groups = headerValues(credentials, "impersonate-group");
  const extra = extraValues(credentials, "impersonate-extra-");
  const account = parseServiceAccountUsername(name);

  const pieces: Piece[] = [];
  const add = (group: string, resource: string, piece: string, namespace = "", subresource = "") =>
    pieces.push({ group, resource, subresource, namespace, name: piece });
  if (account !== undefined) add("", "serviceaccounts", account.name, account.namespace);
  else if (name !== "") add("", "users", name);
  for (const group of groups) add("", "groups", group);
  for (const [key, values] of extra) for (const value of values) add(authenticationGroup, "userextras", value, "", key);
  if (uid !== "") add(authenticationGroup, "uids", uid);
  if (pieces.length === 0) return requester;
  if (name === "") throw badRequest(`requested [${pieces.map(describe).join(" ")}] without impersonating a user`);
  if (pieces.length > maximumPieces) throw badRequest("too many things to impersonate at once");

  for (const piece of pieces) {
    const attributes: Attributes = {
      user: requester,
      verb: "impersonate",
      path: credentials.path ?? "",
      resource: { ...piece, version: piece.group === "" ? "" : "v1" },
    };
    const decision = await authorizer.authorize(attributes);
    if (decision.decision !== "allow") throw forbiddenRequest(attributes, decision.reason);
  }

  const user: UserInfo = {
    name,
    groups: completeGroups(
      name,
      groups.length === 0 && account !== undefined ? serviceAccountGroups(account.namespace) : groups,
    ),
  };
  if (uid !== "") user.uid = uid;
  if (extra.length > 0) user.extra = mergeExtra(extra);
  return user;
}

/** Everybody is authenticated or not; where the requester did not say, the name does. */
function completeGroups(name: string, groups: string[]): string[] {
  const belongsTo = (group: string) => groups.includes(group);
  if (name === anonymousUser.name) return belongsTo(unauthenticatedGroup) ? groups : [...groups, unauthenticatedGroup];
  return belongsTo(authenticatedGroup) || belongsTo(unauthenticatedGroup) ? groups : [...groups, authenticatedGroup];
}

function mergeExtra(entries: [string, string[]][]): Record<string, string[]> {
  const merged = new Map<string, string[]>();
  for (const [key, values] of entries) merged.set(key, [...(merged.get(key) ?? []), ...values]);
  return Object.fromEntries(merged);
}

/** As the object references that Kubernetes prints: kind, namespace, name, uid, apiVersion, resourceVersion, field path. */
function describe({ resource, namespace, name, subresource }: Piece): string {
  if (resource === "userextras") return `{UserExtra  ${name}  ${authenticationGroup}/v1  ${subresource}}`;
  if (resource === "uids") return `{UID  ${name}  ${authenticationGroup}/v1  }`;
  return `{${resource === "groups" ? "Group" : "User"} ${namespace} ${name}    }`;
}

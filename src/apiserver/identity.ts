// Who asks, what is asked, and who decides: the contracts of authentication and authorization.
// An identity belongs to the control plane that authenticated it and is never carried to another.

import type { X509Certificate } from "node:crypto";
import type { Requirement } from "../machinery/selectors.ts";

export interface UserInfo {
  name: string;
  uid?: string;
  groups: string[];
  extra?: Record<string, string[]>;
}

export const anonymousUser: UserInfo = { name: "system:anonymous", groups: ["system:unauthenticated"] };
export const authenticatedGroup = "system:authenticated";

/** What an authenticator may look at. */
export interface Credentials {
  /** The path of the request, without the query; anonymous requests are allowed by path. */
  readonly path?: string;
  /** `Authorization: Bearer …`, without the word. */
  bearerToken?: string;
  /** The client's certificate, not yet verified by anybody: the authenticator verifies it against its own plane's CA. */
  certificate?: X509Certificate;
  header(name: string): string | undefined;
  /** All values of headers whose lower-case name begins with the prefix; used for front-proxy extras. */
  headersWithPrefix(prefix: string): [name: string, values: string[]][];
}

export type Authentication =
  | { outcome: "authenticated"; user: UserInfo; audiences?: string[] }
  /** These credentials are not this authenticator's. */
  | { outcome: "absent" }
  /** Credentials were given and are wrong: 401. */
  | { outcome: "invalid"; reason: string };

export interface Authenticator {
  readonly name: string;
  authenticate(credentials: Credentials): Authentication | Promise<Authentication>;
}

/** What is asked, in the terms of RBAC. Verbs are those of Kubernetes, lower case. */
export interface Attributes {
  user: UserInfo;
  verb: string;
  /** Set for requests on resources. */
  resource?: {
    group: string;
    version: string;
    resource: string;
    subresource: string;
    namespace: string;
    name: string;
    /** Parsed selectors, for authorizers that look at them. */
    fieldSelector?: readonly Requirement[];
    labelSelector?: readonly Requirement[];
  };
  /** The path, for requests on other things. */
  path: string;
}

export type Decision =
  | { decision: "allow"; reason: string }
  | { decision: "deny"; reason: string }
  /** Not this authorizer's business; the next one is asked, and when none allows the request is refused. */
  | { decision: "noOpinion"; reason: string };

export interface Authorizer {
  readonly name: string;
  authorize(attributes: Attributes): Decision | Promise<Decision>;
  /** The rules of a user in a namespace, for SelfSubjectRulesReview; absent when the authorizer cannot enumerate. */
  rulesFor?(user: UserInfo, namespace: string): PolicyRule[];
}

/** A rule of RBAC. */
export interface PolicyRule {
  verbs: string[];
  apiGroups?: string[];
  resources?: string[];
  resourceNames?: string[];
  nonResourceURLs?: string[];
}

// Requests without credentials: whether there is an anonymous user, and for which paths. What it may do there, RBAC says.
// Source: the `anonymous` conditions of AuthenticationConfiguration (k8s.io/apiserver pkg/authentication/request/anonymous).

import { type Authentication, type Authenticator, anonymousUser, type Credentials } from "../identity.ts";

/** The health of the server, and what a machine that joins reads before it has credentials. */
export const defaultAnonymousPaths: readonly string[] = [
  "/livez",
  "/readyz",
  "/healthz",
  "/api/v1/namespaces/kube-public/configmaps/cluster-info",
];

/** `health` admits the paths of `paths` (exactly these), `all` every path, `none` no path. */
export interface AnonymousSettings {
  mode: "health" | "all" | "none";
  /** `defaultAnonymousPaths` when absent. */
  paths?: readonly string[];
}

export class AnonymousAuthenticator implements Authenticator {
  readonly name = "anonymous";
  readonly #mode: AnonymousSettings["mode"];
  readonly #paths: ReadonlySet<string>;

  constructor({ mode, paths = defaultAnonymousPaths }: AnonymousSettings) {
    this.#mode = mode;
    this.#paths = new Set(paths);
  }

  authenticate({ path }: Credentials): Authentication {
    const admitted = this.#mode === "all" || (this.#mode === "health" && path !== undefined && this.#paths.has(path));
    return admitted ? { outcome: "authenticated", user: anonymousUser } : { outcome: "absent" };
  }
}

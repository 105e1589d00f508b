// Kubeconfig files: built for users of a control plane, and read by our own client. Source: k8s.io/client-go tools/clientcmd/api/v1.

import { parse, stringify } from "yaml";
import { isObject, type JsonObject } from "../../machinery/object.ts";

/** How to reach a server, and as whom. Certificates and keys are PEM. */
export interface KubeconfigAccess {
  server: string;
  certificateAuthority?: string;
  insecureSkipTlsVerify?: boolean;
  tlsServerName?: string;
  proxyUrl?: string;
  namespace?: string;
  clientCertificate?: string;
  clientKey?: string;
  token?: string;
  username?: string;
  password?: string;
  impersonate?: { user: string; uid?: string; groups?: string[]; extra?: Record<string, string[]> };
}

/** The text of a kubeconfig with one cluster, user and context. */
export function buildKubeconfig(access: KubeconfigAccess, names: { cluster: string; user: string }): string {
  const cluster: JsonObject = { server: access.server };
  if (access.certificateAuthority !== undefined) {
    cluster["certificate-authority-data"] = base64(access.certificateAuthority);
  }
  if (access.insecureSkipTlsVerify === true) cluster["insecure-skip-tls-verify"] = true;
  if (access.tlsServerName !== undefined) cluster["tls-server-name"] = access.tlsServerName;
  if (access.proxyUrl !== undefined) cluster["proxy-url"] = access.proxyUrl;
  const user: JsonObject = {};
  if (access.clientCertificate !== undefined) user["client-certificate-data"] = base64(access.clientCertificate);
  if (access.clientKey !== undefined) user["client-key-data"] = base64(access.clientKey);
  if (access.token !== undefined) user.token = access.token;
  if (access.username !== undefined) user.username = access.username;
  if (access.password !== undefined) user.password = access.password;
  if (access.impersonate !== undefined) {
    user.as = access.impersonate.user;
    if (access.impersonate.uid !== undefined) user["as-uid"] = access.impersonate.uid;
    if (access.impersonate.groups !== undefined) user["as-groups"] = access.impersonate.groups;
    if (access.impersonate.extra !== undefined) user["as-user-extra"] = access.impersonate.extra;
  }
  const context: JsonObject = { cluster: names.cluster, user: names.user };
  if (access.namespace !== undefined) context.namespace = access.namespace;
  const contextName = `${names.user}@${names.cluster}`;
  return stringify({
    apiVersion: "v1",
    kind: "Config",
    clusters: [{ name: names.cluster, cluster }],
    users: [{ name: names.user, user }],
    contexts: [{ name: contextName, context }],
    "current-context": contextName,
    preferences: {},
  });
}

/**
 * The access that a kubeconfig's context gives (the current one when `context` is absent). `readFile` gives the text of a file that the
 * kubeconfig names; the caller resolves relative paths against the kubeconfig's folder. Inline data wins over files, as in kubectl.
 * Throws an error that says what is wrong.
 */
export function parseKubeconfig(
  source: string,
  options: { context?: string; readFile(path: string): string },
): KubeconfigAccess {
  const config: unknown = parse(source, { maxAliasCount: 100 });
  if (!isObject(config)) throw new Error("the kubeconfig is not a mapping");
  const contextName = options.context ?? config["current-context"];
  if (typeof contextName !== "string" || contextName === "") throw new Error("the kubeconfig has no current-context");
  const context = entry(config.contexts, "context", contextName);
  const cluster = entry(config.clusters, "cluster", String(context.cluster));
  const user =
    context.user === undefined || context.user === "" ? {} : entry(config.users, "user", String(context.user));
  const server = string(cluster, "server");
  if (server === undefined) throw new Error(`cluster ${JSON.stringify(context.cluster)} has no server`);
  if (user.exec !== undefined || user["auth-provider"] !== undefined) {
    throw new Error(
      `user ${JSON.stringify(context.user)} needs an exec or auth-provider plug-in, which is not supported`,
    );
  }

  const access: KubeconfigAccess = { server };
  const set = <K extends keyof KubeconfigAccess>(key: K, value: KubeconfigAccess[K] | undefined) => {
    if (value !== undefined) access[key] = value;
  };
  set("certificateAuthority", dataOrFile(cluster, "certificate-authority", options.readFile));
  if (cluster["insecure-skip-tls-verify"] === true) access.insecureSkipTlsVerify = true;
  set("tlsServerName", string(cluster, "tls-server-name"));
  set("proxyUrl", string(cluster, "proxy-url"));
  set("namespace", string(context, "namespace"));
  set("clientCertificate", dataOrFile(user, "client-certificate", options.readFile));
  set("clientKey", dataOrFile(user, "client-key", options.readFile));
  const tokenFile = string(user, "tokenFile");
  set("token", tokenFile === undefined ? string(user, "token") : options.readFile(tokenFile).trim());
  set("username", string(user, "username"));
  set("password", string(user, "password"));
  const impersonated = string(user, "as");
  if (impersonated !== undefined) {
    access.impersonate = { user: impersonated };
    const uid = string(user, "as-uid");
    if (uid !== undefined) access.impersonate.uid = uid;
    if (Array.isArray(user["as-groups"])) access.impersonate.groups = user["as-groups"].map(String);
    if (isObject(user["as-user-extra"])) {
      access.impersonate.extra = user["as-user-extra"] as Record<string, string[]>;
    }
  }
  return access;
}

/** The named entry of one of the lists of a kubeconfig. */
function entry(list: unknown, what: "context" | "cluster" | "user", name: string): JsonObject {
  const found = Array.isArray(list) ? list.find((item) => isObject(item) && item.name === name) : undefined;
  if (found === undefined || !isObject(found[what]))
    throw new Error(`the kubeconfig has no ${what} ${JSON.stringify(name)}`);
  return found[what];
}

function string(object: JsonObject, key: string): string | undefined {
  const value = object[key];
  return typeof value === "string" && value !== "" ? value : undefined;
}

function dataOrFile(object: JsonObject, key: string, readFile: (path: string) => string): string | undefined {
  const data = string(object, `${key}-data`);
  if (data !== undefined) return Buffer.from(data, "base64").toString("utf8");
  const path = string(object, key);
  return path === undefined ? undefined : readFile(path);
}

function base64(text: string): string {
  return Buffer.from(text, "utf8").toString("base64");
}

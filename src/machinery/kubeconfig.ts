// Kubeconfig files: built for users of a control plane, and read by our own client. Source: k8s.io/client-go tools/clientcmd/api/v1.

import { parse, stringify } from "yaml";
import { isObject, type JsonObject } from "./object.ts";

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
  /** Where the token came from; it may be replaced there. */
  tokenFile?: string;
  username?: string;
  password?: string;
  /** A program that gives the credentials. */
  exec?: ExecPlugin;
  impersonate?: Impersonation;
}

export interface Impersonation {
  user: string;
  uid?: string;
  groups?: string[];
  extra?: Record<string, string[]>;
}

/** A credential plug-in, as `users[].user.exec` names it. */
export interface ExecPlugin {
  /** Of the exchange: `client.authentication.k8s.io/v1` or `…/v1beta1`. */
  apiVersion: string;
  command: string;
  args: string[];
  env: Record<string, string>;
  interactiveMode: "Never" | "IfAvailable" | "Always";
  provideClusterInfo: boolean;
  installHint: string;
  /** What the cluster's extension `client.authentication.k8s.io/exec` holds. */
  clusterConfig?: unknown;
}

const execExtension = "client.authentication.k8s.io/exec";
const execVersions = ["client.authentication.k8s.io/v1", "client.authentication.k8s.io/v1beta1"];

/** The text of a kubeconfig with one cluster, user and context. */
export function buildKubeconfig(
  access: Omit<KubeconfigAccess, "exec">,
  names: { cluster: string; user: string },
): string {
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
  if (access.tokenFile !== undefined) user.tokenFile = access.tokenFile;
  else if (access.token !== undefined) user.token = access.token;
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
  if (user["auth-provider"] !== undefined) {
    throw new Error(
      `user ${JSON.stringify(context.user)} needs an auth-provider, which Kubernetes has removed: use an exec plug-in`,
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
  set("tokenFile", tokenFile);
  set("token", tokenFile === undefined ? string(user, "token") : options.readFile(tokenFile).trim());
  set("username", string(user, "username"));
  set("password", string(user, "password"));
  if (user.exec !== undefined) access.exec = parseExec(user.exec, cluster, String(context.user));
  set("impersonate", parseImpersonation(user));
  return access;
}

function parseImpersonation(user: JsonObject): Impersonation | undefined {
  const name = string(user, "as");
  if (name === undefined) return undefined;
  const impersonate: Impersonation = { user: name };
  const uid = string(user, "as-uid");
  if (uid !== undefined) impersonate.uid = uid;
  if (Array.isArray(user["as-groups"])) impersonate.groups = user["as-groups"].map(String);
  if (isObject(user["as-user-extra"])) {
    impersonate.extra = Object.fromEntries(
      Object.entries(user["as-user-extra"]).map(([key, values]) => [key, [values].flat().map(String)]),
    );
  }
  return impersonate;
}

function parseExec(exec: unknown, cluster: JsonObject, userName: string): ExecPlugin {
  const whose = `the exec plug-in of user ${JSON.stringify(userName)}`;
  if (!isObject(exec)) throw new Error(`${whose} is not a mapping`);
  const apiVersion = string(exec, "apiVersion") ?? "";
  if (!execVersions.includes(apiVersion)) {
    throw new Error(`${whose} has the apiVersion ${JSON.stringify(apiVersion)}; known are ${execVersions.join(", ")}`);
  }
  const command = string(exec, "command");
  if (command === undefined) throw new Error(`${whose} has no command`);
  const mode = string(exec, "interactiveMode") ?? "IfAvailable";
  if (mode !== "Never" && mode !== "IfAvailable" && mode !== "Always") {
    throw new Error(`${whose} has the interactiveMode ${JSON.stringify(mode)}; known are Never, IfAvailable, Always`);
  }
  const env: [string, string][] = Array.isArray(exec.env)
    ? exec.env.filter(isObject).map(({ name, value }) => [String(name), String(value)])
    : [];
  const extensions: unknown[] = Array.isArray(cluster.extensions) ? cluster.extensions : [];
  const extension = extensions.find((item): item is JsonObject => isObject(item) && item.name === execExtension);
  return {
    apiVersion,
    command,
    args: Array.isArray(exec.args) ? exec.args.map(String) : [],
    env: Object.fromEntries(env),
    interactiveMode: mode,
    provideClusterInfo: exec.provideClusterInfo === true,
    installHint: string(exec, "installHint") ?? "",
    ...(extension !== undefined && { clusterConfig: extension.extension }),
  };
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

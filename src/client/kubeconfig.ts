// Clients from what a machine has: a kubeconfig, or the service account of a pod.

import { readFileSync } from "node:fs";
import { dirname, isAbsolute, join, resolve } from "node:path";
import { type KubeconfigAccess, parseKubeconfig } from "../machinery/kubeconfig.ts";
import { type Clock, systemClock } from "./clock.ts";
import { type CredentialSource, fixedCredentials, TokenFileCredentials } from "./credentials.ts";
import { ExecCredentials } from "./exec-credentials.ts";
import { type HttpsClient, type HttpsOptions, httpsClient } from "./https.ts";

export interface KubeconfigClientOptions extends Pick<HttpsOptions, "userAgent" | "timeout" | "clock"> {
  /** The current context when absent. */
  context?: string;
  /** The environment of credential plug-ins; default that of the process. */
  environment?: Readonly<Record<string, string | undefined>>;
}

/**
 * A client from a kubeconfig: its path, or its text (which has several lines or is JSON).
 * Throws an error that says what is wrong with it.
 *
 * @example
 * const client = clientFromKubeconfig("/home/ann/.kube/config", { context: "hub" });
 */
export function clientFromKubeconfig(pathOrText: string, options: KubeconfigClientOptions = {}): HttpsClient {
  const { context, environment = process.env, ...rest } = options;
  const isText = pathOrText.includes("\n") || pathOrText.trimStart().startsWith("{");
  const folder = isText ? process.cwd() : dirname(resolve(pathOrText));
  const text = isText ? pathOrText : readFileSync(pathOrText, "utf8");
  const access = parseKubeconfig(text, { context, readFile: (path) => readFileSync(resolve(folder, path), "utf8") });
  const { server, certificateAuthority, insecureSkipTlsVerify, tlsServerName, proxyUrl, impersonate } = access;
  return httpsClient({
    ...rest,
    server,
    certificateAuthority,
    insecureSkipTlsVerify,
    tlsServerName,
    proxyUrl,
    impersonate,
    credentials: credentialsOf(access, { folder, environment, clock: options.clock ?? systemClock }),
  });
}

function credentialsOf(
  access: KubeconfigAccess,
  { folder, environment, clock }: { folder: string; environment: NodeJS.ProcessEnv; clock: Clock },
): CredentialSource {
  const { exec, tokenFile, clientCertificate, clientKey, token, username, password } = access;
  if (exec !== undefined) {
    // A command with a slash is a path, from the kubeconfig's folder; any other is looked for as a shell does.
    const isPath = exec.command.includes("/") && !isAbsolute(exec.command);
    const plugin = isPath ? { ...exec, command: resolve(folder, exec.command) } : exec;
    return new ExecCredentials({
      plugin,
      cluster: access,
      environment,
      interactive: process.stdin.isTTY === true,
      clock,
    });
  }
  const fixed = { clientCertificate, clientKey, token, username, password };
  if (tokenFile === undefined) return fixedCredentials(fixed);
  return new TokenFileCredentials(resolve(folder, tokenFile), fixed, clock);
}

const serviceAccountFolder = "/var/run/secrets/kubernetes.io/serviceaccount";

export interface InClusterOptions extends Pick<HttpsOptions, "userAgent" | "timeout" | "clock"> {
  environment?: Readonly<Record<string, string | undefined>>;
  /** Where the token and the authority are. */
  folder?: string;
}

/** A client for a program in a pod, as the pod's service account. Throws an error when this is no pod. */
export function inClusterClient(options: InClusterOptions = {}): HttpsClient {
  const { environment = process.env, folder = serviceAccountFolder, ...rest } = options;
  const { KUBERNETES_SERVICE_HOST: host, KUBERNETES_SERVICE_PORT: port } = environment;
  if (!host || !port) {
    throw new Error("this is no pod: KUBERNETES_SERVICE_HOST and KUBERNETES_SERVICE_PORT are not set");
  }
  return httpsClient({
    ...rest,
    server: `https://${host.includes(":") ? `[${host}]` : host}:${port}`,
    certificateAuthority: readFileSync(join(folder, "ca.crt"), "utf8"),
    credentials: new TokenFileCredentials(join(folder, "token"), {}, options.clock ?? systemClock),
  });
}

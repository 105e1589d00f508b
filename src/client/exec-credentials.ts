// Credentials from a program, as kubeconfigs name them for cloud providers and single sign-on.
// Source of the exchange: client.authentication.k8s.io/v1 in k8s.io/client-go.

import { spawn } from "node:child_process";
import { parseJson } from "../machinery/json.ts";
import type { ExecPlugin, KubeconfigAccess } from "../machinery/kubeconfig.ts";
import { isObject, type JsonObject } from "../machinery/object.ts";
import { parseTime } from "../machinery/time.ts";
import type { Clock } from "./clock.ts";
import type { CredentialSource, Credentials } from "./credentials.ts";

export interface ExecCredentialsOptions {
  plugin: ExecPlugin;
  /** What the plug-in is told about the cluster, if it asks. */
  cluster: Pick<
    KubeconfigAccess,
    "server" | "certificateAuthority" | "insecureSkipTlsVerify" | "tlsServerName" | "proxyUrl"
  >;
  /** The environment of the program, besides what the plug-in's entry adds. */
  environment: Readonly<Record<string, string | undefined>>;
  /** Whether a person can answer questions on standard input. */
  interactive: boolean;
  clock: Clock;
}

/** Most output of a program that is read, in characters. */
const longestOutput = 1 << 20;

export class ExecCredentials implements CredentialSource {
  readonly #options: ExecCredentialsOptions;
  #cached: { credentials: Credentials; until: number } | undefined;
  #running: Promise<Credentials> | undefined;

  constructor(options: ExecCredentialsOptions) {
    this.#options = options;
  }

  async current(): Promise<Credentials> {
    if (this.#cached !== undefined && this.#options.clock.now().getTime() < this.#cached.until) {
      return this.#cached.credentials;
    }
    this.#running ??= this.#run().finally(() => {
      this.#running = undefined;
    });
    return this.#running;
  }

  refused(credentials: Credentials): boolean {
    if (this.#cached?.credentials === credentials) this.#cached = undefined;
    return true;
  }

  async #run(): Promise<Credentials> {
    const { plugin } = this.#options;
    const output = await this.#execute();
    const parsed = parseJson(output);
    const answer: unknown = parsed.ok ? parsed.value : undefined;
    if (
      !isObject(answer) ||
      answer.kind !== "ExecCredential" ||
      answer.apiVersion !== plugin.apiVersion ||
      !isObject(answer.status)
    ) {
      throw new Error(`${plugin.command} did not answer with an ExecCredential of ${plugin.apiVersion} with a status`);
    }
    const status: JsonObject = answer.status;
    const { token, clientCertificateData: clientCertificate, clientKeyData: clientKey } = status;
    if (!token && !(clientCertificate && clientKey)) {
      throw new Error(`${plugin.command} gave neither a token nor a client certificate with its key`);
    }
    const credentials: Credentials = {
      ...(token && { token: String(token) }),
      ...(clientCertificate && { clientCertificate: String(clientCertificate), clientKey: String(clientKey) }),
    };
    const expires = parseTime(String(status.expirationTimestamp ?? ""));
    this.#cached = { credentials, until: expires?.getTime() ?? Number.POSITIVE_INFINITY };
    return credentials;
  }

  #execute(): Promise<string> {
    const { plugin, environment } = this.#options;
    const interactive = this.#options.interactive && plugin.interactiveMode !== "Never";
    if (plugin.interactiveMode === "Always" && !interactive) {
      throw new Error(`${plugin.command} needs a terminal, and there is none`);
    }
    const info = { kind: "ExecCredential", apiVersion: plugin.apiVersion, spec: this.#spec(interactive) };
    const env = { ...environment, ...plugin.env, KUBERNETES_EXEC_INFO: JSON.stringify(info) };
    return new Promise((resolve, reject) => {
      const child = spawn(plugin.command, plugin.args, {
        env,
        stdio: [interactive ? "inherit" : "ignore", "pipe", "inherit"],
      });
      let output = "";
      child.stdout.setEncoding("utf8");
      child.stdout.on("data", (text: string) => {
        output += text;
        if (output.length > longestOutput) child.kill();
      });
      child.on("error", (error) => {
        const hint = plugin.installHint === "" ? "" : `\n${plugin.installHint}`;
        reject(
          new Error(`the credential plug-in ${plugin.command} could not be run: ${error.message}${hint}`, {
            cause: error,
          }),
        );
      });
      child.on("close", (code, signal) => {
        if (code === 0) resolve(output);
        else reject(new Error(`the credential plug-in ${plugin.command} ended with ${signal ?? `exit code ${code}`}`));
      });
    });
  }

  #spec(interactive: boolean): JsonObject {
    const { plugin, cluster } = this.#options;
    if (!plugin.provideClusterInfo) return { interactive };
    const { server, certificateAuthority, insecureSkipTlsVerify, tlsServerName, proxyUrl } = cluster;
    return {
      interactive,
      cluster: {
        server,
        ...(tlsServerName !== undefined && { "tls-server-name": tlsServerName }),
        ...(insecureSkipTlsVerify === true && { "insecure-skip-tls-verify": true }),
        ...(certificateAuthority !== undefined && {
          "certificate-authority-data": Buffer.from(certificateAuthority).toString("base64"),
        }),
        ...(proxyUrl !== undefined && { "proxy-url": proxyUrl }),
        ...(plugin.clusterConfig !== undefined && { config: plugin.clusterConfig }),
      },
    };
  }
}

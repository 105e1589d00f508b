// The connections to one aggregated server: where its service is, how it is trusted, and who we are to it. They are kept and used
// again; the front-proxy certificate of the plane makes the server believe the user headers.

import type { IncomingMessage } from "node:http";
import { Agent, type RequestOptions } from "node:https";
import type { KeyPair } from "../pki/certificate-authority.ts";
import type { StateReader } from "../strategy.ts";
import { networkErrorText } from "../webhooks/network-error.ts";
import { type Address, resolveService, serviceHostName } from "../webhooks/service-address.ts";
import type { RemoteApiService } from "./api-service.ts";

const idleMilliseconds = 90_000;
const maxIdle = 32;

/** A request that got no answer; the message is that of Go's client. */
export class UnreachableError extends Error {}

export class ServerConnection {
  readonly #state: StateReader;
  readonly #service: RemoteApiService["service"];
  readonly #agent: Agent;
  readonly #tls: RequestOptions;
  #addresses: readonly Address[] | undefined;
  #turn = 0;

  constructor(state: StateReader, remote: RemoteApiService, client: KeyPair) {
    this.#state = state;
    this.#service = remote.service;
    this.#agent = new Agent({ keepAlive: true, maxFreeSockets: maxIdle, timeout: idleMilliseconds });
    this.#tls = {
      cert: client.certificate,
      key: client.privateKey,
      servername: this.hostName,
      rejectUnauthorized: !remote.insecureSkipTLSVerify,
      ...(remote.caBundle !== undefined && { ca: Buffer.from(remote.caBundle, "base64").toString("utf8") }),
    };
  }

  /** The name that the server's certificate has to be for. */
  get hostName(): string {
    return serviceHostName(this.#service);
  }

  /** `host:port` of the service, as URLs in messages show it. */
  get host(): string {
    return `${this.hostName}:${this.#service.port}`;
  }

  /** Options of the next request: the addresses of the service take turns. @throws Error when the service has none */
  next(): RequestOptions {
    this.#addresses ??= resolveService(this.#state, this.#service);
    const address = this.#addresses[this.#turn++ % this.#addresses.length]!;
    return { ...this.#tls, agent: this.#agent, host: address.host, port: address.port };
  }

  /** The service or its endpoints changed. */
  forgetAddresses(): void {
    this.#addresses = undefined;
  }

  unreachable(error: unknown): UnreachableError {
    if (error instanceof UnreachableError) return error;
    return new UnreachableError(networkErrorText(error, { host: this.host, hostname: this.hostName }));
  }

  /** Cuts what is under way: the server is no longer the one that answers. */
  close(): void {
    this.#agent.destroy();
  }
}

/** All values of the headers of an answer, without those that concern the connection alone. */
export function answerHeaders(response: IncomingMessage): Record<string, string | string[]> {
  const headers: Record<string, string | string[]> = {};
  const named = new Set((response.headers.connection ?? "").split(",").map((name) => name.trim().toLowerCase()));
  for (const [name, values = []] of Object.entries(response.headersDistinct)) {
    if (connectionHeaders.has(name) || named.has(name)) continue;
    headers[name] = values.length === 1 ? values[0]! : values;
  }
  return headers;
}

/** Headers that are about one connection and never passed on (RFC 9110, 7.6.1). */
export const connectionHeaders: ReadonlySet<string> = new Set([
  "connection",
  "keep-alive",
  "proxy-authenticate",
  "proxy-authorization",
  "proxy-connection",
  "te",
  "trailer",
  "transfer-encoding",
  "upgrade",
]);

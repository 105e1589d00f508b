// The client's transport over HTTPS: puts requests into HTTP, reads answers and watches, and repeats what is safe to repeat.

import { parseJson } from "../machinery/json.ts";
import type { Impersonation } from "../machinery/kubeconfig.ts";
import { isObject, type JsonObject, type KubeObject } from "../machinery/object.ts";
import { StatusError } from "../machinery/status-error.ts";
import type { Client, WatchEvent } from "./client.ts";
import { type Clock, sleep, systemClock } from "./clock.ts";
import { ConnectionPool } from "./connection-pool.ts";
import { type CredentialSource, type Credentials, fixedCredentials } from "./credentials.ts";
import type { Target } from "./dial.ts";
import { answerError, ConnectionError, unreadableAnswer } from "./errors.ts";
import type { HttpResponse } from "./http-connection.ts";
import { linesOf, readAll } from "./read-body.ts";
import { createClient } from "./resource-client.ts";
import type { Transport, TransportRequest } from "./transport.ts";

export interface HttpsOptions
  extends Pick<Target, "certificateAuthority" | "insecureSkipTlsVerify" | "tlsServerName" | "proxyUrl"> {
  /** `https://host:port/prefix`; `http:` only for a proxy on this machine. */
  server: string;
  credentials?: CredentialSource | Credentials;
  impersonate?: Impersonation;
  userAgent?: string;
  /** Milliseconds until an answer has to be there, or a watch has to begin. Default 60,000. */
  timeout?: number;
  clock?: Clock;
}

export interface HttpsClient extends Client {
  /** Takes other credentials from the next request on. What is under way fails with a ConnectionError; informers go on by themselves. */
  setCredentials(credentials: Credentials): void;
}

/** A client of a server that is reached over the network. */
export function httpsClient(options: HttpsOptions): HttpsClient {
  const transport = new HttpsTransport(options);
  return { ...createClient(transport), setCredentials: (credentials) => transport.setCredentials(credentials) };
}

/** Longest answer and longest event of a watch that are read, in bytes. */
const longestAnswer = 1 << 30;
const longestEvent = 64 << 20;
/** Times that a request is sent again because the server said so (429, or 5xx with Retry-After); the same as in client-go. */
const mostRetries = 10;

class HttpsTransport implements Transport {
  readonly #options: HttpsOptions;
  readonly #server: URL;
  readonly #prefix: string;
  readonly #timeout: number;
  readonly #clock: Clock;
  #credentials: CredentialSource;
  #pool: { readonly connections: ConnectionPool; readonly identity: string } | undefined;
  #closed = false;

  constructor(options: HttpsOptions) {
    this.#options = options;
    this.#server = new URL(options.server);
    if (this.#server.protocol !== "https:" && this.#server.protocol !== "http:") {
      throw new Error(`the server ${options.server} is no https URL`);
    }
    this.#prefix = this.#server.pathname.replace(/\/+$/, "");
    this.#timeout = options.timeout ?? 60_000;
    this.#clock = options.clock ?? systemClock;
    this.#credentials = sourceOf(options.credentials ?? {});
  }

  setCredentials(credentials: Credentials): void {
    this.#credentials = sourceOf(credentials);
    this.#pool?.connections.close(true);
    this.#pool = undefined;
  }

  async send(request: TransportRequest): Promise<unknown> {
    const timer = new Deadline(this.#clock, this.#timeout, request.signal);
    try {
      const response = await this.#request(request, timer);
      const body = await readAll(response.body, longestAnswer);
      return String(response.headers["content-type"] ?? "").includes("json") ? value(body) : body.toString("utf8");
    } catch (error) {
      throw this.#explain(error, timer);
    } finally {
      timer.end();
    }
  }

  async *watch(request: Omit<TransportRequest, "body" | "method">): AsyncGenerator<WatchEvent<KubeObject>> {
    const timer = new Deadline(this.#clock, this.#timeout, request.signal);
    try {
      const response = await this.#request({ ...request, method: "GET" }, timer);
      timer.reached();
      for await (const line of linesOf(response.body, longestEvent)) yield watchEvent(line);
    } catch (error) {
      if (request.signal?.aborted) return;
      throw this.#explain(error, timer);
    } finally {
      timer.end();
    }
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#pool?.connections.close(true);
    this.#pool = undefined;
  }

  /** The answer to a request, if it is a success; throws a StatusError otherwise. */
  async #request(request: TransportRequest, timer: Deadline): Promise<HttpResponse> {
    let refused = false;
    for (let retries = 0; ; ) {
      const source = this.#credentials;
      const credentials = await source.current();
      const response = await this.#attempt(request, credentials, timer.signal);
      if (response.code >= 200 && response.code < 300) return response;
      const retryAfter = retryAfterOf(response);
      const body = await readAll(response.body, longestEvent);
      if (response.code === 401 && !refused) {
        refused = true;
        if (source !== this.#credentials || source.refused(credentials)) continue;
      }
      const mayRetry = retryAfter !== undefined && (response.code === 429 || response.code >= 500);
      if (!mayRetry || retries++ >= mostRetries) throw answerError(response.code, body, retryAfter);
      await timer.pause(retryAfter * 1000);
    }
  }

  #attempt(request: TransportRequest, credentials: Credentials, signal: AbortSignal): Promise<HttpResponse> {
    const query = new URLSearchParams(request.query).toString();
    return this.#poolFor(credentials).request({
      method: request.method,
      path: `${this.#prefix}${request.path}${query === "" ? "" : `?${query}`}`,
      headers: this.#headers(request, credentials),
      body: request.body === undefined ? undefined : Buffer.from(JSON.stringify(request.body)),
      signal,
    });
  }

  /** Connections carry the client certificate, so another certificate takes other connections. */
  #poolFor({ clientCertificate, clientKey }: Credentials): ConnectionPool {
    if (this.#closed) throw new Error("the client is closed");
    const identity = `${clientCertificate}\n${clientKey}`;
    if (this.#pool?.identity === identity) return this.#pool.connections;
    this.#pool?.connections.close(false);
    const { certificateAuthority, insecureSkipTlsVerify, tlsServerName, proxyUrl } = this.#options;
    const target: Target = {
      server: this.#server,
      certificateAuthority,
      insecureSkipTlsVerify,
      tlsServerName,
      proxyUrl,
      clientCertificate,
      clientKey,
      timeout: this.#timeout,
    };
    this.#pool = { connections: new ConnectionPool(target, this.#clock), identity };
    return this.#pool.connections;
  }

  #headers(request: TransportRequest, { token, username, password }: Credentials): Record<string, string | string[]> {
    const { userAgent = "muster", impersonate } = this.#options;
    const headers: Record<string, string | string[]> = { accept: "application/json", "user-agent": userAgent };
    if (request.body !== undefined) headers["content-type"] = request.contentType ?? "application/json";
    if (token !== undefined) headers.authorization = `Bearer ${token}`;
    else if (username !== undefined) {
      headers.authorization = `Basic ${Buffer.from(`${username}:${password ?? ""}`).toString("base64")}`;
    }
    if (impersonate !== undefined) {
      headers["impersonate-user"] = impersonate.user;
      if (impersonate.uid !== undefined) headers["impersonate-uid"] = impersonate.uid;
      if (impersonate.groups !== undefined) headers["impersonate-group"] = impersonate.groups;
      for (const [key, values] of Object.entries(impersonate.extra ?? {})) {
        headers[`impersonate-extra-${encodeURIComponent(key).toLowerCase()}`] = values;
      }
    }
    return headers;
  }

  #explain(error: unknown, timer: Deadline): unknown {
    if (error instanceof StatusError) return error;
    const { origin } = this.#server;
    if (timer.passed) {
      return new ConnectionError(`${origin} did not answer within ${this.#timeout} ms`, {
        cause: error,
        timeout: true,
      });
    }
    const why = error instanceof Error ? error.message : String(error);
    return new ConnectionError(`request to ${origin} failed: ${why}`, { cause: error });
  }
}

/** The time that a request has, and the wish of its caller to end it. */
class Deadline {
  readonly signal: AbortSignal;
  readonly #abort = new AbortController();
  readonly #clock: Clock;
  readonly #wanted: AbortSignal | undefined;
  readonly #timer: { cancel(): void };
  passed = false;

  constructor(clock: Clock, milliseconds: number, wanted: AbortSignal | undefined) {
    this.#clock = clock;
    this.#wanted = wanted;
    this.signal = this.#abort.signal;
    this.#timer = clock.after(milliseconds, () => {
      this.passed = true;
      this.#abort.abort(new Error("time is up"));
    });
    if (wanted?.aborted) this.#cancel();
    wanted?.addEventListener("abort", this.#cancel);
  }

  readonly #cancel = () => this.#abort.abort(new Error("the request was cancelled"));

  /** What there was time for has happened; only the caller ends the rest. */
  reached(): void {
    this.#timer.cancel();
  }

  end(): void {
    this.#timer.cancel();
    this.#wanted?.removeEventListener("abort", this.#cancel);
  }

  async pause(milliseconds: number): Promise<void> {
    await sleep(this.#clock, milliseconds, this.signal);
    this.signal.throwIfAborted();
  }
}

function sourceOf(credentials: CredentialSource | Credentials): CredentialSource {
  return "current" in credentials ? credentials : fixedCredentials(credentials);
}

function retryAfterOf({ headers }: HttpResponse): number | undefined {
  const text = String(headers["retry-after"] ?? "");
  return /^[0-9]{1,6}$/.test(text) ? Number(text) : undefined;
}

function value(body: Buffer): unknown {
  const parsed = parseJson(body);
  if (!parsed.ok) throw unreadableAnswer(parsed.error);
  return parsed.value;
}

function watchEvent(line: Buffer): WatchEvent<KubeObject> {
  const event = value(line);
  if (!isObject(event) || !isObject(event.object)) throw unreadableAnswer("an event of the watch is no object");
  const { type, object }: JsonObject = event;
  if (type === "ERROR") throw StatusError.from(object);
  if (type !== "ADDED" && type !== "MODIFIED" && type !== "DELETED" && type !== "BOOKMARK") {
    throw unreadableAnswer(`the watch has an event of type ${JSON.stringify(type)}`);
  }
  if (!isObject(object.metadata)) throw unreadableAnswer("an object of the watch has no metadata");
  return { type, object: object as KubeObject };
}

// Calls webhooks: a URL, or a service of the cluster, over HTTPS and with the certificates of its configuration. Admission, conversion of
// custom resources and authorization webhooks all go through here.
//
// Invariants: a connection is used again only for the same host, name and trusted certificates; an answer is bounded in size and
// time; redirects are not followed; nothing of the caller's identity is sent.

import { Agent, type RequestOptions, request } from "node:https";
import { isIP } from "node:net";
import { encodeJson, parseJson } from "../../machinery/json.ts";
import type { JsonObject } from "../../machinery/object.ts";
import type { WebhookPost, WebhookTarget } from "../crd/conversion.ts";
import type { StateReader } from "../strategy.ts";
import { networkErrorText } from "./network-error.ts";
import { type Address, resolveService, serviceHostName } from "./service-address.ts";

const largestAnswer = 16 * 1024 * 1024;
const connections = { most: 64, idle: 8, idleMilliseconds: 30_000 } as const;

interface WebhookCall {
  target: WebhookTarget;
  /** Base64 of PEM; the system's authorities when absent. */
  caBundle: string | undefined;
  body: JsonObject;
  timeoutSeconds: number;
}

/** The webhook calls of one control plane. */
export class WebhookClient {
  readonly #state: StateReader;
  #agent: Agent | undefined;
  #turn = 0;

  /** `state` finds services and their endpoints. */
  constructor(state: StateReader) {
    this.#state = state;
  }

  /**
   * POSTs JSON and returns the JSON of the answer.
   *
   * @throws Error whose text is that of Go's client, as `Post "https://a.b.svc:443/?timeout=10s": context deadline exceeded`
   */
  async call({ target, caBundle, body, timeoutSeconds }: WebhookCall): Promise<unknown> {
    const to = destinationOf(target, timeoutSeconds);
    try {
      const options = { ...connectionTo(to, caBundle), ...this.#place(target, to) };
      const answer = await this.#post(to, options, encodeJson(body), timeoutSeconds);
      const parsed = parseJson(answer);
      if (!parsed.ok) throw new CallError(parsed.error, "answer");
      return parsed.value;
    } catch (error) {
      if (error instanceof CallError && error.kind === "answer") throw new Error(error.message);
      throw new Error(`Post ${JSON.stringify(to.href)}: ${error instanceof Error ? error.message : String(error)}`);
    }
  }

  /** Where to connect, when that is not the host of the URL. */
  #place(target: WebhookTarget, to: Destination): RequestOptions {
    if (!("service" in target)) return {};
    const addresses = resolveService(this.#state, target.service);
    const address: Address = addresses[this.#turn++ % addresses.length]!;
    return { host: address.host, port: address.port, servername: to.hostname };
  }

  #post(to: Destination, options: RequestOptions, body: Buffer, timeoutSeconds: number): Promise<Buffer> {
    this.#agent ??= new Agent({
      keepAlive: true,
      maxSockets: connections.most,
      maxFreeSockets: connections.idle,
      timeout: connections.idleMilliseconds,
    });
    const signal = AbortSignal.timeout(timeoutSeconds * 1000);
    const agent = this.#agent;
    return new Promise((resolve, reject) => {
      const fail = (error: unknown) => {
        reject(new CallError(signal.aborted ? "context deadline exceeded" : networkErrorText(error, to), "call"));
      };
      const call = request({ ...options, agent, signal, method: "POST" }, (response) => {
        const chunks: Buffer[] = [];
        let size = 0;
        response.on("data", (chunk: Buffer) => {
          size += chunk.length;
          chunks.push(chunk);
          if (size <= largestAnswer) return;
          reject(new CallError(`the response is larger than ${largestAnswer} bytes`, "call"));
          call.destroy();
        });
        response.on("error", fail);
        response.on("aborted", () => fail({ code: "ECONNRESET" }));
        response.on("end", () => {
          const answer = Buffer.concat(chunks);
          const { statusCode = 0 } = response;
          if (statusCode >= 200 && statusCode < 300) resolve(answer);
          else reject(new CallError(statusText(statusCode, answer), "answer"));
        });
      });
      call.on("error", fail);
      call.setHeader("content-type", "application/json");
      call.setHeader("accept", "application/json, */*");
      call.setHeader("user-agent", "muster-admission");
      call.setHeader("host", to.host);
      call.end(body);
    });
  }
}

/** The same as a function, for those who need no more. */
export function createWebhookPost(plane: { committed: StateReader }): WebhookPost {
  const client = new WebhookClient(plane.committed);
  return (target, caBundle, body, timeoutSeconds) => client.call({ target, caBundle, body, timeoutSeconds });
}

/** `call`: there was no answer; `answer`: there was one, which is of no use. */
class CallError extends Error {
  readonly kind: "call" | "answer";
  constructor(message: string, kind: "call" | "answer") {
    super(message);
    this.kind = kind;
  }
}

/** Where a call goes, as its URL says. */
interface Destination {
  href: string;
  /** Host and port as written. */
  host: string;
  /** Without brackets. */
  hostname: string;
  port: number;
  /** With the query. */
  path: string;
}

function destinationOf(target: WebhookTarget, timeoutSeconds: number): Destination {
  let url: URL;
  let host: string;
  if ("url" in target) {
    url = new URL(target.url);
    host = url.host;
  } else {
    const { service } = target;
    url = new URL(`https://${serviceHostName(service)}:${service.port ?? 443}`);
    url.pathname = service.path ?? "/";
    // The port of a service is written out even when it is the usual one.
    host = `${url.hostname}:${service.port ?? 443}`;
  }
  url.searchParams.set("timeout", `${timeoutSeconds}s`);
  const path = `${url.pathname}${url.search}`;
  return {
    href: `https://${host}${path}`,
    host,
    hostname: url.hostname.replace(/^\[(.*)\]$/, "$1"),
    port: url.port === "" ? 443 : Number(url.port),
    path,
  };
}

function connectionTo({ hostname, port, path }: Destination, caBundle: string | undefined): RequestOptions {
  return {
    host: hostname,
    port,
    path,
    ...(isIP(hostname) === 0 && { servername: hostname }),
    ...(caBundle !== undefined && caBundle !== "" && { ca: Buffer.from(caBundle, "base64") }),
    minVersion: "TLSv1.2",
  };
}

/** What client-go says of an answer that is no success. */
function statusText(code: number, body: Buffer): string {
  switch (code) {
    case 400:
      return "the server rejected our request for an unknown reason";
    case 401:
      return "the server has asked for the client to provide credentials";
    case 403:
      return "forbidden";
    case 404:
      return "the server could not find the requested resource";
    case 405:
      return "the server does not allow this method on the requested resource";
    case 429:
      return "the server has received too many requests and has asked us to try again later";
    case 503:
      return "the server is currently unable to handle the request";
    case 504:
      return "the server was unable to return a response in the time allotted, but may still be processing the request";
  }
  if (code < 500) return `the server responded with the status code ${code} but did not return more information`;
  const shown = JSON.stringify(body.subarray(0, 2048).toString("utf8").trim() || "unknown");
  return `an error on the server (${shown}) has prevented the request from succeeding`;
}

// Raw HTTP for the cases: one request in, code, headers and bytes out. Nothing is interpreted, so a case sees what a client sees.

import { type ClientHttp2Session, connect, constants } from "node:http2";
import { request as httpsRequest } from "node:https";
import { parse as parseYaml } from "yaml";
import type { KubeconfigAccess } from "../../../src/machinery/kubeconfig.ts";
import type { JsonObject } from "../../../src/machinery/object.ts";

export interface RequestOptions {
  /** Sent as it is when text or bytes, else as JSON. */
  body?: unknown;
  /** Of the body; JSON when absent. `null` sends none. */
  contentType?: string | null;
  accept?: string;
  headers?: Record<string, string | string[]>;
}

export class Answer {
  readonly code: number;
  /** By lower-case name; several of one name are joined with `, `. */
  readonly headers: Readonly<Record<string, string>>;
  readonly bytes: Buffer;

  constructor(code: number, headers: Record<string, string>, bytes: Buffer) {
    this.code = code;
    this.headers = headers;
    this.bytes = bytes;
  }

  get text(): string {
    return this.bytes.toString("utf8");
  }

  /** The body as JSON. */
  get json(): JsonObject {
    try {
      return JSON.parse(this.text);
    } catch {
      throw new Error(`${this.code} with a body that is no JSON: ${this.text.slice(0, 400)}`);
    }
  }

  get yaml(): JsonObject {
    return parseYaml(this.text);
  }

  /** The texts of the Warning headers, without code and quotes. */
  get warnings(): string[] {
    const header = this.headers.warning ?? "";
    return [...header.matchAll(/299 - "((?:[^"\\]|\\.)*)"/g)].map(([, text]) => text!.replace(/\\(.)/g, "$1"));
  }
}

/** A way to a server as one user: one HTTP/2 connection for all requests. */
export class Connection {
  readonly access: KubeconfigAccess;
  #session: ClientHttp2Session | undefined;

  constructor(access: KubeconfigAccess) {
    this.access = access;
  }

  #tls() {
    const { certificateAuthority, clientCertificate, clientKey, insecureSkipTlsVerify, tlsServerName } = this.access;
    return {
      ...(certificateAuthority && { ca: certificateAuthority }),
      ...(clientCertificate && { cert: clientCertificate, key: clientKey }),
      ...(tlsServerName && { servername: tlsServerName }),
      rejectUnauthorized: insecureSkipTlsVerify !== true,
    };
  }

  #headers(options: RequestOptions, body: Buffer | undefined): Record<string, string | string[]> {
    const { contentType = "application/json" } = options;
    return {
      accept: options.accept ?? "application/json",
      "user-agent": "conformance/1.0",
      ...(this.access.token && { authorization: `Bearer ${this.access.token}` }),
      ...(body && contentType !== null && { "content-type": contentType }),
      ...options.headers,
    };
  }

  /** The open HTTP/2 session; a new one when there is none or the server ended it. */
  session(): ClientHttp2Session {
    if (this.#session === undefined || this.#session.closed || this.#session.destroyed) {
      this.#session = connect(this.access.server, this.#tls());
      this.#session.on("error", () => undefined);
      this.#session.setMaxListeners(0);
    }
    return this.#session;
  }

  /** Opens a request without waiting for its answer: watches read it as it comes. */
  open(method: string, path: string, options: RequestOptions = {}) {
    const body = encodeBody(options.body);
    const { [constants.HTTP2_HEADER_HOST]: _, ...headers } = this.#headers(options, body);
    const prefix = new URL(this.access.server).pathname.replace(/\/$/, "");
    const stream = this.session().request(
      { ":method": method, ":path": prefix + path, ...headers },
      { endStream: false },
    );
    if (body === undefined) stream.end();
    else stream.end(body);
    return stream;
  }

  send(method: string, path: string, options: RequestOptions = {}): Promise<Answer> {
    return new Promise((resolve, reject) => {
      const stream = this.open(method, path, options);
      const chunks: Buffer[] = [];
      let code = 0;
      let headers: Record<string, string> = {};
      stream.on("response", (received) => {
        code = Number(received[":status"]);
        headers = flatHeaders(received);
      });
      stream.on("data", (chunk: Buffer) => chunks.push(chunk));
      stream.on("end", () => resolve(new Answer(code, headers, Buffer.concat(chunks))));
      stream.on("error", reject);
      stream.on("close", () => reject(new Error(`${method} ${path}: closed without an answer`)));
    });
  }

  /** The same over HTTP/1.1, on a connection of its own. */
  sendHttp1(method: string, path: string, options: RequestOptions = {}): Promise<Answer> {
    const body = encodeBody(options.body);
    const url = new URL(this.access.server);
    return new Promise((resolve, reject) => {
      const request = httpsRequest(
        {
          host: url.hostname.replace(/^\[|\]$/g, ""),
          port: url.port,
          path: url.pathname.replace(/\/$/, "") + path,
          method,
          agent: false,
          headers: { ...this.#headers(options, body), ...(body && { "content-length": String(body.length) }) },
          ...this.#tls(),
        },
        (response) => {
          const chunks: Buffer[] = [];
          response.on("data", (chunk: Buffer) => chunks.push(chunk));
          response.on("end", () => {
            resolve(new Answer(response.statusCode ?? 0, flatHeaders(response.headers), Buffer.concat(chunks)));
          });
          response.on("error", reject);
        },
      );
      request.on("error", reject);
      request.end(body);
    });
  }

  close(): void {
    this.#session?.destroy();
  }
}

function encodeBody(body: unknown): Buffer | undefined {
  if (body === undefined) return undefined;
  if (typeof body === "string") return Buffer.from(body, "utf8");
  return body instanceof Uint8Array ? Buffer.from(body) : Buffer.from(JSON.stringify(body), "utf8");
}

function flatHeaders(headers: NodeJS.Dict<unknown>): Record<string, string> {
  const flat: Record<string, string> = {};
  for (const [name, value] of Object.entries(headers)) {
    if (!name.startsWith(":") && value !== undefined)
      flat[name] = Array.isArray(value) ? value.join(", ") : String(value);
  }
  return flat;
}

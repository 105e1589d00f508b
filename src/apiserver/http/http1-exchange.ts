// An Exchange over HTTP/1.1, upgrades included.

import type { IncomingMessage, ServerResponse } from "node:http";
import type { Duplex, Readable } from "node:stream";
import { BaseExchange } from "./base-exchange.ts";
import { readBody } from "./body.ts";
import type { ConnectionFacts } from "./connection.ts";
import type { Exchange, ResponseHeaders, ResponseStream } from "./exchange.ts";
import { limitReading, StreamResponse, singleValue } from "./stream-response.ts";

/** A body up to this length (bytes) that nobody wants is read to its end, so that the connection can carry another request. */
const discardedBody = 256 * 1024;
/** Milliseconds for which a longer one is read. */
const lingering = 1000;

export class Http1Exchange extends BaseExchange implements Exchange {
  readonly method: string;
  readonly url: string;
  readonly authority: string;
  readonly #request: IncomingMessage;
  readonly #response: ServerResponse;

  constructor(request: IncomingMessage, response: ServerResponse, connection: ConnectionFacts) {
    super(connection, response);
    this.#request = request;
    this.#response = response;
    this.method = request.method ?? "GET";
    this.url = request.url ?? "/";
    this.authority = request.headers.host ?? "";
  }

  header(name: string): string | undefined {
    return singleValue(this.#request.headers[name]);
  }

  *headers(): IterableIterator<[string, string]> {
    const raw = this.#request.rawHeaders;
    for (let index = 0; index + 1 < raw.length; index += 2) yield [raw[index]!.toLowerCase(), raw[index + 1]!];
  }

  hasHeaderWithPrefix(prefix: string): boolean {
    for (const name in this.#request.headers) if (name.startsWith(prefix)) return true;
    return false;
  }

  body(limit: number): Promise<Uint8Array> {
    return readBody(this.#request, this.header("content-length"), limit);
  }

  bodyStream(): Readable {
    return this.#request;
  }

  respond(code: number, headers: ResponseHeaders, body?: Uint8Array | string): void {
    const response = this.#response;
    if (response.headersSent || response.destroyed) return;
    this.sentCode = code;
    const length = body === undefined ? 0 : typeof body === "string" ? Buffer.byteLength(body) : body.length;
    const all: ResponseHeaders = { ...headers };
    const closing = !this.#request.complete && !(Number(this.header("content-length")) <= discardedBody);
    if (closing) all.connection = "close";
    if (code !== 304) all["content-length"] = length;
    response.writeHead(code, all);
    const shown = this.method === "HEAD" ? undefined : body;
    if (!closing) response.end(shown);
    else {
      if (shown !== undefined) response.write(shown);
      this.#endAfterBody();
    }
    limitReading(response, () => response.destroy());
  }

  /** Ends the connection when the client has sent its body, or has had time to see the answer: cut before, it would be lost. */
  #endAfterBody(): void {
    const request = this.#request;
    const end = () => {
      clearTimeout(timer);
      this.#response.end();
    };
    const timer = setTimeout(end, lingering);
    request.once("end", end);
    request.once("close", end);
    request.resume();
  }

  stream(code: number, headers: ResponseHeaders): ResponseStream {
    const response = this.#response;
    this.sentCode = code;
    if (!response.headersSent && !response.destroyed) {
      response.writeHead(code, headers);
      response.flushHeaders();
    }
    return new StreamResponse(response, () => response.destroy());
  }
}

/** The Exchange of an upgrade request: its connection can be taken over. */
export class UpgradeExchange extends Http1Exchange {
  readonly #socket: Duplex;
  readonly #head: Uint8Array;

  constructor(
    request: IncomingMessage,
    response: ServerResponse,
    connection: ConnectionFacts,
    socket: Duplex,
    head: Uint8Array,
  ) {
    super(request, response, connection);
    this.#socket = socket;
    this.#head = head;
    // Whoever answers instead of taking the connection over ends it: nobody reads another request from it.
    response.shouldKeepAlive = false;
    response.once("finish", () => socket.end());
  }

  /** What follows the headers belongs to the protocol that was asked for. */
  override body(): Promise<Uint8Array> {
    return Promise.resolve(new Uint8Array());
  }

  upgrade(): { socket: Duplex; head: Uint8Array } {
    return { socket: this.#socket, head: this.#head };
  }
}

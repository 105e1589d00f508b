// An Exchange over one HTTP/2 stream. Uses the raw stream API: it is a fifth faster than the compatibility layer.

import { constants, type IncomingHttpHeaders, type ServerHttp2Stream } from "node:http2";
import type { Readable } from "node:stream";
import { BaseExchange } from "./base-exchange.ts";
import { readBody } from "./body.ts";
import type { ConnectionFacts } from "./connection.ts";
import type { Exchange, ResponseHeaders, ResponseStream } from "./exchange.ts";
import { limitReading, StreamResponse, singleValue } from "./stream-response.ts";

export class Http2Exchange extends BaseExchange implements Exchange {
  readonly method: string;
  readonly url: string;
  readonly authority: string;
  readonly #stream: ServerHttp2Stream;
  readonly #headers: IncomingHttpHeaders;
  /** Names and values in turn, as they came: `#headers` joins those of one name. */
  readonly #rawHeaders: readonly string[];

  constructor(
    stream: ServerHttp2Stream,
    headers: IncomingHttpHeaders,
    rawHeaders: readonly string[],
    connection: ConnectionFacts,
  ) {
    super(connection, stream);
    this.#stream = stream;
    this.#headers = headers;
    this.#rawHeaders = rawHeaders;
    this.method = String(headers[":method"] ?? "GET");
    this.url = String(headers[":path"] ?? "/");
    this.authority = String(headers[":authority"] ?? headers.host ?? "");
  }

  header(name: string): string | undefined {
    return singleValue(this.#headers[name]);
  }

  *headers(): IterableIterator<[string, string]> {
    const raw = this.#rawHeaders;
    for (let index = 0; index + 1 < raw.length; index += 2) {
      const name = raw[index]!;
      if (!name.startsWith(":")) yield [name, raw[index + 1]!];
    }
  }

  hasHeaderWithPrefix(prefix: string): boolean {
    const raw = this.#rawHeaders;
    for (let index = 0; index < raw.length; index += 2) if (raw[index]!.startsWith(prefix)) return true;
    return false;
  }

  body(limit: number): Promise<Uint8Array> {
    return readBody(this.#stream, this.header("content-length"), limit);
  }

  bodyStream(): Readable {
    return this.#stream;
  }

  respond(code: number, headers: ResponseHeaders, body?: Uint8Array | string): void {
    const stream = this.#stream;
    if (stream.destroyed || stream.headersSent) return;
    this.sentCode = code;
    if (body === undefined || this.method === "HEAD") {
      stream.respond({ ":status": code, ...headers }, { endStream: true });
    } else {
      stream.respond({ ":status": code, ...headers });
      stream.end(body);
      limitReading(stream, () => stream.close(constants.NGHTTP2_INTERNAL_ERROR));
    }
    // What is still coming of the body is not wanted: the client may stop sending.
    if (!stream.readableEnded) stream.resume();
  }

  stream(code: number, headers: ResponseHeaders): ResponseStream {
    const stream = this.#stream;
    this.sentCode = code;
    if (!stream.destroyed && !stream.headersSent) stream.respond({ ":status": code, ...headers });
    return new StreamResponse(stream, () => stream.close(constants.NGHTTP2_INTERNAL_ERROR));
  }
}

// Compression of large answers for clients that accept it. Source of the threshold: apiserver pkg/endpoints/handlers/responsewriters.

import { promisify } from "node:util";
import { constants, createGzip, gzip, type ZlibOptions } from "node:zlib";
import type { Exchange, ResponseHeaders, ResponseStream } from "../http/exchange.ts";

/** Answers larger than this many bytes are compressed. */
export const compressFrom = 128 * 1024;

const compress = promisify<Uint8Array | string, ZlibOptions, Buffer>(gzip);

const fastest = { level: constants.Z_BEST_SPEED };

export function acceptsGzip(exchange: Exchange): boolean {
  const accepted = exchange.header("accept-encoding");
  return accepted?.split(",").some((part) => part.trim().split(";")[0] === "gzip") ?? false;
}

function gzipHeaders(headers: ResponseHeaders): ResponseHeaders {
  return { ...headers, "content-encoding": "gzip", vary: "Accept-Encoding" };
}

/** Answers with a body that is there whole. Compressing happens on another thread; the promise, if any, is of the answer begun. */
export function respondWith(
  exchange: Exchange,
  code: number,
  headers: ResponseHeaders,
  body: Uint8Array | string,
): void | Promise<void> {
  if (body.length <= compressFrom || !acceptsGzip(exchange)) {
    exchange.respond(code, headers, body);
    return;
  }
  return respondCompressed(exchange, code, headers, body);
}

async function respondCompressed(
  exchange: Exchange,
  code: number,
  headers: ResponseHeaders,
  body: Uint8Array | string,
): Promise<void> {
  const compressed = await compress(body, fastest);
  exchange.respond(code, gzipHeaders(headers), compressed);
}

/** A body that is written piece by piece. */
export interface PieceWriter {
  write(piece: Uint8Array): Promise<void>;
  end(): Promise<void>;
  /** Breaks the answer off, so that the client does not take what it has for the whole. */
  cut(): void;
}

/** Begins an answer of 200 whose pieces come as they are made; between them other requests get a turn. */
export function beginPieces(exchange: Exchange, headers: ResponseHeaders): PieceWriter {
  if (!acceptsGzip(exchange)) {
    const stream = exchange.stream(200, headers);
    return {
      write: (piece) => writePiece(stream, piece),
      end: async () => stream.end(),
      cut: () => stream.destroy(),
    };
  }
  const stream = exchange.stream(200, gzipHeaders(headers));
  const compressor = createGzip(fastest);
  const done = (async () => {
    for await (const chunk of compressor) await writePiece(stream, chunk as Uint8Array);
    stream.end();
  })();
  // Only a compressor that was cut off fails; then nobody waits for it.
  done.catch(() => undefined);
  return {
    write: (piece) =>
      new Promise<void>((resolve) => {
        if (compressor.write(piece)) setImmediate(resolve);
        else compressor.once("drain", resolve);
      }),
    end: async () => {
      compressor.end();
      await done;
    },
    cut: () => {
      stream.destroy();
      compressor.destroy();
    },
  };
}

async function writePiece(stream: ResponseStream, piece: Uint8Array): Promise<void> {
  if (!stream.write(piece)) await stream.drained();
  else await new Promise<void>((resolve) => setImmediate(resolve));
}

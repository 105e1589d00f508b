// One request and its answer, whatever carries them: an HTTP/2 stream, an HTTP/1.1 request, or a call in this process.
// Handlers know only this; the carriers are in this folder.

import type { X509Certificate } from "node:crypto";
import type { Duplex, Readable } from "node:stream";

export interface Exchange {
  readonly method: string;
  /** Path and query as sent, such as `/api/v1/pods?limit=5`. */
  readonly url: string;
  /** `:authority` or Host. */
  readonly authority: string;
  /** The server name that the TLS client asked for, if any. */
  readonly serverName: string | undefined;
  readonly remoteAddress: string;
  /** The client's certificate, unverified. */
  readonly certificate: X509Certificate | undefined;
  header(name: string): string | undefined;
  headers(): IterableIterator<[name: string, value: string]>;
  /** Whether `headers` has a name that begins so; asked of every request, so it costs no more than a look at the names. */
  hasHeaderWithPrefix(prefix: string): boolean;
  /** The whole body; rejects with 413 beyond `limit` bytes and with 408 when the client stalls. */
  body(limit: number): Promise<Uint8Array>;
  /** The body as it arrives, for those who pass it on; not together with `body`. */
  bodyStream?(): Readable;
  /** Aborted when the client has gone or the answer was cut off. */
  readonly signal: AbortSignal;

  /** The status code, once an answer was begun. */
  readonly sentCode: number | undefined;

  /** Answers at once. */
  respond(code: number, headers: ResponseHeaders, body?: Uint8Array | string): void;
  /** Begins an answer whose body comes in parts. */
  stream(code: number, headers: ResponseHeaders): ResponseStream;
  /** Takes over the connection of an upgraded HTTP/1.1 request; undefined when it cannot be. */
  upgrade?(): { socket: Duplex; head: Uint8Array };
}

export type ResponseHeaders = Record<string, string | string[] | number>;

export interface ResponseStream {
  /** Bytes accepted but not yet sent. */
  readonly backlog: number;
  readonly closed: boolean;
  /** False asks the caller to wait for `drained`. */
  write(chunk: Uint8Array | string): boolean;
  drained(): Promise<void>;
  end(chunk?: Uint8Array | string): void;
  /** Breaks the answer off so that the client notices. */
  destroy(): void;
  onClose(callback: () => void): void;
}

// Short requests to an aggregated server whose answers are read whole: probes, discovery, OpenAPI, calls in this process. Bounded in
// size and time.

import type { IncomingHttpHeaders, OutgoingHttpHeaders } from "node:http";
import { request } from "node:https";
import type { UserInfo } from "../identity.ts";
import { type ServerConnection, UnreachableError } from "./server-connection.ts";
import { userHeaders } from "./user-headers.ts";

/** The largest document that is read, in bytes. */
const largest = 32 * 1024 * 1024;

export interface DocumentRequest {
  method?: string;
  /** With the query. */
  path: string;
  user: UserInfo;
  headers?: OutgoingHttpHeaders;
  body?: Uint8Array;
  /** For all of it. */
  milliseconds: number;
  signal?: AbortSignal;
}

export interface FetchedDocument {
  code: number;
  headers: IncomingHttpHeaders;
  body: Buffer;
}

/** @throws UnreachableError when there is no answer, or none in time */
export function fetchDocument(connection: ServerConnection, wanted: DocumentRequest): Promise<FetchedDocument> {
  const timeout = AbortSignal.timeout(wanted.milliseconds);
  const signal = wanted.signal === undefined ? timeout : AbortSignal.any([timeout, wanted.signal]);
  return new Promise((resolve, reject) => {
    const fail = (error: unknown) => {
      if (timeout.aborted) reject(new UnreachableError("context deadline exceeded"));
      else reject(connection.unreachable(error));
    };
    try {
      const call = request(
        {
          ...connection.next(),
          signal,
          method: wanted.method ?? "GET",
          path: wanted.path,
          headers: {
            host: connection.host,
            accept: "application/json",
            "user-agent": "muster",
            ...wanted.headers,
            ...userHeaders(wanted.user),
            ...(wanted.body !== undefined && { "content-length": wanted.body.length }),
          },
        },
        (response) => {
          const chunks: Buffer[] = [];
          let size = 0;
          response.on("data", (chunk: Buffer) => {
            size += chunk.length;
            chunks.push(chunk);
            if (size > largest) call.destroy(new UnreachableError(`the answer is larger than ${largest} bytes`));
          });
          response.on("error", fail);
          response.on("end", () => {
            resolve({ code: response.statusCode ?? 0, headers: response.headers, body: Buffer.concat(chunks) });
          });
        },
      );
      call.on("error", fail);
      call.end(wanted.body);
    } catch (error) {
      fail(error);
    }
  });
}

// Reads a request's body with a limit on its size and on the time it may take, so that no client holds memory or a slot for long.

import type { Readable } from "node:stream";
import { badRequest, StatusError, tooLarge } from "../../machinery/status-error.ts";

/** A client has this long (milliseconds) to send its body. */
const bodyTimeout = 60_000;

export function readBody(source: Readable, declaredLength: string | undefined, limit: number): Promise<Uint8Array> {
  if (declaredLength !== undefined && Number(declaredLength) > limit) {
    source.resume();
    return Promise.reject(bodyTooLarge(limit));
  }
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let length = 0;
    let settled = false;
    const settle = (act: () => void) => {
      if (settled) return;
      settled = true;
      clearTimeout(timer);
      act();
    };
    const timer = setTimeout(() => {
      settle(() => reject(new StatusError(408, "Timeout", "the request body did not arrive in time")));
    }, bodyTimeout);
    const gone = () => settle(() => reject(badRequest("the request body ended early")));
    // A client that went while its request was looked at will not go again.
    if (source.destroyed) {
      gone();
      return;
    }
    source.on("data", (chunk: Buffer) => {
      if (settled) return;
      length += chunk.length;
      if (length > limit) settle(() => reject(bodyTooLarge(limit)));
      else chunks.push(chunk);
    });
    source.on("end", () => settle(() => resolve(chunks.length === 1 ? chunks[0]! : Buffer.concat(chunks, length))));
    source.on("aborted", gone);
    source.on("error", gone);
    source.on("close", gone);
  });
}

function bodyTooLarge(limit: number): StatusError {
  return tooLarge(`Request entity too large: limit is ${limit}`);
}

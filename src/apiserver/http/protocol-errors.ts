// What clients are told that break the protocol below a request: a plain request on the TLS port, a malformed request line, headers
// without end. There is no path and no user yet, so these answers are plain words, as Go's servers give them, and end the connection.

import type { Duplex } from "node:stream";

/** Milliseconds for the client to read its answer before the connection is cut. Source: Go's net/http, rstAvoidanceDelay. */
const readingTime = 500;

const refusals: Record<string, string> = {
  HPE_HEADER_OVERFLOW: "431 Request Header Fields Too Large",
  ERR_HTTP_REQUEST_TIMEOUT: "408 Request Timeout",
};

/** Answers an HTTP/1.1 request that could not be parsed. */
export function refuseRequest(error: Error & { code?: string }, socket: Duplex): void {
  const status = refusals[error.code ?? ""] ?? "400 Bad Request";
  const headers = "Content-Type: text/plain; charset=utf-8\r\nConnection: close";
  answerAndClose(socket, `HTTP/1.1 ${status}\r\n${headers}\r\n\r\n${status}`);
}

/** Ends a connection whose TLS handshake failed; one that speaks HTTP without TLS is told so. */
export function refuseHandshake(error: Error & { code?: string }, socket: Duplex): void {
  // The plain connection below, which the failed handshake leaves usable.
  const { _parent: plain } = socket as { _parent?: Duplex };
  if (error.code === "ERR_SSL_HTTP_REQUEST" && plain !== undefined) {
    answerAndClose(plain, "HTTP/1.0 400 Bad Request\r\n\r\nClient sent an HTTP request to an HTTPS server.\n");
  } else {
    plain?.destroy();
    socket.destroy();
  }
}

function answerAndClose(socket: Duplex, text: string): void {
  if (!socket.writable) {
    socket.destroy();
    return;
  }
  socket.on("error", () => socket.destroy());
  socket.end(text);
  setTimeout(() => socket.destroy(), readingTime).unref();
}

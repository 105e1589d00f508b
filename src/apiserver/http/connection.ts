// What is known of a TLS connection, read once and shared by its requests.

import type { X509Certificate } from "node:crypto";
import type { TLSSocket } from "node:tls";

export interface ConnectionFacts {
  readonly serverName: string | undefined;
  readonly remoteAddress: string;
  /** As the client sent it; nobody has verified it yet (DESIGN.md, invariant 4). */
  readonly certificate: X509Certificate | undefined;
}

const known = new WeakMap<object, ConnectionFacts>();

/** The facts of a socket, kept under `owner` (the socket itself, or the HTTP/2 session on it). */
export function connectionFacts(owner: object, socket: TLSSocket): ConnectionFacts {
  let facts = known.get(owner);
  if (facts === undefined) {
    const serverName = (socket as TLSSocket & { servername?: string | false }).servername;
    facts = {
      serverName: typeof serverName === "string" ? serverName : undefined,
      remoteAddress: socket.remoteAddress ?? "",
      certificate: socket.getPeerX509Certificate(),
    };
    known.set(owner, facts);
  }
  return facts;
}

// A small HTTPS server on this machine that a server under test calls: webhooks and aggregated APIs.

import type { IncomingMessage, ServerResponse } from "node:http";
import { createServer } from "node:https";
import type { AddressInfo } from "node:net";
import type { TestContext } from "node:test";
import {
  createCertificateAuthority,
  issueServingCertificate,
} from "../../../src/apiserver/pki/certificate-authority.ts";
import type { JsonObject } from "../../../src/machinery/object.ts";

export interface Listener {
  /** `https://127.0.0.1:port`. */
  url: string;
  port: number;
  /** The authority that the listener's certificate is of: PEM in base64, as `caBundle` wants it. */
  caBundle: string;
}

/** Why cases that need a listener run on our own server only. */
export const callsBack = "it calls back to this machine";

/** Serves requests until the case ends. */
export async function listen(
  t: TestContext,
  handle: (request: IncomingMessage, body: Buffer, response: ServerResponse) => void,
): Promise<Listener> {
  const now = new Date();
  const authority = await createCertificateAuthority({ commonName: "conformance", now });
  const { certificate, privateKey } = await issueServingCertificate(authority, {
    commonName: "localhost",
    names: ["127.0.0.1", "localhost", "listener.conformance.svc"],
    now,
  });
  const server = createServer(
    { key: privateKey, cert: certificate, requestCert: true, rejectUnauthorized: false },
    (request, response) => {
      const chunks: Buffer[] = [];
      request.on("data", (chunk: Buffer) => chunks.push(chunk));
      request.on("end", () => handle(request, Buffer.concat(chunks), response));
    },
  );
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  t.after(() => {
    server.close();
    server.closeAllConnections();
  });
  const { port } = server.address() as AddressInfo;
  return { url: `https://127.0.0.1:${port}`, port, caBundle: Buffer.from(authority.certificate).toString("base64") };
}

/** Serves JSON: the function gives the answer to a path and body. */
export function listenForJson(t: TestContext, answer: (body: JsonObject, path: string) => unknown): Promise<Listener> {
  return listen(t, (request, body, response) => {
    const value = answer(JSON.parse(body.toString("utf8") || "null"), request.url ?? "");
    response.writeHead(200, { "content-type": "application/json" });
    response.end(JSON.stringify(value));
  });
}

// A real webhook for tests: HTTPS on the loopback, with a certificate of its own authority.

import { once } from "node:events";
import { createServer, type Server } from "node:https";
import type { AddressInfo } from "node:net";
import { createCertificateAuthority, issueServingCertificate } from "../../apiserver/pki/certificate-authority.ts";
import type { JsonObject } from "../../machinery/object.ts";

/** What a webhook answers: the `response` of a review without its uid, a raw body, or nothing at all. */
export type WebhookReply = JsonObject | { raw: string; code?: number } | "never";

export interface WebhookServer {
  readonly port: number;
  /** Base64 of PEM. */
  readonly caBundle: string;
  /** The reviews that came, in their order, with the path they came on. */
  readonly reviews: { path: string; body: JsonObject }[];
  /** Connections that were made. */
  readonly connections: () => number;
  url(path?: string): string;
  close(): Promise<void>;
}

/** Starts a webhook that `reply` answers for, by path. */
export async function startWebhook(
  reply: (path: string, request: JsonObject) => WebhookReply,
  names: readonly string[] = ["127.0.0.1"],
): Promise<WebhookServer> {
  const now = new Date();
  const authority = await createCertificateAuthority({ commonName: "webhook-ca", now });
  const serving = await issueServingCertificate(authority, { commonName: "webhook", names, now });
  const reviews: WebhookServer["reviews"] = [];
  let connections = 0;
  const server: Server = createServer(
    { key: serving.privateKey, cert: serving.certificate },
    async (request, response) => {
      const chunks: Buffer[] = [];
      for await (const chunk of request) chunks.push(chunk);
      const body: JsonObject = JSON.parse(Buffer.concat(chunks).toString());
      const path = request.url!.split("?")[0]!;
      reviews.push({ path, body });
      const answer = reply(path, body.request);
      if (answer === "never") return;
      if (typeof answer.raw === "string") {
        response.writeHead(answer.code ?? 200).end(answer.raw);
        return;
      }
      const { apiVersion, kind } = body;
      response.end(JSON.stringify({ apiVersion, kind, response: { uid: body.request.uid, ...answer } }));
    },
  );
  server.on("secureConnection", () => connections++);
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  return {
    port,
    caBundle: Buffer.from(authority.certificate).toString("base64"),
    reviews,
    connections: () => connections,
    url: (path = "/") => `https://127.0.0.1:${port}${path}`,
    async close() {
      server.closeAllConnections();
      server.close();
      await once(server, "close");
    },
  };
}

/** The patch of an answer. */
export function patchOf(operations: readonly JsonObject[]): JsonObject {
  return {
    allowed: true,
    patchType: "JSONPatch",
    patch: Buffer.from(JSON.stringify(operations)).toString("base64"),
  };
}

// The server around control planes: one TLS port, and which plane a connection is for.

import type { SecureContext } from "node:tls";
import { pathNotFound } from "../machinery/status-error.ts";
import type { Exchange } from "./http/exchange.ts";
import { HttpsServer } from "./http/https-server.ts";
import type { ControlPlane } from "./plane/control-plane.ts";
import { serve } from "./plane/serve.ts";
import { sendStatus } from "./respond/render.ts";

/** Where a request goes: a plane, and the path and query within it. */
export interface Route {
  plane: ControlPlane;
  url: string;
}

export interface ServerOptions {
  host: string;
  /** 0 takes a free one. */
  port: number;
  /** PEM of the certificate that clients without a known server name get. */
  key: string;
  cert: string;
  contextFor?: (serverName: string) => SecureContext | undefined;
  /** Finds the plane of a request; undefined answers 404. */
  route(exchange: Exchange): Route | undefined | Promise<Route | undefined>;
}

export class Server {
  readonly #https: HttpsServer;

  private constructor(https: HttpsServer) {
    this.#https = https;
  }

  static async start(options: ServerOptions): Promise<Server> {
    const https = await HttpsServer.listen({
      ...options,
      handle: (exchange) => {
        handle(options, exchange).catch(() =>
          exchange.respond(500, { "content-type": "text/plain" }, "internal error"),
        );
      },
    });
    return new Server(https);
  }

  get port(): number {
    return this.#https.port;
  }

  get connections(): number {
    return this.#https.connections;
  }

  /** Accepts nothing new and lets requests that are under way end, for `grace` milliseconds at most. */
  close(grace: number): Promise<void> {
    return this.#https.close(grace);
  }
}

async function handle(options: ServerOptions, exchange: Exchange): Promise<void> {
  const found = options.route(exchange);
  const route = found instanceof Promise ? await found : found;
  if (route === undefined) await sendStatus(exchange, undefined, pathNotFound().status);
  else await serve(route.plane, exchange, route.url);
}

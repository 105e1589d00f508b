// HTTPS on one port, HTTP/2 and HTTP/1.1: turns connections into Exchanges and ends them in an orderly way.

import { type IncomingMessage, ServerResponse } from "node:http";
import {
  createSecureServer,
  type Http2SecureServer,
  type IncomingHttpHeaders,
  type ServerHttp2Session,
  type ServerHttp2Stream,
} from "node:http2";
import type { AddressInfo, Socket } from "node:net";
import type { SecureContext, TLSSocket } from "node:tls";
import { connectionFacts } from "./connection.ts";
import type { Exchange } from "./exchange.ts";
import { Http1Exchange, UpgradeExchange } from "./http1-exchange.ts";
import { Http2Exchange } from "./http2-exchange.ts";
import { refuseHandshake, refuseRequest } from "./protocol-errors.ts";

export interface HttpsServerOptions {
  host: string;
  /** 0 takes a free one. */
  port: number;
  /** PEM. */
  key: string;
  cert: string;
  /** The certificate for a server name; undefined for the default one. */
  contextFor?: (serverName: string) => SecureContext | undefined;
  handle(exchange: Exchange): void;
}

/** Milliseconds of silence after which a connection is probed. Source: the default of Go's net.ListenConfig. */
const keepAliveDelay = 15_000;

export class HttpsServer {
  readonly #server: Http2SecureServer;
  readonly #sockets = new Set<Socket>();
  readonly #sessions = new Set<ServerHttp2Session>();

  private constructor(server: Http2SecureServer) {
    this.#server = server;
  }

  static async listen(options: HttpsServerOptions): Promise<HttpsServer> {
    const { contextFor, handle } = options;
    const server = createSecureServer({
      allowHTTP1: true,
      key: options.key,
      cert: options.cert,
      minVersion: "TLSv1.2",
      requestCert: true,
      rejectUnauthorized: false,
      ...(contextFor && {
        SNICallback: (name: string, done: (error: Error | null, context?: SecureContext) => void) => {
          done(null, contextFor(name));
        },
      }),
      // Clients that vanished without a word are noticed, also where nothing is sent to them.
      keepAlive: true,
      keepAliveInitialDelay: keepAliveDelay,
      settings: { maxConcurrentStreams: 1000, initialWindowSize: 1 << 20, enablePush: false },
      maxSessionMemory: 100,
      // A header block larger than this is refused by the protocol layer.
      maxHeaderListPairs: 256,
    });
    const self = new HttpsServer(server);
    server.on("request", (request: unknown, response: unknown) => {
      const message = request as IncomingMessage;
      const socket = message.socket as TLSSocket;
      handle(new Http1Exchange(message, response as ServerResponse, connectionFacts(socket, socket)));
    });
    // Listening for requests also attached the compatibility layer to HTTP/2 streams; they are served directly instead.
    server.removeAllListeners("stream");
    server.on(
      "stream",
      (stream: ServerHttp2Stream, headers: IncomingHttpHeaders, _flags: number, rawHeaders: string[]) => {
        stream.on("error", () => undefined);
        const session = stream.session;
        if (session === undefined || session.destroyed) return;
        handle(new Http2Exchange(stream, headers, rawHeaders, connectionFacts(session, session.socket as TLSSocket)));
      },
    );
    server.on("upgrade", (request: unknown, socket: Socket, head: Uint8Array) => {
      const message = request as IncomingMessage;
      const response = new ServerResponse(message);
      response.assignSocket(socket);
      socket.on("error", () => socket.destroy());
      handle(new UpgradeExchange(message, response, connectionFacts(socket, socket as TLSSocket), socket, head));
    });
    server.on("session", (session) => {
      self.#sessions.add(session);
      session.on("error", () => session.destroy());
      session.on("close", () => self.#sessions.delete(session));
    });
    server.on("connection", (socket: Socket) => {
      self.#sockets.add(socket);
      socket.on("close", () => self.#sockets.delete(socket));
    });
    // A broken handshake or request line concerns that client alone.
    server.on("tlsClientError", refuseHandshake);
    server.on("clientError", refuseRequest);
    server.on("sessionError", () => undefined);
    await new Promise<void>((resolve, reject) => {
      server.once("error", reject);
      server.listen(options.port, options.host, () => {
        server.off("error", reject);
        resolve();
      });
    });
    return self;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  get connections(): number {
    return this.#sockets.size;
  }

  /** Takes another default certificate for new connections. */
  setCertificate(key: string, cert: string): void {
    this.#server.setSecureContext({ key, cert });
  }

  /** Accepts nothing new, lets answers end, and cuts what is left after `grace` milliseconds. */
  async close(grace: number): Promise<void> {
    const closed = new Promise<void>((resolve) => this.#server.close(() => resolve()));
    for (const session of this.#sessions) session.close();
    const timer = setTimeout(() => {
      for (const socket of this.#sockets) socket.destroy();
    }, grace);
    // HTTP/1.1 connections that wait for a next request would hold the server open.
    const idle = setInterval(() => {
      (this.#server as unknown as { closeIdleConnections?: () => void }).closeIdleConnections?.();
    }, 20);
    await closed;
    clearTimeout(timer);
    clearInterval(idle);
  }
}

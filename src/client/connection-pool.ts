// The connections to one server, as one identity: opened when needed, shared, and replaced when they break.

import type { Clock } from "./clock.ts";
import { dialTls, type Target } from "./dial.ts";
import { type HttpConnection, type HttpRequest, type HttpResponse, UnsentError } from "./http-connection.ts";
import { Http1Connection } from "./http1-connection.ts";
import { Http2Connection } from "./http2-connection.ts";

/** Methods that may be sent again when nobody knows whether they arrived. */
const repeatable = new Set(["GET", "HEAD", "OPTIONS"]);

export class ConnectionPool {
  readonly #target: Target;
  readonly #clock: Clock;
  #connections: HttpConnection[] = [];
  #dialing: Promise<HttpConnection> | undefined;
  #closed = false;

  constructor(target: Target, clock: Clock) {
    this.#target = target;
    this.#clock = clock;
  }

  /** Sends a request; one that meets a connection which had ended unnoticed is sent once more on a new one. */
  async request(request: HttpRequest): Promise<HttpResponse> {
    for (let attempt = 1; ; attempt++) {
      const { connection, fresh } = await this.#connection();
      try {
        return await connection.request(request);
      } catch (error) {
        const again = error instanceof UnsentError || (!fresh && repeatable.has(request.method));
        if (request.signal.aborted || !again || attempt === 3) throw error;
      }
    }
  }

  /** Ends all connections; those under way too if `now`. */
  close(now: boolean): void {
    this.#closed = true;
    for (const connection of this.#connections) connection.close(now);
    this.#connections = [];
  }

  async #connection(): Promise<{ connection: HttpConnection; fresh: boolean }> {
    for (;;) {
      if (this.#closed) throw new Error("the client is closed");
      this.#connections = this.#connections.filter((connection) => connection.usable || connection.busy);
      const usable = this.#connections.find((connection) => connection.usable);
      if (usable !== undefined) return { connection: usable, fresh: false };
      this.#dialing ??= this.#dial().finally(() => {
        this.#dialing = undefined;
      });
      const connection = await this.#dialing;
      if (connection.usable) return { connection, fresh: true };
    }
  }

  async #dial(): Promise<HttpConnection> {
    const connection = await this.#open();
    if (this.#closed) connection.close(true);
    else this.#connections.push(connection);
    return connection;
  }

  async #open(): Promise<HttpConnection> {
    const { server } = this.#target;
    if (server.protocol === "http:") return new Http1Connection(this.#target);
    const socket = await dialTls(this.#target, ["h2", "http/1.1"]);
    if (socket.alpnProtocol === "h2") return new Http2Connection(server.origin, socket, this.#clock);
    socket.destroy();
    return new Http1Connection(this.#target);
  }
}

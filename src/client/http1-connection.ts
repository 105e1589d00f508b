// HTTP/1.1, for servers and proxies that do not speak HTTP/2: an agent that keeps sockets for the next request.

import { Agent as HttpAgent, request as httpRequest, type IncomingMessage } from "node:http";
import { Agent as HttpsAgent, request as httpsRequest } from "node:https";
import type { Duplex } from "node:stream";
import { dialTls, hostOf, type Target } from "./dial.ts";
import type { HttpConnection, HttpRequest, HttpResponse } from "./http-connection.ts";

export class Http1Connection implements HttpConnection {
  readonly #target: Target;
  readonly #agent: HttpAgent;
  readonly #ending = new AbortController();
  #requests = 0;
  usable = true;

  constructor(target: Target) {
    this.#target = target;
    this.#agent = target.server.protocol === "http:" ? new HttpAgent({ keepAlive: true }) : new DialingAgent(target);
  }

  get busy(): boolean {
    return this.#requests > 0;
  }

  request({ method, path, headers, body, signal }: HttpRequest): Promise<HttpResponse> {
    const { server } = this.#target;
    const secure = server.protocol === "https:";
    return new Promise((resolve, reject) => {
      const request = (secure ? httpsRequest : httpRequest)({
        agent: this.#agent,
        method,
        path,
        host: hostOf(server),
        port: Number(server.port || (secure ? 443 : 80)),
        headers: { ...headers, ...(body !== undefined && { "content-length": String(body.length) }) },
        signal: AbortSignal.any([signal, this.#ending.signal]),
      });
      this.#requests++;
      request.once("close", () => {
        this.#requests--;
        this.#dropSockets();
      });
      request.once("error", reject);
      request.once("response", (response: IncomingMessage) => {
        // From here on the body tells of errors.
        request.on("error", () => undefined);
        resolve({ code: response.statusCode ?? 0, headers: response.headers, body: response });
      });
      request.end(body);
    });
  }

  close(now: boolean): void {
    this.usable = false;
    if (now) this.#ending.abort();
    this.#dropSockets();
  }

  /** Closes the sockets that are kept for later, once there is no later. */
  #dropSockets(): void {
    if (!this.usable && this.#requests === 0) this.#agent.destroy();
  }
}

class DialingAgent extends HttpsAgent {
  readonly #target: Target;

  constructor(target: Target) {
    super({ keepAlive: true });
    this.#target = target;
  }

  override createConnection(
    _options: unknown,
    callback?: (error: Error | null, socket: Duplex) => void,
  ): Duplex | undefined {
    dialTls(this.#target, ["http/1.1"]).then(
      (socket) => callback?.(null, socket),
      (error: Error) => callback?.(error, undefined as never),
    );
    return undefined;
  }
}

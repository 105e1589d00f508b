// One HTTP/2 connection: many requests at a time, and pings that find out when the other side is gone.

import { type ClientHttp2Session, type ClientHttp2Stream, connect, constants } from "node:http2";
import type { TLSSocket } from "node:tls";
import type { Clock, Timer } from "./clock.ts";
import { type HttpConnection, type HttpRequest, type HttpResponse, UnsentError } from "./http-connection.ts";

/** Until the server has told its own limit. */
const assumedStreams = 100;
/** A connection on which nothing was heard for this long (milliseconds) is pinged; the numbers are those of client-go. */
const quietTime = 30_000;
const pingTime = 15_000;

export class Http2Connection implements HttpConnection {
  readonly #session: ClientHttp2Session;
  readonly #clock: Clock;
  #streams = 0;
  #closing = false;
  #heard = false;
  #watchdog: Timer | undefined;

  constructor(origin: string, socket: TLSSocket, clock: Clock) {
    this.#clock = clock;
    this.#session = connect(origin, {
      createConnection: () => socket,
      settings: { enablePush: false, initialWindowSize: 1 << 20 },
    });
    const stop = () => {
      this.#closing = true;
    };
    this.#session.on("goaway", stop);
    this.#session.on("close", stop);
    // What ends the session ends its streams, and those tell.
    this.#session.on("error", stop);
    this.#session.unref();
  }

  get usable(): boolean {
    const most = Math.min(this.#session.remoteSettings?.maxConcurrentStreams ?? assumedStreams, 1000);
    return !this.#closing && !this.#session.closed && !this.#session.destroyed && this.#streams < most;
  }

  get busy(): boolean {
    return this.#streams > 0;
  }

  request({ method, path, headers, body, signal }: HttpRequest): Promise<HttpResponse> {
    return new Promise((resolve, reject) => {
      if (signal.aborted) throw signal.reason;
      let stream: ClientHttp2Stream;
      try {
        stream = this.#session.request(
          { ...headers, ":method": method, ":path": path },
          { endStream: body === undefined },
        );
      } catch (error) {
        this.#closing = true;
        throw new UnsentError("the connection has ended", { cause: error });
      }
      const abort = () => stream.close(constants.NGHTTP2_CANCEL);
      signal.addEventListener("abort", abort, { once: true });
      this.#began();
      let failure: Error | undefined;
      stream.on("error", (error) => {
        failure = error;
      });
      stream.once("close", () => {
        signal.removeEventListener("abort", abort);
        this.#ended();
        if (signal.aborted) reject(signal.reason);
        else if (stream.rstCode === constants.NGHTTP2_REFUSED_STREAM) reject(new UnsentError("the server refused it"));
        else reject(failure ?? new Error("the connection was lost"));
      });
      stream.once("response", ({ ":status": code = 0, ...rest }) => {
        this.#heard = true;
        resolve({ code, headers: rest, body: this.#bodyOf(stream, signal) });
      });
      if (body !== undefined) stream.end(body);
    });
  }

  async *#bodyOf(stream: ClientHttp2Stream, signal: AbortSignal): AsyncGenerator<Buffer> {
    try {
      for await (const chunk of stream) {
        this.#heard = true;
        yield chunk as Buffer;
      }
      if (signal.aborted) throw signal.reason;
      // A stream that was cut also ends, and only its code tells.
      if (stream.aborted || stream.rstCode !== constants.NGHTTP2_NO_ERROR) throw new Error("the connection was lost");
    } finally {
      stream.close(constants.NGHTTP2_CANCEL);
    }
  }

  close(now: boolean): void {
    this.#closing = true;
    // With an error, so that nobody takes what was cut off for the end.
    if (now) this.#session.destroy(new Error("the connection was ended"), constants.NGHTTP2_CANCEL);
    else this.#session.close();
  }

  /** A connection without requests lets the process end. */
  #began(): void {
    if (++this.#streams > 1) return;
    this.#session.ref();
    this.#watchdog ??= this.#clock.after(quietTime, () => this.#check());
  }

  #ended(): void {
    if (--this.#streams === 0 && !this.#session.destroyed) this.#session.unref();
  }

  #check(): void {
    this.#watchdog = undefined;
    if (this.#streams === 0 || this.#session.destroyed) return;
    const again = () => {
      this.#watchdog = this.#clock.after(quietTime, () => this.#check());
    };
    if (this.#heard) {
      this.#heard = false;
      again();
      return;
    }
    const timer = this.#clock.after(pingTime, () => this.#session.destroy(new Error("the server does not answer")));
    this.#session.ping((error) => {
      timer.cancel();
      if (error === null) again();
    });
  }
}

// HTTP/1.1 as bytes on a TLS socket: sends what no well-behaved client can be made to send, and reads what comes back.

import { type ConnectionOptions, connect, type TLSSocket } from "node:tls";

/** A request as it goes over the wire; nothing is corrected. */
export interface RawRequest {
  method: string;
  /** Path and query, latin1. */
  target: string;
  headers: [name: string, value: string][];
  body?: Buffer;
  /** Whether only the head of the answer is read: of a watch, whose body has no end. */
  headOnly?: boolean;
}

export interface RawAnswer {
  code: number;
  /** By lower-case name. */
  headers: Map<string, string>;
  body: Buffer;
  /** Whether the server ended the connection with it. */
  closed: boolean;
}

/** The bytes of a request. A body gets its length, unless a header already speaks of it. */
export function requestBytes({ method, target, headers, body }: RawRequest): Buffer {
  const names = new Set(headers.map(([name]) => name.toLowerCase()));
  const lines = [`${method} ${target} HTTP/1.1`];
  if (!names.has("host")) lines.push("host: localhost");
  for (const [name, value] of headers) lines.push(`${name}: ${value}`);
  if (body !== undefined && !names.has("content-length") && !names.has("transfer-encoding")) {
    lines.push(`content-length: ${body.length}`);
  }
  const head = Buffer.from(`${lines.join("\r\n")}\r\n\r\n`, "latin1");
  return body === undefined ? head : Buffer.concat([head, body]);
}

/** A TLS socket to a local port. Errors of it end the reading, nothing else. */
export function openSocket(port: number, options: ConnectionOptions = {}): Promise<TLSSocket> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host: "127.0.0.1", port, rejectUnauthorized: false, ...options }, () => {
      socket.off("error", reject);
      socket.on("error", () => undefined);
      resolve(socket);
    });
    socket.once("error", reject);
  });
}

/** Reads answers from a socket, one after the other. */
export class AnswerReader {
  readonly #socket: TLSSocket;
  #buffer: Buffer = Buffer.alloc(0);
  #ended = false;
  #wake: () => void = () => undefined;

  constructor(socket: TLSSocket) {
    this.#socket = socket;
    socket.on("data", (chunk: Buffer) => {
      this.#buffer = this.#buffer.length === 0 ? chunk : Buffer.concat([this.#buffer, chunk]);
      this.#wake();
    });
    const ended = () => {
      this.#ended = true;
      this.#wake();
    };
    socket.on("end", ended);
    socket.on("close", ended);
  }

  get ended(): boolean {
    return this.#ended;
  }

  /** The next final answer; undefined when the connection ended before one began. Rejects after `deadline` milliseconds. */
  async next(deadline: number, headOnly = false): Promise<RawAnswer | undefined> {
    const until = performance.now() + deadline;
    const more = () => this.#more(until);
    for (;;) {
      let end = this.#buffer.indexOf("\r\n\r\n");
      while (end < 0) {
        if (!(await more())) return undefined;
        end = this.#buffer.indexOf("\r\n\r\n");
      }
      const [status = "", ...lines] = this.#take(end + 4)
        .toString("latin1")
        .trimEnd()
        .split("\r\n");
      const code = Number(/^HTTP\/1\.[01] ([0-9]{3})/.exec(status)?.[1]);
      if (Number.isNaN(code)) throw new Error(`no HTTP answer: ${status.slice(0, 200)}`);
      if (code === 100) continue;
      const headers = new Map<string, string>();
      for (const line of lines) {
        const colon = line.indexOf(":");
        headers.set(line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim());
      }
      const body = headOnly ? Buffer.alloc(0) : await this.#body(code, headers, more);
      return { code, headers, body, closed: this.#ended || headers.get("connection") === "close" };
    }
  }

  async #body(code: number, headers: Map<string, string>, more: () => Promise<boolean>): Promise<Buffer> {
    if (code === 204 || code === 304) return Buffer.alloc(0);
    if (headers.get("transfer-encoding") === "chunked") return this.#chunks(more);
    const length = headers.get("content-length");
    if (length === undefined) {
      while (await more());
      return this.#take(this.#buffer.length);
    }
    while (this.#buffer.length < Number(length)) if (!(await more())) throw new Error("the answer broke off");
    return this.#take(Number(length));
  }

  async #chunks(more: () => Promise<boolean>): Promise<Buffer> {
    const parts: Buffer[] = [];
    for (;;) {
      let end = this.#buffer.indexOf("\r\n");
      while (end < 0) {
        if (!(await more())) throw new Error("the answer broke off");
        end = this.#buffer.indexOf("\r\n");
      }
      const size = Number.parseInt(this.#take(end + 2).toString("latin1"), 16);
      while (this.#buffer.length < size + 2) if (!(await more())) throw new Error("the answer broke off");
      parts.push(this.#take(size));
      this.#take(2);
      if (size === 0) return Buffer.concat(parts);
    }
  }

  #take(length: number): Buffer {
    const taken = this.#buffer.subarray(0, length);
    this.#buffer = this.#buffer.subarray(length);
    return taken;
  }

  /** Waits for more bytes; false at the end of the connection. */
  async #more(until: number): Promise<boolean> {
    if (this.#ended) return false;
    const before = this.#buffer.length;
    let timer: NodeJS.Timeout | undefined;
    await new Promise<void>((resolve, reject) => {
      timer = setTimeout(
        () => {
          this.#socket.destroy();
          reject(new Error("no answer within the deadline"));
        },
        Math.max(0, until - performance.now()),
      );
      this.#wake = resolve;
    });
    clearTimeout(timer);
    return this.#buffer.length > before || !this.#ended;
  }
}

/** A client that sends one request after the other, on one connection as long as the server keeps it. */
export class RawClient {
  readonly #port: number;
  readonly #options: ConnectionOptions;
  #open: { socket: TLSSocket; reader: AnswerReader } | undefined;

  constructor(port: number, options: ConnectionOptions = {}) {
    this.#port = port;
    this.#options = options;
  }

  /** The answer; undefined when the server closed the connection without one. */
  async send(request: RawRequest, deadline: number): Promise<RawAnswer | undefined> {
    for (let attempt = 0; ; attempt++) {
      const fresh = this.#open === undefined || this.#open.reader.ended;
      if (fresh) {
        const socket = await openSocket(this.#port, this.#options);
        this.#open = { socket, reader: new AnswerReader(socket) };
      }
      const { socket, reader } = this.#open!;
      socket.write(requestBytes(request));
      let answer: RawAnswer | undefined;
      try {
        answer = await reader.next(deadline, request.headOnly || request.method === "HEAD");
      } catch (error) {
        this.close();
        throw error;
      }
      if (answer === undefined || answer.closed) this.close();
      // A kept connection may have ended just before the request: that is no answer to it.
      if (answer !== undefined || fresh || attempt > 0) return answer;
    }
  }

  close(): void {
    this.#open?.socket.destroy();
    this.#open = undefined;
  }
}

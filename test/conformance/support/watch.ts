// A watch as a client sees it: events come out in order, each awaited with a deadline.

import type { ClientHttp2Stream } from "node:http2";
import type { JsonObject } from "../../../src/machinery/object.ts";
import { Answer } from "./http.ts";

/** How long (milliseconds) a case waits for what has to come. */
export const patience = 15_000;

export interface Event {
  type: "ADDED" | "MODIFIED" | "DELETED" | "BOOKMARK" | "ERROR";
  object: JsonObject;
}

export class Watch {
  readonly #stream: ClientHttp2Stream;
  readonly #events: Event[] = [];
  #rest = "";
  #ended = false;
  #wake: (() => void) | undefined;
  /** Resolves with code and headers; the body of an answer that is no watch is in `refusal`. */
  readonly opened: Promise<{ code: number; headers: Record<string, string> }>;

  constructor(stream: ClientHttp2Stream) {
    this.#stream = stream;
    this.opened = new Promise((resolve, reject) => {
      stream.once("response", (headers) => {
        const flat = Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, String(value)]));
        resolve({ code: Number(headers[":status"]), headers: flat });
      });
      stream.once("error", reject);
    });
    stream.setEncoding("utf8");
    stream.on("data", (text: string) => this.#take(text));
    stream.on("error", () => this.#end());
    stream.on("close", () => this.#end());
    stream.on("end", () => this.#end());
  }

  #take(text: string): void {
    const lines = (this.#rest + text).split("\n");
    this.#rest = lines.pop()!;
    for (const line of lines) if (line !== "") this.#events.push(JSON.parse(line));
    this.#wake?.();
  }

  #end(): void {
    this.#ended = true;
    this.#wake?.();
  }

  /** The next event, bookmarks included; undefined when the watch has ended. */
  async next(deadline = patience): Promise<Event | undefined> {
    const event = await this.#await(() => this.#events.shift(), deadline);
    return event;
  }

  /** The next event, which has to be there. */
  async expect(deadline = patience): Promise<Event> {
    const event = await this.next(deadline);
    if (event === undefined) throw new Error("the watch ended");
    return event;
  }

  /** Events until one fulfils `last`, that one included. */
  async until(last: (event: Event) => boolean, deadline = patience): Promise<Event[]> {
    const seen: Event[] = [];
    for (;;) {
      const event = await this.expect(deadline);
      seen.push(event);
      if (last(event)) return seen;
    }
  }

  /** Resolves when the server has ended the watch; events that came are dropped. */
  async ended(deadline = patience): Promise<void> {
    while ((await this.next(deadline)) !== undefined);
  }

  /** What a request that is no watch after all was answered with. */
  async refusal(): Promise<Answer> {
    const { code, headers } = await this.opened;
    await this.#await(() => undefined, patience);
    const event = this.#events[0] as JsonObject | undefined;
    return new Answer(code, headers, Buffer.from(this.#rest || JSON.stringify(event)));
  }

  close(): void {
    this.#stream.close();
  }

  async #await<T>(take: () => T | undefined, deadline: number): Promise<T | undefined> {
    const until = Date.now() + deadline;
    for (;;) {
      const value = take();
      if (value !== undefined || this.#ended) return value;
      const left = until - Date.now();
      if (left <= 0) throw new Error(`nothing came within ${deadline} ms`);
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, left);
        this.#wake = () => {
          clearTimeout(timer);
          resolve();
        };
      });
      this.#wake = undefined;
    }
  }
}

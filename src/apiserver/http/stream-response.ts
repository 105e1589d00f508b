// A ResponseStream over any Node writable: HTTP/2 streams and HTTP/1.1 answers.

import type { Writable } from "node:stream";
import type { ResponseStream } from "./exchange.ts";

/** Milliseconds in which a client has to take what it was sent. */
const readingTime = 60_000;
/** What is left of fewer bytes is in the hands of the system's buffers. */
const smallRest = 64 * 1024;

/** Breaks an answer off whose end its client does not read: it would be held for as long as the connection lives. */
export function limitReading(answer: Writable, breakOff: () => void): void {
  if (answer.destroyed || answer.writableLength < smallRest) return;
  const timer = setTimeout(breakOff, readingTime);
  timer.unref();
  answer.once("close", () => clearTimeout(timer));
}

export class StreamResponse implements ResponseStream {
  readonly #writable: Writable;
  readonly #breakOff: () => void;

  constructor(writable: Writable, breakOff: () => void) {
    this.#writable = writable;
    this.#breakOff = breakOff;
  }

  get backlog(): number {
    return this.#writable.writableLength;
  }

  get closed(): boolean {
    return this.#writable.destroyed || this.#writable.writableEnded;
  }

  write(chunk: Uint8Array | string): boolean {
    return this.closed ? true : this.#writable.write(chunk);
  }

  drained(): Promise<void> {
    const writable = this.#writable;
    if (this.closed || !writable.writableNeedDrain) return Promise.resolve();
    return new Promise((resolve) => {
      const timer = setTimeout(() => this.destroy(), readingTime);
      timer.unref();
      const done = () => {
        clearTimeout(timer);
        writable.off("drain", done);
        writable.off("close", done);
        resolve();
      };
      writable.on("drain", done);
      writable.on("close", done);
    });
  }

  end(chunk?: Uint8Array | string): void {
    if (this.closed) return;
    if (chunk === undefined) this.#writable.end();
    else this.#writable.end(chunk);
    limitReading(this.#writable, () => this.destroy());
  }

  destroy(): void {
    if (!this.#writable.destroyed) this.#breakOff();
  }

  onClose(callback: () => void): void {
    if (this.#writable.destroyed) callback();
    else this.#writable.once("close", callback);
  }
}

/** A header's value; several of one name are joined as HTTP does. */
export function singleValue(value: string | string[] | undefined): string | undefined {
  return Array.isArray(value) ? value.join(", ") : value;
}

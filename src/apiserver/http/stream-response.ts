// A ResponseStream over any Node writable: HTTP/2 streams and HTTP/1.1 answers.

import type { Writable } from "node:stream";
import type { ResponseStream } from "./exchange.ts";

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
      const done = () => {
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

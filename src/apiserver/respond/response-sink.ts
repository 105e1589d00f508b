// A WatchSink that writes to an HTTP response.

import type { ResponseStream } from "../http/exchange.ts";
import type { WatchSink } from "../registry/watch-frames.ts";

export class ResponseSink implements WatchSink<Uint8Array> {
  readonly #stream: ResponseStream;

  constructor(stream: ResponseStream) {
    this.#stream = stream;
  }

  send(frames: Uint8Array): void {
    this.#stream.write(frames);
  }

  get backlog(): number {
    return this.#stream.backlog;
  }

  get closed(): boolean {
    return this.#stream.closed;
  }

  drained(): Promise<void> {
    return this.#stream.drained();
  }

  end(): void {
    this.#stream.end();
  }

  cut(): void {
    this.#stream.destroy();
  }

  onClose(callback: () => void): void {
    this.#stream.onClose(callback);
  }
}

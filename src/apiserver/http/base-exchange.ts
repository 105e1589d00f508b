// What the exchanges of both protocols have in common.

import type { X509Certificate } from "node:crypto";
import type { Writable } from "node:stream";
import type { ConnectionFacts } from "./connection.ts";

export abstract class BaseExchange {
  /** The status code, once an answer was begun. */
  sentCode: number | undefined;
  readonly #connection: ConnectionFacts;
  readonly #answer: Writable;
  #abort: AbortController | undefined;

  /** `answer` closes when the client has gone or has everything. */
  constructor(connection: ConnectionFacts, answer: Writable) {
    this.#connection = connection;
    this.#answer = answer;
  }

  get serverName(): string | undefined {
    return this.#connection.serverName;
  }

  get remoteAddress(): string {
    return this.#connection.remoteAddress;
  }

  get certificate(): X509Certificate | undefined {
    return this.#connection.certificate;
  }

  /** Made when it is first asked for: few requests need it. */
  get signal(): AbortSignal {
    if (this.#abort === undefined) {
      const abort = new AbortController();
      this.#abort = abort;
      if (this.#answer.destroyed) abort.abort();
      else this.#answer.once("close", () => abort.abort());
    }
    return this.#abort.signal;
  }
}

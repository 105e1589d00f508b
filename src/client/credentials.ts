// Who the client is, and where that comes from: given once, or renewed from a file or a program.

import { readFile } from "node:fs/promises";
import type { Clock } from "./clock.ts";

/** Certificates and keys are PEM. */
export interface Credentials {
  readonly clientCertificate?: string;
  readonly clientKey?: string;
  readonly token?: string;
  readonly username?: string;
  readonly password?: string;
}

export interface CredentialSource {
  /** The credentials of the next request. */
  current(): Promise<Credentials>;
  /** The server did not know these (401). Returns whether there may be others now. */
  refused(credentials: Credentials): boolean;
}

export function fixedCredentials(credentials: Credentials): CredentialSource {
  return { current: async () => credentials, refused: () => false };
}

/** How long a token from a file is used before it is read again, in milliseconds; the same as in client-go. */
const tokenFileAge = 60_000;

/** The token is what a file says, which others replace; the rest stays. */
export class TokenFileCredentials implements CredentialSource {
  readonly #path: string;
  readonly #others: Credentials;
  readonly #clock: Clock;
  #read: { credentials: Credentials; until: number } | undefined;

  constructor(path: string, others: Credentials, clock: Clock) {
    this.#path = path;
    this.#others = others;
    this.#clock = clock;
  }

  async current(): Promise<Credentials> {
    const now = this.#clock.now().getTime();
    if (this.#read !== undefined && now < this.#read.until) return this.#read.credentials;
    try {
      const token = (await readFile(this.#path, "utf8")).trim();
      if (token === "") throw new Error(`the token file ${this.#path} is empty`);
      this.#read = { credentials: { ...this.#others, token }, until: now + tokenFileAge };
    } catch (error) {
      // While the file is being replaced, the token from before may still do.
      if (this.#read === undefined) throw error;
    }
    return this.#read.credentials;
  }

  refused(credentials: Credentials): boolean {
    if (this.#read?.credentials === credentials) this.#read.until = 0;
    return true;
  }
}

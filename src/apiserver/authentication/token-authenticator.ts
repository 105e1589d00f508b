// Bearer tokens: several kinds of token behind one authenticator, and the review of tokens on behalf of others (TokenReview).

import type { Authentication, Authenticator, Credentials } from "../identity.ts";
import type { TokenResult } from "../strategy.ts";

/** Knows one kind of token. */
export interface TokenAuthenticator {
  readonly name: string;
  /**
   * `audiences` are those that the token has to be for one of. An authenticator whose tokens carry audiences returns those that
   * match; the others return none, and their tokens count as made for this API server.
   */
  authenticateToken(token: string, audiences: readonly string[]): Authentication | Promise<Authentication>;
}

/** Tries the kinds of token in order. A token that none accepts is invalid, with all reasons. */
export class BearerTokens implements Authenticator {
  readonly name = "bearer token";
  readonly #authenticators: readonly TokenAuthenticator[];
  readonly #apiAudiences: readonly string[];

  constructor(authenticators: readonly TokenAuthenticator[], apiAudiences: readonly string[]) {
    this.#authenticators = authenticators;
    this.#apiAudiences = apiAudiences;
  }

  authenticate({ bearerToken }: Credentials): Authentication | Promise<Authentication> {
    if (bearerToken === undefined) return { outcome: "absent" };
    return this.#try(bearerToken, this.#apiAudiences, 0, []);
  }

  /** Answers a TokenReview; without audiences, those of this API server are meant. */
  async review(token: string, audiences: readonly string[]): Promise<TokenResult> {
    if (token === "") return { authenticated: false };
    const result = await this.#try(token, audiences.length > 0 ? audiences : this.#apiAudiences, 0, []);
    if (result.outcome === "authenticated") {
      return { authenticated: true, user: result.user, audiences: result.audiences ?? [] };
    }
    return { authenticated: false, error: result.outcome === "invalid" ? result.reason : "invalid bearer token" };
  }

  /** Goes on at `index`; synchronous as long as the authenticators are. */
  #try(
    token: string,
    audiences: readonly string[],
    index: number,
    reasons: string[],
  ): Authentication | Promise<Authentication> {
    for (let at = index; at < this.#authenticators.length; at++) {
      const answer = this.#authenticators[at]!.authenticateToken(token, audiences);
      if (answer instanceof Promise) {
        return answer.then(
          (late) => this.#judge(late, audiences, reasons) ?? this.#try(token, audiences, at + 1, reasons),
        );
      }
      const judged = this.#judge(answer, audiences, reasons);
      if (judged !== undefined) return judged;
    }
    const all = ["invalid bearer token", ...reasons];
    return { outcome: "invalid", reason: all.length === 1 ? all[0]! : `[${all.join(", ")}]` };
  }

  /** The final word, or undefined when the next authenticator is to be asked. */
  #judge(answer: Authentication, audiences: readonly string[], reasons: string[]): Authentication | undefined {
    if (answer.outcome === "invalid") reasons.push(answer.reason);
    if (answer.outcome !== "authenticated") return undefined;
    if (answer.audiences !== undefined) return answer;
    const matching = this.#apiAudiences.filter((audience) => audiences.includes(audience));
    return matching.length === 0 ? undefined : { ...answer, audiences: matching };
  }
}

// Who asks: all ways to authenticate of one control plane, tried in order. This is the first thing that happens to a request once its
// plane is known.
//
// Invariants: one good credential suffices, also beside a bad one; with none good and one bad the answer is 401 and never anonymous;
// every user but the anonymous is in `system:authenticated`.

import {
  type Authentication,
  type Authenticator,
  authenticatedGroup,
  type Credentials,
  type UserInfo,
} from "../identity.ts";

export const unauthenticatedGroup = "system:unauthenticated";

export class RequestAuthenticator implements Authenticator {
  readonly name = "request";
  readonly #authenticators: readonly Authenticator[];
  readonly #anonymous: Authenticator;

  /** The usual order is front proxy, client certificate, bearer tokens. */
  constructor(authenticators: readonly Authenticator[], anonymous: Authenticator) {
    this.#authenticators = authenticators;
    this.#anonymous = anonymous;
  }

  /** `absent` means that there were no credentials and the anonymous user is not admitted here: 401 as well. */
  authenticate(credentials: Credentials): Authentication | Promise<Authentication> {
    return this.#try(credentials, 0, []);
  }

  #try(credentials: Credentials, index: number, reasons: string[]): Authentication | Promise<Authentication> {
    for (let at = index; at < this.#authenticators.length; at++) {
      const answer = this.#authenticators[at]!.authenticate(credentials);
      if (answer instanceof Promise) {
        return answer.then((late) => judge(late, reasons) ?? this.#try(credentials, at + 1, reasons));
      }
      const judged = judge(answer, reasons);
      if (judged !== undefined) return judged;
    }
    if (reasons.length === 0) return this.#anonymous.authenticate(credentials);
    return { outcome: "invalid", reason: reasons.length === 1 ? reasons[0]! : `[${reasons.join(", ")}]` };
  }
}

/** The final word, or undefined when the next authenticator is to be asked. */
function judge(answer: Authentication, reasons: string[]): Authentication | undefined {
  if (answer.outcome === "invalid") reasons.push(answer.reason);
  return answer.outcome === "authenticated" ? { ...answer, user: withAuthenticatedGroup(answer.user) } : undefined;
}

/** The user with `system:authenticated` among its groups, unless it is marked as one or the other already. */
export function withAuthenticatedGroup(user: UserInfo): UserInfo {
  if (user.groups.includes(authenticatedGroup) || user.groups.includes(unauthenticatedGroup)) return user;
  return { ...user, groups: [...user.groups, authenticatedGroup] };
}

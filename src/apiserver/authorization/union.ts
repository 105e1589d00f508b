// Several authorizers as one, and the group that may do everything.

import type { Attributes, Authorizer, Decision, PolicyRule, UserInfo } from "../identity.ts";

/** Members may do everything, whatever roles say; the way back in when roles are broken. */
export const privilegedGroup = "system:masters";

export class PrivilegedGroupAuthorizer implements Authorizer {
  readonly name = "privileged group";

  authorize({ user }: Attributes): Decision {
    return { decision: user.groups.includes(privilegedGroup) ? "allow" : "noOpinion", reason: "" };
  }
}

/** Asks in order; the first that allows or denies decides. When none does, the reasons of all are in the answer, a line each. */
export class UnionAuthorizer implements Authorizer {
  readonly name = "union";
  readonly #authorizers: readonly Authorizer[];

  constructor(authorizers: readonly Authorizer[]) {
    this.#authorizers = authorizers;
  }

  authorize(attributes: Attributes): Decision | Promise<Decision> {
    return this.#ask(attributes, 0, []);
  }

  rulesFor(user: UserInfo, namespace: string): PolicyRule[] {
    return this.#authorizers.flatMap((authorizer) => authorizer.rulesFor?.(user, namespace) ?? []);
  }

  /** Goes on at `index`; synchronous as long as the authorizers are. */
  #ask(attributes: Attributes, index: number, reasons: string[]): Decision | Promise<Decision> {
    for (let at = index; at < this.#authorizers.length; at++) {
      const answer = this.#authorizers[at]!.authorize(attributes);
      if (answer instanceof Promise) {
        return answer.then((late) => settle(late, reasons) ?? this.#ask(attributes, at + 1, reasons));
      }
      const settled = settle(answer, reasons);
      if (settled !== undefined) return settled;
    }
    return { decision: "noOpinion", reason: reasons.join("\n") };
  }
}

function settle(answer: Decision, reasons: string[]): Decision | undefined {
  if (answer.decision !== "noOpinion") return answer;
  if (answer.reason !== "") reasons.push(answer.reason);
  return undefined;
}

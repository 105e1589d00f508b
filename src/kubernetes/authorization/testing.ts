// Answers reviews in tests: a request by a user, and services that allow what a function allows.

import type { Attributes, Decision, UserInfo } from "../../apiserver/identity.ts";
import type { ActionRequest, KindRegistration, TokenResult } from "../../apiserver/strategy.ts";
import type { JsonObject, KubeObject } from "../../machinery/object.ts";
import { testContext } from "../validation/testing.ts";

export interface ReviewWorld {
  user?: UserInfo;
  namespace?: string;
  authorize?: (attributes: Attributes) => Decision;
  tokens?: (token: string, audiences: string[]) => TokenResult;
}

/** What the kind answers to a review. */
export async function review(
  { kind, strategy }: KindRegistration,
  fields: JsonObject,
  world: ReviewWorld = {},
): Promise<KubeObject> {
  const object = { apiVersion: `${kind.group}/v1`, kind: kind.kind, metadata: {}, ...fields };
  const request: ActionRequest = {
    ...testContext(),
    user: world.user ?? { name: "ada", groups: ["system:authenticated"] },
    resource: { group: kind.group, resource: kind.plural },
    namespace: world.namespace ?? "",
    name: "",
    options: {},
    services: {
      update: () => Promise.reject(new Error("reviews change nothing")),
      delete: () => Promise.reject(new Error("reviews delete nothing")),
      authenticateToken: async (token, audiences) => world.tokens?.(token, audiences) ?? { authenticated: false },
      authorize: async (attributes) => world.authorize?.(attributes) ?? { decision: "noOpinion", reason: "" },
      rulesFor: (user) => [{ verbs: ["get"], apiGroups: [""], resources: ["pods"], resourceNames: [user.name] }],
      issueServiceAccountToken: () => ({ token: "", expiresAt: new Date(0) }),
      apiAudiences: ["https://muster"],
    },
  };
  const answer = await strategy?.answer?.(object, request);
  if (answer === undefined) throw new Error(`${kind.kind} answers no reviews`);
  return answer;
}

// The kind TokenReview: who does a bearer token stand for? Source: kubernetes pkg/registry/authentication/tokenreview.

import type { TokenResult } from "../../apiserver/strategy.ts";
import type { JsonObject } from "../../machinery/object.ts";
import { badRequest } from "../../machinery/status-error.ts";
import { builtin } from "../define.ts";
import { isEmpty, listOf } from "../validation/fields.ts";
import { showUser } from "./user-info.ts";

export const tokenReviewKind = builtin({
  group: "authentication.k8s.io",
  kind: "TokenReview",
  versions: ["v1"],
  strategy: {
    async answer(review, { services }) {
      const { token, audiences } = (review.spec ?? {}) as JsonObject;
      if (isEmpty(token)) throw badRequest("token is required for TokenReview in authentication");
      const result = await services.authenticateToken(token, listOf(audiences));
      return { ...review, status: statusOf(result) };
    },
  },
});

function statusOf(result: TokenResult): JsonObject {
  if (!result.authenticated) return { user: {}, ...(result.error === undefined ? {} : { error: result.error }) };
  const { user, audiences } = result;
  return { authenticated: true, user: showUser(user), ...(audiences.length > 0 ? { audiences } : {}) };
}

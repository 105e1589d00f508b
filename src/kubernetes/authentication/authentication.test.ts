import assert from "node:assert/strict";
import { test } from "node:test";
import type { TokenResult } from "../../apiserver/strategy.ts";
import { review } from "../authorization/testing.ts";
import { selfSubjectReviewKind } from "./self-subject-review.ts";
import { tokenReviewKind } from "./token-review.ts";

const user = { name: "ada", uid: "u", groups: ["g"], extra: { scope: ["x"] } };
const shown = { username: "ada", uid: "u", groups: ["g"], extra: { scope: ["x"] } };

test("a token review tells whose token it is", async () => {
  const tokens = (token: string, audiences: string[]): TokenResult =>
    token === "good"
      ? { authenticated: true, user, audiences }
      : { authenticated: false, error: "invalid bearer token" };
  const good = await review(tokenReviewKind, { spec: { token: "good", audiences: ["b"] } }, { tokens });
  assert.deepEqual(good.status, { authenticated: true, user: shown, audiences: ["b"] });
  const bad = await review(tokenReviewKind, { spec: { token: "bad" } }, { tokens });
  assert.deepEqual(bad.status, { user: {}, error: "invalid bearer token" });
  await assert.rejects(review(tokenReviewKind, { spec: {} }), {
    code: 400,
    message: "token is required for TokenReview in authentication",
  });
});

test("a self review tells who asks", async () => {
  const answer = await review(selfSubjectReviewKind, { status: { userInfo: { username: "root" } } }, { user });
  assert.deepEqual(answer.status, { userInfo: shown });
  assert.equal(answer.metadata.creationTimestamp, "2026-01-02T00:00:00Z");
});

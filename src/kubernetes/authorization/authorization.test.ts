import assert from "node:assert/strict";
import { test } from "node:test";
import type { Attributes, Decision } from "../../apiserver/identity.ts";
import type { JsonObject } from "../../machinery/object.ts";
import { StatusError } from "../../machinery/status-error.ts";
import { localSubjectAccessReviewKind, selfSubjectAccessReviewKind, subjectAccessReviewKind } from "./access-review.ts";
import { selfSubjectRulesReviewKind } from "./self-subject-rules-review.ts";
import { review } from "./testing.ts";

const resourceAttributes = { verb: "get", resource: "pods", namespace: "a" };

/** An authorizer that decides the same always and remembers what it was asked. */
function judge(decision: Decision) {
  const asked: Attributes[] = [];
  const authorize = (attributes: Attributes) => {
    asked.push(attributes);
    return decision;
  };
  return { asked, authorize };
}

function problems(error: unknown): string[] {
  assert.ok(error instanceof StatusError);
  return (error.status.details?.causes ?? []).map(({ field, message }) => `${field}: ${message}`);
}

async function refusal(answer: Promise<unknown>): Promise<string[]> {
  return answer.then(() => [], problems);
}

test("an access review asks about its subject and passes the decision on", async () => {
  const world = judge({ decision: "allow", reason: "because" });
  const spec = { resourceAttributes, user: "bob", groups: ["g"], uid: "1", extra: { scope: ["x"] } };
  const answer = await review(subjectAccessReviewKind, { spec }, world);
  assert.deepEqual(answer.status, { allowed: true, reason: "because" });
  assert.deepEqual(answer.spec, spec);
  assert.deepEqual(world.asked[0]?.user, { name: "bob", groups: ["g"], uid: "1", extra: { scope: ["x"] } });
  const resource = { group: "", version: "*", resource: "pods", subresource: "", namespace: "a", name: "" };
  assert.deepEqual(world.asked[0]?.resource, resource);

  const denied = await review(subjectAccessReviewKind, { spec }, judge({ decision: "deny", reason: "" }));
  assert.deepEqual(denied.status, { allowed: false, denied: true });
});

test("a self review asks about who sends it, also for paths", async () => {
  const world = judge({ decision: "noOpinion", reason: "no rule" });
  const spec = { nonResourceAttributes: { verb: "get", path: "/metrics" } };
  const answer = await review(selfSubjectAccessReviewKind, { spec }, world);
  assert.deepEqual(answer.status, { allowed: false, reason: "no rule" });
  assert.deepEqual(world.asked, [
    { user: { name: "ada", groups: ["system:authenticated"] }, verb: "get", path: "/metrics" },
  ]);
});

test("what is wrong with access reviews", async () => {
  const cases: [JsonObject, string[]][] = [
    [{ user: "a", resourceAttributes }, []],
    [{ resourceAttributes }, ['spec.user: Invalid value: "": at least one of user or group must be specified']],
    [
      { user: "a" },
      [
        "spec.resourceAttributes: Invalid value: null: exactly one of nonResourceAttributes or resourceAttributes must be specified",
      ],
    ],
    [
      { user: "a", resourceAttributes, nonResourceAttributes: { path: "/" } },
      [
        'spec.nonResourceAttributes: Invalid value: {"path":"/"}: cannot be specified in combination with resourceAttributes',
      ],
    ],
  ];
  for (const [spec, expected] of cases) {
    assert.deepEqual(await refusal(review(subjectAccessReviewKind, { spec })), expected);
  }
  const named = review(subjectAccessReviewKind, { metadata: { name: "x" }, spec: { user: "a", resourceAttributes } });
  assert.deepEqual(await refusal(named), ['metadata: Invalid value: {"name":"x"}: must be empty']);
});

test("a local review is about its own namespace", async () => {
  const metadata = { namespace: "a" };
  const world = { namespace: "a", ...judge({ decision: "allow", reason: "" }) };
  const spec = { user: "bob", resourceAttributes };
  const answer = await review(localSubjectAccessReviewKind, { metadata, spec }, world);
  assert.equal(answer.status.allowed, true);
  const other = { user: "bob", resourceAttributes: { ...resourceAttributes, namespace: "b" } };
  assert.deepEqual(await refusal(review(localSubjectAccessReviewKind, { metadata, spec: other }, world)), [
    'spec.resourceAttributes.namespace: Invalid value: "b": must match metadata.namespace',
  ]);
  await assert.rejects(review(localSubjectAccessReviewKind, { metadata, spec }, { namespace: "b" }), { code: 400 });
});

test("selectors reach the authorizer; what is not understood is left out and reported", async () => {
  const world = judge({ decision: "allow", reason: "" });
  const ask = async (fieldSelector: JsonObject | undefined, labelSelector?: JsonObject) => {
    const spec = { user: "a", resourceAttributes: { ...resourceAttributes, fieldSelector, labelSelector } };
    const { status } = await review(subjectAccessReviewKind, { spec }, world);
    return { error: status.evaluationError, ...world.asked.at(-1)?.resource };
  };
  const node = [{ key: "spec.nodeName", operator: "In", values: ["n"] }];
  assert.deepEqual((await ask({ rawSelector: "spec.nodeName=n" })).fieldSelector, node);
  assert.deepEqual((await ask({ requirements: node })).fieldSelector, node);
  assert.deepEqual((await ask(undefined, { rawSelector: "a in (b)" })).labelSelector, [
    { key: "a", operator: "In", values: ["b"] },
  ]);
  const partly = await ask({ requirements: [...node, { key: "x", operator: "Exists" }] });
  assert.deepEqual(partly.fieldSelector, node);
  assert.equal(partly.error, "spec.resourceAttributes.fieldSelector partially ignored due to parse error");
  const none = await ask(undefined, { rawSelector: "a in" });
  assert.equal(none.labelSelector, undefined);
  assert.equal(none.error, "spec.resourceAttributes.labelSelector ignored due to parse error");

  const spec = { user: "a", resourceAttributes: { fieldSelector: { rawSelector: "a=b", requirements: node } } };
  assert.deepEqual(await refusal(review(subjectAccessReviewKind, { spec })), [
    'spec.resourceAttributes.fieldSelector.rawSelector: Invalid value: "a=b": may not specified at the same time as requirements',
  ]);
  const bad = { user: "a", resourceAttributes: { labelSelector: { requirements: [{ key: "a", operator: "In" }] } } };
  assert.deepEqual(await refusal(review(subjectAccessReviewKind, { spec: bad })), [
    "spec.resourceAttributes.labelSelector.requirements[0].values: Required value: must be specified when `operator` is 'In' or 'NotIn'",
  ]);
});

test("the rules of a user", async () => {
  const { status } = await review(selfSubjectRulesReviewKind, { spec: { namespace: "a" } });
  const rule = { verbs: ["get"], apiGroups: [""], resources: ["pods"], resourceNames: ["ada"] };
  assert.deepEqual(status, { resourceRules: [rule], nonResourceRules: [], incomplete: false });
  await assert.rejects(review(selfSubjectRulesReviewKind, { spec: {} }), { message: "no namespace on request" });
});

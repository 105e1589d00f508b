import assert from "node:assert/strict";
import { test } from "node:test";
import { type Condition, getCondition, hasCondition, removeCondition, setCondition } from "./conditions.ts";

const noon = new Date("2024-01-01T12:00:00Z");
const later = new Date("2024-01-01T13:00:00Z");
const ready: Condition = { type: "Ready", status: "True", reason: "Up", message: "" };

test("a new condition gets the time of its first status", () => {
  const conditions = setCondition(undefined, ready, noon);
  assert.deepEqual(conditions, [{ ...ready, lastTransitionTime: "2024-01-01T12:00:00Z" }]);
});

test("the transition time changes with the status only", () => {
  const first = setCondition([], ready, noon);
  const reason = setCondition(first, { ...ready, reason: "Better" }, later);
  assert.equal(getCondition(reason, "Ready")?.lastTransitionTime, "2024-01-01T12:00:00Z");
  assert.equal(getCondition(reason, "Ready")?.reason, "Better");
  const status = setCondition(reason, { ...ready, status: "False" }, later);
  assert.equal(getCondition(status, "Ready")?.lastTransitionTime, "2024-01-01T13:00:00Z");
});

test("nothing changes, no new list", () => {
  const first = setCondition([], ready, noon);
  assert.equal(setCondition(first, ready, later), first);
  assert.equal(removeCondition(first, "Other"), first);
});

test("lists are not changed in place", () => {
  const first = Object.freeze(setCondition([], ready, noon).map((condition) => Object.freeze(condition)));
  const second = setCondition(first, { type: "Live", status: "False" }, later);
  assert.deepEqual(
    second.map(({ type }) => type),
    ["Ready", "Live"],
  );
  assert.deepEqual(
    removeCondition(second, "Ready").map(({ type }) => type),
    ["Live"],
  );
  assert.equal(first.length, 1);
});

test("conditions are found in objects", () => {
  const object = { status: { conditions: [ready] } };
  assert.ok(hasCondition(object, "Ready"));
  assert.ok(!hasCondition(object, "Ready", "False"));
  assert.ok(!hasCondition({}, "Ready") && !hasCondition(undefined, "Ready"));
});

import assert from "node:assert/strict";
import { test } from "node:test";
import { type Condition, setCondition } from "./conditions.ts";

const noon = "2024-01-01T12:00:00Z";
const later = "2024-01-01T13:00:00Z";
const ready: Condition = { type: "Ready", status: "True", reason: "Up", message: "" };

test("a new condition gets the time of its first status", () => {
  assert.deepEqual(setCondition(undefined, ready, noon), [{ ...ready, lastTransitionTime: noon }]);
});

test("the transition time changes with the status only", () => {
  const first = setCondition<Condition>([], ready, noon);
  const reason = setCondition<Condition>(first, { ...ready, reason: "Better" }, later);
  assert.deepEqual(reason, [{ ...ready, reason: "Better", lastTransitionTime: noon }]);
  const status = setCondition<Condition>(reason, { ...ready, status: "False" }, later);
  assert.deepEqual(status, [{ ...ready, status: "False", lastTransitionTime: later }]);
});

test("nothing changes, no new list", () => {
  const first = setCondition<Condition>([], ready, noon);
  assert.equal(setCondition(first, ready, later), first);
});

test("lists are not changed in place, and keep their order", () => {
  const first = setCondition<Condition>([], ready, noon);
  for (const condition of first) Object.freeze(condition);
  Object.freeze(first);
  const second = setCondition(first, { type: "Live", status: "False" }, later);
  const third = setCondition(second, { ...ready, status: "False" }, later);
  const shown = third.map(({ type, status }) => `${type} ${status}`);
  assert.deepEqual(shown, ["Ready False", "Live False"]);
  assert.equal(first.length, 1);
});

import assert from "node:assert/strict";
import { test } from "node:test";
import { difference } from "./expected.ts";

const cases: [expected: string | RegExp, printed: string, same: boolean][] = [
  ["", "", true],
  ["", "something", false],
  ["a", "", false],
  ["a  b", "\na      b  \n\n", true],
  ["  a", "a", false],
  ["a\nb", "a\nb\nc", false],
  ["pod {age}", "pod 3m2s", true],
  ["pod {age}", "pod soon", false],
  ["{uid}", "0f8fad5b-d9cb-469f-a165-70867728950e", true],
  ["{a: 1}", "{a: 1}", true],
  ["a.b", "axb", false],
  ["a\n...", "a", true],
  ["a\n...", "a\nb\nc", true],
  ["a\n...", "b\na", false],
  ["...\nc", "a\nb\nc", true],
  ["...\nc", "a\nc\nb", false],
  ["a\n...\nc\n...\ne", "a\nb\nc\nd\ne", true],
  ["a\n...\nc\n...\ne", "a\nb\nd\ne", false],
  ["a\n...\nb\nc", "a\nb\nx\nb\nc", true],
  ["a\n...\na", "a", false],
  [/^a.$/, "ab", true],
  [/^a.$/, "abc", false],
];

test("an expectation fits what was printed, or tells both", () => {
  for (const [expected, printed, same] of cases) {
    assert.equal(difference(expected, printed) === undefined, same, `${expected} / ${printed}`);
  }
});

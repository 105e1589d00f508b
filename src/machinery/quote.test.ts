import assert from "node:assert/strict";
import { it } from "node:test";
import { quoteText } from "./quote.ts";

it("quotes text as Go does", () => {
  assert.equal(quoteText("plain <b> & ü 日本 😀"), '"plain <b> & ü 日本 😀"');
  assert.equal(quoteText('a"b\\c'), '"a\\"b\\\\c"');
  assert.equal(quoteText("\0\u0007\b\t\n\v\f\r\u001b\u007f"), '"\\x00\\a\\b\\t\\n\\v\\f\\r\\x1b\\x7f"');
  assert.equal(quoteText("\u00a0\u200b\u2028\u{e0001}"), '"\\u00a0\\u200b\\u2028\\U000e0001"');
  assert.equal(quoteText("\ud800"), '"\ufffd"');
});

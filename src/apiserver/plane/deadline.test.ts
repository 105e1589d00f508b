import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { hasReason } from "../../machinery/status-error.ts";
import { timeAllowed, within } from "./deadline.ts";

describe("the time that a request may take", () => {
  test("is a minute, or less where the client asks for less", () => {
    const allowed = (text: string) => timeAllowed(new URLSearchParams(text));
    assert.equal(allowed(""), 60_000);
    assert.equal(allowed("timeout=5s"), 5000);
    assert.equal(allowed("timeout=1h"), 60_000);
    assert.equal(allowed("timeout=0s"), 60_000);
    assert.throws(() => allowed("timeout=invalid"), /invalid timeout specified in the request URL/);
  });

  test("ends with 504, and what is done in time is not disturbed", async () => {
    await assert.rejects(within(1, new Promise(() => undefined)), (error) => hasReason(error, "Timeout"));
    assert.equal(await within(60_000, Promise.resolve("done")), "done");
    await assert.rejects(within(60_000, Promise.reject(new Error("failed"))), /failed/);
  });
});

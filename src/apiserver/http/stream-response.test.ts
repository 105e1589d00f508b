import assert from "node:assert/strict";
import { Writable } from "node:stream";
import { describe, it } from "node:test";
import { StreamResponse } from "./stream-response.ts";

/** A client that takes nothing. */
function unread(): Writable {
  return new Writable({ highWaterMark: 1000, write() {} });
}

describe("an answer that its client does not read", () => {
  it("is broken off after a minute when more waits to be written", async (t) => {
    t.mock.timers.enable({ apis: ["setTimeout"] });
    const writable = unread();
    const response = new StreamResponse(writable, () => writable.destroy());
    assert.equal(response.write(Buffer.alloc(200_000)), false);
    const drained = response.drained();
    t.mock.timers.tick(59_000);
    assert.equal(response.closed, false);
    t.mock.timers.tick(2_000);
    await drained;
    assert.equal(response.closed, true);
  });

  it("is broken off after a minute when it has ended", (t) => {
    t.mock.timers.enable({ apis: ["setTimeout"] });
    const writable = unread();
    const response = new StreamResponse(writable, () => writable.destroy());
    response.end(Buffer.alloc(200_000));
    t.mock.timers.tick(59_000);
    assert.equal(writable.destroyed, false);
    t.mock.timers.tick(2_000);
    assert.equal(writable.destroyed, true);
  });
});

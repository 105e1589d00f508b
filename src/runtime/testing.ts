// Helpers of tests that wait for something to happen.

import assert from "node:assert/strict";

/** Waits until `look` is true; fails after five seconds. */
export async function until(look: () => boolean | Promise<boolean>): Promise<void> {
  const deadline = performance.now() + 5000;
  while (!(await look())) {
    assert.ok(performance.now() < deadline, `waited in vain: ${look}`);
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
}

/** Lets what is under way in this process come to rest. */
export async function rest(): Promise<void> {
  for (let turn = 0; turn < 20; turn++) await new Promise((resolve) => setImmediate(resolve));
}

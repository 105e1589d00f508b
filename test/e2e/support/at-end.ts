// What a test leaves is ended in the order in which it has to be: the last begun first (`after` of a test runs the first one first).

import type { TestContext } from "node:test";

const endings = new WeakMap<TestContext, (() => unknown)[]>();

/** Calls `end` when the test is over, before the ends that were given earlier. */
export function atEnd(t: TestContext, end: () => unknown): void {
  const known = endings.get(t);
  if (known !== undefined) {
    known.push(end);
    return;
  }
  const ends = [end];
  endings.set(t, ends);
  t.after(async () => {
    for (const each of ends.reverse()) await each();
  });
}

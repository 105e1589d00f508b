// What every engine asks of its callers' strings and batches before anything is written.

import { EngineError, type LogRecord } from "./engine.ts";

/** Throws a TypeError unless the string survives UTF-8 and any engine's key format. */
export function checkText(what: string, text: string): void {
  if (!text.isWellFormed() || text.includes("\0")) {
    throw new TypeError(`${what} ${JSON.stringify(text)} must be well-formed and without NUL`);
  }
}

/** Throws unless the batch rises by one from its first record (`conflict`) and its keys and revisions can be stored (TypeError). */
export function checkBatch(plane: string, batch: readonly LogRecord[]): void {
  const first = batch[0]?.revision ?? 1;
  if (!Number.isSafeInteger(first) || first < 1) throw new TypeError(`revision ${first} must be an integer from 1`);
  for (const [index, { revision, key, previous }] of batch.entries()) {
    if (revision !== first + index) {
      throw new EngineError(
        "conflict",
        `plane ${JSON.stringify(plane)}: revision ${revision} follows ${first + index - 1} in a batch; revisions must rise by one`,
      );
    }
    if (!Number.isSafeInteger(previous) || previous < 0 || previous >= revision) {
      throw new TypeError(`record ${revision} cannot replace revision ${previous}`);
    }
    checkText("key", key);
  }
}

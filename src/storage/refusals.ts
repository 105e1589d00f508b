// The refusals that all engines share, in the same words.

import { EngineError } from "./engine.ts";

const quote = JSON.stringify;

export function planeExists(name: string): EngineError {
  return new EngineError("exists", `plane ${quote(name)} exists already`);
}

export function planeMissing(name: string): EngineError {
  return new EngineError("missing", `plane ${quote(name)} does not exist`);
}

export function planeFenced(name: string, epoch: number, newest: number): EngineError {
  return new EngineError("fenced", `plane ${quote(name)} was opened again: epoch ${epoch} gave way to ${newest}`);
}

/** The batch begins at `revision` while the plane stands at `current`. */
export function revisionConflict(name: string, revision: number, current: number): EngineError {
  return new EngineError(
    "conflict",
    `plane ${quote(name)} is at revision ${current}; a batch must begin at ${current + 1}, not at ${revision}`,
  );
}

export function handleClosed(name: string): EngineError {
  return new EngineError("closed", `this handle of plane ${quote(name)} is closed`);
}

export function engineClosed(): EngineError {
  return new EngineError("closed", "the storage engine is closed");
}

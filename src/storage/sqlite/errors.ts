// SQLite's and the system's failures as the engine's. Codes: https://www.sqlite.org/rescode.html

import { EngineError, type EngineErrorCode } from "../engine.ts";

const byResultCode = new Map<number, EngineErrorCode>([
  [5, "locked"], // BUSY
  [6, "locked"], // LOCKED
  [8, "readOnly"], // READONLY
  [11, "corrupt"], // CORRUPT
  [13, "full"], // FULL
  [26, "corrupt"], // NOTADB
]);

const bySystemCode = new Map<string, EngineErrorCode>([
  ["ENOSPC", "full"],
  ["EDQUOT", "full"],
  ["EROFS", "readOnly"],
  // What node:sqlite throws for an integer that no number of ours can be.
  ["ERR_OUT_OF_RANGE", "corrupt"],
]);

const sentences: Partial<Record<EngineErrorCode, string>> = {
  locked: "is in use by another process; stop that process or choose another directory",
  readOnly: "cannot be written; check its permissions and mount",
  corrupt: "is damaged; restore it from a backup",
  full: "cannot grow: the disk is full; free space on it",
};

/** An EngineError for anything that was thrown while `what` (such as `the store in /var/lib/muster`) was worked on. */
export function toEngineError(error: unknown, what: string): EngineError {
  if (error instanceof EngineError) return error;
  const { code, errcode, message } = error as { code?: string; errcode?: number; message?: string };
  const known = errcode === undefined ? bySystemCode.get(code ?? "") : byResultCode.get(errcode & 0xff);
  const sentence = known === undefined ? "failed" : sentences[known];
  return new EngineError(known ?? "unavailable", `${what} ${sentence} (${message ?? String(error)})`, { cause: error });
}

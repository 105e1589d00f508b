// What every patch of this folder answers, and how patches read and write fields of any name.

import type { JsonObject } from "../object.ts";

/** 400 a malformed patch, 413 too many operations, 422 a patch that cannot be applied to this object. */
export type PatchErrorCode = 400 | 413 | 422;

export type PatchResult = { ok: true; object: JsonObject } | PatchFailure;

export interface PatchFailure {
  ok: false;
  code: PatchErrorCode;
  /** The `message` of the Status. */
  message: string;
  /** What exactly failed, where Kubernetes leaves it out of the message. */
  detail?: string;
}

/** Thrown inside a patch and turned into a PatchFailure at its edge. */
export class PatchError extends Error {
  readonly failure: PatchFailure;

  constructor(code: PatchErrorCode, message: string, detail?: string) {
    super(message);
    this.failure = { ok: false, code, message };
    if (detail !== undefined) this.failure.detail = detail;
  }
}

/** The message of a 422 whose reason the server keeps to itself. */
export const unprocessable = "the server rejected our request due to an error in our request";

/** Runs a patch; a PatchError becomes its failure. */
export function patchResult(patch: () => JsonObject): PatchResult {
  try {
    return { ok: true, object: patch() };
  } catch (error) {
    if (error instanceof PatchError) return error.failure;
    throw error;
  }
}

/** The field of this name, `undefined` when the object itself has none (`__proto__` is a name like any other). */
export function ownField(object: JsonObject, name: string): unknown {
  return Object.hasOwn(object, name) ? object[name] : undefined;
}

/** Writes a field; `__proto__` becomes a field like any other. */
export function setField(object: JsonObject, name: string, value: unknown): void {
  if (name === "__proto__") {
    Object.defineProperty(object, name, { value, enumerable: true, configurable: true, writable: true });
  } else {
    object[name] = value;
  }
}

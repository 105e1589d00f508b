// Answers that mean that the work is done already.

import { hasReason } from "../../machinery/status-error.ts";

/** For `catch`: passes over a StatusError of one of these reasons, throws everything else. */
export function ignoring(...reasons: string[]): (error: unknown) => undefined {
  return (error) => {
    if (!reasons.some((reason) => hasReason(error, reason))) throw error;
    return undefined;
  };
}

/** The object was deleted meanwhile. */
export const ignoreNotFound = ignoring("NotFound");

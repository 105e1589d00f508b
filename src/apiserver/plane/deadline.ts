// How long a request may take before its client is told that it took too long. What was begun goes on: nobody knows how far it came.
// Source: apiserver/pkg/endpoints/filters/request_deadline.go, pkg/endpoints/handlers/finisher.

import { badRequest, StatusError } from "../../machinery/status-error.ts";
import { parseDuration } from "../../machinery/time.ts";

/** Milliseconds that every request but a watch may take, and that `timeout` may ask for. */
const mostTime = 60_000;

/** Milliseconds that a request may take; 400 when its `timeout` is no duration. */
export function timeAllowed(query: URLSearchParams): number {
  const text = query.get("timeout");
  if (text === null || text === "") return mostTime;
  const duration = parseDuration(text);
  if (!duration.ok) throw badRequest("invalid timeout specified in the request URL");
  const milliseconds = Number(duration.nanoseconds) / 1e6;
  return milliseconds === 0 ? mostTime : Math.min(milliseconds, mostTime);
}

/** What `work` comes to, or 504 when that takes longer than `milliseconds`. */
export async function within<T>(milliseconds: number, work: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const tooLate = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(outOfTime()), milliseconds);
  });
  try {
    return await Promise.race([work, tooLate]);
  } finally {
    clearTimeout(timer);
  }
}

function outOfTime(): StatusError {
  const message = "Timeout: request did not complete within requested timeout - context deadline exceeded";
  return new StatusError(504, "Timeout", message, {});
}

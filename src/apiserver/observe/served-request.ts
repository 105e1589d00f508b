// What is known of a request when its answer was given: for metrics and the audit log.

import type { Exchange } from "../http/exchange.ts";
import type { RequestContext } from "../registry/context.ts";

export interface ServedRequest {
  exchange: Exchange;
  /** Path and query within the plane. */
  url: string;
  /** Absent when the requester could not be identified. */
  context: RequestContext | undefined;
  /** From arrival to the end of the answer; to its beginning for a watch. */
  milliseconds: number;
}

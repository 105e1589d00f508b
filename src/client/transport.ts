// What carries the client's calls: this process, or HTTPS.

import type { KubeObject } from "../machinery/object.ts";
import type { WatchEvent } from "./client.ts";

export interface TransportRequest {
  method: "GET" | "POST" | "PUT" | "PATCH" | "DELETE";
  path: string;
  query?: Record<string, string>;
  body?: unknown;
  contentType?: string;
  signal?: AbortSignal;
}

export interface Transport {
  /** The parsed answer; throws a StatusError for what is no success. */
  send(request: TransportRequest): Promise<unknown>;
  /** Ends when the server ends it or `signal` aborts; throws a StatusError for an ERROR event. */
  watch(request: Omit<TransportRequest, "body" | "method">): AsyncIterable<WatchEvent<KubeObject>>;
  close(): Promise<void>;
}

// The audit log: one JSON line per request, at the Metadata level of audit.k8s.io/v1: who, what, when, with which result; never
// bodies. Health checks and other paths that are no resources are left out, as everybody leaves them out.

import { createWriteStream, type WriteStream } from "node:fs";
import type { JsonObject } from "../../machinery/object.ts";
import type { UserInfo } from "../identity.ts";
import type { ServedRequest } from "./served-request.ts";

export class AuditLog {
  readonly #file: string;
  #stream: WriteStream;
  readonly #onError: (error: Error) => void;

  /** Appends to `file`, which only its owner may read. */
  constructor(file: string, onError: (error: Error) => void) {
    this.#file = file;
    this.#onError = onError;
    this.#stream = this.#open();
  }

  #open(): WriteStream {
    const stream = createWriteStream(this.#file, { flags: "a", mode: 0o600 });
    stream.on("error", (error) => this.#onError(error));
    return stream;
  }

  observe(request: ServedRequest): void {
    const event = auditEvent(request);
    if (event === undefined) return;
    // A stream that failed, on a full disk for instance, takes nothing more; what happens from now on is still to be known.
    if (this.#stream.destroyed) this.#stream = this.#open();
    this.#stream.write(`${JSON.stringify(event)}\n`);
  }

  close(): Promise<void> {
    return new Promise((resolve) => this.#stream.end(() => resolve()));
  }
}

/** The event of a request; undefined when it is not logged. */
export function auditEvent({ exchange, url, context, milliseconds }: ServedRequest): JsonObject | undefined {
  if (context !== undefined && context.info.resource === undefined) return undefined;
  const finished = new Date();
  const code = exchange.sentCode ?? 0;
  const event: JsonObject = {
    kind: "Event",
    apiVersion: "audit.k8s.io/v1",
    level: "Metadata",
    auditID: context?.uid,
    stage: context?.info.verb === "watch" && code < 400 ? "ResponseStarted" : "ResponseComplete",
    requestURI: url,
    verb: context?.info.verb ?? exchange.method.toLowerCase(),
    user: context === undefined ? {} : auditUser(context.requester),
    sourceIPs: [exchange.remoteAddress],
    userAgent: exchange.header("user-agent"),
    responseStatus: { metadata: {}, code },
    requestReceivedTimestamp: microseconds(new Date(finished.getTime() - milliseconds)),
    stageTimestamp: microseconds(finished),
  };
  if (context !== undefined && context.user !== context.requester) event.impersonatedUser = auditUser(context.user);
  const resource = context?.info.resource;
  if (resource !== undefined) {
    event.objectRef = {
      resource: resource.resource,
      namespace: resource.namespace || undefined,
      name: resource.name || undefined,
      apiGroup: resource.group || undefined,
      apiVersion: resource.version,
      subresource: resource.subresource || undefined,
    };
  }
  if (context !== undefined && context.auditAnnotations.size > 0) {
    event.annotations = Object.fromEntries(context.auditAnnotations);
  }
  return event;
}

function auditUser({ name, uid, groups, extra }: UserInfo): JsonObject {
  return { username: name, uid, groups, extra };
}

function microseconds(date: Date): string {
  return date.toISOString().replace("Z", "000Z");
}

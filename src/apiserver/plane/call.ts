// Calls a control plane in this process: the same rules as over HTTP, without sockets, JSON texts and copies. Objects that come back
// are frozen: they are the cache's own.

import type { KubeObject } from "../../machinery/object.ts";
import { type Status, StatusError } from "../../machinery/status-error.ts";
import { requestInfo } from "../http/request-info.ts";
import type { UserInfo } from "../identity.ts";
import type { Answer } from "../registry/answer.ts";
import { ValueBody } from "../registry/body.ts";
import { stateOf } from "../registry/change.ts";
import { RequestContext } from "../registry/context.ts";
import type { ServedResource } from "../registry/kind-registry.ts";
import { presentObject, presentObjects } from "../registry/present.ts";
import type { FrameMaker, ShownEvent, WatchSink } from "../registry/watch-frames.ts";
import type { ControlPlane } from "./control-plane.ts";
import { dispatch } from "./dispatch.ts";
import { attributesOf, authorize } from "./serve.ts";

export interface Call {
  user: UserInfo;
  method: "GET" | "POST" | "PUT" | "PATCH" | "DELETE";
  path: string;
  query?: URLSearchParams;
  /** A JSON value; it is copied, not kept. */
  body?: unknown;
  contentType?: string;
  userAgent?: string;
}

export type CallEvent =
  | { type: "ADDED" | "MODIFIED" | "DELETED"; object: KubeObject }
  | { type: "BOOKMARK"; object: KubeObject };

/** Serves one call; throws a StatusError for what would be an error answer. */
async function call(plane: ControlPlane, request: Call): Promise<Answer> {
  const query = request.query ?? new URLSearchParams();
  const info = requestInfo(request.method, request.path, query.get("watch") === "true");
  const context = new RequestContext({
    user: request.user,
    info,
    query,
    userAgent: request.userAgent ?? "muster",
    now: plane.now(),
    state: plane.registry.state,
    plane,
  });
  await authorize(plane, attributesOf(context));
  const answer = await dispatch(plane, undefined, context, new ValueBody(request.body, request.contentType));
  return answer;
}

/** Serves a call and gives the object, list or document that it answers with. */
export async function callObject(plane: ControlPlane, request: Call): Promise<unknown> {
  const answer = await call(plane, request);
  switch (answer.type) {
    case "entry":
      return presentObject(answer.served, answer.entry);
    case "object":
      return answer.object;
    case "list": {
      const { served, revision, remainingItemCount, continue: token } = answer;
      return {
        kind: served.kind.listKind,
        apiVersion: served.apiVersion,
        metadata: {
          resourceVersion: String(revision),
          ...(token !== undefined && { continue: token }),
          ...(remainingItemCount !== undefined && { remainingItemCount }),
        },
        items: await presentObjects(served, answer.entries),
      };
    }
    case "document":
      return answer.document;
    case "bytes":
      return typeof answer.body === "string" ? answer.body : Buffer.from(answer.body).toString("utf8");
    case "watch":
      throw new Error("a watch is no object");
  }
}

/** Serves a watch. Ends when the plane ends it or `signal` aborts; throws a StatusError for what would be an ERROR event. */
export async function* watchObjects(
  plane: ControlPlane,
  request: Call,
  signal?: AbortSignal,
): AsyncGenerator<CallEvent> {
  const answer = await call(plane, request);
  if (answer.type !== "watch") throw new Error("this call is no watch");
  const sink = new QueueSink();
  const stop = () => sink.end();
  signal?.addEventListener("abort", stop);
  if (signal?.aborted) stop();
  try {
    plane.fanOut.start(stateOf(plane.registry, answer.served), answer.watch, new ObjectFrames(answer.served), sink);
    yield* sink.events();
  } finally {
    signal?.removeEventListener("abort", stop);
    sink.end();
  }
}

type ObjectFrame = CallEvent | { type: "ERROR"; status: Status };

/** Frames in process are the events themselves. */
class ObjectFrames implements FrameMaker<ObjectFrame[]> {
  readonly id: string;
  readonly #served: ServedResource;

  constructor(served: ServedResource) {
    this.#served = served;
    this.id = `objects ${served.apiVersion} ${served.kind.kind}`;
  }

  event({ type, entry }: ShownEvent): ObjectFrame[] | Promise<ObjectFrame[]> {
    const object = presentObject(this.#served, entry);
    return object instanceof Promise ? object.then((shown) => [{ type, object: shown }]) : [{ type, object }];
  }

  bookmark(revision: number, initialEventsEnd: boolean): ObjectFrame[] {
    const { kind } = this.#served.groupVersionKind;
    const annotations = initialEventsEnd ? { "k8s.io/initial-events-end": "true" } : undefined;
    const metadata = { resourceVersion: String(revision), ...(annotations && { annotations }) };
    return [{ type: "BOOKMARK", object: { kind, apiVersion: this.#served.apiVersion, metadata } }];
  }

  error(status: Status): ObjectFrame[] {
    return [{ type: "ERROR", status }];
  }

  join(frames: ObjectFrame[][]): ObjectFrame[] {
    return frames.flat();
  }
}

/** Holds events until the reader takes them. */
class QueueSink implements WatchSink<ObjectFrame[]> {
  #queue: ObjectFrame[] = [];
  #wake: (() => void) | undefined;
  #drained: (() => void)[] = [];
  #onClose: (() => void)[] = [];
  closed = false;

  /** Objects are shared, so what is queued costs a reference each; the limit is meant for bytes. */
  get backlog(): number {
    return this.#queue.length * 64;
  }

  send(frames: ObjectFrame[]): void {
    if (this.closed) return;
    for (const frame of frames) this.#queue.push(frame);
    this.#wake?.();
  }

  drained(): Promise<void> {
    if (this.#queue.length === 0 || this.closed) return Promise.resolve();
    return new Promise((resolve) => this.#drained.push(resolve));
  }

  end(): void {
    if (this.closed) return;
    this.closed = true;
    this.#wake?.();
    for (const callback of this.#onClose) callback();
    for (const resolve of this.#drained) resolve();
  }

  cut(): void {
    this.#queue = [];
    this.end();
  }

  onClose(callback: () => void): void {
    if (this.closed) callback();
    else this.#onClose.push(callback);
  }

  async *events(): AsyncGenerator<CallEvent> {
    for (;;) {
      const batch = this.#queue;
      this.#queue = [];
      for (const frame of batch) {
        if (frame.type === "ERROR") throw StatusError.from(frame.status);
        yield frame;
      }
      for (const resolve of this.#drained.splice(0)) resolve();
      if (this.#queue.length > 0) continue;
      if (this.closed) return;
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
      this.#wake = undefined;
    }
  }
}

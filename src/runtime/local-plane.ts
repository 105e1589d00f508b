// A control plane of this process, as the controller manager sees it: reads are reads of the committed state, changes come from the
// store itself. There is no informer and no copy of any object.

import type { ControlPlane } from "../apiserver/plane/control-plane.ts";
import { entriesIn } from "../apiserver/store/resource-state.ts";
import type { Client, KindReference } from "../client/client.ts";
import { inProcessClient } from "../client/in-process.ts";
import { storedResource } from "../machinery/kind.ts";
import type { KubeObject } from "../machinery/object.ts";
import type { Controller, Reader } from "./controller.ts";
import { followEveryKind } from "./every-kind.ts";
import type { Following, PlaneConnection } from "./plane-connection.ts";
import { present, SourceFeed } from "./source-feed.ts";

export class LocalPlane implements PlaneConnection {
  readonly name: string;
  readonly client: Client;
  readonly reader: Reader;
  readonly #plane: ControlPlane;
  readonly #feeds = new Set<SourceFeed>();
  readonly #unlisten: () => void;

  constructor(plane: ControlPlane) {
    this.name = plane.name;
    this.client = inProcessClient(plane, { userAgent: "muster-controllers" });
    this.reader = new CommittedReader(plane);
    this.#plane = plane;
    this.#unlisten = plane.kinds.onChange(() => {
      for (const feed of this.#feeds) feed.settle();
    });
  }

  follow({ sources, every }: Controller, enqueue: (key: string) => void): Following {
    const feeds = sources.map((source) => new SourceFeed(this.#plane, source, this.reader, enqueue));
    for (const feed of feeds) {
      this.#feeds.add(feed);
      feed.settle();
    }
    const stopEvery = every && followEveryKind(this.#plane, every, this.reader, enqueue);
    return {
      stop: () => {
        stopEvery?.();
        for (const feed of feeds) {
          feed.stop();
          this.#feeds.delete(feed);
        }
      },
    };
  }

  async close(): Promise<void> {
    this.#unlisten();
  }
}

/** Reads what is committed, in the version that the kind reference names. */
class CommittedReader implements Reader {
  readonly #plane: ControlPlane;

  constructor(plane: ControlPlane) {
    this.#plane = plane;
  }

  get<T extends KubeObject>(kind: KindReference<T>, name: string, namespace = ""): T | undefined {
    const state = this.#stateOf(kind);
    const entry = state?.get(kind.namespaced ? namespace : "", name);
    return entry && shownNow<T>(kind, present(this.#plane, { kind }, entry));
  }

  *list<T extends KubeObject>(kind: KindReference<T>, namespace = ""): Iterable<T> {
    const state = this.#stateOf(kind);
    if (state === undefined) return;
    for (const entry of entriesIn(state.snapshot(), kind.namespaced ? namespace : "")) {
      const object = shownNow<T>(kind, present(this.#plane, { kind }, entry));
      if (object !== undefined) yield object;
    }
  }

  #stateOf({ group, version, plural }: KindReference) {
    const served = this.#plane.kinds.resource(group, version, plural);
    if (served === undefined) return undefined;
    const stored = storedResource(served.kind);
    return this.#plane.store.resource(stored.group, stored.resource);
  }
}

function shownNow<T extends KubeObject>(
  kind: KindReference,
  object: KubeObject | Promise<KubeObject> | undefined,
): T | undefined {
  if (!(object instanceof Promise)) return object as T | undefined;
  object.catch(() => undefined);
  throw new Error(
    `${kind.kind} is kept in another version than ${kind.version}, and a webhook converts it: read it through the client`,
  );
}

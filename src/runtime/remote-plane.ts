// A server that is reached over a client, as the controller manager sees it: one informer per kind for all controllers.
// Sources of every kind are not followed here: what they are for (garbage collection) a foreign hub does itself.

import type { Client, KindReference } from "../client/client.ts";
import { Informer } from "../client/informer.ts";
import type { ObjectChange } from "../client/object-store.ts";
import type { KubeObject } from "../machinery/object.ts";
import { hasReason } from "../machinery/status-error.ts";
import type { Clock } from "./clock.ts";
import type { Controller, Reader, Source } from "./controller.ts";
import type { Logger } from "./log.ts";
import { type Following, kindId, objectKeyOf, type PlaneConnection } from "./plane-connection.ts";

export interface RemotePlaneOptions {
  name: string;
  client: Client;
  clock: Clock;
  log: Logger;
}

export class RemotePlane implements PlaneConnection {
  readonly name: string;
  readonly client: Client;
  readonly reader: Reader;
  readonly #clock: Clock;
  readonly #log: Logger;
  readonly #informers = new Map<string, Informer>();

  constructor({ name, client, clock, log }: RemotePlaneOptions) {
    this.name = name;
    this.client = client;
    this.#clock = clock;
    this.#log = log;
    this.reader = new InformerReader(this.#informers);
  }

  follow({ name, sources, every }: Controller, enqueue: (key: string) => void): Following {
    if (every !== undefined) {
      this.#log.info("a foreign hub has its own controller for all kinds", { controller: name });
    }
    const unsubscribe: (() => void)[] = [];
    let stopped = false;
    const informers = sources.map((source) => this.#informer(source.kind));
    // Only when the reader is whole do changes give keys, so that those that depend on other kinds are right.
    const ready = Promise.all(informers.map((informer) => informer.settled)).then(() => {
      if (stopped) return;
      sources.forEach((source, index) => {
        unsubscribe.push(informers[index]!.onEvent((change) => this.#hand(source, change, enqueue)));
      });
    });
    return {
      ready,
      stop: () => {
        stopped = true;
        for (const end of unsubscribe) end();
      },
    };
  }

  async close(): Promise<void> {
    await Promise.all([...this.#informers.values()].map((informer) => informer.stop()));
  }

  #informer(kind: KindReference): Informer {
    const id = kindId(kind);
    let informer = this.#informers.get(id);
    if (informer === undefined) {
      const onError = (error: unknown) => {
        // A kind that is not served is waited for; anything else concerns somebody.
        const level = hasReason(error, "NotFound") ? "debug" : "warn";
        this.#log[level]("list or watch failed", { kind: id, error: String(error) });
      };
      informer = new Informer({ client: this.client, kind, clock: this.#clock, onError }).start();
      this.#informers.set(id, informer);
    }
    return informer;
  }

  #hand({ keys }: Source, { object, old }: ObjectChange, enqueue: (key: string) => void): void {
    if (keys === undefined) enqueue(objectKeyOf((object ?? old)!));
    else for (const key of keys(object, old, this.reader)) enqueue(key);
  }
}

class InformerReader implements Reader {
  readonly #informers: ReadonlyMap<string, Informer>;

  constructor(informers: ReadonlyMap<string, Informer>) {
    this.#informers = informers;
  }

  get<T extends KubeObject>(kind: KindReference<T>, name: string, namespace = ""): T | undefined {
    return this.#of(kind).get(name, kind.namespaced ? namespace : "") as T | undefined;
  }

  list<T extends KubeObject>(kind: KindReference<T>, namespace = ""): Iterable<T> {
    return this.#of(kind).list(kind.namespaced ? namespace : "") as Iterable<T>;
  }

  #of(kind: KindReference): Informer {
    const informer = this.#informers.get(kindId(kind));
    if (informer === undefined) throw new Error(`no controller has ${kind.plural}.${kind.group} as a source`);
    return informer;
  }
}

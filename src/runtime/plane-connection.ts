// How the controller manager reaches one control plane: in this process (local-plane.ts) or over a client (remote-plane.ts).

import type { Client, KindReference } from "../client/client.ts";
import type { Controller, Reader } from "./controller.ts";

export interface PlaneConnection {
  readonly name: string;
  readonly client: Client;
  readonly reader: Reader;
  /** Calls `enqueue` with the keys of a controller's sources: first for all objects that there are, then for every change. */
  follow(controller: Controller, enqueue: (key: string) => void): Following;
  /** Ends what the connection itself keeps going; not the client. */
  close(): Promise<void>;
}

export interface Following {
  /** Resolves when the reader holds what the sources need; no key may be reconciled before. Absent when it does already. */
  readonly ready?: Promise<void>;
  stop(): void;
}

/** Names a kind in maps. */
export function kindId({ group, version, plural }: KindReference): string {
  return `${group}/${version}/${plural}`;
}

/** The usual key of an object: `namespace/name`, or `name` when it has no namespace. */
export function objectKeyOf({ metadata }: { metadata: { name?: string; namespace?: string } }): string {
  const { name = "", namespace = "" } = metadata;
  return namespace === "" ? name : `${namespace}/${name}`;
}

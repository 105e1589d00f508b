// The typed client: one interface over two transports, in process (client/in-process.ts) or HTTPS from a kubeconfig
// (client/https.ts). Controllers know only this file and informer.ts.

import type { Kind } from "../machinery/kind.ts";
import type { KubeList, KubeObject } from "../machinery/object.ts";

/** Names a kind for the client: a declaration of ours, or just what a path needs. */
export type KindReference<T extends KubeObject = KubeObject> = Pick<
  Kind,
  "group" | "kind" | "plural" | "namespaced"
> & {
  /** The version to speak; the first served one of the declaration otherwise. */
  version: string;
  /** Carries the type of objects; never set. */
  readonly object?: T;
};

export interface ReadOptions {
  resourceVersion?: string;
}

export interface ListOptions extends ReadOptions {
  /** All namespaces when absent. */
  namespace?: string;
  labelSelector?: string;
  fieldSelector?: string;
  limit?: number;
  continue?: string;
  resourceVersionMatch?: "Exact" | "NotOlderThan";
}

export interface WriteOptions {
  dryRun?: boolean;
  fieldManager?: string;
  fieldValidation?: "Ignore" | "Warn" | "Strict";
}

export interface PatchOptions extends WriteOptions {
  subresource?: string;
}

export interface ApplyOptions extends PatchOptions {
  fieldManager: string;
  /** Takes fields over from other managers. */
  force?: boolean;
}

export interface DeleteOptions {
  dryRun?: boolean;
  gracePeriodSeconds?: number;
  propagationPolicy?: "Foreground" | "Background" | "Orphan";
  preconditions?: { uid?: string; resourceVersion?: string };
}

export interface WatchOptions {
  namespace?: string;
  labelSelector?: string;
  fieldSelector?: string;
  resourceVersion?: string;
  allowWatchBookmarks?: boolean;
  sendInitialEvents?: boolean;
  timeoutSeconds?: number;
  signal?: AbortSignal;
}

export type WatchEvent<T extends KubeObject = KubeObject> =
  | { type: "ADDED" | "MODIFIED" | "DELETED"; object: T }
  | { type: "BOOKMARK"; object: KubeObject };

/** Operations on one kind. All reject with a StatusError. Objects from the in-process transport are frozen; never change one. */
export interface ResourceClient<T extends KubeObject = KubeObject> {
  get(name: string, namespace?: string, options?: ReadOptions): Promise<T>;
  /** Undefined instead of a NotFound. */
  find(name: string, namespace?: string, options?: ReadOptions): Promise<T | undefined>;
  list(options?: ListOptions): Promise<KubeList<T>>;
  /** All objects, page by page. */
  listAll(options?: ListOptions & { pageSize?: number }): AsyncIterable<T>;
  create(object: T, options?: WriteOptions & { subresource?: string; name?: string }): Promise<T>;
  update(object: T, options?: WriteOptions & { subresource?: string }): Promise<T>;
  updateStatus(object: T, options?: WriteOptions): Promise<T>;
  patch(
    name: string,
    namespace: string | undefined,
    patch: { type: "json" | "merge" | "strategic"; body: unknown },
    options?: PatchOptions,
  ): Promise<T>;
  apply(object: T, options: ApplyOptions): Promise<T>;
  delete(name: string, namespace?: string, options?: DeleteOptions): Promise<void>;
  deleteCollection(list: ListOptions, options?: DeleteOptions): Promise<void>;
  /** Ends when the server ends it; throws a StatusError for an ERROR event. */
  watch(options?: WatchOptions): AsyncIterable<WatchEvent<T>>;
}

export interface Client {
  resource<T extends KubeObject = KubeObject>(kind: KindReference<T>): ResourceClient<T>;
  /** Any path, for what is no resource: discovery, health, subresources of other kinds. */
  request(options: {
    method: "GET" | "POST" | "PUT" | "PATCH" | "DELETE";
    path: string;
    query?: Record<string, string>;
    body?: unknown;
    contentType?: string;
  }): Promise<unknown>;
  /** Releases connections. */
  close(): Promise<void>;
}

// The client over any transport: builds paths and queries, and reads the answers.

import type { KubeList, KubeObject } from "../machinery/object.ts";
import { hasReason } from "../machinery/status-error.ts";
import type {
  ApplyOptions,
  Client,
  DeleteOptions,
  KindReference,
  ListOptions,
  PatchOptions,
  ReadOptions,
  ResourceClient,
  WatchEvent,
  WatchOptions,
  WriteOptions,
} from "./client.ts";
import type { Transport } from "./transport.ts";

const patchTypes = {
  json: "application/json-patch+json",
  merge: "application/merge-patch+json",
  strategic: "application/strategic-merge-patch+json",
} as const;

export function createClient(transport: Transport): Client {
  return {
    resource: <T extends KubeObject>(kind: KindReference<T>) => new TransportResourceClient<T>(transport, kind),
    request: (request) => transport.send(request),
    close: () => transport.close(),
  };
}

class TransportResourceClient<T extends KubeObject> implements ResourceClient<T> {
  readonly #transport: Transport;
  readonly #kind: KindReference<T>;
  readonly #root: string;

  constructor(transport: Transport, kind: KindReference<T>) {
    this.#transport = transport;
    this.#kind = kind;
    this.#root = kind.group === "" ? `/api/${kind.version}` : `/apis/${kind.group}/${kind.version}`;
  }

  #collection(namespace: string | undefined): string {
    const { namespaced, plural } = this.#kind;
    if (!namespaced || namespace === undefined || namespace === "") return `${this.#root}/${plural}`;
    return `${this.#root}/namespaces/${encodeURIComponent(namespace)}/${plural}`;
  }

  #object(name: string, namespace: string | undefined, subresource?: string): string {
    if (name === "") throw new TypeError(`a name is needed to reach an object of kind ${this.#kind.kind}`);
    const path = `${this.#collection(namespace)}/${encodeURIComponent(name)}`;
    return subresource === undefined ? path : `${path}/${subresource}`;
  }

  get(name: string, namespace?: string, options: ReadOptions = {}): Promise<T> {
    const query = queryOf({ resourceVersion: options.resourceVersion });
    return this.#transport.send({ method: "GET", path: this.#object(name, namespace), query }) as Promise<T>;
  }

  async find(name: string, namespace?: string, options?: ReadOptions): Promise<T | undefined> {
    try {
      return await this.get(name, namespace, options);
    } catch (error) {
      if (hasReason(error, "NotFound")) return undefined;
      throw error;
    }
  }

  list({ namespace, ...options }: ListOptions = {}): Promise<KubeList<T>> {
    const path = this.#collection(namespace);
    return this.#transport.send({ method: "GET", path, query: queryOf({ ...options }) }) as Promise<KubeList<T>>;
  }

  async *listAll({ pageSize = 500, ...options }: ListOptions & { pageSize?: number } = {}): AsyncIterable<T> {
    let page = await this.list({ ...options, limit: pageSize });
    for (;;) {
      yield* page.items;
      const token = page.metadata.continue;
      if (token === undefined || token === "") return;
      const { resourceVersion: _revision, resourceVersionMatch: _match, ...rest } = options;
      page = await this.list({ ...rest, limit: pageSize, continue: token });
    }
  }

  create(
    object: T,
    { subresource, name, ...options }: WriteOptions & { subresource?: string; name?: string } = {},
  ): Promise<T> {
    const { namespace } = object.metadata;
    const path =
      subresource === undefined
        ? this.#collection(namespace)
        : this.#object(name ?? object.metadata.name ?? "", namespace, subresource);
    return this.#transport.send({ method: "POST", path, query: writeQuery(options), body: object }) as Promise<T>;
  }

  update(object: T, { subresource, ...options }: WriteOptions & { subresource?: string } = {}): Promise<T> {
    const { name = "", namespace } = object.metadata;
    const path = this.#object(name, namespace, subresource);
    return this.#transport.send({ method: "PUT", path, query: writeQuery(options), body: object }) as Promise<T>;
  }

  updateStatus(object: T, options: WriteOptions = {}): Promise<T> {
    return this.update(object, { ...options, subresource: "status" });
  }

  patch(
    name: string,
    namespace: string | undefined,
    patch: { type: "json" | "merge" | "strategic"; body: unknown },
    { subresource, ...options }: PatchOptions = {},
  ): Promise<T> {
    return this.#transport.send({
      method: "PATCH",
      path: this.#object(name, namespace, subresource),
      query: writeQuery(options),
      body: patch.body,
      contentType: patchTypes[patch.type],
    }) as Promise<T>;
  }

  apply(object: T, { subresource, force, ...options }: ApplyOptions): Promise<T> {
    const { name = "", namespace } = object.metadata;
    return this.#transport.send({
      method: "PATCH",
      path: this.#object(name, namespace, subresource),
      query: { ...writeQuery(options), ...(force && { force: "true" }) },
      body: object,
      contentType: "application/apply-patch+yaml",
    }) as Promise<T>;
  }

  async delete(name: string, namespace?: string, options: DeleteOptions = {}): Promise<void> {
    await this.#transport.send({ method: "DELETE", path: this.#object(name, namespace), body: deleteBody(options) });
  }

  async deleteCollection({ namespace, ...list }: ListOptions, options: DeleteOptions = {}): Promise<void> {
    const path = this.#collection(namespace);
    await this.#transport.send({ method: "DELETE", path, query: queryOf({ ...list }), body: deleteBody(options) });
  }

  watch({ namespace, signal, ...options }: WatchOptions = {}): AsyncIterable<WatchEvent<T>> {
    const query = queryOf({
      ...options,
      watch: true,
      ...(options.sendInitialEvents !== undefined && { resourceVersionMatch: "NotOlderThan" }),
    });
    return this.#transport.watch({ path: this.#collection(namespace), query, signal }) as AsyncIterable<WatchEvent<T>>;
  }
}

function queryOf(values: Record<string, string | number | boolean | undefined>): Record<string, string> {
  const query: Record<string, string> = {};
  for (const [name, value] of Object.entries(values))
    if (value !== undefined && value !== "") query[name] = String(value);
  return query;
}

function writeQuery({ dryRun, fieldManager, fieldValidation }: WriteOptions): Record<string, string> {
  return queryOf({ dryRun: dryRun ? "All" : undefined, fieldManager, fieldValidation });
}

function deleteBody({ dryRun, ...options }: DeleteOptions): object {
  return { kind: "DeleteOptions", apiVersion: "v1", ...options, ...(dryRun && { dryRun: ["All"] }) };
}

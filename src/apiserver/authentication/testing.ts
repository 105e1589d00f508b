// What the tests of authentication and authorization stand on: a plane's state in a list, and the credentials of a request.

import type { X509Certificate } from "node:crypto";
import type { KubeObject } from "../../machinery/object.ts";
import type { Credentials } from "../identity.ts";
import type { StateReader } from "../strategy.ts";

/** A state that can be changed under the reader's feet. */
export class TestState implements StateReader {
  readonly #objects = new Map<string, { resource: string; object: KubeObject }>();

  /** Puts objects under a resource such as `pods` or `clusterroles.rbac.authorization.k8s.io`. */
  set(resource: string, ...objects: KubeObject[]): this {
    for (const object of objects) {
      const { namespace = "", name = "" } = object.metadata;
      this.#objects.set(`${resource}/${namespace}/${name}`, { resource, object });
    }
    return this;
  }

  delete(resource: string, namespace: string, name: string): void {
    this.#objects.delete(`${resource}/${namespace}/${name}`);
  }

  get(
    { group, resource }: { group: string; resource: string },
    namespace: string,
    name: string,
  ): KubeObject | undefined {
    return this.#objects.get(`${qualified(group, resource)}/${namespace}/${name}`)?.object;
  }

  *list({ group, resource }: { group: string; resource: string }, namespace?: string): Iterable<KubeObject> {
    for (const entry of this.#objects.values()) {
      if (entry.resource !== qualified(group, resource)) continue;
      if (namespace === undefined || entry.object.metadata.namespace === namespace) yield entry.object;
    }
  }
}

function qualified(group: string, resource: string): string {
  return group === "" ? resource : `${resource}.${group}`;
}

/** Credentials with these headers; names in any case, several values as a list. */
export function credentialsOf(given: {
  headers?: Record<string, string | string[]>;
  bearerToken?: string;
  certificate?: X509Certificate;
  path?: string;
}): Credentials {
  const headers = Object.entries(given.headers ?? {}).map(([name, value]): [string, string[]] => [
    name.toLowerCase(),
    Array.isArray(value) ? value : [value],
  ]);
  return {
    bearerToken: given.bearerToken,
    certificate: given.certificate,
    path: given.path,
    header: (name) => headers.find(([known]) => known === name.toLowerCase())?.[1][0],
    headersWithPrefix: (prefix) => headers.filter(([name]) => name.startsWith(prefix)),
  };
}

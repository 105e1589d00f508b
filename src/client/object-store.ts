// The objects that an informer knows, by namespace and name, with indexes. Objects are frozen.

import { deepFreeze, type KubeObject } from "../machinery/object.ts";

/** One change of one object: `object` is absent after a deletion, `old` before a creation. */
export type ObjectChange<T extends KubeObject = KubeObject> =
  | { type: "ADDED"; object: T; old?: undefined }
  | { type: "MODIFIED"; object: T; old: T }
  | { type: "DELETED"; object?: undefined; old: T };

/** Values under which an object is found, such as the name of its node. */
export type IndexFunction<T extends KubeObject> = (object: T) => Iterable<string>;

export class ObjectStore<T extends KubeObject = KubeObject> {
  readonly #namespaces = new Map<string, Map<string, T>>();
  readonly #indexes: { name: string; values: IndexFunction<T>; objects: Map<string, Set<T>> }[];
  #size = 0;

  constructor(indexes: Record<string, IndexFunction<T>> = {}) {
    this.#indexes = Object.entries(indexes).map(([name, values]) => ({ name, values, objects: new Map() }));
  }

  get size(): number {
    return this.#size;
  }

  get(name: string, namespace = ""): T | undefined {
    return this.#namespaces.get(namespace)?.get(name);
  }

  /** The objects of a namespace, or all. */
  *list(namespace = ""): IterableIterator<T> {
    if (namespace !== "") yield* this.#namespaces.get(namespace)?.values() ?? [];
    else for (const objects of this.#namespaces.values()) yield* objects.values();
  }

  byIndex(index: string, value: string): Iterable<T> {
    const found = this.#indexes.find(({ name }) => name === index);
    if (found === undefined) throw new Error(`there is no index ${JSON.stringify(index)}`);
    return found.objects.get(value) ?? [];
  }

  /** Takes an object in; the changes that this makes. One that is there in the same revision makes none. */
  set(object: T): ObjectChange<T>[] {
    const { name = "", namespace = "", uid, resourceVersion } = object.metadata;
    const old = this.get(name, namespace);
    if (old !== undefined && old.metadata.resourceVersion === resourceVersion && old.metadata.uid === uid) return [];
    deepFreeze(object);
    if (old !== undefined) this.#unindex(old);
    else this.#size++;
    let objects = this.#namespaces.get(namespace);
    if (objects === undefined) {
      objects = new Map();
      this.#namespaces.set(namespace, objects);
    }
    objects.set(name, object);
    this.#index(object);
    if (old === undefined) return [{ type: "ADDED", object }];
    if (old.metadata.uid === uid) return [{ type: "MODIFIED", object, old }];
    // Another object took the name while nobody watched.
    return [
      { type: "DELETED", old },
      { type: "ADDED", object },
    ];
  }

  delete(name: string, namespace = ""): ObjectChange<T>[] {
    const objects = this.#namespaces.get(namespace);
    const old = objects?.get(name);
    if (objects === undefined || old === undefined) return [];
    objects.delete(name);
    if (objects.size === 0) this.#namespaces.delete(namespace);
    this.#size--;
    this.#unindex(old);
    return [{ type: "DELETED", old }];
  }

  /** Takes the place of all objects; only what differs makes changes, deletions first. */
  replace(objects: readonly T[]): ObjectChange<T>[] {
    const kept = new Set<string>();
    for (const { metadata } of objects) kept.add(`${metadata.namespace ?? ""}/${metadata.name}`);
    const changes: ObjectChange<T>[] = [];
    for (const { metadata } of [...this.list()]) {
      const { name = "", namespace = "" } = metadata;
      if (!kept.has(`${namespace}/${name}`)) changes.push(...this.delete(name, namespace));
    }
    for (const object of objects) changes.push(...this.set(object));
    return changes;
  }

  #index(object: T): void {
    for (const { values, objects } of this.#indexes) {
      for (const value of values(object)) {
        const found = objects.get(value);
        if (found === undefined) objects.set(value, new Set([object]));
        else found.add(object);
      }
    }
  }

  #unindex(object: T): void {
    for (const { values, objects } of this.#indexes) {
      for (const value of values(object)) {
        const found = objects.get(value);
        found?.delete(object);
        if (found?.size === 0) objects.delete(value);
      }
    }
  }
}

// The shapes that every floor shares: API objects, their metadata and the names of kinds and resources.
// Objects read from a cache are frozen; a change is a new object.

/** Any JSON value. Integers beyond 2^53 are `JSON.rawJSON` values, see json.ts. */
export type Json = null | boolean | number | string | Json[] | { [key: string]: Json };
/** A JSON object whose fields are looked at one by one. */
// biome-ignore lint/suspicious/noExplicitAny: unstructured objects are walked field by field
export type JsonObject = { [key: string]: any };

export interface OwnerReference {
  apiVersion: string;
  kind: string;
  name: string;
  uid: string;
  controller?: boolean;
  blockOwnerDeletion?: boolean;
}

export interface ManagedFieldsEntry {
  manager?: string;
  operation?: "Apply" | "Update";
  apiVersion?: string;
  time?: string;
  fieldsType?: "FieldsV1";
  fieldsV1?: JsonObject;
  subresource?: string;
}

/** `metadata` of an object. Times are RFC 3339 in UTC with seconds, as Kubernetes writes them. */
export interface ObjectMeta {
  name?: string;
  generateName?: string;
  namespace?: string;
  uid?: string;
  resourceVersion?: string;
  generation?: number;
  creationTimestamp?: string | null;
  deletionTimestamp?: string;
  deletionGracePeriodSeconds?: number;
  labels?: Record<string, string>;
  annotations?: Record<string, string>;
  ownerReferences?: OwnerReference[];
  finalizers?: string[];
  managedFields?: ManagedFieldsEntry[];
  selfLink?: string;
}

/** An API object: a built-in kind, one of ours, or a custom resource. */
export interface KubeObject {
  apiVersion: string;
  kind: string;
  metadata: ObjectMeta;
  // biome-ignore lint/suspicious/noExplicitAny: the fields of a kind are known to its schema
  [field: string]: any;
}

/** A list answer. */
export interface KubeList<T extends KubeObject = KubeObject> {
  apiVersion: string;
  kind: string;
  metadata: { resourceVersion?: string; continue?: string; remainingItemCount?: number };
  items: T[];
}

export interface GroupKind {
  group: string;
  kind: string;
}
export interface GroupVersionKind extends GroupKind {
  version: string;
}
export interface GroupResource {
  group: string;
  resource: string;
}
export interface GroupVersionResource extends GroupResource {
  version: string;
}

/** `v1` for the core group, `group/version` otherwise. */
export function apiVersionOf(group: string, version: string): string {
  return group === "" ? version : `${group}/${version}`;
}

/** The group and version of an `apiVersion`. */
export function parseApiVersion(apiVersion: string): { group: string; version: string } {
  const slash = apiVersion.indexOf("/");
  return slash < 0
    ? { group: "", version: apiVersion }
    : { group: apiVersion.slice(0, slash), version: apiVersion.slice(slash + 1) };
}

/** `deployments.apps`, or `pods` for the core group: how messages name a resource. */
export function qualifiedResource({ group, resource }: GroupResource): string {
  return group === "" ? resource : `${resource}.${group}`;
}

/** `Deployment.apps`, or `Pod` for the core group: how messages name a kind. */
export function qualifiedKind({ group, kind }: GroupKind): string {
  return group === "" ? kind : `${kind}.${group}`;
}

/** Whether a value is a JSON object (not null, not a list, not a raw number). */
export function isObject(value: unknown): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value) && !JSON.isRawJSON(value);
}

/** Freezes an object and all that it holds; returns it. Already frozen branches are not walked again. */
export function deepFreeze<T>(value: T): T {
  if (typeof value === "object" && value !== null && !Object.isFrozen(value)) {
    Object.freeze(value);
    for (const key in value) deepFreeze(value[key]);
  }
  return value;
}

/** A deep copy that may be changed, of plain JSON. */
export function deepCopy<T>(value: T): T {
  if (typeof value !== "object" || value === null || JSON.isRawJSON(value)) return value;
  if (Array.isArray(value)) return value.map(deepCopy) as T;
  const copy: JsonObject = {};
  for (const key of Object.keys(value)) {
    const item = deepCopy((value as JsonObject)[key]);
    // Assignment would set the prototype.
    if (key === "__proto__")
      Object.defineProperty(copy, key, { value: item, enumerable: true, configurable: true, writable: true });
    else copy[key] = item;
  }
  return copy as T;
}

// `metadata.managedFields` read and written: one manager per name, operation, version (for updates) and subresource, in the order
// Kubernetes gives them. Source: k8s.io/apimachinery pkg/util/managedfields/internal.

import type { ManagedFieldsEntry } from "../object.ts";
import { type FieldSet, isEmptySet, readFieldSet, unionSets } from "./set.ts";

export type Operation = "Apply" | "Update";

/** Who owns fields, and which. */
export interface Manager {
  readonly manager: string;
  readonly operation: Operation;
  readonly apiVersion: string;
  readonly subresource: string;
  readonly time?: string;
  readonly set: FieldSet;
  /** The entry that says exactly this, when there is one already. */
  readonly entry?: ManagedFieldsEntry;
}

/** Managers by their identity, see managerId. */
export type Managers = Map<string, Manager>;

/** How many managers of updates an object keeps; the oldest are put together beyond it. */
export const maximumUpdateManagers = 10;
const oldUpdates = "ancient-changes";

/** What makes a manager: an applier is the same in every version. The text sorts as Kubernetes sorts manager identifiers. */
export function managerId(manager: Pick<Manager, "manager" | "operation" | "apiVersion" | "subresource">): string {
  const version = manager.operation === "Apply" ? "" : manager.apiVersion;
  return `${manager.manager}\u0000${manager.operation}\u0000${version}\u0000${manager.subresource}`;
}

/** Reads entries that this code has written. */
export function readManagers(entries: readonly ManagedFieldsEntry[] | undefined): Managers {
  const managers: Managers = new Map();
  for (const entry of entries ?? []) {
    const manager: Manager = {
      manager: entry.manager ?? "",
      operation: entry.operation ?? "Update",
      apiVersion: entry.apiVersion ?? "",
      subresource: entry.subresource ?? "",
      time: entry.time,
      set: (entry.fieldsV1 ?? {}) as FieldSet,
      entry,
    };
    managers.set(managerId(manager), manager);
  }
  return managers;
}

/** Reads entries that a client has sent. Throws an Error with the words of Kubernetes when they are invalid. */
export function decodeManagers(entries: unknown): Managers {
  const managers: Managers = new Map();
  if (entries === undefined || entries === null) return managers;
  if (!Array.isArray(entries)) throw new Error("managedFields must be a list");
  for (const [index, entry] of (entries as (ManagedFieldsEntry | null)[]).entries()) {
    const operation = entry?.operation;
    if (operation !== "Apply" && operation !== "Update") throw new Error("operation must be `Apply` or `Update`");
    if (!entry?.apiVersion) throw new Error("apiVersion must not be empty");
    if (!entry.fieldsType) throw new Error(`missing fieldsType in managed fields entry ${index}`);
    if (entry.fieldsType !== "FieldsV1") {
      throw new Error(`invalid fieldsType ${JSON.stringify(entry.fieldsType)} in managed fields entry ${index}`);
    }
    const manager: Manager = {
      manager: String(entry.manager ?? ""),
      operation,
      apiVersion: String(entry.apiVersion),
      subresource: String(entry.subresource ?? ""),
      time: canonicalTime(entry.time),
      set: readFieldSet(entry.fieldsV1 ?? {}),
    };
    managers.set(managerId(manager), manager);
  }
  return managers;
}

function canonicalTime(time: unknown): string | undefined {
  if (typeof time !== "string") return undefined;
  const milliseconds = Date.parse(time);
  if (Number.isNaN(milliseconds)) throw new Error(`parsing time ${JSON.stringify(time)}`);
  return `${new Date(milliseconds).toISOString().slice(0, 19)}Z`;
}

/** Whether entries ask for tracking to start over: an empty list, or one empty entry. */
export function isReset(entries: unknown): boolean {
  if (!Array.isArray(entries)) return false;
  const [entry] = entries;
  return entries.length === 0 || (entries.length === 1 && (entry === null || Object.keys(entry).length === 0));
}

/** The entries of managers, undefined when there are none. */
export function encodeManagers(managers: Managers): ManagedFieldsEntry[] | undefined {
  if (managers.size === 0) return undefined;
  if (managers.size === 1) for (const manager of managers.values()) return [encode(manager)];
  return [...managers.values()].sort(inOrder).map(encode);
}

function encode(manager: Manager): ManagedFieldsEntry {
  if (manager.entry !== undefined) return manager.entry;
  const { manager: name, operation, apiVersion, time, set, subresource } = manager;
  const entry: ManagedFieldsEntry = { manager: name, operation, apiVersion };
  if (time !== undefined) entry.time = time;
  entry.fieldsType = "FieldsV1";
  entry.fieldsV1 = set;
  if (subresource !== "") entry.subresource = subresource;
  return entry;
}

function inOrder(a: Manager, b: Manager): number {
  return (
    order(a.operation, b.operation) ||
    order(a.time ?? "", b.time ?? "") ||
    order(a.manager, b.manager) ||
    order(a.apiVersion, b.apiVersion) ||
    order(a.subresource, b.subresource)
  );
}

function order(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/** Replaces a manager's set; one that owns nothing is gone. */
export function setManagerFields(
  managers: Managers,
  id: string,
  manager: Manager,
  set: FieldSet,
  time = manager.time,
): void {
  if (isEmptySet(set)) managers.delete(id);
  else if (set !== manager.set || time !== manager.time) managers.set(id, { ...manager, set, time, entry: undefined });
}

/** Puts the oldest updates of each version together until at most maximumUpdateManagers are left. */
export function capUpdateManagers(managers: Managers): void {
  const updates = [...managers].filter(([, { operation }]) => operation === "Update");
  let count = updates.length;
  if (count <= maximumUpdateManagers) return;
  updates.sort(([idA, a], [idB, b]) => order(a.time ?? "", b.time ?? "") || order(idA, idB));
  const first = new Map<string, string>();
  for (const [id, { apiVersion, time, set }] of updates) {
    if (count <= maximumUpdateManagers) break;
    const firstId = first.get(apiVersion);
    if (firstId === undefined) {
      first.set(apiVersion, id);
      continue;
    }
    const bucket: Omit<Manager, "set"> = {
      manager: oldUpdates,
      operation: "Update",
      apiVersion,
      subresource: "",
      time,
    };
    const bucketId = managerId(bucket);
    const before = managers.get(bucketId) ?? managers.get(firstId);
    if (!managers.has(bucketId)) managers.delete(firstId);
    if (bucketId !== id) managers.delete(id);
    managers.set(bucketId, { ...bucket, set: before === undefined ? set : unionSets(before.set, set) });
    count--;
  }
}

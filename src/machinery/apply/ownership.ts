// How a change of an object changes who owns its fields: fields that somebody else wrote over are taken from their managers (or are
// conflicts), fields that went are owned by nobody. Source: structured-merge-diff merge/update.

import type { KubeObject } from "../object.ts";
import { type Difference, writtenFields } from "./compare.ts";
import { type Managers, setManagerFields } from "./managers.ts";
import { differenceSets, emptySet, type FieldSet, intersectSets, isEmptySet, unionSets } from "./set.ts";
import { reconcileSet } from "./typed-set.ts";
import { type Conversions, compareObjects, objectAt, typeAt, type Versions } from "./versions.ts";

/** Fields that other managers own and that a change would write, by manager. */
export type ConflictingFields = Map<string, FieldSet>;

/** A change between two objects of one version, and how it looks in the others. */
export class Change {
  readonly before: KubeObject;
  readonly after: KubeObject;
  readonly versions: Versions;
  readonly #differences = new Map<string, Difference | undefined>();
  readonly #gone = new Set<string>();

  constructor(before: KubeObject, after: KubeObject, versions: Versions, difference: Difference | undefined) {
    this.before = before;
    this.after = after;
    this.versions = versions;
    this.#differences.set(after.apiVersion, difference);
  }

  /** The difference in a version: undefined when nothing changed, "gone" when the version is. */
  *in(apiVersion: string): Conversions<Difference | undefined | "gone"> {
    if (this.#gone.has(apiVersion)) return "gone";
    if (this.#differences.has(apiVersion)) return this.#differences.get(apiVersion);
    const type = typeAt(apiVersion, this.versions);
    const before = yield* objectAt(this.before, apiVersion, this.versions);
    const after = yield* objectAt(this.after, apiVersion, this.versions);
    if (type === undefined || before === undefined || after === undefined) {
      this.#gone.add(apiVersion);
      return "gone";
    }
    const difference = compareObjects(type, before, after, this.versions.resetFields?.(apiVersion));
    this.#differences.set(apiVersion, difference);
    return difference;
  }
}

/** Brings the sets of all managers up to the schemas of today; managers whose version is gone are dropped. */
export function reconcileManagers(managers: Managers, versions: Versions): void {
  for (const [id, manager] of managers) {
    const type = typeAt(manager.apiVersion, versions);
    if (type === undefined) managers.delete(id);
    else setManagerFields(managers, id, manager, reconcileSet(manager.set, type));
  }
}

/** The fields of other managers that a change writes. */
export function* conflictsOf(change: Change, managers: Managers, self: string): Conversions<ConflictingFields> {
  const conflicts: ConflictingFields = new Map();
  for (const [id, { apiVersion, set }] of managers) {
    if (id === self) continue;
    const difference = yield* change.in(apiVersion);
    if (difference === undefined || difference === "gone") continue;
    const fields = intersectSets(set, writtenFields(difference));
    if (!isEmptySet(fields)) conflicts.set(id, fields);
  }
  return conflicts;
}

/** Takes what a change wrote or removed from all managers but `self`. Managers left with nothing, or whose version is gone, are dropped. */
export function* takeFields(change: Change, managers: Managers, self: string | undefined): Conversions<void> {
  for (const [id, manager] of managers) {
    if (id === self) continue;
    const difference = yield* change.in(manager.apiVersion);
    if (difference === "gone") managers.delete(id);
    else if (difference !== undefined) {
      const touched = unionSets(writtenFields(difference), difference.removed ?? emptySet);
      setManagerFields(managers, id, manager, differenceSets(manager.set, touched));
    }
  }
}

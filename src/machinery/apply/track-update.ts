// Who owns what after a write that is no apply: create, update and the other patches. This runs on every such write, so it walks an object
// once and does nothing where nothing changed.

import { equalJson } from "../equal.ts";
import type { KubeObject, ManagedFieldsEntry } from "../object.ts";
import { writtenFields } from "./compare.ts";
import { emptyObject } from "./empty-object.ts";
import { rootTypeOf } from "./field-type.ts";
import { TypedError } from "./list-items.ts";
import {
  capUpdateManagers,
  decodeManagers,
  encodeManagers,
  isReset,
  type Manager,
  type Managers,
  managerId,
  readManagers,
} from "./managers.ts";
import { Change, reconcileManagers, takeFields } from "./ownership.ts";
import { isEmptySet, unionSets } from "./set.ts";
import {
  type Conversions,
  type Convert,
  type ConvertAsync,
  compareObjects,
  run,
  runAsync,
  type Versions,
} from "./versions.ts";

export interface UpdateOptions extends Versions {
  /** The stored object in the version of the request; undefined for a create. */
  live: KubeObject | undefined;
  /** The object to store, defaulted, in the version of the request. Its own managedFields are taken as the request's. */
  next: KubeObject;
  /** The field manager of the request. */
  manager: string;
  subresource?: string;
  /** RFC 3339 in UTC with seconds. */
  now: string;
  /** The object of this kind with nothing set, where the schema does not tell: see emptyObject. */
  empty?: KubeObject;
}

/**
 * The managedFields of the object to store; the very list of the live object when nothing changed that is owned. Undefined when the object
 * is not tracked: a reset stops tracking until the next apply.
 */
export function trackUpdate(options: UpdateOptions & { convert?: Convert }): ManagedFieldsEntry[] | undefined {
  return run(trackUpdateSteps(options), options.convert);
}

/** trackUpdate where conversion is asynchronous. */
export function trackUpdateAsync(
  options: UpdateOptions & { convert: ConvertAsync },
): Promise<ManagedFieldsEntry[] | undefined> {
  return runAsync(trackUpdateSteps(options), options.convert);
}

function* trackUpdateSteps(options: UpdateOptions): Conversions<ManagedFieldsEntry[] | undefined> {
  const { live, next, schema } = options;
  const kept = live?.metadata.managedFields;
  const given = options.subresource ? kept : givenEntries(kept, next.metadata.managedFields);
  if (live !== undefined && (given === undefined || given.length === 0)) return undefined;
  try {
    const { apiVersion, kind } = next;
    const before = live ?? options.empty ?? emptyObject(apiVersion, kind, schema);
    const difference = compareObjects(rootTypeOf(schema), before, next, options.resetFields?.(apiVersion));
    const isKept = live !== undefined && given === kept;
    if (difference === undefined && isKept) return kept;

    const managers = isKept ? readManagers(given) : decodeManagers(given);
    reconcileManagers(managers, options);
    if (difference !== undefined) {
      yield* takeFields(new Change(before, next, options, difference), managers, undefined);
      addUpdate(managers, options, writtenFields(difference));
    }
    capUpdateManagers(managers);
    return encodeManagers(managers);
  } catch (error) {
    // An object whose lists have items without keys cannot be tracked; what was known of it is kept.
    if (error instanceof TypedError) return kept;
    throw error;
  }
}

/** Which managedFields a write starts from: the request's when they are valid, else the live object's; none when they are reset. */
function givenEntries(
  kept: ManagedFieldsEntry[] | undefined,
  given: ManagedFieldsEntry[] | undefined,
): ManagedFieldsEntry[] | undefined {
  if (given === undefined || given === null || given === kept) return kept;
  if (isReset(given)) return undefined;
  if (equalJson(given, kept)) return kept;
  try {
    return decodeManagers(given).size === 0 ? kept : given;
  } catch {
    return kept;
  }
}

/** Adds written fields to the manager of this request. */
function addUpdate(managers: Managers, options: UpdateOptions, written: Manager["set"]): void {
  if (isEmptySet(written)) return;
  const manager = {
    manager: options.manager === "" ? "unknown" : options.manager,
    operation: "Update" as const,
    apiVersion: options.next.apiVersion,
    subresource: options.subresource ?? "",
    time: options.now,
  };
  const id = managerId(manager);
  const before = managers.get(id);
  managers.set(id, { ...manager, set: before === undefined ? written : unionSets(before.set, written) });
}

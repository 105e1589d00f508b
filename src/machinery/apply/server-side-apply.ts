// Server-side apply: lays a configuration over the live object, removes what the applier no longer applies, and keeps the books of who owns
// what. Source of the rules: structured-merge-diff merge, k8s.io/apimachinery pkg/util/managedfields.

import { equalJson } from "../equal.ts";
import { isObject, type KubeObject, parseApiVersion } from "../object.ts";
import { writtenFields } from "./compare.ts";
import { type ApplyConflict, listConflicts } from "./conflicts.ts";
import { emptyObject } from "./empty-object.ts";
import { type FieldType, rootTypeOf } from "./field-type.ts";
import { clientSideManager, fieldsOfLastApplied, withLastApplied } from "./last-applied.ts";
import { TypedError } from "./list-items.ts";
import { encodeManagers, type Manager, type Managers, managerId, readManagers } from "./managers.ts";
import { mergeTyped } from "./merge.ts";
import { unownedFields, unownedMetadata } from "./object-meta.ts";
import { fieldSetOf } from "./owned.ts";
import { Change, type ConflictingFields, conflictsOf, reconcileManagers, takeFields } from "./ownership.ts";
import { fieldElement } from "./path.ts";
import { prune } from "./prune.ts";
import { differenceSets, type FieldSet, isEmptySet, recursiveDifference, setOf } from "./set.ts";
import { validateTyped } from "./validate.ts";
import {
  type Conversions,
  type Convert,
  type ConvertAsync,
  compareObjects,
  run,
  runAsync,
  type Versions,
  withoutManagedFields,
} from "./versions.ts";

export interface ApplyOptions extends Versions {
  /** The stored object in the version of the request; undefined when there is none yet. */
  live: KubeObject | undefined;
  /** The configuration as the client sent it: not defaulted, not pruned. */
  applied: unknown;
  /** The version and kind of the request, which the configuration must have; taken from it when absent. */
  apiVersion?: string;
  kind?: string;
  manager: string;
  force?: boolean;
  subresource?: string;
  /** RFC 3339 in UTC with seconds. */
  now: string;
}

export type ApplyResult =
  /** `object` is not defaulted yet; it has its new managedFields. `changed`: it differs from the live object in more than those. */
  | { ok: true; object: KubeObject; changed: boolean }
  | { ok: false; reason: "conflict"; conflicts: ApplyConflict[] }
  | { ok: false; reason: "invalid"; code: 400; message: string };

/** The managers that existed before an object was first applied are put together under this name. */
const beforeFirstApply = "before-first-apply";

/** Applies a configuration. Pure: neither the live object nor the configuration is written. */
export function applyServerSide(options: ApplyOptions & { convert?: Convert }): ApplyResult {
  return run(applySteps(options), options.convert);
}

/** applyServerSide where conversion is asynchronous. */
export function applyServerSideAsync(options: ApplyOptions & { convert: ConvertAsync }): Promise<ApplyResult> {
  return runAsync(applySteps(options), options.convert);
}

function* applySteps(options: ApplyOptions): Conversions<ApplyResult> {
  const type = rootTypeOf(options.schema);
  const applied = checkApplied(options, type);
  if (typeof applied === "string") return { ok: false, reason: "invalid", code: 400, message: applied };
  const { apiVersion, kind } = applied;
  const live = withoutManagedFields(options.live ?? { apiVersion, kind, metadata: {} });
  const managers = liveManagers(options, type, live);
  try {
    const attempt = yield* mergeAndPrune(options, type, live, applied, managers);
    const conflicts = yield* conflictsOf(attempt.change, attempt.managers, attempt.id);
    const real = options.force ? new Map() : withoutLastApplied(options, type, live, conflicts);
    if (real.size > 0) return { ok: false, reason: "conflict", conflicts: listConflicts(real, attempt.managers) };
    yield* takeFields(attempt.change, attempt.managers, attempt.id);
    return finish(options, live, applied, attempt);
  } catch (error) {
    if (!(error instanceof TypedError)) throw error;
    return { ok: false, reason: "invalid", code: 400, message: `failed to merge config: ${error.message}` };
  }
}

/** The configuration, or what is wrong with it. */
function checkApplied(options: ApplyOptions, type: FieldType): KubeObject | string {
  const { applied } = options;
  if (!isObject(applied)) return "error decoding YAML: the configuration is not an object";
  const { apiVersion = applied.apiVersion, kind = applied.kind } = options;
  const described = describeKind(String(applied.apiVersion ?? ""), String(applied.kind ?? ""));
  const isNamed = typeof apiVersion === "string" && typeof kind === "string";
  if (!isNamed || applied.apiVersion !== apiVersion || applied.kind !== kind)
    return `invalid object type: ${described}`;
  if (isObject(applied.metadata) && Array.isArray(applied.metadata.managedFields)) {
    return "metadata.managedFields must be nil";
  }
  const fault = validateTyped(type, applied);
  if (fault === undefined) return { ...applied, metadata: applied.metadata ?? {} } as KubeObject;
  const { name = "", namespace = "" } = isObject(applied.metadata) ? applied.metadata : {};
  return `failed to create typed patch object (${namespace}/${name}; ${described}): ${fault}`;
}

/** `apps/v1, Kind=Deployment`. */
function describeKind(apiVersion: string, kind: string): string {
  const { group, version } = parseApiVersion(apiVersion);
  return `${group}/${version}, Kind=${kind}`;
}

/** The managers of the live object. One that was never tracked gets a manager for all it has. */
function liveManagers(options: ApplyOptions, type: FieldType, live: KubeObject): Managers {
  const managers = readManagers(options.live?.metadata.managedFields);
  reconcileManagers(managers, options);
  if (managers.size > 0 || options.live === undefined) return managers;
  const { schema, subresource = "", now } = options;
  const { apiVersion, kind } = live;
  const empty = emptyObject(apiVersion, kind, schema);
  const difference = compareObjects(type, empty, live, options.resetFields?.(apiVersion));
  const set = difference === undefined ? undefined : writtenFields(difference);
  if (set === undefined || isEmptySet(set)) return managers;
  const manager: Manager = { manager: beforeFirstApply, operation: "Update", apiVersion, subresource, time: now, set };
  return managers.set(managerId(manager), manager);
}

interface Attempt {
  /** The applier. */
  id: string;
  last: Manager | undefined;
  /** The managers with the applier's new set. */
  managers: Managers;
  change: Change;
}

function* mergeAndPrune(
  options: ApplyOptions,
  type: FieldType,
  live: KubeObject,
  applied: KubeObject,
  managers: Managers,
): Conversions<Attempt> {
  const { subresource = "" } = options;
  const { apiVersion } = live;
  const reset = options.resetFields?.(apiVersion);
  const all = fieldSetOf(type, applied);
  const applier: Manager = {
    manager: options.manager,
    operation: "Apply",
    apiVersion,
    subresource,
    set: reset === undefined ? all : recursiveDifference(all, reset),
  };
  const id = managerId(applier);
  const last = managers.get(id);
  managers.set(id, applier);
  const merged = mergeTyped(type, live, applied) as KubeObject;
  const object = yield* prune(merged, managers, last, options);
  const change = new Change(live, object, options, compareObjects(type, live, object, reset));
  return { id, last, managers, change };
}

/** Conflicts without those that the annotation of client-side apply accounts for, when kubectl applies. */
function withoutLastApplied(
  options: ApplyOptions,
  type: FieldType,
  live: KubeObject,
  conflicts: ConflictingFields,
): ConflictingFields {
  if (conflicts.size === 0 || options.manager !== clientSideManager) return conflicts;
  const allowed = fieldsOfLastApplied(type, live);
  if (allowed === undefined) return conflicts;
  const left = [...conflicts].map(([id, set]): [string, FieldSet] => [id, differenceSets(set, allowed)]);
  return new Map(left.filter(([, set]) => !isEmptySet(set)));
}

/** What no manager ever owns. */
const unowned: FieldSet = setOf(
  ["f:metadata"],
  ...[...unownedFields].map((name) => [fieldElement(name)]),
  ...[...unownedMetadata].map((name) => ["f:metadata", fieldElement(name)]),
);

function finish(options: ApplyOptions, live: KubeObject, applied: KubeObject, attempt: Attempt): ApplyResult {
  const { id, last, managers, change } = attempt;
  const changed = options.live === undefined || !equalJson(live, change.after);
  const applier = managers.get(id)!;
  const set = differenceSets(applier.set, unowned);
  const time = changed || last?.time === undefined ? options.now : last.time;
  const isSame = !changed && last !== undefined && last.apiVersion === applier.apiVersion && equalJson(last.set, set);
  if (isEmptySet(set)) managers.delete(id);
  else managers.set(id, isSame ? last : { ...applier, set, time });

  const { manager } = options;
  const object = manager === clientSideManager ? withLastApplied(change.after, applied) : change.after;
  const managedFields = encodeManagers(managers);
  const metadata = managedFields === undefined ? object.metadata : { ...object.metadata, managedFields };
  return { ok: true, object: { ...object, metadata }, changed: changed || object !== change.after };
}

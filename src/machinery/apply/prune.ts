// Removes from a merged object what its applier no longer applies: fields the applier owned, that its configuration left out, and that no
// other manager owns. Source: structured-merge-diff merge/update.

import type { KubeObject } from "../object.ts";
import type { FieldType } from "./field-type.ts";
import type { Manager, Managers } from "./managers.ts";
import { fieldSetOf } from "./owned.ts";
import { removeItems } from "./remove.ts";
import { differenceSets, type FieldSet, intersectSets, isEmptySet, unionSets } from "./set.ts";
import { withNamedFields } from "./typed-set.ts";
import { type Conversions, objectAt, typeAt, type Versions } from "./versions.ts";

/** The merged object without what `last`, the applier's former entry, owned alone. `managers` already has the applier's new set. */
export function* prune(
  merged: KubeObject,
  managers: Managers,
  last: Manager | undefined,
  versions: Versions,
): Conversions<KubeObject> {
  if (last === undefined || isEmptySet(last.set)) return merged;
  const type = typeAt(last.apiVersion, versions);
  const converted = yield* objectAt(merged, last.apiVersion, versions);
  if (type === undefined || converted === undefined) return merged;

  const lastSet = withNamedFields(last.set, type);
  let kept = removeItems(type, converted, lastSet, null) as KubeObject;
  for (const [apiVersion, owned] of ownedByVersion(managers, last.apiVersion)) {
    const versionType = typeAt(apiVersion, versions);
    const all = yield* objectAt(converted, apiVersion, versions);
    const left = yield* objectAt(kept, apiVersion, versions);
    if (versionType !== undefined && all !== undefined && left !== undefined) {
      kept = withOwned(versionType, all, left, owned);
    }
  }
  const back = yield* objectAt(kept, last.apiVersion, versions);
  if (back === undefined) return converted;

  const gone = differenceSets(namedFields(type, converted), namedFields(type, back));
  const pruned = removeItems(type, converted, intersectSets(gone, lastSet), undefined) as KubeObject;
  return (yield* objectAt(pruned, merged.apiVersion, versions)) ?? merged;
}

/** What is owned in each version, the pruned version first: fields that a conversion needs are back before it is asked. */
function ownedByVersion(managers: Managers, first: string): [apiVersion: string, owned: FieldSet][] {
  const owned = new Map<string, FieldSet>();
  for (const { apiVersion, set } of managers.values()) {
    const before = owned.get(apiVersion);
    owned.set(apiVersion, before === undefined ? set : unionSets(before, set));
  }
  return [...owned].sort(([a], [b]) => Number(b === first) - Number(a === first));
}

/** The pruned object with what managers own put back. */
function withOwned(type: FieldType, merged: KubeObject, pruned: KubeObject, owned: FieldSet): KubeObject {
  const kept = unionSets(namedFields(type, pruned), withNamedFields(owned, type));
  return removeItems(type, merged, differenceSets(namedFields(type, merged), kept), null) as KubeObject;
}

function namedFields(type: FieldType, object: KubeObject): FieldSet {
  return withNamedFields(fieldSetOf(type, object), type);
}

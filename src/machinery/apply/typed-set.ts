// Two views of a set that need the type of the object: with the structs that its paths pass through, and brought up to a schema that has
// changed since the set was made.

import { deduced, type FieldType } from "./field-type.ts";
import { compareElements } from "./path.ts";
import { type FieldSet, isEmptySet, leaf, type MutableFieldSet } from "./set.ts";

/** The set with every declared field that has children in it as a member: owning `spec.replicas` then is owning `spec`. */
export function withNamedFields(set: FieldSet, type: FieldType | undefined): FieldSet {
  const result: MutableFieldSet = {};
  for (const element in set) {
    if (element === ".") {
      result[element] = leaf;
      continue;
    }
    const child = set[element]!;
    if (isEmptySet(child)) {
      result[element] = child;
      continue;
    }
    const isField = element.startsWith("f:") && type?.map !== undefined;
    const declared = isField ? type.map!.fields.get(element.slice(2)) : undefined;
    const childType = isField
      ? (declared?.type ?? type.map!.rest)
      : element.startsWith("k:")
        ? type?.list?.item
        : undefined;
    const node = withNamedFields(child, childType);
    result[element] = declared !== undefined && node["."] === undefined ? { ".": leaf, ...node } : node;
  }
  return result;
}

/** Sets that were found to agree with a type: stored sets are shared between revisions of an object, so most are looked at once. */
const reconciled = new WeakMap<FieldSet, FieldType>();

/**
 * The set as it would be under the type of today: what lies inside a map or list that has become atomic is owned as that one leaf.
 * What has become granular is treated as if it always was.
 */
export function reconcileSet(set: FieldSet, type: FieldType): FieldSet {
  if (reconciled.get(set) === type) return set;
  const result = reconcile(set, type);
  if (!isEmptySet(result)) reconciled.set(result, type);
  return result;
}

function reconcile(node: FieldSet, type: FieldType): FieldSet {
  if (isEmptySet(node) || type === deduced) return node;
  let changes: MutableFieldSet | undefined;
  for (const element in node) {
    if (element === ".") continue;
    const child = node[element]!;
    const childType = element.startsWith("f:") ? type.map?.typeOf(element.slice(2)) : type.list?.item;
    if (childType === undefined) continue;
    const collapses = !isEmptySet(child) && isAtomic(childType);
    const now = collapses ? leaf : reconcile(child, childType);
    if (now === child) continue;
    changes ??= {};
    changes[element] = now;
  }
  if (changes === undefined) return node;
  const elements = Object.keys(node).filter((element) => element !== ".");
  const result: MutableFieldSet = node["."] === undefined ? {} : { ".": leaf };
  for (const element of elements.sort(compareElements)) result[element] = changes[element] ?? node[element]!;
  return result;
}

/** Whether a value with parts of this type is one leaf. */
function isAtomic({ map, list }: FieldType): boolean {
  return (map?.atomic ?? true) && (list?.atomic ?? true) && (map !== undefined || list !== undefined);
}

// The rules of `metadata`, the same for every kind. Callers have generated the name and filled what the server owns.
// Source: k8s.io/apimachinery pkg/api/validation/objectmeta.go, pkg/apis/meta/v1/validation.

import { childPath, type FieldError, forbidden, invalid, required, tooLong } from "./field-error.ts";
import { compareNumbers } from "./json.ts";
import { labelName, labelValueErrors, type NameRule, qualifiedNameErrors, subdomainName } from "./names.ts";
import type { ManagedFieldsEntry, ObjectMeta, OwnerReference } from "./object.ts";
import { parseApiVersion } from "./object.ts";
import { quoteText } from "./quote.ts";

/** Bytes that the keys and values of all annotations may have together. */
export const totalAnnotationSize = 256 * 1024;

export interface ObjectMetaRules {
  /** Whether the kind lives in namespaces. */
  namespaced: boolean;
  /** Rule of names; a DNS subdomain when absent. */
  validateName?: NameRule;
}

const orphanFinalizer = "orphan";
const foregroundFinalizer = "foregroundDeletion";

/** What is wrong with the metadata of an object, new or changed. */
export function validateObjectMeta(
  meta: ObjectMeta,
  { namespaced, validateName = subdomainName }: ObjectMetaRules,
  path = "metadata",
): FieldError[] {
  const errors: FieldError[] = [];
  const { name = "", generateName = "", namespace = "", generation } = meta;
  const add = (child: string, value: unknown, texts: string[]) => {
    for (const text of texts) errors.push(invalid(childPath(path, child), value, text));
  };
  if (generateName !== "") add("generateName", generateName, validateName(generateName, true));
  if (name === "") errors.push(required(childPath(path, "name"), "name or generateName is required"));
  else add("name", name, validateName(name, false));

  const namespacePath = childPath(path, "namespace");
  if (!namespaced && namespace !== "") errors.push(forbidden(namespacePath, "not allowed on this type"));
  if (namespaced && namespace === "") errors.push(required(namespacePath));
  if (namespaced && namespace !== "") add("namespace", namespace, labelName(namespace, false));

  if (generation !== undefined && compareNumbers(generation, 0) < 0) {
    errors.push(invalid(childPath(path, "generation"), generation, "must be greater than or equal to 0"));
  }
  errors.push(
    ...validateLabels(meta.labels, childPath(path, "labels")),
    ...validateAnnotations(meta.annotations, childPath(path, "annotations")),
    ...validateOwnerReferences(meta.ownerReferences, childPath(path, "ownerReferences")),
    ...validateFinalizers(meta.finalizers, childPath(path, "finalizers")),
    ...validateManagedFields(meta.managedFields, childPath(path, "managedFields")),
  );
  return errors;
}

/**
 * What is wrong with a change of metadata. `meta` carries the resourceVersion that the update was checked against; the parts that
 * can be judged alone (labels, owners, …) are checked here too, so that this suffices for updates whose name is known to be valid.
 */
export function validateObjectMetaUpdate(meta: ObjectMeta, old: ObjectMeta, path = "metadata"): FieldError[] {
  const errors: FieldError[] = [];
  if (old.deletionTimestamp !== undefined) {
    const known = new Set(old.finalizers);
    const added = [...new Set(meta.finalizers)].filter((finalizer) => !known.has(finalizer)).sort();
    if (added.length > 0) {
      const shown = `[]string{${added.map(quoteText).join(", ")}}`;
      errors.push(
        forbidden(
          childPath(path, "finalizers"),
          `no new finalizers can be added if the object is being deleted, found new finalizers ${shown}`,
        ),
      );
    }
  }
  if ((meta.resourceVersion ?? "") === "") {
    errors.push(invalid(childPath(path, "resourceVersion"), "", "must be specified for an update"));
  }
  if (compareNumbers(meta.generation ?? 0, old.generation ?? 0) < 0) {
    errors.push(invalid(childPath(path, "generation"), meta.generation ?? 0, "must not be decremented"));
  }
  for (const field of ["name", "namespace", "uid"] as const) {
    errors.push(...validateImmutable(meta[field] ?? "", old[field] ?? "", childPath(path, field)));
  }
  for (const field of ["creationTimestamp", "deletionTimestamp", "deletionGracePeriodSeconds"] as const) {
    errors.push(...validateImmutable(meta[field] ?? null, old[field] ?? null, childPath(path, field)));
  }
  errors.push(
    ...validateLabels(meta.labels, childPath(path, "labels")),
    ...validateAnnotations(meta.annotations, childPath(path, "annotations")),
    ...validateOwnerReferences(meta.ownerReferences, childPath(path, "ownerReferences")),
    ...validateManagedFields(meta.managedFields, childPath(path, "managedFields")),
  );
  return errors;
}

/** `field is immutable` unless two scalars are equal. */
export function validateImmutable(
  value: string | number | boolean | null,
  old: string | number | boolean | null,
  path: string,
): FieldError[] {
  return value === old ? [] : [invalid(path, value, "field is immutable")];
}

const standardFinalizers: ReadonlySet<string> = new Set(["kubernetes", orphanFinalizer, foregroundFinalizer]);

/** What built-in kinds ask of finalizers besides: a name of Kubernetes' own, or one with a domain. Source: core/validation. */
export function validateFinalizerDomains(finalizers: readonly string[] | undefined, path: string): FieldError[] {
  const errors: FieldError[] = [];
  (finalizers ?? []).forEach((finalizer, index) => {
    if (finalizer.includes("/") || standardFinalizers.has(finalizer)) return;
    const text = "name is neither a standard finalizer name nor is it fully qualified";
    errors.push(invalid(childPath(path, index), finalizer, text));
  });
  return errors;
}

/** Keys and values of labels. */
export function validateLabels(labels: Record<string, string> | undefined | null, path: string): FieldError[] {
  const errors: FieldError[] = [];
  for (const [key, value] of Object.entries(labels ?? {})) {
    for (const text of qualifiedNameErrors(key)) errors.push(invalid(path, key, text));
    for (const text of labelValueErrors(value)) errors.push(invalid(path, value, text));
  }
  return errors;
}

/** Keys of annotations, whose case does not matter, and the size of all. */
export function validateAnnotations(
  annotations: Record<string, string> | undefined | null,
  path: string,
): FieldError[] {
  const errors: FieldError[] = [];
  let size = 0;
  for (const [key, value] of Object.entries(annotations ?? {})) {
    for (const text of qualifiedNameErrors(key.toLowerCase())) errors.push(invalid(path, key, text));
    size += Buffer.byteLength(key) + Buffer.byteLength(value);
  }
  if (size > totalAnnotationSize) errors.push(tooLong(path, totalAnnotationSize));
  return errors;
}

function validateOwnerReferences(references: readonly OwnerReference[] | undefined | null, path: string): FieldError[] {
  const errors: FieldError[] = [];
  let controller: string | undefined;
  for (const reference of references ?? []) {
    const { apiVersion = "", kind = "", name = "", uid = "" } = reference;
    const { group, version } = parseApiVersion(apiVersion);
    if (version === "") errors.push(invalid(childPath(path, "apiVersion"), apiVersion, "version must not be empty"));
    if (kind === "") errors.push(invalid(childPath(path, "kind"), kind, "must not be empty"));
    if (name === "") errors.push(invalid(childPath(path, "name"), name, "must not be empty"));
    if (uid === "") errors.push(invalid(childPath(path, "uid"), uid, "must not be empty"));
    if (group === "" && version === "v1" && kind === "Event") {
      errors.push(invalid(path, reference, "/v1, Kind=Event is disallowed from being an owner"));
    }
    if (reference.controller !== true) continue;
    const shown = `${kind}/${name}`;
    if (controller !== undefined) {
      errors.push(
        invalid(
          path,
          references,
          `Only one reference can have Controller set to true. Found "true" in references for ${controller} and ${shown}`,
        ),
      );
    } else controller = shown;
  }
  return errors;
}

/** Names of finalizers, and that the two kinds of dependents' deletion exclude each other. */
export function validateFinalizers(finalizers: readonly string[] | undefined | null, path: string): FieldError[] {
  const errors: FieldError[] = [];
  for (const finalizer of finalizers ?? []) {
    for (const text of qualifiedNameErrors(finalizer)) errors.push(invalid(path, finalizer, text));
  }
  if (finalizers?.includes(orphanFinalizer) && finalizers.includes(foregroundFinalizer)) {
    errors.push(
      invalid(path, finalizers, `finalizer ${orphanFinalizer} and ${foregroundFinalizer} cannot be both set`),
    );
  }
  return errors;
}

function validateManagedFields(entries: readonly ManagedFieldsEntry[] | undefined | null, path: string): FieldError[] {
  const errors: FieldError[] = [];
  (entries ?? []).forEach((entry, index) => {
    const at = childPath(path, index);
    const { manager = "", operation = "", fieldsType = "", subresource = "" } = entry;
    if (operation !== "Apply" && operation !== "Update") {
      errors.push(invalid(childPath(at, "operation"), operation, "must be `Apply` or `Update`"));
    }
    if (fieldsType !== "" && (fieldsType as string) !== "FieldsV1") {
      errors.push(invalid(childPath(at, "fieldsType"), fieldsType, "must be `FieldsV1`"));
    }
    errors.push(...validateFieldManager(manager, childPath(at, "manager")));
    if (Buffer.byteLength(subresource) > 256) errors.push(tooLong(childPath(at, "subresource"), 256));
  });
  return errors;
}

/** A name of a field manager: at most 128 bytes, printable. */
export function validateFieldManager(manager: string, path: string): FieldError[] {
  const errors: FieldError[] = [];
  if (Buffer.byteLength(manager) > 128) errors.push(tooLong(path, 128));
  let position = 0;
  for (const character of manager) {
    if (!/^[\p{L}\p{M}\p{N}\p{P}\p{S} ]$/u.test(character)) {
      const code = character.codePointAt(0)!.toString(16).toUpperCase().padStart(4, "0");
      errors.push(invalid(path, manager, `invalid character U+${code} (at position ${position})`));
    }
    position += Buffer.byteLength(character);
  }
  return errors;
}

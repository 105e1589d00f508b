// Whether a CustomResourceDefinition makes sense, with the paths and sentences of kube-apiserver. Where all versions say the same (as
// one version always does), kube-apiserver reports the fault at the top of the spec: `spec.validation`, `spec.subresources`,
// `spec.additionalPrinterColumns`, `spec.selectableFields`. Source: apiextensions-apiserver pkg/apis/apiextensions/validation.

import { equalJson } from "../../machinery/equal.ts";
import { childPath, type FieldError, invalid, keyPath, notSupported, required } from "../../machinery/field-error.ts";
import { dns1035LabelErrors, dns1123SubdomainErrors } from "../../machinery/names.ts";
import { kindErrors } from "../../machinery/schema/embedded.ts";
import {
  apiApproval,
  approvalAnnotation,
  type Crd,
  type CrdNames,
  type CrdSpec,
  type CrdVersion,
  isConditionTrue,
  isProtectedGroup,
} from "./crd.ts";
import { validateConversion } from "./crd-conversion-validation.ts";
import {
  validateColumns,
  validateSelectableFields,
  validateSubresources,
  validateVersionSchema,
} from "./crd-version-validation.ts";

/** The errors of a new CRD, or of the spec of an updated one. Metadata was validated before. */
export function validateCrd(crd: Crd, old?: Crd): FieldError[] {
  const { spec, metadata } = crd;
  const errors: FieldError[] = [];
  if (metadata.name !== undefined && metadata.name !== `${spec.names.plural}.${spec.group}`) {
    errors.push(invalid("metadata.name", metadata.name, 'must be spec.names.plural+"."+spec.group'));
  }
  errors.push(...validateSpec(spec, old));
  errors.push(...validateNames(crd.status?.acceptedNames ?? {}, "status.acceptedNames"));
  errors.push(...validateStoredVersions(crd));
  errors.push(...validateApproval(crd, old));
  if (spec.preserveUnknownFields === true && old?.spec.preserveUnknownFields !== true) {
    const text =
      "cannot set to true, set x-kubernetes-preserve-unknown-fields to true in spec.versions[*].schema instead";
    errors.push(invalid("spec.preserveUnknownFields", true, text));
  }
  return errors;
}

/** The errors of an update besides those of the new CRD itself: what may not change any more. */
export function validateCrdUpdate(crd: Crd, old: Crd): FieldError[] {
  const errors: FieldError[] = [];
  const immutable = (value: string, before: string, path: string) => {
    if (value !== before) errors.push(invalid(path, value, "field is immutable"));
  };
  if (isConditionTrue(old, "Established")) {
    immutable(crd.spec.scope, old.spec.scope, "spec.scope");
    immutable(crd.spec.names.kind, old.spec.names.kind, "spec.names.kind");
  }
  immutable(crd.spec.group, old.spec.group, "spec.group");
  immutable(crd.spec.names.plural, old.spec.names.plural, "spec.names.plural");
  return errors;
}

/** The errors of an update of the status. */
export function validateCrdStatus(crd: Crd): FieldError[] {
  return validateNames(crd.status?.acceptedNames ?? {}, "status.acceptedNames");
}

function validateSpec(spec: CrdSpec, old: Crd | undefined): FieldError[] {
  const errors: FieldError[] = [];
  const { group, scope, versions, names } = spec;
  if (group === "") errors.push(required("spec.group"));
  else {
    const problems = dns1123SubdomainErrors(group);
    if (problems.length > 0) errors.push(invalid("spec.group", group, problems.join(",")));
    else if (!group.includes(".")) {
      errors.push(invalid("spec.group", group, "should be a domain with at least one dot"));
    }
  }
  if (scope === "") errors.push(required("spec.scope"));
  else if (scope !== "Cluster" && scope !== "Namespaced") {
    errors.push(notSupported("spec.scope", scope, ["Cluster", "Namespaced"]));
  }
  versions.forEach((version, index) => {
    if (version.schema?.openAPIV3Schema !== undefined) return;
    errors.push(required(`spec.versions[${index}].schema.openAPIV3Schema`, "schemas are required"));
  });
  if (spec.preserveUnknownFields === true && versions.some(hasDefaults)) {
    errors.push(invalid("spec.preserveUnknownFields", true, "must be false in order to use defaults in the schema"));
  }
  errors.push(...validateVersions(versions, old));
  for (const name of ["plural", "singular", "kind", "listKind"] as const) {
    if ((names[name] ?? "") === "") errors.push(required(`spec.names.${name}`));
  }
  errors.push(...validateNames(names, "spec.names"));
  if (spec.conversion !== undefined) {
    if (spec.conversion.strategy !== "None" && spec.preserveUnknownFields === true) {
      const text = "must be None if spec.preserveUnknownFields is true";
      errors.push(invalid("spec.conversion.strategy", spec.conversion.strategy, text));
    }
    errors.push(...validateConversion(spec.conversion, "spec.conversion", old));
  }
  return errors;
}

function hasDefaults(version: CrdVersion): boolean {
  return JSON.stringify(version.schema ?? null).includes('"default":');
}

function validateVersions(versions: CrdVersion[], old: Crd | undefined): FieldError[] {
  const errors: FieldError[] = [];
  const shared = {
    schema: sharedByAll(versions, (version) => version.schema),
    subresources: sharedByAll(versions, (version) => version.subresources),
    columns: sharedByAll(versions, (version) => version.additionalPrinterColumns),
    selectable: sharedByAll(versions, (version) => version.selectableFields),
  };
  versions.forEach((version, index) => {
    const path = childPath("spec.versions", index);
    const problems = dns1035LabelErrors(version.name);
    if (problems.length > 0) errors.push(invalid(childPath(path, "name"), version.name, problems.join(",")));
    for (const problem of deprecationProblems(version)) {
      errors.push(invalid(childPath(path, "deprecationWarning"), version.deprecationWarning, problem));
    }
    const first = index === 0;
    if (first || !shared.schema) {
      const schemaPath = shared.schema ? "spec.validation" : childPath(path, "schema");
      errors.push(...validateVersionSchema(version, schemaPath, oldVersion(old, version.name)));
    }
    if (first || !shared.subresources) {
      const subresourcesPath = shared.subresources ? "spec.subresources" : childPath(path, "subresources");
      errors.push(...validateSubresources(version.subresources, subresourcesPath));
    }
    if (first || !shared.columns) {
      const columnsPath = shared.columns
        ? "spec.additionalPrinterColumns"
        : childPath(path, "additionalPrinterColumns");
      errors.push(...validateColumns(version.additionalPrinterColumns ?? [], columnsPath));
    }
    if (first || !shared.selectable) {
      errors.push(
        ...validateSelectableFields(
          version,
          shared.selectable ? "spec.selectableFields" : childPath(path, "selectableFields"),
        ),
      );
    }
  });
  if (new Set(versions.map((version) => version.name)).size < versions.length) {
    errors.push(invalid("spec.versions", versions, "must contain unique version names"));
  }
  if (versions.filter((version) => version.storage).length !== 1) {
    errors.push(invalid("spec.versions", versions, "must have exactly one version marked as storage version"));
  }
  return errors;
}

/** Whether all versions have this, and the same. */
function sharedByAll(versions: CrdVersion[], pick: (version: CrdVersion) => unknown): boolean {
  const first = versions[0] === undefined ? undefined : pick(versions[0]);
  return first !== undefined && versions.every((version) => equalJson(pick(version), first));
}

function oldVersion(old: Crd | undefined, name: string): CrdVersion | undefined {
  return old?.spec.versions.find((version) => version.name === name);
}

function deprecationProblems({ deprecated, deprecationWarning }: CrdVersion): string[] {
  if (deprecationWarning === undefined) return [];
  if (deprecated !== true) return ["can only be set for deprecated versions"];
  const problems: string[] = [];
  if (Buffer.byteLength(deprecationWarning) > 256) problems.push("must be <= 256 characters long");
  if (deprecationWarning === "") problems.push("must not be an empty string");
  const strange = deprecationWarning.search(/[^\P{C}]|[^\P{Z} ]/u);
  if (strange >= 0) {
    const byte = Buffer.byteLength(deprecationWarning.slice(0, strange));
    const text = "must only contain printable UTF-8 characters";
    problems.push(`${text}; non-printable character found at index ${byte}`);
  }
  return problems;
}

function validateNames(names: Partial<CrdNames>, path: string): FieldError[] {
  const errors: FieldError[] = [];
  const label = (name: string, at: string) => {
    const problems = dns1035LabelErrors(name);
    if (problems.length > 0) errors.push(invalid(at, name, problems.join(",")));
  };
  const { plural = "", singular = "", kind = "", listKind = "" } = names;
  if (plural !== "") label(plural, childPath(path, "plural"));
  if (singular !== "") label(singular, childPath(path, "singular"));
  if (kind !== "") errors.push(...kindErrors(kind, childPath(path, "kind")));
  if (listKind !== "") errors.push(...kindErrors(listKind, childPath(path, "listKind")));
  names.shortNames?.forEach((name, index) => {
    label(name, childPath(childPath(path, "shortNames"), index));
  });
  if (kind !== "" && kind === listKind) {
    errors.push(invalid(childPath(path, "listKind"), listKind, "kind and listKind may not be the same"));
  }
  names.categories?.forEach((name, index) => {
    label(name, childPath(childPath(path, "categories"), index));
  });
  return errors;
}

function validateStoredVersions({ spec, status }: Crd): FieldError[] {
  const path = "status.storedVersions";
  const stored = status?.storedVersions ?? [];
  if (stored.length === 0) return [invalid(path, stored, "must have at least one stored version")];
  const errors: FieldError[] = [];
  for (const version of spec.versions) {
    if (!version.storage || stored.includes(version.name)) continue;
    errors.push(invalid(path, stored, `must have the storage version ${version.name}`));
  }
  stored.forEach((name, index) => {
    if (spec.versions.some((version) => version.name === name)) return;
    const text =
      `missing from spec.versions; ${name} was previously a storage version, and must remain in spec.versions until a ` +
      `storage migration ensures no data remains persisted in ${name} and removes ${name} from status.storedVersions`;
    errors.push(invalid(childPath(path, index), name, text));
  });
  return errors;
}

function validateApproval(crd: Crd, old: Crd | undefined): FieldError[] {
  if (!isProtectedGroup(crd.spec.group)) return [];
  const { annotations } = crd.metadata;
  const { state, reason } = apiApproval(annotations);
  if (old !== undefined && apiApproval(old.metadata.annotations).state === state) return [];
  const path = keyPath("metadata.annotations", approvalAnnotation);
  if (state === "missing") return [required(path, reason)];
  return state === "invalid" ? [invalid(path, annotations?.[approvalAnnotation], reason)] : [];
}

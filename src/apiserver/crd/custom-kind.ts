// From a CustomResourceDefinition to the declaration of its kind.

import { compileJsonPath, getSimplePath } from "../../machinery/jsonpath.ts";
import type { Column, Kind, KindVersion, SelectableField } from "../../machinery/kind.ts";
import type { KubeObject } from "../../machinery/object.ts";
import { humanDuration } from "../../machinery/time.ts";
import type { Crd, CrdColumn, CrdVersion } from "./crd.ts";
import { customSchema, type SharedSchemas } from "./custom-schema.ts";

/**
 * The kind that a CRD declares, under the names that it was given.
 *
 * @param schemas where the schemas come from; each is made anew, with loose metadata, when absent
 */
export function kindFromCrd(crd: Crd, schemas?: SharedSchemas): Kind {
  const { spec, status } = crd;
  const names = { ...spec.names, ...(status?.acceptedNames?.kind ? status.acceptedNames : {}) };
  const kind: Kind = {
    group: spec.group,
    kind: names.kind,
    listKind: names.listKind || `${names.kind}List`,
    plural: names.plural,
    singular: names.singular || names.kind.toLowerCase(),
    namespaced: spec.scope === "Namespaced",
    versions: spec.versions
      .toSorted((a, b) => compareVersions(a.name, b.name))
      .map((version) => declareVersion(crd, version, schemas)),
    storageVersion: spec.versions.find((version) => version.storage)?.name ?? "",
    custom: true,
  };
  if (names.shortNames !== undefined) kind.shortNames = names.shortNames;
  if (names.categories !== undefined) kind.categories = names.categories;
  return kind;
}

function declareVersion({ spec }: Crd, version: CrdVersion, schemas: SharedSchemas | undefined): KindVersion {
  const source = version.schema?.openAPIV3Schema;
  const loose =
    spec.preserveUnknownFields === true ? { ...source, "x-kubernetes-preserve-unknown-fields": true } : source;
  const schema = schemas === undefined ? customSchema(loose) : schemas.get(loose);
  const declared: KindVersion = { name: version.name, served: version.served, schema };
  const { additionalPrinterColumns = [] } = version;
  declared.columns = (additionalPrinterColumns.length > 0 ? additionalPrinterColumns : [ageColumn]).map(columnOf);
  if (version.subresources?.status !== undefined) declared.status = true;
  if (version.subresources?.scale !== undefined) declared.scale = version.subresources.scale;
  if (version.selectableFields !== undefined && version.selectableFields.length > 0) {
    declared.selectableFields = version.selectableFields.map(({ jsonPath }) => selectableFieldOf(jsonPath));
  }
  if (version.deprecated === true) {
    declared.deprecated = true;
    declared.deprecationWarning =
      version.deprecationWarning ?? `${spec.group}/${version.name} ${spec.names.kind} is deprecated`;
  }
  return declared;
}

/** `.spec.color` as the field `spec.color`; what is absent reads "". */
function selectableFieldOf(jsonPath: string): SelectableField {
  return {
    name: jsonPath.replace(/^\./, ""),
    value(object) {
      const value = getSimplePath(object, jsonPath);
      return value === undefined || value === null || typeof value === "object" ? "" : String(value);
    },
  };
}

/** What tables show beside the name when the definition does not say. */
const ageColumn: CrdColumn = {
  name: "Age",
  type: "date",
  description: "CreationTimestamp is a timestamp representing the server time when this object was created.",
  jsonPath: ".metadata.creationTimestamp",
};

function columnOf(column: CrdColumn): Column {
  const { name, type, format, description, priority } = column;
  const compiled = compileJsonPath(column.jsonPath);
  const find = (object: KubeObject): unknown[] => (compiled.ok ? compiled.path.find(object) : []);
  const declared: Column = {
    name,
    type: type as Column["type"],
    cell: (object, now) => {
      const value = find(object)[0];
      return value === undefined || value === null ? null : cellOf(type, value, now);
    },
  };
  if (format !== undefined) declared.format = format;
  declared.description = description ?? `Custom resource definition column (in JSONPath format): ${column.jsonPath}`;
  if (priority !== undefined) declared.priority = priority;
  return declared;
}

/** What a table shows of a value; null where it does not fit the column. Texts are shown of any value. */
function cellOf(type: string, value: unknown, now: Date): string | number | boolean | null {
  switch (type) {
    case "integer":
      return typeof value === "number" ? Math.trunc(value) : null;
    case "number":
      return typeof value === "number" ? value : null;
    case "boolean":
      return typeof value === "boolean" ? value : null;
    case "date": {
      if (typeof value !== "string") return null;
      const time = Date.parse(value);
      return Number.isNaN(time) ? "<invalid>" : humanDuration(now.getTime() - time);
    }
    default:
      return typeof value === "string" ? value : JSON.stringify(value);
  }
}

interface VersionRank {
  /** 2 stable, 1 beta, 0 alpha, -1 other. */
  maturity: number;
  major: number;
  minor: number;
}

function rankOf(name: string): VersionRank {
  const match = /^v([1-9][0-9]*)(?:(alpha|beta)([1-9][0-9]*))?$/.exec(name);
  if (match === null) return { maturity: -1, major: 0, minor: 0 };
  const maturity = match[2] === undefined ? 2 : match[2] === "beta" ? 1 : 0;
  return { maturity, major: Number(match[1]), minor: Number(match[3] ?? 0) };
}

/** By priority, as Kubernetes orders versions: v10, v2, v1, v11beta2, v10beta3, v3beta1, v12alpha1, then others by name. */
export function compareVersions(a: string, b: string): number {
  const left = rankOf(a);
  const right = rankOf(b);
  return (
    right.maturity - left.maturity ||
    right.major - left.major ||
    right.minor - left.minor ||
    (a < b ? -1 : a > b ? 1 : 0)
  );
}

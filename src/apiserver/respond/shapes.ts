// The other shapes of an object: a Table for people, PartialObjectMetadata for controllers that need no more.

import type { Column, KindVersion } from "../../machinery/kind.ts";
import type { JsonObject, KubeObject } from "../../machinery/object.ts";
import { since } from "../../machinery/time.ts";

const defaultColumns: Column[] = [
  {
    name: "Created At",
    type: "date",
    description: "CreationTimestamp is a timestamp representing the server time when this object was created.",
    cell: (object) => object.metadata.creationTimestamp ?? null,
  },
];

const nameColumn: Column = {
  name: "Name",
  type: "string",
  format: "name",
  description: "Name must be unique within a namespace.",
  cell: (object) => object.metadata.name ?? "",
};

/** The columns of a version: Name first, unless the kind has a place for the name itself. */
export function columnsOf(version: KindVersion): Column[] {
  const columns = version.columns ?? defaultColumns;
  return columns.some(({ format }) => format === "name") ? columns : [nameColumn, ...columns];
}

/** The columns of `autoscaling/v1` Scale, whatever kind it is of. */
export const scaleColumns: Column[] = [
  nameColumn,
  {
    name: "Desired",
    type: "integer",
    description: "Number of replicas that is wanted",
    cell: (scale) => scale.spec?.replicas ?? 0,
  },
  {
    name: "Available",
    type: "integer",
    description: "Number of replicas that was observed",
    cell: (scale) => scale.status?.replicas ?? 0,
  },
  {
    name: "Age",
    type: "string",
    description: "Time since the object was created",
    cell: (scale, now) => since(scale.metadata.creationTimestamp, now),
  },
];

export type IncludeObject = "None" | "Metadata" | "Object";

/** `meta.k8s.io` Table. Source: apimachinery/pkg/apis/meta/v1 Table. */
export function table(columns: Column[], rows: JsonObject[], metadata: JsonObject, metaVersion: string): JsonObject {
  return {
    kind: "Table",
    apiVersion: `meta.k8s.io/${metaVersion}`,
    metadata,
    columnDefinitions: columns.map((column) => ({
      name: column.name,
      type: column.type,
      format: column.format ?? "",
      description: column.description ?? "",
      priority: column.priority ?? 0,
    })),
    rows,
  };
}

export function tableRow(
  columns: Column[],
  object: KubeObject,
  include: IncludeObject,
  now: Date,
  metaVersion: string,
): JsonObject {
  const row: JsonObject = { cells: columns.map((column) => column.cell(object, now)) };
  if (include === "Metadata") row.object = partialMetadata(object, metaVersion);
  else if (include === "Object") row.object = object;
  else row.object = null;
  return row;
}

export function partialMetadata(object: KubeObject, metaVersion: string): KubeObject {
  return { kind: "PartialObjectMetadata", apiVersion: `meta.k8s.io/${metaVersion}`, metadata: object.metadata };
}

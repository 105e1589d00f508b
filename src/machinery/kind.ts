// One declaration per kind: names, versions, schema, columns and subresources. Discovery, OpenAPI, decoding, defaulting, pruning,
// validation, tables, the typed client and (for custom resources) the CRD all come from it. What a kind *does* beyond that is a
// Strategy (apiserver/strategy.ts).

import type { GroupResource, KubeObject } from "./object.ts";
import type { Schema } from "./schema/schema.ts";

/** One column of `kubectl get`. */
export interface Column {
  name: string;
  type: "string" | "integer" | "number" | "boolean" | "date";
  format?: string;
  description?: string;
  /** 0 is always shown, higher only with `-o wide`. */
  priority?: number;
  /** The cell: a scalar, or null when there is nothing to show. `now` is for ages. */
  cell(object: KubeObject, now: Date): string | number | boolean | null;
}

/** Where the scale subresource finds its numbers: JSON paths as in a CRD, such as `.spec.replicas`. */
export interface ScalePaths {
  specReplicasPath: string;
  statusReplicasPath: string;
  labelSelectorPath?: string;
}

export interface KindVersion {
  name: string;
  served: boolean;
  schema: Schema;
  /** Columns of tables; Name and Age when absent. The Name column is always first and not listed here unless it differs. */
  columns?: Column[];
  /** Whether `/status` is its own resource. */
  status?: boolean;
  scale?: ScalePaths;
  /** Fields beyond `metadata.name` and `metadata.namespace` that field selectors may name, as `spec.nodeName`. */
  selectableFields?: SelectableField[];
  deprecated?: boolean;
  deprecationWarning?: string;
}

export interface SelectableField {
  name: string;
  /** The field as text; absent fields are "". */
  value(object: KubeObject): string;
}

export type Verb = "create" | "delete" | "deletecollection" | "get" | "list" | "patch" | "update" | "watch";

/** The verbs of an ordinary kind. */
export const allVerbs: readonly Verb[] = [
  "create",
  "delete",
  "deletecollection",
  "get",
  "list",
  "patch",
  "update",
  "watch",
];

export interface Kind {
  group: string;
  kind: string;
  listKind: string;
  /** The resource name in paths: `deployments`. */
  plural: string;
  singular: string;
  shortNames?: string[];
  categories?: string[];
  namespaced: boolean;
  /** By priority, the preferred one first. */
  versions: KindVersion[];
  /** The version in which objects are stored. */
  storageVersion: string;
  verbs?: readonly Verb[];
  /** Where objects are kept when that is not this group and plural: events.k8s.io events are kept as core events. */
  storedAs?: GroupResource;
  /** Whether objects of this kind are custom resources (strategic merge patch is then refused). */
  custom?: boolean;
}

/** The declared version of this name. */
export function versionOf(kind: Kind, version: string): KindVersion | undefined {
  return kind.versions.find((candidate) => candidate.name === version);
}

/** The group and plural under which objects of the kind are stored. */
export function storedResource(kind: Kind): GroupResource {
  return kind.storedAs ?? { group: kind.group, resource: kind.plural };
}

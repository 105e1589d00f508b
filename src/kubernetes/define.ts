// Declares a built-in kind: what the tables of the Kubernetes API say of it (plural, scope, verbs, subresources, schemas), joined
// with what a module adds (columns, short names, selectable fields, strategy). Schemas are linked on first use, so that starting
// up costs nothing for kinds that nobody touches.

import type { KindRegistration, Strategy } from "../apiserver/strategy.ts";
import type { Column, KindVersion, ScalePaths, SelectableField, Verb } from "../machinery/kind.ts";
import type { GroupResource, KubeObject } from "../machinery/object.ts";
import { builtinResources, builtinSchemaFor } from "./definitions.ts";

export interface BuiltinOptions {
  /** "" for the core group. */
  group: string;
  kind: string;
  /** Served versions, the preferred one first. */
  versions: string[];
  /** The first version when absent. */
  storageVersion?: string;
  shortNames?: string[];
  categories?: string[];
  /** Columns of `kubectl get` after Name, for all versions or for each. */
  columns?: Column[] | Record<string, Column[]>;
  /** Fields for field selectors: a dotted path that is read as text, or a path with its own reading. */
  selectableFields?: (string | SelectableField)[];
  /** Texts of Warning headers for deprecated versions. */
  deprecations?: Record<string, string>;
  strategy?: Strategy;
  storedAs?: GroupResource;
}

/**
 * The registration of a built-in kind.
 *
 * @example builtin({ group: "apps", kind: "Deployment", versions: ["v1"], shortNames: ["deploy"], categories: ["all"] })
 * @throws Error when the Kubernetes API has no such kind in one of the versions
 */
export function builtin(options: BuiltinOptions): KindRegistration {
  const { group, kind, versions, columns } = options;
  const preferred = versions[0];
  if (preferred === undefined) throw new Error(`kind ${kind} is declared without a version`);
  const facts = resourceOf(group, preferred, kind);
  const registration: KindRegistration = {
    kind: {
      group,
      kind,
      listKind: `${kind}List`,
      plural: facts.resource,
      singular: kind.toLowerCase(),
      namespaced: facts.namespaced,
      versions: versions.map((version) => declareVersion(options, version, columnsOf(columns, version))),
      storageVersion: options.storageVersion ?? preferred,
      verbs: facts.verbs as Verb[],
    },
  };
  if (options.shortNames !== undefined) registration.kind.shortNames = options.shortNames;
  if (options.categories !== undefined) registration.kind.categories = options.categories;
  if (options.storedAs !== undefined) registration.kind.storedAs = options.storedAs;
  if (options.strategy !== undefined) registration.strategy = options.strategy;
  return registration;
}

/** A field selector's field, read along a dotted path; what is absent reads as "". */
export function selectableField(name: string): SelectableField {
  const steps = name.split(".");
  return {
    name,
    value(object: KubeObject): string {
      let value: unknown = object;
      for (const step of steps) {
        if (typeof value !== "object" || value === null || !Object.hasOwn(value, step)) return "";
        value = (value as Record<string, unknown>)[step];
      }
      return value === undefined || value === null ? "" : String(value);
    },
  };
}

function declareVersion(options: BuiltinOptions, version: string, columns: Column[] | undefined): KindVersion {
  const { group, kind } = options;
  const { resource } = resourceOf(group, version, kind);
  const declared: KindVersion = {
    name: version,
    served: true,
    get schema() {
      const schema = builtinSchemaFor({ group, version, kind });
      if (schema === undefined) throw new Error(`the Kubernetes API has no schema of ${kind} in ${group}/${version}`);
      return schema;
    },
  };
  if (hasSubresource(group, version, resource, "status")) declared.status = true;
  if (hasSubresource(group, version, resource, "scale")) declared.scale = builtinScale;
  if (columns !== undefined) declared.columns = columns;
  if (options.selectableFields !== undefined) {
    declared.selectableFields = options.selectableFields.map((field) =>
      typeof field === "string" ? selectableField(field) : field,
    );
  }
  const warning = options.deprecations?.[version];
  if (warning !== undefined) {
    declared.deprecated = true;
    declared.deprecationWarning = warning;
  }
  return declared;
}

/** All scalable built-in kinds keep their numbers here. Their selector is a LabelSelector or a map of labels, not a text. */
const builtinScale: ScalePaths = {
  specReplicasPath: ".spec.replicas",
  statusReplicasPath: ".status.replicas",
  labelSelectorPath: ".spec.selector",
};

function columnsOf(columns: BuiltinOptions["columns"], version: string): Column[] | undefined {
  return Array.isArray(columns) ? columns : columns?.[version];
}

function resourceOf(group: string, version: string, kind: string) {
  const found = builtinResources.find(
    (entry) =>
      entry.kind === kind && entry.group === group && entry.version === version && !entry.resource.includes("/"),
  );
  if (found === undefined) throw new Error(`the Kubernetes API has no kind ${kind} in ${group}/${version}`);
  return found;
}

function hasSubresource(group: string, version: string, resource: string, subresource: string): boolean {
  const name = `${resource}/${subresource}`;
  return builtinResources.some(
    (entry) => entry.resource === name && entry.group === group && entry.version === version,
  );
}

// The built-in kinds of Kubernetes as data: their schemas and resources, generated from a release. Schemas are linked when they are
// first asked for.

import { apiVersionOf, type GroupVersionKind, type Json } from "../machinery/object.ts";
import { type Definitions, linkDefinitions } from "../machinery/schema/link.ts";
import type { Schema } from "../machinery/schema/schema.ts";
import table from "./schema.generated.json" with { type: "json" };

/** A resource or subresource that a Kubernetes API server serves. */
export interface BuiltinResource {
  group: string;
  version: string;
  /** `pods`, or `pods/status`. */
  resource: string;
  kind: string;
  namespaced: boolean;
  verbs: string[];
  /** Group and version of `kind` where they are not those of the resource, as for `deployments/scale`. */
  kindGroup?: string;
  kindVersion?: string;
}

/** The content of `schema.generated.json`. */
export interface SchemaTable {
  /** The release, as `1.36`. */
  kubernetes: string;
  definitions: Definitions;
  resources: BuiltinResource[];
}

const { definitions, resources } = table as unknown as SchemaTable;

/**
 * Defaults that the API declares and the table does not hold: those of list keys, without which an item could not be told from
 * another, and the empty structs that are always there.
 */
const declaredDefaults: [definition: string, property: string, value: Json][] = [
  ["core.v1.ContainerPort", "protocol", "TCP"],
  ["core.v1.ServicePort", "protocol", "TCP"],
  ["core.v1.Container", "resources", {}],
  ["core.v1.ServiceStatus", "loadBalancer", {}],
  ["core.v1.NodeStatus", "nodeInfo", {}],
  ["apps.v1.DeploymentSpec", "strategy", {}],
  ["apps.v1.DaemonSetSpec", "updateStrategy", {}],
  ["apps.v1.StatefulSetSpec", "updateStrategy", {}],
];
for (const [definition, property, value] of declaredDefaults) {
  definitions[`io.k8s.api.${definition}`]!.properties![property]!.default = value;
}

/** The definitions as OpenAPI writes them, with `$ref` and without descriptions. */
export const builtinDefinitions: Readonly<Definitions> = definitions;

/** All resources and subresources of the generally available kinds. */
export const builtinResources: readonly BuiltinResource[] = resources;

/** The linked schema of a definition, such as `io.k8s.api.core.v1.PodSpec`. Throws when there is none. */
export const builtinSchema: (definitionName: string) => Schema = linkDefinitions(definitions);

let definitionByKind: Map<string, string> | undefined;

/** Name of the definition of a kind: `io.k8s.api.core.v1.Pod`. */
export function builtinDefinitionName({ group, version, kind }: GroupVersionKind): string | undefined {
  definitionByKind ??= new Map(
    Object.entries(definitions).flatMap(([name, definition]) =>
      (definition["x-kubernetes-group-version-kind"] ?? []).map((gvk) => [kindKey(gvk), name] as const),
    ),
  );
  return definitionByKind.get(kindKey({ group, version, kind }));
}

/** The linked schema of a kind, lists and meta kinds included. */
export function builtinSchemaFor(gvk: GroupVersionKind): Schema | undefined {
  const name = builtinDefinitionName(gvk);
  return name === undefined ? undefined : builtinSchema(name);
}

function kindKey({ group, version, kind }: GroupVersionKind): string {
  return `${apiVersionOf(group, version)}/${kind}`;
}

// Chooses what of the OpenAPI definitions Muster serves: generally available kinds, their lists, and the meta kinds.

import type { SchemaTable } from "../../src/kubernetes/definitions.ts";
import type { Definition, Definitions } from "../../src/machinery/schema/link.ts";
import { type Facts, isGeneral, referencesOf } from "./facts.ts";

const meta = "io.k8s.apimachinery.pkg.apis.meta.v1.";

/** Kinds of the machinery that no resource names: bodies and answers of the API itself. */
const metaKinds = [
  "APIGroup",
  "APIGroupList",
  "APIResourceList",
  "APIVersions",
  "Condition",
  "DeleteOptions",
  "Status",
  "WatchEvent",
].map((kind) => meta + kind);

/** The definitions and resources of the generally available kinds. */
export function schemaTable(facts: Facts): SchemaTable {
  const resources = facts.resources.filter(
    (resource) => isGeneral(resource.version) && isGeneral(resource.kindVersion ?? resource.version),
  );
  const served = new Set(
    resources.flatMap(({ group, version, kind, kindGroup, kindVersion }) => {
      const prefix = `${kindGroup ?? group}/${kindVersion ?? version}/${kind}`;
      return [prefix, `${prefix}List`];
    }),
  );
  const roots = [...metaKinds, "io.k8s.apimachinery.pkg.version.Info"];
  for (const [name, definition] of Object.entries(facts.definitions)) {
    const kinds = definition["x-kubernetes-group-version-kind"] ?? [];
    if (kinds.some(({ group, version, kind }) => served.has(`${group}/${version}/${kind}`))) roots.push(name);
  }
  const definitions: Definitions = {};
  for (const name of reachable(facts.definitions, roots)) definitions[name] = trimmed(facts.definitions[name]!);
  return { kubernetes: facts.kubernetes, definitions, resources };
}

/** The names reachable from the roots, sorted. */
function reachable(definitions: Definitions, roots: string[]): string[] {
  const seen = new Set<string>();
  const queue = [...roots];
  for (let name = queue.pop(); name !== undefined; name = queue.pop()) {
    if (seen.has(name)) continue;
    const definition = definitions[name];
    if (definition === undefined) throw new Error(`the facts lack the definition ${name}`);
    seen.add(name);
    queue.push(...referencesOf(definition));
  }
  return [...seen].sort();
}

/** A definition without the kinds of versions that are not served (DeleteOptions lists every group). */
function trimmed(definition: Definition): Definition {
  const kinds = definition["x-kubernetes-group-version-kind"];
  if (kinds === undefined) return definition;
  return { ...definition, "x-kubernetes-group-version-kind": kinds.filter(({ version }) => isGeneral(version)) };
}

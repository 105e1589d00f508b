// The schemas of an OpenAPI document: those of Kubernetes, which are definitions already, and those of custom kinds, which are made
// from their declarations as kube-apiserver publishes them.
// Source of the forms: apiextensions-apiserver pkg/controller/openapi/{builder,v2}.

import type { Kind } from "../../machinery/kind.ts";
import { type GroupVersionKind, isObject, type JsonObject } from "../../machinery/object.ts";
import type { Definitions } from "../../machinery/schema/link.ts";
import type { Schema } from "../../machinery/schema/schema.ts";
import { type DefinitionNames, metaDefinitions } from "./routes.ts";

/** OpenAPI 2 (Swagger) or 3.0; they differ in the place of definitions and in what a schema may say. */
export type OpenApiVersion = 2 | 3;

const definitionPrefix = "#/definitions/";
const prefixes: Record<OpenApiVersion, string> = { 2: definitionPrefix, 3: "#/components/schemas/" };

/** A reference to a definition. */
export function reference(name: string, version: OpenApiVersion): JsonObject {
  return { $ref: `${prefixes[version]}${name}` };
}

/** `example.com`, `v1`, `Widget` → `com.example.v1.Widget`. */
export function customDefinitionName({ group, version, kind }: GroupVersionKind): string {
  return [...group.split(".").toReversed(), version, kind].join(".");
}

/** Types that are text or number in JSON, which only OpenAPI 3 can say. */
const mixedTypes: { [name: string]: JsonObject } = {
  "io.k8s.apimachinery.pkg.api.resource.Quantity": { oneOf: [{ type: "string" }, { type: "number" }] },
  "io.k8s.apimachinery.pkg.util.intstr.IntOrString": {
    format: "int-or-string",
    oneOf: [{ type: "integer" }, { type: "string" }],
  },
};

/** The definitions of Kubernetes in the form of a version of OpenAPI. */
export class BuiltinDefinitions {
  readonly #definitions: Definitions;
  readonly #rendered = new Map<string, JsonObject>();
  #byKind: Map<string, string> | undefined;

  constructor(definitions: Definitions) {
    this.#definitions = definitions;
  }

  get names(): string[] {
    return Object.keys(this.#definitions);
  }

  /** Name of the definition of a kind. */
  nameOf({ group, version, kind }: GroupVersionKind): string | undefined {
    if (this.#byKind === undefined) {
      this.#byKind = new Map();
      for (const [name, definition] of Object.entries(this.#definitions)) {
        for (const gvk of definition["x-kubernetes-group-version-kind"] ?? []) {
          const key = `${gvk.group}/${gvk.version}/${gvk.kind}`;
          if (!this.#byKind.has(key)) this.#byKind.set(key, name);
        }
      }
    }
    return this.#byKind.get(`${group}/${version}/${kind}`);
  }

  /** A definition in OpenAPI 3; made once. */
  render(name: string): JsonObject | undefined {
    let rendered = this.#rendered.get(name);
    if (rendered === undefined && Object.hasOwn(this.#definitions, name)) {
      rendered = { ...inVersion3(this.#definitions[name]), ...mixedTypes[name] };
      if (mixedTypes[name] !== undefined) delete rendered.type;
      this.#rendered.set(name, rendered);
    }
    return rendered;
  }

  /** A definition as it is, for OpenAPI 2. */
  plain(name: string): JsonObject | undefined {
    return Object.hasOwn(this.#definitions, name) ? this.#definitions[name] : undefined;
  }
}

/** Replaces references; those with keywords beside them go into allOf, as OpenAPI 3 wants. */
function inVersion3(node: unknown): JsonObject {
  const result = mapReferences(node);
  return isObject(result) ? result : {};
}

function mapReferences(node: unknown): unknown {
  if (Array.isArray(node)) return node.map(mapReferences);
  if (!isObject(node)) return node;
  const { $ref, ...rest } = node;
  const mapped = Object.fromEntries(Object.entries(rest).map(([key, value]) => [key, mapReferences(value)]));
  if (typeof $ref !== "string") return $ref === undefined ? mapped : { $ref: mapReferences($ref), ...mapped };
  const target = reference($ref.slice(definitionPrefix.length), 3);
  return Object.keys(mapped).length === 0 ? target : { allOf: [target], ...mapped };
}

/** The names of all definitions that a part of a document refers to. */
export function referencesIn(node: unknown, found: Set<string>): void {
  if (Array.isArray(node)) for (const item of node) referencesIn(item, found);
  else if (isObject(node)) {
    const { $ref } = node;
    if (typeof $ref === "string") found.add($ref.slice($ref.lastIndexOf("/") + 1));
    for (const key of Object.keys(node)) if (key !== "$ref" || isObject($ref)) referencesIn(node[key], found);
  }
}

/** The definitions of a custom kind in one version: the object and its list. */
export function customDefinitions(
  kind: Kind,
  versionName: string,
  schema: Schema,
  openapi: OpenApiVersion,
): { [name: string]: JsonObject } {
  const { group, plural } = kind;
  const gvk = { group, version: versionName, kind: kind.kind };
  const listGvk = { ...gvk, kind: kind.listKind };
  const name = customDefinitionName(gvk);
  const loose = openapi === 2 && schema["x-kubernetes-preserve-unknown-fields"] === true;
  const object = loose ? { type: "object" } : schemaToOpenApi(schema, openapi);
  const list: JsonObject = {
    type: "object",
    description: `${kind.listKind} is a list of ${kind.kind}`,
    required: ["items"],
    properties: {
      apiVersion: { type: "string" },
      kind: { type: "string" },
      metadata: reference(`${metaDefinitions}ListMeta`, openapi),
      items: { type: "array", description: `List of ${plural}.`, items: reference(name, openapi) },
    },
    "x-kubernetes-group-version-kind": [listGvk],
  };
  return {
    [name]: { ...object, "x-kubernetes-group-version-kind": [gvk] },
    [customDefinitionName(listGvk)]: list,
  };
}

/** The names of custom kinds' definitions, then those of Kubernetes. */
export function definitionNames(builtin: BuiltinDefinitions, kinds: readonly Kind[]): DefinitionNames {
  const custom = new Map(kinds.filter((kind) => kind.custom === true).map((kind) => [kind.group, kind] as const));
  return (gvk) => (custom.has(gvk.group) ? customDefinitionName(gvk) : builtin.nameOf(gvk));
}

/** A schema as OpenAPI writes it; shared types of Kubernetes become references. */
function schemaToOpenApi(schema: Schema, openapi: OpenApiVersion): JsonObject {
  if (schema.definition !== undefined) return reference(schema.definition, openapi);
  const { properties, items, additionalProperties, allOf, anyOf, oneOf, not, ...keywords } = schema;
  const result: JsonObject = { ...keywords };
  const inner = (part: Schema) => schemaToOpenApi(part, openapi);
  const preserves = schema["x-kubernetes-preserve-unknown-fields"] === true;
  const untyped = openapi === 2 && (schema.nullable === true || preserves);
  if (openapi === 2 && schema.nullable === true) {
    delete result.nullable;
    delete result.type;
  }
  if (properties !== undefined && !untyped) {
    result.properties = Object.fromEntries(Object.entries(properties).map(([name, part]) => [name, inner(part)]));
  }
  if (items !== undefined && !untyped) result.items = inner(items);
  // kubectl cannot read lists without items.
  if (openapi === 2 && result.type === "array" && result.items === undefined) delete result.type;
  if (typeof additionalProperties === "object") result.additionalProperties = inner(additionalProperties);
  else if (additionalProperties !== undefined) result.additionalProperties = additionalProperties;
  if (openapi === 3) {
    if (allOf !== undefined) result.allOf = allOf.map(inner);
    if (anyOf !== undefined) result.anyOf = anyOf.map(inner);
    if (oneOf !== undefined) result.oneOf = oneOf.map(inner);
    if (not !== undefined) result.not = inner(not);
  } else {
    const required = requiredInVersion2(schema);
    if (required === undefined) delete result.required;
    else result.required = required;
  }
  if (schema["x-kubernetes-embedded-resource"] === true && !untyped) {
    result.required = [...new Set([...(result.required ?? []), "kind", "apiVersion"])];
  }
  return result;
}

/** OpenAPI 2 knows no null, so what may be null cannot be required. */
function requiredInVersion2({ required, properties, additionalProperties }: Schema): string[] | undefined {
  if (typeof additionalProperties === "object" && additionalProperties.nullable === true) return undefined;
  const kept = required?.filter(
    (name) => properties === undefined || !Object.hasOwn(properties, name) || properties[name]?.nullable !== true,
  );
  return kept === undefined || kept.length === 0 ? undefined : kept;
}

// From the schema in a CRD to the schema of a kind: only known keywords are taken over, and what every object has (apiVersion, kind,
// metadata) is added, at the root and in embedded objects. Users may restrict the name of the root's metadata; the rest of metadata
// is ObjectMeta.

import { createHash } from "node:crypto";
import { isObject, type JsonObject } from "../../machinery/object.ts";
import type { Schema } from "../../machinery/schema/schema.ts";

const plainKeywords = [
  "type",
  "format",
  "title",
  "description",
  "default",
  "nullable",
  "enum",
  "example",
  "required",
  "minimum",
  "maximum",
  "exclusiveMinimum",
  "exclusiveMaximum",
  "multipleOf",
  "minLength",
  "maxLength",
  "pattern",
  "minItems",
  "maxItems",
  "uniqueItems",
  "minProperties",
  "maxProperties",
  "x-kubernetes-preserve-unknown-fields",
  "x-kubernetes-embedded-resource",
  "x-kubernetes-int-or-string",
  "x-kubernetes-list-type",
  "x-kubernetes-list-map-keys",
  "x-kubernetes-map-type",
  "x-kubernetes-validations",
] as const satisfies (keyof Schema)[];

const text: Schema = { type: "string" };
/** Metadata where nobody gave the schema of ObjectMeta. */
const anyMetadata: Schema = { type: "object", "x-kubernetes-preserve-unknown-fields": true };

/** The schema of a custom kind. `objectMeta` is the linked schema of `io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta`. */
export function customSchema(source: JsonObject | undefined, objectMeta: Schema = anyMetadata): Schema {
  const schema: Schema =
    source === undefined
      ? { type: "object", "x-kubernetes-preserve-unknown-fields": true }
      : convert(source, objectMeta);
  const restricted = schema.properties?.metadata?.properties;
  schema.properties = { ...schema.properties, ...resourceProperties(schema, objectMeta) };
  if (restricted !== undefined) {
    const properties = { ...objectMeta.properties, ...restricted };
    schema.properties.metadata = { ...objectMeta, properties };
  }
  return schema;
}

/** The properties of every object; descriptions that the author wrote stay. */
function resourceProperties(schema: Schema, objectMeta: Schema): { [name: string]: Schema } {
  const { apiVersion = text, kind = text } = schema.properties ?? {};
  return { apiVersion, kind, metadata: objectMeta };
}

function convert(source: JsonObject, objectMeta: Schema): Schema {
  const schema: JsonObject = {};
  for (const keyword of plainKeywords) if (source[keyword] !== undefined) schema[keyword] = source[keyword];
  if (isObject(source.properties)) {
    schema.properties = Object.fromEntries(
      Object.entries(source.properties).map(([name, property]) => [name, convert(asSchema(property), objectMeta)]),
    );
  }
  if (isObject(source.items)) schema.items = convert(source.items, objectMeta);
  if (isObject(source.not)) schema.not = convert(source.not, objectMeta);
  for (const name of ["allOf", "anyOf", "oneOf"]) {
    if (Array.isArray(source[name])) schema[name] = source[name].map((part) => convert(asSchema(part), objectMeta));
  }
  const values = source.additionalProperties;
  if (typeof values === "boolean") schema.additionalProperties = values;
  else if (isObject(values)) schema.additionalProperties = convert(values, objectMeta);
  if (schema["x-kubernetes-embedded-resource"] === true) {
    schema.properties = { ...schema.properties, ...resourceProperties(schema, objectMeta) };
  }
  return schema;
}

function asSchema(value: unknown): JsonObject {
  return isObject(value) ? value : {};
}

/**
 * Schemas by their content, so that control planes with the same CRDs share schemas, and with them compiled patterns and rules.
 * A schema is forgotten when no kind uses it any more.
 */
export class SharedSchemas {
  readonly #objectMeta: Schema | undefined;
  readonly #byHash = new Map<string, WeakRef<Schema>>();
  readonly #forgotten = new FinalizationRegistry<string>((hash) => {
    if (this.#byHash.get(hash)?.deref() === undefined) this.#byHash.delete(hash);
  });

  constructor(objectMeta?: Schema) {
    this.#objectMeta = objectMeta;
  }

  /** The schema of a custom kind. */
  get(source: JsonObject | undefined): Schema {
    const hash = createHash("sha256")
      .update(JSON.stringify(source ?? null))
      .digest("base64");
    const known = this.#byHash.get(hash)?.deref();
    if (known !== undefined) return known;
    const schema = customSchema(source, this.#objectMeta);
    this.#byHash.set(hash, new WeakRef(schema));
    this.#forgotten.register(schema, hash);
    return schema;
  }
}

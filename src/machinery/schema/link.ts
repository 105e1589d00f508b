// Turns the OpenAPI definitions of Kubernetes (with `$ref`) into linked Schemas: a reference becomes the shared object it names, so
// the result may have cycles (JSONSchemaProps). Types whose Go code reads and writes JSON by hand are marked here:
//
//   Quantity                     type string, format `quantity`; walkers also accept a JSON number
//   IntOrString                  no type, `x-kubernetes-int-or-string`
//   Time, MicroTime              type string, format `date-time`, `micro-time`
//   RawExtension, FieldsV1, JSON no type, `x-kubernetes-preserve-unknown-fields`: any value is kept as it is
//   byte strings                 type string, format `byte`

import type { Schema } from "./schema.ts";

/** A definition as OpenAPI writes it. */
export type Definition = Omit<Schema, "properties" | "items" | "additionalProperties"> & {
  $ref?: string;
  properties?: { [name: string]: Definition };
  items?: Definition;
  additionalProperties?: boolean | Definition;
};

/** Definitions by name, such as `io.k8s.api.core.v1.PodSpec`. */
export type Definitions = { [name: string]: Definition };

const referencePrefix = "#/definitions/";
const extensions = "io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.v1.";
const anything: Schema = { "x-kubernetes-preserve-unknown-fields": true };

const specialTypes = new Map<string, Schema>([
  ["io.k8s.apimachinery.pkg.api.resource.Quantity", { type: "string", format: "quantity" }],
  ["io.k8s.apimachinery.pkg.util.intstr.IntOrString", { format: "int-or-string", "x-kubernetes-int-or-string": true }],
  ["io.k8s.apimachinery.pkg.apis.meta.v1.MicroTime", { type: "string", format: "micro-time" }],
  ["io.k8s.apimachinery.pkg.apis.meta.v1.FieldsV1", anything],
  ["io.k8s.apimachinery.pkg.runtime.RawExtension", anything],
  [`${extensions}JSON`, anything],
  [`${extensions}JSONSchemaPropsOrArray`, anything],
  [`${extensions}JSONSchemaPropsOrBool`, anything],
  [`${extensions}JSONSchemaPropsOrStringArray`, anything],
]);

/**
 * A function from the name of a definition to its linked schema. Definitions are linked when they are first asked for (with what they
 * refer to) and shared from then on: the same name always gives the same object. Throws for a name that is not defined.
 */
export function linkDefinitions(definitions: Definitions): (name: string) => Schema {
  const linked = new Map<string, Schema>();
  /** Uses of a definition that add keywords of their own; filled in when their target is complete. */
  let extended: { use: Schema; target: Schema; keywords: Schema }[] = [];

  function resolve(name: string): Schema {
    const known = linked.get(name);
    if (known !== undefined) return known;
    if (!Object.hasOwn(definitions, name)) throw new Error(`schema definition ${name} is not known`);
    const schema: Schema = { definition: name };
    linked.set(name, schema);
    const special = specialTypes.get(name);
    return special === undefined ? fill(schema, definitions[name]!) : Object.assign(schema, special);
  }

  function fill(schema: Schema, { $ref: _, properties, items, additionalProperties, ...keywords }: Definition): Schema {
    Object.assign(schema, keywords);
    if (properties !== undefined) {
      schema.properties = Object.fromEntries(Object.entries(properties).map(([key, value]) => [key, link(value)]));
    }
    if (items !== undefined) schema.items = link(items);
    if (additionalProperties !== undefined) {
      schema.additionalProperties =
        typeof additionalProperties === "boolean" ? additionalProperties : link(additionalProperties);
    }
    return schema;
  }

  function link(node: Definition): Schema {
    if (node.$ref === undefined) return fill({}, node);
    const target = resolve(node.$ref.slice(referencePrefix.length));
    const { $ref: _, ...keywords } = node;
    if (Object.keys(keywords).length === 0) return target;
    const use: Schema = {};
    extended.push({ use, target, keywords: keywords as Schema });
    return use;
  }

  return (name) => {
    const schema = resolve(name);
    for (const { use, target, keywords } of extended) Object.assign(use, target, keywords);
    extended = [];
    return schema;
  };
}

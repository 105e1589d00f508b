// Custom resource definitions with random schemas, expensive patterns and rules, and objects against them.

import fc from "fast-check";
import type { JsonObject } from "../../../src/machinery/object.ts";
import { documentSteps, hostileTree, mutateTree, type Tree, treeOf, treeText } from "./hostile.ts";
import type { RawRequest } from "./wire.ts";

const group = "fuzz.example.com";
const collection = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions";

/** Patterns over which a backtracking engine never comes back, or whose automata are large. */
const patterns = [
  "^(a+)+$",
  "^(a|aa)+$",
  "(.*)*b",
  "(a*)*(a*)*(a*)*b",
  "((a{0,100}){0,100}){0,100}",
  "(x+x+)+y",
  "[a-z]{1000}",
  "(?i)^.{900}$",
  "(",
  "a{99999}",
  "\\p{Greek}+",
  "(?=a)b",
  "(a)\\1",
];

/** Rules that never end, explode, or are no rules. */
const rules = [
  "self.all(x, self.all(y, self.all(z, x == y)))",
  "self.spec.items.all(a, self.spec.items.all(b, self.spec.items.exists(c, a == b && b == c)))",
  "self.spec.text.matches('^(a+)+$')",
  "size(self.spec.text + self.spec.text + self.spec.text) > 0",
  "self == oldSelf",
  "[1,2,3,4,5,6,7,8,9].all(a, [1,2,3,4,5,6,7,8,9].all(b, [1,2,3,4,5,6,7,8,9].all(c, [1,2,3].all(d, a+b+c+d > 0))))",
  "self.spec.items.map(a, self.spec.items.map(b, self.spec.items)).size() > 0",
  `${"(".repeat(200)}true${")".repeat(200)}`,
  `${"!".repeat(3000)}true`,
  `true${" && true".repeat(3000)}`,
  "1/0 == 1",
  "self.missing",
  "'a'.repeat(9)",
  "9223372036854775807 + 1 > 0",
  "duration('99999999999h') > duration('0s')",
  "quantity('1e999999999').isGreaterThan(quantity('1'))",
  "",
  "{{{{",
  "has(self.spec) && has(self.spec.__proto__)",
];

const leafSchemas = fc.oneof(
  fc.constantFrom<JsonObject>(
    { type: "string" },
    { type: "string", maxLength: 100 },
    { type: "string", enum: ["a", "b"] },
    { type: "string", format: "date-time" },
    { type: "string", format: "cidr" },
    { type: "integer", minimum: 0, maximum: 10 },
    { type: "integer", format: "int64", multipleOf: 0.001 },
    { type: "number", exclusiveMinimum: true, minimum: 1 },
    { type: "boolean", default: true },
    { type: "string", default: 5 },
    { "x-kubernetes-int-or-string": true },
    { type: "object", "x-kubernetes-preserve-unknown-fields": true },
    { type: "object", "x-kubernetes-embedded-resource": true, "x-kubernetes-preserve-unknown-fields": true },
    { type: "nothing" },
    {},
  ),
  fc.constantFrom(...patterns).map((pattern): JsonObject => ({ type: "string", pattern })),
);

const { schema } = fc.letrec<{ schema: JsonObject }>((tie) => ({
  schema: fc.oneof(
    { maxDepth: 4 },
    leafSchemas,
    fc
      .tuple(
        fc.dictionary(fc.constantFrom("a", "b", "items", "text", "name", "__proto__x"), tie("schema"), { maxKeys: 4 }),
      )
      .map(([properties]) => ({ type: "object", properties })),
    tie("schema").map((items) => ({ type: "array", items, maxItems: 1000 })),
    fc.tuple(tie("schema"), fc.constantFrom("set", "map", "atomic", "odd")).map(([items, type]) => ({
      type: "array",
      items,
      "x-kubernetes-list-type": type,
      "x-kubernetes-list-map-keys": type === "map" ? ["name"] : undefined,
    })),
    tie("schema").map((additionalProperties) => ({ type: "object", additionalProperties })),
    fc.tuple(tie("schema"), tie("schema")).map(([one, two]) => ({ type: "object", anyOf: [one, two], not: two })),
    fc.tuple(tie("schema"), fc.constantFrom(...rules)).map(([inner, rule]) => ({
      ...inner,
      "x-kubernetes-validations": [{ rule, message: "no", messageExpression: "'a' + string(self)" }],
    })),
  ),
}));

function definition(number: number, versions: JsonObject[]): JsonObject {
  const plural = `things${number}`;
  return {
    apiVersion: "apiextensions.k8s.io/v1",
    kind: "CustomResourceDefinition",
    metadata: { name: `${plural}.${group}` },
    spec: { group, scope: "Cluster", names: { plural, kind: `Thing${number}` }, versions },
  };
}

function version(name: string, spec: JsonObject, storage: boolean): JsonObject {
  const openAPIV3Schema = { type: "object", properties: { spec } };
  return { name, served: true, storage, schema: { openAPIV3Schema }, subresources: { status: {} } };
}

const nestedSchema = (depth: number, wide: number) => {
  let inner: JsonObject = { type: "string" };
  for (let level = 0; level < depth; level++) {
    const names = Array.from({ length: level < 2 ? wide : 1 }, (_, index) => [`p${index}`, inner]);
    inner = { type: "object", properties: Object.fromEntries(names) };
  }
  return inner;
};

const definitions: fc.Arbitrary<JsonObject> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc
      .tuple(fc.nat({ max: 9 }), schema)
      .map(([number, spec]) => definition(number, [version("v1", spec, true)])),
  },
  {
    weight: 1,
    arbitrary: fc.constantFrom(2, 50, 1000).map((count) =>
      definition(
        10,
        Array.from({ length: count }, (_, index) => version(`v${index + 1}`, { type: "string" }, index === 0)),
      ),
    ),
  },
  {
    weight: 1,
    arbitrary: fc
      .constantFrom(10, 100, 160)
      .map((depth) => definition(11, [version("v1", nestedSchema(depth, 1), true)])),
  },
  {
    weight: 1,
    arbitrary: fc.constantFrom(20, 120).map((wide) => definition(12, [version("v1", nestedSchema(4, wide), true)])),
  },
  {
    weight: 1,
    arbitrary: fc.constantFrom(...rules).map((rule) => {
      const items = { type: "array", maxItems: 10_000, items: { type: "string", maxLength: 100 } };
      const spec = { type: "object", properties: { items, text: { type: "string" } } };
      const whole = version("v1", spec, true);
      whole.schema.openAPIV3Schema["x-kubernetes-validations"] = [{ rule }];
      return definition(13, [whole]);
    }),
  },
);

const jsonType: [string, string][] = [["content-type", "application/json"]];

/** Creates, replaces and deletes definitions. */
export const definitionRequests: fc.Arbitrary<RawRequest> = fc
  .tuple(definitions, documentSteps, fc.boolean(), fc.constantFrom("POST", "POST", "POST", "DELETE"))
  .map(([object, steps, damaged, method]) => ({
    method,
    target: method === "DELETE" ? `${collection}/${object.metadata.name}` : collection,
    headers: jsonType,
    ...(method !== "DELETE" && {
      body: Buffer.from(treeText(damaged ? mutateTree(treeOf(object), steps) : treeOf(object))),
    }),
  }));

const specs: fc.Arbitrary<Tree> = fc.oneof(
  hostileTree,
  fc.dictionary(fc.constantFrom("a", "b", "items", "text", "name"), hostileTree, { maxKeys: 4 }).map((values) => {
    let tree = treeOf({});
    for (const [key, value] of Object.entries(values)) {
      tree = mutateTree(tree, [{ kind: "insert", at: 0, key, value }]);
    }
    return tree;
  }),
  fc.constantFrom<Tree>("a".repeat(30_000), `${"a".repeat(5000)}b`),
  fc
    .constantFrom(10, 1000, 9000)
    .map((count) => treeOf({ items: Array.from({ length: count }, () => "a"), text: "a".repeat(count) })),
);

/** Objects of those definitions. */
export const customObjectRequests: fc.Arbitrary<RawRequest> = fc
  .tuple(fc.nat({ max: 13 }), specs, fc.constantFrom("POST", "PUT", "PATCH"), fc.nat({ max: 5 }))
  .map(([number, spec, method, name]) => {
    const metadata = { name: `o${name}` };
    const object = treeOf({ apiVersion: `${group}/v1`, kind: `Thing${number}`, metadata });
    const path = `/apis/${group}/v1/things${number}`;
    return {
      method,
      target: method === "POST" ? path : `${path}/o${name}${method === "PATCH" ? "?fieldManager=fuzz" : ""}`,
      headers: method === "PATCH" ? [["content-type", "application/apply-patch+yaml"]] : jsonType,
      body: Buffer.from(treeText(mutateTree(object, [{ kind: "insert", at: 0, key: "spec", value: spec }]))),
    };
  });

import assert from "node:assert/strict";
import { test } from "node:test";
import { linkDefinitions } from "./link.ts";

test("references become shared objects that know their name", () => {
  const schema = linkDefinitions({
    a: {
      type: "object",
      properties: { one: { $ref: "#/definitions/b" }, two: { items: { $ref: "#/definitions/b" } } },
    },
    b: { type: "object", properties: { x: { type: "string" } } },
  });
  assert.equal(schema("a").properties?.one, schema("b"));
  assert.equal(schema("a").properties?.two?.items, schema("b"));
  assert.equal(schema("b").definition, "b");
});

test("cycles end", () => {
  const schema = linkDefinitions({
    tree: { properties: { children: { additionalProperties: { $ref: "#/definitions/tree" } } } },
  });
  assert.equal(schema("tree").properties?.children?.additionalProperties, schema("tree"));
});

test("a use with keywords of its own extends a copy, also inside a cycle", () => {
  const schema = linkDefinitions({
    node: {
      type: "object",
      properties: {
        next: { $ref: "#/definitions/node", "x-kubernetes-patch-strategy": "replace" },
        v: { type: "string" },
      },
    },
  });
  const next = schema("node").properties?.next;
  assert.equal(next?.["x-kubernetes-patch-strategy"], "replace");
  assert.equal(next?.properties, schema("node").properties);
  assert.equal(schema("node")["x-kubernetes-patch-strategy"], undefined);
});

test("types with hand-written JSON are marked", () => {
  const names = [
    "io.k8s.apimachinery.pkg.api.resource.Quantity",
    "io.k8s.apimachinery.pkg.util.intstr.IntOrString",
    "io.k8s.apimachinery.pkg.apis.meta.v1.MicroTime",
    "io.k8s.apimachinery.pkg.runtime.RawExtension",
  ];
  const schema = linkDefinitions(Object.fromEntries(names.map((name) => [name, { type: "string" }])));
  const [quantity, intOrString, microTime, raw] = names.map((name) => schema(name));
  assert.equal(quantity?.format, "quantity");
  assert.equal(intOrString?.["x-kubernetes-int-or-string"], true);
  assert.equal(intOrString?.type, undefined);
  assert.equal(microTime?.format, "micro-time");
  assert.equal(raw?.["x-kubernetes-preserve-unknown-fields"], true);
});

test("a property named $ref is a property", () => {
  const schema = linkDefinitions({ a: { properties: { $ref: { type: "string" } } } });
  assert.equal(schema("a").properties?.$ref?.type, "string");
});

test("unknown names are refused", () => {
  assert.throws(() => linkDefinitions({})("toString"), /not known/);
});

import assert from "node:assert/strict";
import { test } from "node:test";
import type { Definition } from "../../src/machinery/schema/link.ts";
import { typeDeclarations } from "./types.ts";

const gvk = (group: string, version: string, kind: string) => ({
  "x-kubernetes-group-version-kind": [{ group, version, kind }],
});

test("kinds become interfaces; the newest version has the plain name", () => {
  const metadata: Definition = { $ref: "#/definitions/io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta" };
  const kind = (version: string): Definition => ({
    ...gvk("apps", version, "Thing"),
    required: ["size", "status"],
    properties: {
      apiVersion: { type: "string" },
      kind: { type: "string" },
      metadata,
      size: { $ref: "#/definitions/io.k8s.apimachinery.pkg.util.intstr.IntOrString" },
      "x-list": { type: "array", items: { $ref: "#/definitions/io.k8s.apimachinery.pkg.api.resource.Quantity" } },
      map: { type: "object", additionalProperties: { type: "integer" } },
      status: { type: "object" },
    },
  });
  const resource = (version: string) => ({
    group: "apps",
    version,
    resource: "things",
    kind: "Thing",
    namespaced: true,
    verbs: [],
  });
  const text = typeDeclarations({
    kubernetes: "1.0",
    definitions: { "io.k8s.api.apps.v1.Thing": kind("v1"), "io.k8s.api.apps.v2.Thing": kind("v2") },
    resources: [resource("v1"), resource("v2")],
  });
  assert.match(text, /export interface AppsV1Thing extends KubeObject {\n {2}size: string \| number;/);
  assert.ok(
    text.includes(`export interface Thing extends KubeObject {
  size: string | number;
  "x-list"?: (string | number)[];
  map?: Record<string, number>;
  status?: JsonObject;
}
`),
  );
});

test("a kind has the plain name, whatever structs of other groups are called", () => {
  const text = typeDeclarations({
    kubernetes: "1.0",
    definitions: {
      "io.k8s.api.core.v1.Thing": { properties: { name: { type: "string" } } },
      "io.k8s.api.apps.v1.Thing": {
        ...gvk("apps", "v1", "Thing"),
        properties: { metadata: {}, other: { $ref: "#/definitions/io.k8s.api.core.v1.Thing" } },
      },
    },
    resources: [{ group: "apps", version: "v1", resource: "things", kind: "Thing", namespaced: true, verbs: [] }],
  });
  assert.match(text, /export interface Thing extends KubeObject {\n {2}other\?: CoreV1Thing;/);
});

import assert from "node:assert/strict";
import { test } from "node:test";
import protobuf from "protobufjs";
import type { Kind } from "../../machinery/kind.ts";
import type { JsonObject } from "../../machinery/object.ts";
import { type Definitions, linkDefinitions } from "../../machinery/schema/link.ts";
import type { KindRegistration } from "../strategy.ts";
import { OpenApiDocuments } from "./documents.ts";

const meta = "io.k8s.apimachinery.pkg.apis.meta.v1.";
const gvk = (group: string, version: string, kind: string) => ({
  "x-kubernetes-group-version-kind": [{ group, version, kind }],
});
const object = (name: string) => ({ $ref: `#/definitions/${name}` });
const definitions: Definitions = {
  [`${meta}ObjectMeta`]: { type: "object", properties: { name: { type: "string" } } },
  [`${meta}ListMeta`]: { type: "object" },
  [`${meta}Status`]: { type: "object" },
  [`${meta}Patch`]: { type: "object" },
  [`${meta}DeleteOptions`]: { type: "object" },
  [`${meta}APIResourceList`]: { type: "object" },
  "io.k8s.apimachinery.pkg.util.intstr.IntOrString": { type: "string", format: "int-or-string" },
  "io.k8s.api.autoscaling.v1.Scale": { type: "object", ...gvk("autoscaling", "v1", "Scale") },
  "io.k8s.api.unused.v1.Unused": { type: "object" },
  "io.k8s.api.apps.v1.Deployment": {
    type: "object",
    properties: {
      metadata: object(`${meta}ObjectMeta`),
      surge: object("io.k8s.apimachinery.pkg.util.intstr.IntOrString"),
      list: { type: "array", items: object(`${meta}ObjectMeta`), "x-kubernetes-patch-merge-key": "name" },
    },
    ...gvk("apps", "v1", "Deployment"),
  },
  "io.k8s.api.apps.v1.DeploymentList": { type: "object", ...gvk("apps", "v1", "DeploymentList") },
};
const schemaOf = linkDefinitions(definitions);
const scale = { specReplicasPath: ".spec.replicas", statusReplicasPath: ".status.replicas" };
const named = (group: string, kind: string, plural: string): Omit<Kind, "versions"> => ({
  group,
  kind,
  listKind: `${kind}List`,
  plural,
  singular: kind.toLowerCase(),
  namespaced: true,
  storageVersion: "v1",
});
const deployments: KindRegistration = {
  kind: {
    ...named("apps", "Deployment", "deployments"),
    versions: [{ name: "v1", served: true, schema: schemaOf("io.k8s.api.apps.v1.Deployment"), status: true, scale }],
  },
};
const widgets: KindRegistration = {
  kind: {
    ...named("stable.example.com", "Widget", "widgets"),
    custom: true,
    versions: [
      {
        name: "v1",
        served: true,
        schema: {
          type: "object",
          properties: {
            apiVersion: { type: "string" },
            kind: { type: "string" },
            metadata: schemaOf(`${meta}ObjectMeta`),
            spec: {
              type: "object",
              required: ["maybe", "size"],
              properties: {
                size: { type: "integer", anyOf: [{ minimum: 1 }] },
                maybe: { type: "object", nullable: true, properties: { a: { type: "string" } } },
                any: { type: "array", "x-kubernetes-preserve-unknown-fields": true, items: { type: "string" } },
              },
            },
          },
        },
      },
    ],
  },
};
const all = [deployments, widgets];
const documents = new OpenApiDocuments(definitions, "v1.36.0");
const parse = (document: { bytes: Uint8Array } | undefined): JsonObject =>
  JSON.parse(new TextDecoder().decode(document?.bytes));

test("the index names every group-version with its hash", () => {
  const { paths } = documents.index(all);
  assert.deepEqual(Object.keys(paths), ["apis/apps/v1", "apis/stable.example.com/v1"]);
  const { hash } = documents.v3(all, "apps", "v1")!;
  assert.match(hash, /^[0-9A-F]{128}$/);
  assert.equal(paths["apis/apps/v1"]?.serverRelativeURL, `/openapi/v3/apis/apps/v1?hash=${hash}`);
});

test("documents are kept while the kinds are the same", () => {
  assert.equal(documents.v3(all, "apps", "v1"), documents.v3([deployments], "apps", "v1"));
  assert.equal(documents.v3(all, "apps", "v2"), undefined);
});

test("a document holds what it refers to, and nothing else", () => {
  const { components, paths } = parse(documents.v3(all, "apps", "v1"));
  assert.deepEqual(Object.keys(components.schemas), [
    "io.k8s.api.apps.v1.Deployment",
    "io.k8s.api.apps.v1.DeploymentList",
    "io.k8s.api.autoscaling.v1.Scale",
    `${meta}APIResourceList`,
    `${meta}DeleteOptions`,
    `${meta}ObjectMeta`,
    `${meta}Patch`,
    `${meta}Status`,
    "io.k8s.apimachinery.pkg.util.intstr.IntOrString",
  ]);
  assert.deepEqual(components.schemas["io.k8s.apimachinery.pkg.util.intstr.IntOrString"], {
    format: "int-or-string",
    oneOf: [{ type: "integer" }, { type: "string" }],
  });
  const root = "/apis/apps/v1/namespaces/{namespace}/deployments";
  assert.deepEqual(Object.keys(paths), [
    "/apis/apps/v1/",
    "/apis/apps/v1/deployments",
    root,
    `${root}/{name}`,
    `${root}/{name}/status`,
    `${root}/{name}/scale`,
  ]);
});

test("a PATCH says what kubectl looks for", () => {
  const { paths } = parse(documents.v3(all, "apps", "v1"));
  const item = paths["/apis/apps/v1/namespaces/{namespace}/deployments/{name}"];
  assert.ok("application/strategic-merge-patch+json" in item.patch.requestBody.content);
  const names = item.patch.parameters.map((parameter: JsonObject) => parameter.name);
  for (const name of ["fieldValidation", "dryRun", "fieldManager", "force"]) assert.ok(names.includes(name), name);
  assert.deepEqual(item.patch["x-kubernetes-group-version-kind"], { group: "apps", version: "v1", kind: "Deployment" });
  assert.equal(item.patch["x-kubernetes-action"], "patch");
  assert.equal(item.patch.operationId, "patchAppsV1NamespacedDeployment");
  const custom = parse(documents.v3(all, "stable.example.com", "v1"));
  const { content } =
    custom.paths["/apis/stable.example.com/v1/namespaces/{namespace}/widgets/{name}"].patch.requestBody;
  assert.deepEqual(Object.keys(content), [
    "application/apply-patch+yaml",
    "application/json-patch+json",
    "application/merge-patch+json",
  ]);
});

test("operations have names of their own", () => {
  for (const version of [parse(documents.v2(all)), parse(documents.v3(all, "stable.example.com", "v1"))]) {
    const ids = Object.values<JsonObject>(version.paths).flatMap((item) =>
      Object.values<JsonObject>(item).flatMap((operation) => operation.operationId ?? []),
    );
    assert.equal(new Set(ids).size, ids.length);
    assert.ok(ids.includes("listStableExampleComV1WidgetForAllNamespaces"));
    assert.ok(ids.includes("deleteStableExampleComV1CollectionNamespacedWidget"));
  }
});

test("custom kinds publish their schema in version 3", () => {
  const { components } = parse(documents.v3(all, "stable.example.com", "v1"));
  const widget = components.schemas["com.example.stable.v1.Widget"];
  assert.deepEqual(widget.properties.metadata, { $ref: `#/components/schemas/${meta}ObjectMeta` });
  assert.deepEqual(widget["x-kubernetes-group-version-kind"], [
    { group: "stable.example.com", version: "v1", kind: "Widget" },
  ]);
  assert.equal(widget.properties.spec.properties.maybe.nullable, true);
  assert.deepEqual(widget.properties.spec.properties.size.anyOf, [{ minimum: 1 }]);
  assert.deepEqual(components.schemas["com.example.stable.v1.WidgetList"].properties.items.items, {
    $ref: "#/components/schemas/com.example.stable.v1.Widget",
  });
});

test("version 2 drops what it cannot say", () => {
  const { definitions: published, info } = parse(documents.v2(all));
  assert.deepEqual(published["com.example.stable.v1.Widget"].properties.spec, {
    type: "object",
    required: ["size"],
    properties: { size: { type: "integer" }, maybe: {}, any: { "x-kubernetes-preserve-unknown-fields": true } },
  });
  assert.deepEqual(info, { title: "Kubernetes", version: "v1.36.0" });
  assert.equal(published["io.k8s.apimachinery.pkg.util.intstr.IntOrString"].type, "string");
});

/** What the test looks at, of gnostic's messages. */
const gnostic = protobuf.parse(`
  syntax = "proto3";
  message Any { string yaml = 2; }
  message NamedAny { string name = 1; Any value = 2; }
  message TypeItem { repeated string value = 1; }
  message ItemsItem { repeated Schema schema = 1; }
  message NamedSchema { string name = 1; Schema value = 2; }
  message Schemas { repeated NamedSchema list = 1; }
  message Schema {
    string ref = 1; repeated string required = 19; TypeItem type = 22; ItemsItem items = 23; Schemas properties = 25;
    repeated NamedAny extension = 31;
  }
  message Query { string in = 2; string name = 4; string type = 6; }
  message NonBody { Query query = 3; }
  message Body { string name = 2; Schema schema = 5; }
  message Parameter { Body body = 1; NonBody other = 2; }
  message ParametersItem { Parameter parameter = 1; }
  message Operation {
    string operation_id = 5; repeated string consumes = 7; repeated ParametersItem parameters = 8; repeated NamedAny extension = 13;
  }
  message PathItem { Operation patch = 8; }
  message NamedPathItem { string name = 1; PathItem value = 2; }
  message Paths { repeated NamedPathItem path = 2; }
  message Document { string swagger = 1; Paths paths = 8; Schemas definitions = 9; }
`).root;

test("version 2 in protobuf says the same", () => {
  const type = gnostic.lookupType("Document");
  const decoded: JsonObject = type.toObject(type.decode(documents.v2Protobuf(all).bytes));
  assert.equal(decoded.swagger, "2.0");
  const deployment = decoded.definitions.list.find(
    (entry: JsonObject) => entry.name === "io.k8s.api.apps.v1.Deployment",
  ).value;
  assert.deepEqual(deployment.type.value, ["object"]);
  assert.deepEqual(
    deployment.extension.map((entry: JsonObject) => [entry.name, JSON.parse(entry.value.yaml)]),
    [["x-kubernetes-group-version-kind", [{ group: "apps", version: "v1", kind: "Deployment" }]]],
  );
  const items = deployment.properties.list.find((entry: JsonObject) => entry.name === "list").value;
  assert.equal(items.items.schema[0].ref, `#/definitions/${meta}ObjectMeta`);
  const path = decoded.paths.path.find((entry: JsonObject) => entry.name.endsWith("/deployments/{name}"));
  const { patch } = path.value;
  assert.ok(patch.consumes.includes("application/strategic-merge-patch+json"));
  const names = patch.parameters.map(({ parameter }: JsonObject) => (parameter.other?.query ?? parameter.body).name);
  assert.deepEqual(names, ["dryRun", "fieldManager", "fieldValidation", "force", "body"]);
});

// Custom resource definitions for the cases: each in a group of its own.

import assert from "node:assert/strict";
import type { TestContext } from "node:test";
import type { JsonObject } from "../../../src/machinery/object.ts";
import { api, eventually, uniqueName } from "./api.ts";

export const definitions = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions";

export interface CustomKind {
  group: string;
  /** Name of the definition. */
  definition: string;
  /** `group/v1`. */
  apiVersion: string;
  /** Path of the objects of a namespace, or of the cluster for a cluster-scoped kind. */
  path(namespace?: string, version?: string): string;
  /** A Widget with this spec and more fields at its root. */
  widget(name: string, spec?: JsonObject, more?: JsonObject): JsonObject;
}

export interface Definition {
  scope?: "Namespaced" | "Cluster";
  /** Schema of `spec`; anything goes when absent. */
  spec?: JsonObject;
  /** More properties of the root. */
  properties?: JsonObject;
  /** More of the first version: subresources, additionalPrinterColumns, selectableFields… */
  version?: JsonObject;
  /** More versions. */
  versions?: JsonObject[];
  /** More of the definition's spec. */
  more?: JsonObject;
}

const anything = { type: "object", "x-kubernetes-preserve-unknown-fields": true };

/** The object of a definition of the kind Widget in `group`, not yet created. */
export function definition(
  group: string,
  { scope = "Namespaced", spec, properties, version, versions = [], more }: Definition = {},
): JsonObject {
  const openAPIV3Schema = { type: "object", properties: { spec: spec ?? anything, ...properties } };
  return {
    apiVersion: "apiextensions.k8s.io/v1",
    kind: "CustomResourceDefinition",
    metadata: { name: `widgets.${group}` },
    spec: {
      group,
      scope,
      names: { plural: "widgets", singular: "widget", kind: "Widget", listKind: "WidgetList" },
      versions: [{ name: "v1", served: true, storage: true, schema: { openAPIV3Schema }, ...version }, ...versions],
      ...more,
    },
  };
}

export function uniqueGroup(): string {
  return `${uniqueName("g")}.example.com`;
}

/** Creates a definition, waits until its kind is served, and deletes it after the case. */
export async function defineKind(t: TestContext, options: Definition = {}): Promise<CustomKind> {
  const group = uniqueGroup();
  const object = definition(group, options);
  const { name } = object.metadata;
  await api.make(definitions, object);
  t.after(() => api.delete(`${definitions}/${name}`));
  await eventually(async () => {
    assert.equal(conditionOf(await api.read(`${definitions}/${name}`), "Established")?.status, "True");
    assert.equal((await api.get(`/apis/${group}/v1/widgets`)).code, 200);
  });
  const apiVersion = `${group}/v1`;
  return {
    group,
    definition: name,
    apiVersion,
    path: (namespace, version = "v1") =>
      `/apis/${group}/${version}${namespace === undefined ? "" : `/namespaces/${namespace}`}/widgets`,
    widget: (widgetName, spec = {}, extra = {}) => ({
      apiVersion,
      kind: "Widget",
      metadata: { name: widgetName },
      spec,
      ...extra,
    }),
  };
}

export function conditionOf(object: JsonObject, type: string): JsonObject | undefined {
  return object.status?.conditions?.find((condition: JsonObject) => condition.type === type);
}

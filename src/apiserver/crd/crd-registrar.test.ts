import assert from "node:assert/strict";
import { test } from "node:test";
import type { JsonObject } from "../../machinery/object.ts";
import { hasReason } from "../../machinery/status-error.ts";
import { openTestPlane } from "../../testing.ts";
import type { AdmissionPlugin } from "../admission.ts";

const admin = { name: "admin", groups: ["system:masters"] };
const definitions = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions";

const definition = {
  apiVersion: "apiextensions.k8s.io/v1",
  kind: "CustomResourceDefinition",
  metadata: { name: "widgets.example.com" },
  spec: {
    group: "example.com",
    scope: "Namespaced",
    names: { plural: "widgets", singular: "widget", kind: "Widget", listKind: "WidgetList" },
    versions: [{ name: "v1", served: true, storage: true, schema: { openAPIV3Schema: { type: "object" } } }],
  },
};

test("a definition goes, though an object came through while its objects were deleted", async (t) => {
  const { plane, stop } = await openTestPlane({ controllers: false });
  t.after(stop);
  const call = async (method: "GET" | "POST" | "PATCH" | "DELETE", path: string, body?: JsonObject) =>
    (await plane.callObject({
      user: admin,
      method,
      path,
      body,
      ...(method === "PATCH" && { contentType: "application/merge-patch+json" }),
    })) as JsonObject;
  const path = "/apis/example.com/v1/namespaces/default/widgets";
  const widget = (name: string, metadata = {}) => ({
    apiVersion: "example.com/v1",
    kind: "Widget",
    metadata: { name, namespace: "default", ...metadata },
  });
  await call("POST", definitions, definition);
  await call("POST", path, widget("held", { finalizers: ["example.com/hold"] }));
  await call("DELETE", `${definitions}/widgets.example.com`);
  const widgets = plane.store.resource("example.com", "widgets");
  const until = async (condition: () => boolean) => {
    const deadline = Date.now() + 5000;
    while (!condition()) {
      assert.ok(Date.now() < deadline, "the condition did not come true");
      await new Promise((resolve) => setImmediate(resolve));
    }
  };
  await until(() => widgets.get("default", "held")?.object.metadata.deletionTimestamp !== undefined);
  // As a create that passed admission before the definition was deleted.
  await plane.store.write(widgets, "default/late", () => ({
    action: "put",
    object: widget("late", { uid: "late" }),
  }));
  await until(() => widgets.get("default", "late") === undefined);
  await call("PATCH", `${path}/held`, { metadata: { finalizers: null } });
  const definitionState = plane.store.resource("apiextensions.k8s.io", "customresourcedefinitions");
  await until(() => definitionState.entries.size === 0);
  await assert.rejects(call("GET", path), (error) => hasReason(error, "NotFound"));
});

test("an object whose definition goes while it is admitted is not kept", async (t) => {
  let goes: (() => Promise<unknown>) | undefined;
  const slow: AdmissionPlugin = {
    name: "slow",
    handles: ({ kind, operation }) => kind.kind === "Widget" && operation === "CREATE",
    validate: async () => {
      await goes?.();
    },
  };
  const { plane, stop } = await openTestPlane({ controllers: false, settings: { admission: () => [slow] } });
  t.after(stop);
  const call = (method: "POST" | "DELETE", path: string, body?: JsonObject) =>
    plane.callObject({ user: admin, method, path, body });
  await call("POST", definitions, definition);
  goes = () => call("DELETE", `${definitions}/widgets.example.com`);
  const widget = { apiVersion: "example.com/v1", kind: "Widget", metadata: { name: "a" } };
  await assert.rejects(call("POST", "/apis/example.com/v1/namespaces/default/widgets", widget), (error) =>
    hasReason(error, "NotFound"),
  );
  assert.equal(plane.store.resource("example.com", "widgets").entries.size, 0);
});

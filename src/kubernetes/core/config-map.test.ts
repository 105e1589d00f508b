import assert from "node:assert/strict";
import { test } from "node:test";
import type { KubeObject } from "../../machinery/object.ts";
import { createErrors, row, updateErrors } from "../validation/testing.ts";
import { configMapKind } from "./config-map.ts";

function configMap(fields: Record<string, unknown>): KubeObject {
  return { apiVersion: "v1", kind: "ConfigMap", metadata: { name: "a", namespace: "default" }, ...fields };
}

test("keys are file names, and each stands in one of the maps", () => {
  assert.deepEqual(createErrors(configMapKind, configMap({ data: { "a.conf": "x" }, binaryData: { b: "AA==" } })), []);
  const [error] = createErrors(configMapKind, configMap({ data: { "a/b": "" } }));
  assert.match(error ?? "", /^data\[a\/b\]: Invalid value: "a\/b": a valid config key must consist of/);
  assert.deepEqual(createErrors(configMapKind, configMap({ data: { a: "x" }, binaryData: { a: "AA==" } })), [
    'data[a]: Invalid value: "a": duplicate of key present in binaryData',
  ]);
});

test("all values together have at most 1 MiB", () => {
  const half = "x".repeat(524_288);
  const bytes = Buffer.from(half).toString("base64");
  assert.deepEqual(createErrors(configMapKind, configMap({ data: { a: half }, binaryData: { b: bytes } })), []);
  assert.deepEqual(createErrors(configMapKind, configMap({ data: { a: `${half}x` }, binaryData: { b: bytes } })), [
    "[]: Too long: may not be more than 1048576 bytes",
  ]);
});

test("what is immutable stays", () => {
  const old = configMap({ data: { a: "1" }, immutable: true });
  const text = "Forbidden: field is immutable when `immutable` is set";
  assert.deepEqual(updateErrors(configMapKind, configMap({ data: { a: "2" } }), old), [
    `immutable: ${text}`,
    `data: ${text}`,
  ]);
  assert.deepEqual(updateErrors(configMapKind, old, configMap({ data: { a: "2" } })), []);
});

test("columns", () => {
  assert.equal(row(configMapKind, configMap({ data: { a: "", b: "" }, binaryData: { c: "" } })).Data, 3);
});

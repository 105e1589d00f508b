import assert from "node:assert/strict";
import { test } from "node:test";
import type { KubeObject } from "../../machinery/object.ts";
import { createErrors, defaulted, row, updateErrors } from "../validation/testing.ts";
import { secretKind } from "./secret.ts";

function secret(fields: Record<string, unknown>, annotations: Record<string, string> = {}): KubeObject {
  return { apiVersion: "v1", kind: "Secret", metadata: { name: "a", namespace: "default", annotations }, ...fields };
}

const base64 = (text: string) => Buffer.from(text).toString("base64");

test("stringData is folded into data", () => {
  const folded = defaulted(secretKind, secret({ data: { a: base64("1"), b: base64("2") }, stringData: { b: "ü" } }));
  assert.deepEqual(folded.data, { a: base64("1"), b: base64("ü") });
  assert.equal(folded.stringData, undefined);
  assert.equal(folded.type, "Opaque");
});

test("a key named __proto__ is a key like any other", () => {
  const folded = defaulted(secretKind, secret({ stringData: JSON.parse('{"__proto__": "x"}') }));
  assert.deepEqual(Object.keys(folded.data), ["__proto__"]);
  assert.equal(({} as Record<string, unknown>).x, undefined);
});

test("each type needs its keys", () => {
  const cases: [string, Record<string, unknown>, string[]][] = [
    ["Opaque", {}, []],
    ["example.com/own", {}, []],
    ["kubernetes.io/tls", {}, ["data[tls.crt]: Required value", "data[tls.key]: Required value"]],
    ["kubernetes.io/ssh-auth", {}, ["data[ssh-privatekey]: Required value"]],
    ["kubernetes.io/basic-auth", {}, ["data[username]: Required value", "data[password]: Required value"]],
    ["kubernetes.io/basic-auth", { username: "" }, []],
    ["kubernetes.io/dockerconfigjson", {}, ["data[.dockerconfigjson]: Required value"]],
    [
      "kubernetes.io/dockerconfigjson",
      { ".dockerconfigjson": base64("{") },
      ['data[.dockerconfigjson]: Invalid value: "<secret contents redacted>": json: the contents are not valid JSON'],
    ],
    ["kubernetes.io/dockercfg", { ".dockercfg": base64("{}") }, []],
    [
      "kubernetes.io/service-account-token",
      {},
      ["metadata.annotations[kubernetes.io/service-account.name]: Required value"],
    ],
  ];
  for (const [type, data, errors] of cases)
    assert.deepEqual(createErrors(secretKind, secret({ type, data })), errors, type);
});

test("type and immutable data do not change", () => {
  assert.deepEqual(updateErrors(secretKind, secret({}), secret({ type: "kubernetes.io/tls" })), [
    'type: Invalid value: "Opaque": field is immutable',
  ]);
  const old = secret({ data: { a: "MQ==" }, immutable: true });
  assert.deepEqual(updateErrors(secretKind, secret({ data: { a: "Mg==" }, immutable: true }), old), [
    "data: Forbidden: field is immutable when `immutable` is set",
  ]);
});

test("columns and fields", () => {
  const { Type, Data } = row(secretKind, secret({ type: "Opaque", data: { a: "", b: "" } }));
  assert.deepEqual([Type, Data], ["Opaque", 2]);
  assert.deepEqual(
    secretKind.kind.versions[0]?.selectableFields?.map((field) => [field.name, field.value(secret({ type: "x" }))]),
    [["type", "x"]],
  );
});

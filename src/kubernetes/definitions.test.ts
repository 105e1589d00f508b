import assert from "node:assert/strict";
import { test } from "node:test";
import { parseApiVersion } from "../machinery/object.ts";
import { type Message, messageOf, protobufKinds } from "../machinery/protobuf/messages.ts";
import { specialForms } from "../machinery/protobuf/special.ts";
import type { Schema } from "../machinery/schema/schema.ts";
import { builtinDefinitions, builtinResources, builtinSchema, builtinSchemaFor } from "./definitions.ts";

test("every resource has a schema of its kind, connect resources apart", () => {
  for (const resource of builtinResources) {
    if (resource.verbs.includes("connect")) continue;
    const schema = builtinSchemaFor({
      group: resource.kindGroup ?? resource.group,
      version: resource.kindVersion ?? resource.version,
      kind: resource.kind,
    });
    assert.ok(schema?.properties, `${resource.resource}: ${resource.kind}`);
  }
});

test("every definition links", () => {
  for (const name of Object.keys(builtinDefinitions)) assert.equal(builtinSchema(name).definition, name);
});

test("only generally available versions are served", () => {
  assert.equal(
    builtinResources.find(({ version }) => /alpha|beta/.test(version)),
    undefined,
  );
});

test("options of deletions are found under any group", () => {
  const core = builtinSchemaFor({ group: "", version: "v1", kind: "DeleteOptions" });
  assert.ok(core?.properties?.propagationPolicy);
  assert.equal(builtinSchemaFor({ group: "apps", version: "v1", kind: "DeleteOptions" }), core);
  assert.equal(builtinSchemaFor({ group: "example.com", version: "v1", kind: "Widget" }), undefined);
});

test("protobuf and OpenAPI know the same fields", () => {
  const seen = new Set<Message>();
  const compare = (message: Message, schema: Schema | undefined): void => {
    if (seen.has(message) || specialForms.has(message.name) || schema?.properties === undefined) return;
    seen.add(message);
    const fields = message.fields.flatMap((field) =>
      field.mode === "inline" ? inlined(field.type as Message) : [{ message, field }],
    );
    const names = Object.keys(schema.properties).filter((name) => name !== "apiVersion" && name !== "kind");
    const known = fields.map(({ field }) => field.name);
    assert.deepEqual(
      names.filter((name) => !known.includes(name)),
      [],
      message.name,
    );
    for (const { field } of fields) {
      const property = schema.properties[field.name];
      assert.ok(property, `${message.name}: ${field.name}`);
      if (typeof field.type === "string") continue;
      const values = property.additionalProperties;
      compare(field.type, field.mode === "list" ? property.items : typeof values === "object" ? values : property);
    }
  };
  const inlined = (message: Message): { message: Message; field: Message["fields"][number] }[] =>
    message.fields.flatMap((field) =>
      field.mode === "inline" ? inlined(field.type as Message) : [{ message, field }],
    );
  for (const key of protobufKinds()) {
    const slash = key.lastIndexOf("/");
    const gvk = { ...parseApiVersion(key.slice(0, slash)), kind: key.slice(slash + 1) };
    compare(messageOf(gvk)!, builtinSchemaFor(gvk));
  }
  assert.ok(seen.size > 400);
});

test("every stored kind has a protobuf form", () => {
  for (const { group, version, kind, verbs } of builtinResources) {
    if (verbs.includes("watch")) assert.ok(messageOf({ group, version, kind }), kind);
  }
});

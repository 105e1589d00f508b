import assert from "node:assert/strict";
import { test } from "node:test";
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

// The committed tables are what the generator makes. The facts are not part of the project; the test runs where
// KUBERNETES_FACTS names their directory.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { generate } from "./generate-kubernetes.ts";

const facts = process.env.KUBERNETES_FACTS;

test("the generated files are up to date", { skip: facts === undefined && "KUBERNETES_FACTS is not set" }, () => {
  for (const [path, text] of generate(facts!)) {
    assert.ok(readFileSync(new URL(`../${path}`, import.meta.url), "utf8") === text, `${path} is stale`);
  }
});

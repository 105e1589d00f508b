// Objects and patches that mutating policies build, and variables that are computed when they are reached.

import assert from "node:assert/strict";
import { test } from "node:test";
import type { CelEnvironment, CelFields } from "./cel.ts";
import { compileCel } from "./index.ts";

const budget = () => ({ remaining: 1_000_000 });

function evaluate(source: string, environment: CelEnvironment, values: Record<string, unknown> = {}) {
  const compiled = compileCel(source, environment);
  return compiled.ok ? compiled.program.evaluate(values, budget()) : compiled;
}

test("an object is built along its path", () => {
  const source = 'Object{metadata: Object.metadata{labels: {"a": "b"}}, spec: Object.spec{?replicas: optional.none()}}';
  assert.deepEqual(evaluate(source, { variables: {}, result: "object" }), {
    ok: true,
    value: { metadata: { labels: { a: "b" } }, spec: {} },
  });
  const items = 'Object{spec: Object.spec{containers: [Object.spec.containers{name: "a", __namespace__: "b"}]}}';
  assert.deepEqual(evaluate(items, { variables: {}, result: "object" }), {
    ok: true,
    value: { spec: { containers: [{ name: "a", namespace: "b" }] } },
  });
  assert.deepEqual(evaluate("Object{spec: Object.status{}}", { variables: {}, result: "object" }), {
    ok: false,
    cause: "evaluation",
    error:
      'unexpected type name "Object.status", expected "Object.spec", which matches field name path from root Object type',
  });
});

test("a JSON patch is a list of operations", () => {
  const source =
    '[JSONPatch{op: "add", path: "/metadata/labels/" + jsonpatch.escapeKey("a~b/c"), value: Object.metadata{x: 1}}]';
  assert.deepEqual(evaluate(source, { variables: {}, result: "patches" }), {
    ok: true,
    value: [{ op: "add", path: "/metadata/labels/a~0b~1c", value: { x: 1 } }],
  });
  const wrong = compileCel('[JSONPatch{op: 1, where: "/a"}]', { variables: {}, result: "patches" });
  assert.equal(wrong.ok, false);
  assert.match(wrong.ok ? "" : wrong.errors.join("\n"), /field 'op' is 'string' but provided type is 'int'/);
  assert.match(wrong.ok ? "" : wrong.errors.join("\n"), /undefined field 'where'/);
});

test("messages are for mutations alone, and results are of the wanted type", () => {
  assert.match(
    String((evaluate("Object{}", { variables: {} }) as { errors: string[] }).errors),
    /undeclared reference/,
  );
  const refused = evaluate('"a"', { variables: {}, result: "object" });
  assert.deepEqual(refused, { ok: false, errors: ["must evaluate to Object"] });
});

test("a field is computed only when it is reached, and its failure is the reader's", () => {
  const first = compileCel("quantity('2Gi')", { variables: {} });
  const second = compileCel("1 / 0 == 1", { variables: {} });
  assert.ok(first.ok && second.ok);
  const asked: string[] = [];
  const variables: CelFields = {
    field(name) {
      asked.push(name);
      return (name === "size" ? first : second).program.compute({}, budget());
    },
  };
  const environment: CelEnvironment = {
    variables: { variables: { type: "fields", fields: { size: first.resultType, broken: second.resultType } } },
  };
  const safe = "variables.size.isGreaterThan(quantity('1Gi')) || variables.broken";
  assert.deepEqual(evaluate(safe, environment, { variables }), { ok: true, value: true });
  assert.deepEqual(asked, ["size"]);
  assert.deepEqual(evaluate("variables.broken", environment, { variables }), {
    ok: false,
    cause: "evaluation",
    error: "division by zero",
  });
  const unknown = compileCel("variables.other", environment);
  assert.match(unknown.ok ? "" : unknown.errors[0]!, /undefined field 'other'/);
});

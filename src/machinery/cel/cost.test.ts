import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import type { Schema } from "../schema/schema.ts";
import { type CelCompilation, compileCel } from "./index.ts";

const text: Schema = { type: "string", maxLength: 10 };
const schema: Schema = {
  type: "object",
  properties: {
    count: { type: "integer" },
    text,
    longText: { type: "string" },
    few: { type: "array", maxItems: 10, items: text },
    many: { type: "array", items: { type: "string" } },
    labels: { type: "object", maxProperties: 5, additionalProperties: text },
  },
};

function compile(expression: string): CelCompilation {
  return compileCel(expression, { variables: { self: { type: "schema", schema } } });
}

function estimate(expression: string): number {
  const compiled = compile(expression);
  assert.ok(compiled.ok, expression);
  return compiled.estimatedCost;
}

function cost(expression: string, self: object): number {
  const compiled = compile(expression);
  assert.ok(compiled.ok, expression);
  const budget = { remaining: 1_000_000 };
  assert.equal(compiled.program.evaluate({ self }, budget).ok, true);
  return 1_000_000 - budget.remaining;
}

test("the worst case follows from the limits of the schema", () => {
  assert.equal(estimate("self.count > 1"), 3);
  assert.equal(estimate("has(self.text)"), 1);
  // A character may take four bytes: 40 × 0.1, twice.
  assert.equal(estimate("self.text == self.text"), 4 + 4);
  assert.equal(estimate("self.few.all(x, true)"), 2 + 10 * 3 + 1);
  assert.equal(estimate("self.labels.all(k, v, v == 'a')"), 2 + 5 * (3 + 2) + 1);
  assert.ok(estimate("self.many.all(x, x.startsWith('a'))") < 10_000_000);
  assert.ok(estimate("self.many.all(x, self.many.all(y, x == y))") > 1e9);
  assert.ok(estimate("self.few.map(x, x + x).exists(x, x.contains('a'))") < 1000);
});

test("what is spent is never more than the worst case", () => {
  const word = fc.string({ maxLength: 10 });
  const self = fc.record({
    count: fc.integer(),
    text: word,
    few: fc.array(word, { maxLength: 10 }),
    labels: fc.dictionary(word, word, { maxKeys: 5 }),
  });
  const expressions = [
    "self.few.exists(x, x == self.text)",
    "self.few.map(x, x + self.text).join(',').contains('a')",
    "self.few.filter(x, x.size() > 2).size() < self.count",
    "self.labels.all(k, v, v.matches('^[a-z]*$') || v == self.text)",
    "self.few.transformMap(i, v, v).exists(k, v, v == 'a')",
    "self.text in self.labels && self.labels[self.text] == 'a'",
    "self.text.split('').map(c, c).size() == self.text.size()",
    "cel.bind(x, self.few + self.few, x.all(y, y != self.text))",
  ];
  fc.assert(
    fc.property(self, fc.constantFrom(...expressions), (value, expression) => {
      assert.ok(cost(expression, value) <= estimate(expression), expression);
    }),
    { numRuns: 300 },
  );
});

test("evaluation ends at the budget, whatever the expression", () => {
  const self = { many: Array.from({ length: 3000 }, () => "ab"), longText: "x".repeat(5000), text: "a" };
  const doubled = (start: string) =>
    `${Array.from({ length: 40 }, (_, index) => `cel.bind(a${index + 1}, a${index} + a${index}, `)
      .reduceRight((inner, binding) => `${binding}${inner})`, `cel.bind(z, a40.size(), z > 0)`)
      .replace(/^/, `cel.bind(a0, ${start}, `)})`;
  const expressions = [
    "self.many.all(a, self.many.all(b, self.many.all(c, true)))",
    "self.many.all(a, self.many.all(b, 1 / 0 == 1 || true))",
    "self.many.map(a, self.many.map(b, self.many.map(c, [a, b, c]))).size() > 0",
    "self.many.all(a, self.many.all(b, self.longText.matches('(x+x+)+y') || true))",
    "self.many.all(a, self.many + self.many != [])",
    "self.many.all(a, self.many.all(b, timestamp('2020-01-01T00:00:00Z').getHours('Europe/Paris') > 0))",
    doubled("self.many"),
  ];
  for (const expression of expressions) {
    const compiled = compile(expression);
    assert.ok(compiled.ok, expression);
    const budget = { remaining: 300_000 };
    const result = compiled.program.evaluate({ self }, budget);
    assert.deepEqual(
      { cause: !result.ok && result.cause, remaining: budget.remaining },
      { cause: "budget", remaining: 0 },
      expression,
    );
  }
  const texts = compile(doubled("self.longText"));
  assert.equal(texts.ok && texts.program.evaluate({ self }, { remaining: 10_000_000 }).ok, false);
});

test("a budget is shared, and one expression has its own limit", () => {
  const compiled = compile("self.many.all(a, self.many.all(b, self.many.all(c, true)))");
  assert.ok(compiled.ok);
  const budget = { remaining: 100_000_000 };
  const self = { many: Array.from({ length: 1000 }, () => "") };
  const result = compiled.program.evaluate({ self }, budget);
  assert.equal(!result.ok && result.cause, "budget");
  assert.ok(budget.remaining > 89_000_000);
});

test("hostile sources are refused", () => {
  const sources = [
    `${"(".repeat(5000)}1${")".repeat(5000)}`,
    "[".repeat(5000),
    `1${"+1".repeat(20_000)}`,
    `${"true?".repeat(5000)}1${":1".repeat(5000)}`,
    `self${".a".repeat(40_000)}`,
    `"${"x".repeat(200_000)}"`,
    `'a'.matches('${"(a{1,1000})".repeat(2)}{1000}')`,
    "'unterminated",
    "self.`",
    "9223372036854775808",
    "1e999",
    "'\\ud800'",
    "{'a': 1",
    "self.few.all(1, true)",
    "cel.bind(a.b, 1, 2)",
    "has(self)",
    "Message{a: 1}",
    "",
  ];
  for (const source of sources) {
    const compiled = compile(source);
    assert.equal(compiled.ok, false, source.slice(0, 40));
  }
});

test("no source makes the compiler or the evaluation throw", () => {
  const token = fc.constantFrom(
    ..."self . ? : [ ] { } ( ) , + - * / % ! == < && || in has all map x 1 1u 1.5 'a' b'a' `a-b` .few .text .labels true null size optional.of cel.bind \n // \\ \" r'".split(
      " ",
    ),
  );
  fc.assert(
    fc.property(fc.array(token, { maxLength: 25 }), fc.boolean(), (tokens, spaced) => {
      const compiled = compile(tokens.join(spaced ? " " : ""));
      if (!compiled.ok) {
        assert.ok(compiled.errors.length > 0);
        return;
      }
      const result = compiled.program.evaluate(
        { self: { text: "a", few: ["a"], labels: { a: "b" } } },
        { remaining: 10_000 },
      );
      assert.equal(typeof result.ok, "boolean");
    }),
    { numRuns: 2000 },
  );
  fc.assert(
    fc.property(fc.string({ unit: "binary", maxLength: 40 }), (source) => {
      assert.equal(typeof compile(source).ok, "boolean");
    }),
    { numRuns: 500 },
  );
});

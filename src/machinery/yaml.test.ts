import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { encodeJson, parseJson } from "./json.ts";
import { formatYaml, parseYaml } from "./yaml.ts";

function value(text: string): unknown {
  const result = parseYaml(text);
  assert.ok(result.ok, result.ok ? "" : result.error);
  return result.value;
}

function error(text: string): string {
  const result = parseYaml(text);
  assert.ok(!result.ok, "accepted");
  return result.error;
}

test("plain scalars mean what they mean in Go", () => {
  const cases: [text: string, meaning: unknown][] = [
    ["yes", true],
    ["On", true],
    ["n", false],
    ["OFF", false],
    ["yEs", "yEs"],
    ["~", null],
    ["", null],
    ["014", 12],
    ["0o14", 12],
    ["0x1F", 31],
    ["0b101", 5],
    ["-0b101", -5],
    ["1_000", 1000],
    ["+5", 5],
    ["1.5", 1.5],
    ["1e3", 1000],
    [".5", 0.5],
    ["09", 9],
    ["190:20:30", "190:20:30"],
    ["2001-01-01", "2001-01-01"],
    ["1.2.3", "1.2.3"],
    ["1m", "1m"],
    ["'yes'", "yes"],
    ['"014"', "014"],
    ["!!str 5", "5"],
    ['!!int "5"', 5],
    ["!!binary aGk=", "hi"],
  ];
  for (const [text, meaning] of cases) assert.deepEqual(value(`v: ${text}\n`), { v: meaning }, text);
});

test("int64 survives", () => {
  const result = parseYaml("a: 9223372036854775807\nb: -9223372036854775808\n");
  assert.ok(result.ok);
  assert.equal(encodeJson(result.value).toString(), '{"a":9223372036854775807,"b":-9223372036854775808}');
});

test("keys become strings", () => {
  assert.deepEqual(value("1: a\nyes: b\n1.5: c\n"), { 1: "a", true: "b", 1.5: "c" });
  assert.match(error("? [1, 2]\n: a\n"), /invalid map key/);
  assert.match(error("~: a\n"), /Unsupported map key/);
});

test("anchors, aliases and merge keys", () => {
  const text =
    "base: &base {a: 1, b: {c: 2}}\ncopy: *base\nmore:\n  a: 9\n  <<: *base\nboth:\n  <<: [{x: 1}, {x: 2, z: 2}]\n";
  const expected = { a: 1, b: { c: 2 } };
  const parsed = value(text) as Record<string, unknown>;
  assert.deepEqual(parsed, { base: expected, copy: expected, more: { ...expected, a: 9 }, both: { x: 1, z: 2 } });
  assert.notEqual(parsed.base, parsed.copy, "copies may be changed one by one");
});

test("an alias means the anchor that stands before it", () => {
  assert.deepEqual(value("a: &x 1\nb: *x\nc: &x 2\nd: *x\n"), { a: 1, b: 1, c: 2, d: 2 });
  assert.match(error("a: *missing\n"), /anchor|alias/i);
});

test("duplicate keys are reported with their paths, in YAML and in JSON", () => {
  const yaml = parseYaml("spec:\n  replicas: 1\n  replicas: 2\nlist:\n- a: 1\n  a: 2\n");
  assert.ok(yaml.ok);
  assert.deepEqual(yaml.duplicates, ["spec.replicas", "list[0].a"]);
  assert.deepEqual(yaml.value, { spec: { replicas: 2 }, list: [{ a: 2 }] });
  const json = parseYaml('{"a":1,"a":2}');
  assert.ok(json.ok);
  assert.deepEqual(json.duplicates, ["a"]);
});

test("one document", () => {
  assert.deepEqual(value("---\na: 1\n---\n"), { a: 1 });
  assert.match(error("a: 1\n---\nb: 2\n"), /single document/);
  assert.equal(value(""), null);
  assert.equal(value("# nothing\n"), null);
});

test("errors name the line", () => {
  assert.match(error("a: 1\nb: [1\n"), /^yaml: line \d+: /);
  assert.match(error("a: .inf\n"), /unsupported value/);
});

test("alias bombs are refused", () => {
  const lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"];
  for (let level = 1; level <= 9; level++) {
    lines.push(
      `a${level}: &a${level} [${Array(10)
        .fill(`*a${level - 1}`)
        .join(", ")}]`,
    );
  }
  assert.match(error(lines.join("\n")), /excessive aliasing/);
  assert.match(error("a: &a [*a]\n"), /contains itself|anchor|alias/i);
});

test("depth is bounded in flow and block style", () => {
  assert.match(error("[".repeat(2000) + "]".repeat(2000)), /max depth/);
  assert.match(error(`${"- ".repeat(2000)}x`), /max depth/);
});

test("__proto__ is dropped", () => {
  const parsed = value("__proto__: {x: 1}\na: {<<: {__proto__: {x: 1}}}\n") as Record<string, unknown>;
  assert.deepEqual(Object.keys(parsed), ["a"]);
  assert.equal(Object.getPrototypeOf(parsed), Object.prototype);
});

test("what is written is read back", () => {
  const key = fc.stringMatching(/^[a-zA-Z0-9.~-]{1,8}$/);
  fc.assert(
    fc.property(fc.dictionary(key, fc.oneof(fc.string(), fc.integer(), fc.boolean(), fc.constant(null))), (object) => {
      assert.deepEqual(value(formatYaml(object)), { ...object });
    }),
    { numRuns: 300 },
  );
});

test("written documents have sorted keys, no aliases and exact integers", () => {
  const shared = { x: 1 };
  assert.equal(formatYaml({ b: shared, a: [shared, "yes"] }), 'a:\n- x: 1\n- "yes"\nb:\n  x: 1\n');
  const big = parseJson("[9223372036854775807]");
  assert.ok(big.ok);
  assert.equal(formatYaml(big.value), "- 9223372036854775807\n");
});

test("garbage never throws", () => {
  const pieces = fc.constantFrom(
    "- ",
    "a: ",
    "\n",
    "  ",
    "[",
    "]",
    "{",
    "}",
    "&x ",
    "*x",
    "!!int ",
    "'",
    '"',
    "|\n",
    "#",
    "?",
    "%",
    "\t",
    "<<: ",
    "---\n",
  );
  fc.assert(
    fc.property(fc.array(pieces, { maxLength: 20 }), (list) => {
      parseYaml(list.join(""));
    }),
    { numRuns: 1000 },
  );
});

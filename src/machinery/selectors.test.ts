import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { formatFieldError } from "./field-error.ts";
import {
  formatLabelSelector,
  formatRequirements,
  labelSelectorToRequirements,
  matches,
  parseFieldSelector,
  parseLabelSelector,
  type Requirement,
  validateLabelSelector,
} from "./selectors.ts";

function labels(text: string): Requirement[] {
  const result = parseLabelSelector(text);
  assert.ok(result.ok, result.ok ? "" : result.error);
  return result.requirements;
}

function labelError(text: string): string {
  const result = parseLabelSelector(text);
  assert.ok(!result.ok, `${text} was accepted`);
  return result.error;
}

test("label selectors select as kubectl users expect", () => {
  const object = { app: "web", tier: "front", n: "5" };
  const selected: [text: string, matched: boolean][] = [
    ["", true],
    ["app=web", true],
    ["app == web", true],
    ["app=db", false],
    ["app!=db", true],
    ["absent!=x", true],
    ["app", true],
    ["absent", false],
    ["!absent", true],
    ["! app", false],
    ["app in (db, web),tier=front", true],
    ["tier notin (front,back)", false],
    ["absent notin (x)", true],
    ["n>4", true],
    ["n<5", false],
    ["app>4", false],
    ["in in (in)", false],
    ["app=", false],
    ["constructor", false],
  ];
  for (const [text, matched] of selected) assert.equal(matches(labels(text), object), matched, text);
  assert.equal(matches(labels("app"), undefined), false);
});

test("requirements are sorted, values are sets, and empty places are empty values", () => {
  assert.deepEqual(labels("b=1,a in (z,,y,z)"), [
    { key: "a", operator: "In", values: ["", "y", "z"] },
    { key: "b", operator: "In", values: ["1"] },
  ]);
  assert.deepEqual(labels("a in ()")[0]?.values, [""]);
});

test("malformed label selectors say why", () => {
  assert.equal(labelError("a=b c"), "found 'c', expected: ',' or 'end of string'");
  assert.equal(labelError(",a"), "found ',', expected: !, identifier, or 'end of string'");
  assert.equal(labelError("a,"), "found '', expected: identifier after ','");
  assert.equal(labelError("a in b"), "unable to parse requirement: found 'b' expected: '('");
  assert.equal(labelError("a b"), "unable to parse requirement: found 'b', expected: in, notin, =, ==, !=, gt, lt");
});

test("invalid keys and values are named", () => {
  assert.match(
    labelError("-a=b"),
    /^unable to parse requirement: <nil>: Invalid value: "-a": name part must consist of alphanumeric characters/,
  );
  assert.match(
    labelError("a=-b"),
    /^unable to parse requirement: values\[0\]: Invalid value: "-b": a valid label must be an empty string/,
  );
  assert.equal(
    labelError("a>x"),
    `unable to parse requirement: values[0]: Invalid value: "x": for 'Gt', 'Lt' operators, the value must be an integer`,
  );
});

const word = fc.stringMatching(/^[a-z][a-z0-9]{0,4}$/);
const requirement = fc.oneof(
  fc.record({
    key: word,
    operator: fc.constantFrom("In" as const, "NotIn" as const),
    values: fc.uniqueArray(word, { minLength: 1, maxLength: 3 }).map((values) => values.sort()),
  }),
  fc.record({
    key: word,
    operator: fc.constantFrom("Exists" as const, "DoesNotExist" as const),
    values: fc.constant([]),
  }),
  fc.record({
    key: word,
    operator: fc.constantFrom("Gt" as const, "Lt" as const),
    values: fc.tuple(fc.nat().map(String)),
  }),
);

test("what is written is read back", () => {
  fc.assert(
    fc.property(fc.uniqueArray(requirement, { selector: ({ key }) => key }), (requirements) => {
      const expected = [...requirements].sort((a, b) => (a.key < b.key ? -1 : 1));
      assert.deepEqual(
        labels(formatRequirements(requirements)),
        expected.map((each) => ({ ...each })),
      );
    }),
  );
});

test("any text is answered without throwing", () => {
  const pieces = fc.constantFrom("a", "b", "in", "notin", "=", "!", "(", ")", ",", ">", "<", " ", "-", "é");
  fc.assert(
    fc.property(fc.array(pieces, { maxLength: 12 }), (list) => {
      parseLabelSelector(list.join(""));
      parseFieldSelector(list.join(""));
    }),
    { numRuns: 2000 },
  );
});

test("field selectors", () => {
  const fields = (text: string) => {
    const result = parseFieldSelector(text);
    return result.ok ? result.requirements : result.error;
  };
  assert.deepEqual(fields("metadata.name=a,spec.nodeName!=b,status.phase==Running,"), [
    { key: "metadata.name", operator: "In", values: ["a"] },
    { key: "spec.nodeName", operator: "NotIn", values: ["b"] },
    { key: "status.phase", operator: "In", values: ["Running"] },
  ]);
  assert.deepEqual(fields("a=x\\,y\\=z\\\\"), [{ key: "a", operator: "In", values: ["x,y=z\\"] }]);
  assert.deepEqual(fields("a="), [{ key: "a", operator: "In", values: [""] }]);
  assert.deepEqual(fields(""), []);
  assert.equal(fields("a=1,b"), "invalid selector: 'a=1,b'; can't understand 'b'");
  assert.equal(fields("a=b\\x"), "invalid field selector: invalid escape sequence: \\x");
  assert.equal(fields("a=b=c"), "invalid field selector: unescaped character in value: =");
});

test("LabelSelector objects", () => {
  const selector = {
    matchLabels: { b: "1" },
    matchExpressions: [
      { key: "a", operator: "In", values: ["y", "x"] },
      { key: "c", operator: "DoesNotExist" },
    ],
  };
  assert.equal(formatLabelSelector(selector), "a in (x,y),b=1,!c");
  const requirements = labelSelectorToRequirements(selector)!;
  assert.ok(matches(requirements, { a: "x", b: "1" }));
  assert.ok(!matches(requirements, { a: "x", b: "1", c: "" }));
  assert.deepEqual(labelSelectorToRequirements({}), []);
  assert.equal(labelSelectorToRequirements({ matchExpressions: [{ key: "a", operator: "Bogus" }] }), undefined);
  assert.equal(labelSelectorToRequirements({ matchExpressions: [{ key: "a", operator: "In" }] }), undefined);
});

test("what is wrong with a LabelSelector object is named with its path", () => {
  const selector = {
    matchLabels: { "-": "1" },
    matchExpressions: [
      { key: "a", operator: "In" },
      { key: "a", operator: "Exists", values: ["x"] },
      { key: "a", operator: "Bogus" },
      { key: "", operator: "NotIn", values: ["-"] },
    ],
  };
  const fields = validateLabelSelector(selector, "spec.selector").map(({ field }) => field);
  assert.deepEqual(fields, [
    "spec.selector.matchLabels",
    "spec.selector.matchExpressions[0].values",
    "spec.selector.matchExpressions[1].values",
    "spec.selector.matchExpressions[2].operator",
    "spec.selector.matchExpressions[3].key",
    "spec.selector.matchExpressions[3].key",
    "spec.selector.matchExpressions[3].values[0]",
  ]);
  assert.equal(
    formatFieldError(validateLabelSelector(selector, "s")[3]!),
    's.matchExpressions[2].operator: Invalid value: "Bogus": not a valid selector operator',
  );
  assert.deepEqual(validateLabelSelector(undefined, "spec.selector"), []);
});

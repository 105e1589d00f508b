import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { canonicalElement, compareElements, formatPath, keyElement } from "./path.ts";
import {
  differenceSets,
  emptySet,
  type FieldSet,
  forEachPath,
  formatSet,
  hasPath,
  intersectSets,
  readFieldSet,
  recursiveDifference,
  setOf,
  unionSets,
} from "./set.ts";

test("paths read as users know them", () => {
  assert.equal(
    formatPath(["f:spec", 'k:{"port":80,"protocol":"TCP"}', "f:name"]),
    '.spec[port=80,protocol="TCP"].name',
  );
  assert.equal(formatPath(["f:finalizers", 'v:"a/b"', "i:3"]), '.finalizers[="a/b"][3]');
});

test("elements are the same whoever wrote them", () => {
  assert.equal(canonicalElement('k:{ "protocol": "TCP", "port": 80 }'), 'k:{"port":80,"protocol":"TCP"}');
  assert.equal(canonicalElement('v:"<a>"'), String.raw`v:"\u003ca\u003e"`);
  assert.equal(canonicalElement("i:007"), "i:7");
  assert.equal(canonicalElement("x:later"), undefined);
  assert.throws(() => canonicalElement("f"), { message: "key must be 2 characters long:" });
  assert.throws(() => canonicalElement("field"), { message: "missing colon: field" });
  assert.throws(() => canonicalElement("k:{"), SyntaxError);
});

test("fields sort before keys, values and indices, keys by their values", () => {
  const sorted = [
    "f:a",
    "f:b",
    'k:{"name":"a"}',
    'k:{"name":"a!"}',
    'k:{"port":9}',
    'k:{"port":80}',
    "v:1",
    'v:"a"',
    "v:true",
    "i:2",
    "i:10",
  ];
  assert.deepEqual(sorted.toReversed().sort(compareElements), sorted);
  assert.equal(keyElement(["a", "b"], ["x", 1]), 'k:{"a":"x","b":1}');
});

test("a set is its FieldsV1", () => {
  const set = setOf(["f:spec", "f:b"], ["f:spec"], ["f:spec", "f:a", "f:x"], ["f:kind"]);
  assert.equal(JSON.stringify(set), '{"f:kind":{},"f:spec":{".":{},"f:a":{"f:x":{}},"f:b":{}}}');
  assert.deepEqual(formatSet(set), [".kind", ".spec", ".spec.b", ".spec.a.x"]);
  assert.ok(hasPath(set, ["f:spec"]));
  assert.ok(!hasPath(set, ["f:spec", "f:a"]));
  assert.ok(!hasPath(set, []));
});

test("a difference keeps children of what is taken, a recursive one does not", () => {
  const set = setOf(["f:a"], ["f:a", "f:b"], ["f:c"]);
  assert.deepEqual(differenceSets(set, setOf(["f:a"])), setOf(["f:a", "f:b"], ["f:c"]));
  assert.deepEqual(recursiveDifference(set, setOf(["f:a"])), setOf(["f:c"]));
  assert.equal(differenceSets(set, setOf(["f:x", "f:y"])), set);
  assert.deepEqual(differenceSets(set, set), emptySet);
});

test("FieldsV1 from outside is brought into order, or refused", () => {
  const read = readFieldSet(
    JSON.parse('{"f:b":{"x:new":{}},"f:a":{"f:d":null,"f:c":{},".":{}},"k:{\\"b\\":1,\\"a\\":2}":{}}'),
  );
  assert.equal(JSON.stringify(read), String.raw`{"f:a":{".":{},"f:c":{},"f:d":{}},"f:b":{},"k:{\"a\":2,\"b\":1}":{}}`);
  for (const bad of ['{"f:a":1}', '{"a":{}}', '{"f:a":{"v:x":{}}}', "[]"]) {
    assert.throws(() => readFieldSet(JSON.parse(bad)), Error, bad);
  }
  let deep = {};
  for (let depth = 0; depth < 20_000; depth++) deep = { "f:a": deep };
  assert.throws(() => readFieldSet(deep), { message: "exceeded max depth" });
});

const path = fc.array(fc.constantFrom("f:a", "f:b", 'k:{"name":"x"}', "v:1"), { minLength: 1, maxLength: 4 });
const paths = fc.array(path, { maxLength: 8 });
const pathsOf = (set: FieldSet): string[] => {
  const texts: string[] = [];
  forEachPath(set, (one) => texts.push(one.join("/")));
  return texts;
};

test("property: sets agree with sets of texts", () => {
  fc.assert(
    fc.property(paths, paths, (a, b) => {
      const left = new Set(a.map((one) => one.join("/")));
      const right = new Set(b.map((one) => one.join("/")));
      const same = (set: FieldSet, texts: Set<string>) => {
        assert.deepEqual(pathsOf(set).sort(), [...texts].sort());
        assert.deepEqual(JSON.stringify(readFieldSet(set)), JSON.stringify(set));
      };
      const x = setOf(...a);
      const y = setOf(...b);
      same(unionSets(x, y), left.union(right));
      same(intersectSets(x, y), left.intersection(right));
      same(differenceSets(x, y), left.difference(right));
      const below = [...left].filter((text) => ![...right].some((top) => text === top || text.startsWith(`${top}/`)));
      same(recursiveDifference(x, y), new Set(below));
    }),
    { numRuns: 500 },
  );
});

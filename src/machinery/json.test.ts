import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import {
  compareNumbers,
  defaultMaxDepth,
  duplicateFields,
  encodeJson,
  integerOf,
  isIntegerValue,
  parseJson,
} from "./json.ts";
import { isObject, type JsonObject } from "./object.ts";

function value(text: string | Uint8Array): JsonObject {
  const result = parseJson(text);
  assert.ok(result.ok);
  return result.value as JsonObject;
}

function error(text: string | Uint8Array): string {
  const result = parseJson(text);
  assert.ok(!result.ok, `${text} was accepted`);
  return result.error;
}

test("syntax errors are worded as Go words them", () => {
  const cases: [text: string, message: string][] = [
    ["", "unexpected end of JSON input"],
    ["  ", "unexpected end of JSON input"],
    ["{", "unexpected end of JSON input"],
    ['{"a":1', "unexpected end of JSON input"],
    ['"abc', "unexpected end of JSON input"],
    ["x", "invalid character 'x' looking for beginning of value"],
    ["{a:1}", "invalid character 'a' looking for beginning of object key string"],
    ['{"a":1,}', "invalid character '}' looking for beginning of object key string"],
    ['{"a" 1}', "invalid character '1' after object key"],
    ['{"a":1 "b":2}', `invalid character '"' after object key:value pair`],
    ["[1 2]", "invalid character '2' after array element"],
    ["[1,]", "invalid character ']' looking for beginning of value"],
    ["{} x", "invalid character 'x' after top-level value"],
    ["01", "invalid character '1' after top-level value"],
    ["-x", "invalid character 'x' in numeric literal"],
    ["1.x", "invalid character 'x' after decimal point in numeric literal"],
    ["1ex", "invalid character 'x' in exponent of numeric literal"],
    ["trux", "invalid character 'x' in literal true (expecting 'e')"],
    ["nul", "unexpected end of JSON input"],
    ['"\n"', "invalid character '\\n' in string literal"],
    ['"\\q"', "invalid character 'q' in string escape code"],
    ['"\\u00zz"', "invalid character 'z' in \\u hexadecimal character escape"],
    ["'a'", "invalid character '\\'' looking for beginning of value"],
    ["\ufeff{}", "invalid character 'ï' looking for beginning of value"],
    ["1e400", "json: cannot unmarshal number 1e400 into Go value of type float64"],
  ];
  for (const [text, message] of cases) assert.equal(error(text), message, text);
});

test("a text is refused with a reason exactly when the native parser refuses it", () => {
  const pieces = fc.constantFrom(
    "{",
    "}",
    "[",
    "]",
    ",",
    ":",
    '"a"',
    '"',
    "1",
    "-",
    ".5",
    "e9",
    "true",
    "nul",
    " ",
    "\\",
    "\t",
  );
  fc.assert(
    fc.property(
      fc.array(pieces, { maxLength: 12 }).map((list) => list.join("")),
      (text) => {
        let native = true;
        try {
          JSON.parse(text);
        } catch {
          native = false;
        }
        const result = parseJson(text);
        assert.equal(result.ok, native);
        if (!result.ok) assert.match(result.error, /^(invalid character|unexpected end)/);
      },
    ),
    { numRuns: 3000 },
  );
});

test("int64 survives, in lists and beside floats", () => {
  const text = '{"a":9223372036854775807,"b":[-9223372036854775808],"c":1.5,"d":"12345678901234567890"}';
  assert.equal(encodeJson(value(text)).toString(), text);
  assert.equal(integerOf(value(text).a), 9223372036854775807n);
  assert.equal(isObject(value(text).a), false);
});

test("integers beyond int64 become floats, as in Go", () => {
  assert.equal(value('{"a":92233720368547758080}').a, 10 * 2 ** 63);
});

test("numbers that a float keeps stay numbers", () => {
  const { a, b, c } = value('{"a":9007199254740991,"b":0.1234567890123456789,"c":1e3}');
  assert.deepEqual([a, b, c], [9007199254740991, 0.12345678901234568, 1000]);
});

test("nesting is bounded, whatever the strings hold", () => {
  const nested = (depth: number) => "[".repeat(depth) + "]".repeat(depth);
  assert.ok(parseJson(nested(defaultMaxDepth)).ok);
  assert.equal(error(nested(defaultMaxDepth + 1)), "exceeded max depth");
  assert.equal(error("[".repeat(1_000_000)), "exceeded max depth");
  assert.equal(value(`{"a":"${"[".repeat(5000)}\\""}`).a.length, 5001);
});

test("__proto__ is dropped however it is written", () => {
  for (const text of [
    '{"__proto__":{"x":1},"a":1}',
    '{"\\u005f_proto__":{"x":1},"a":1}',
    '{"__pr\\u006Fto__":{"x":1},"a":1}',
  ]) {
    const parsed = value(text);
    assert.deepEqual(Object.keys(parsed), ["a"]);
    assert.equal(parsed.x, undefined);
  }
});

test("invalid UTF-8 becomes the replacement character", () => {
  assert.equal(value(new Uint8Array([0x7b, 0x22, 0x61, 0x22, 0x3a, 0x22, 0xff, 0x22, 0x7d])).a, "\ufffd");
});

test("duplicate keys are found with their paths", () => {
  assert.deepEqual(duplicateFields('{"a":1,"a":2}'), ["a"]);
  assert.deepEqual(duplicateFields('{"spec":{"replicas":1,"replicas":2,"replicas":3}}'), ["spec.replicas"]);
  assert.deepEqual(duplicateFields('{"l":[{"n":"x"},{"n":1,"n":2}],"m":[[{"k":1,"\\u006b":[]}]]}'), [
    "l[1].n",
    "m[0][0].k",
  ]);
  assert.deepEqual(duplicateFields('{"a":{"x":1},"b":{"x":1},"c":["x","x"],"d":"x"}'), []);
  assert.deepEqual(duplicateFields(Buffer.from('{"a\\"": 1 , "a\\"" : {}}')), ['a"']);
});

test("values without duplicates have none", () => {
  fc.assert(
    fc.property(fc.json(), (text) => assert.deepEqual(duplicateFields(JSON.stringify(JSON.parse(text))), [])),
    { numRuns: 200 },
  );
});

test("numbers compare exactly", () => {
  const big = value("[9223372036854775806,9223372036854775807]");
  assert.ok(compareNumbers(big[0], big[1]) < 0);
  assert.ok(compareNumbers(big[0], 1.5) > 0);
  assert.equal(compareNumbers(2, 2), 0);
  assert.ok(isIntegerValue(big[0]) && isIntegerValue(3) && !isIntegerValue(3.5) && !isIntegerValue("3"));
});

import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import {
  addQuantities,
  compareQuantities,
  formatQuantity,
  isIntegerQuantity,
  parseQuantity,
  quantityError,
  quantityToNumber,
  subtractQuantities,
} from "./quantity.ts";

const quantity = (text: unknown) => {
  const parsed = parseQuantity(text);
  assert.ok(parsed, `${text} is refused`);
  return parsed;
};

test("canonical texts", () => {
  const cases: [text: string | number, canonical: string][] = [
    ["0", "0"],
    ["0m", "0"],
    ["100m", "100m"],
    ["0.1", "100m"],
    [".5", "500m"],
    ["1.5", "1500m"],
    ["1000m", "1"],
    ["1000", "1k"],
    ["1500", "1500"],
    ["0.0001", "100u"],
    ["1.5Gi", "1536Mi"],
    ["0.5Gi", "512Mi"],
    ["1024Ki", "1Mi"],
    ["1Ki", "1Ki"],
    ["1.1Ki", "1126400m"],
    ["0.5Ki", "512"],
    ["0.0001Ki", "102400u"],
    ["128974848", "128974848"],
    ["129e6", "129e6"],
    ["129M", "129M"],
    ["123Mi", "123Mi"],
    ["1e3", "1e3"],
    ["12e5", "1200e3"],
    ["1E", "1E"],
    ["1E2", "100"],
    ["100000E", "100000E"],
    ["-5", "-5"],
    ["-0.5", "-500m"],
    ["1n", "1n"],
    ["0690n", "0690n"],
    ["+7k", "+7k"],
    ["7070Ti", "7070Ti"],
    ["0655Pi", "655Pi"],
    ["500900857878907000.617M", "500900857878907000617k"],
    ["0.1n", "1n"],
    ["1.0000000001", "1000000001n"],
    ["9223372036854775808", "9223372036854775808"],
    ["100Ei", "9223372036854775807"],
    [" 5 ", "5"],
    [3, "3"],
    [0.25, "250m"],
    [1e21, "1e21"],
  ];
  for (const [text, canonical] of cases) assert.equal(formatQuantity(quantity(text)), canonical, String(text));
});

test("malformed texts", () => {
  for (const text of [
    "",
    "aoeu",
    "1.1.1",
    "1i",
    "1ki",
    "1 Gi",
    "--1",
    "0x10",
    "1e",
    "1e+",
    "Infinity",
    {},
    null,
    true,
  ]) {
    assert.equal(parseQuantity(text), undefined, String(text));
    assert.ok(quantityError(text));
  }
  assert.match(quantityError("1.1.1")!, /^quantities must match the regular expression/);
  assert.equal(
    quantityError("1Kb"),
    "quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'",
  );
  assert.equal(quantityError("1mm"), "unable to parse quantity's suffix");
});

test("absurd sizes are refused, not computed", () => {
  for (const text of ["1e999999999", "1e-999999999", "9".repeat(100_000)]) assert.equal(parseQuantity(text), undefined);
});

test("comparison is by value", () => {
  const compare = (a: string, b: string) => Math.sign(compareQuantities(quantity(a), quantity(b)));
  assert.equal(compare("1", "1000m"), 0);
  assert.equal(compare("1Gi", "1G"), 1);
  assert.equal(compare("-1", "0"), -1);
  assert.equal(compare("1e400", "1"), 1);
});

test("sums and differences keep the format of the left side, unless it is zero", () => {
  const add = (a: string, b: string) => formatQuantity(addQuantities(quantity(a), quantity(b)));
  assert.equal(add("1Gi", "1024Mi"), "2Gi");
  assert.equal(add("100m", "0.9"), "1");
  assert.equal(add("0", "1Ki"), "1Ki");
  assert.equal(formatQuantity(subtractQuantities(quantity("1"), quantity("1500m"))), "-500m");
});

test("numbers", () => {
  assert.equal(quantityToNumber("1500m"), 1.5);
  assert.equal(quantityToNumber("1Gi"), 2 ** 30);
  assert.ok(Number.isNaN(quantityToNumber("x")));
  assert.ok(isIntegerQuantity(quantity("2000m")) && !isIntegerQuantity(quantity("1500m")));
});

const texts = fc
  .tuple(
    fc.bigInt({ min: -(10n ** 18n), max: 10n ** 18n }),
    fc.constantFrom("", ".5", ".025", ".000000001"),
    fc.constantFrom("", "n", "u", "m", "k", "M", "G", "T", "P", "E", "Ki", "Mi", "Gi", "e3", "E-3", "e12"),
  )
  .map(([number, fraction, suffix]) => `${number}${fraction}${suffix}`);

test("the canonical text means the same and is stable", () => {
  fc.assert(
    fc.property(texts, (text) => {
      const once = quantity(text);
      const canonical = formatQuantity({ ...once, text: undefined });
      const again = quantity(canonical);
      assert.equal(compareQuantities(once, again), 0, `${text} -> ${canonical}`);
      assert.equal(formatQuantity(again), canonical);
    }),
    { numRuns: 1000 },
  );
});

test("subtraction undoes addition", () => {
  fc.assert(
    fc.property(texts, texts, (a, b) => {
      const left = quantity(a);
      assert.equal(compareQuantities(subtractQuantities(addQuantities(left, quantity(b)), quantity(b)), left), 0);
    }),
  );
});

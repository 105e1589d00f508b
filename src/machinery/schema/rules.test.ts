import assert from "node:assert/strict";
import { test } from "node:test";
import { type FieldError, formatFieldError } from "../field-error.ts";
import { validateRules } from "./rules.ts";
import type { Schema, ValidationRule } from "./schema.ts";

const texts = (errors: FieldError[]) => errors.map(formatFieldError);

/** A schema whose spec has these rules, and whose numbers may have some of their own. */
function ruled(
  rules: ValidationRule[],
  more: { min?: ValidationRule[]; item?: ValidationRule[]; root?: ValidationRule[] } = {},
): Schema {
  const withRules = (schema: Schema, list: ValidationRule[] | undefined): Schema =>
    list === undefined ? schema : { ...schema, "x-kubernetes-validations": list };
  const item: Schema = { type: "object", properties: { name: { type: "string" }, size: { type: "integer" } } };
  return withRules(
    {
      type: "object",
      properties: {
        spec: withRules(
          {
            type: "object",
            properties: {
              min: withRules({ type: "integer" }, more.min),
              max: { type: "integer" },
              list: {
                type: "array",
                "x-kubernetes-list-type": "map",
                "x-kubernetes-list-map-keys": ["name"],
                items: withRules(item, more.item),
              },
              map: { type: "object", additionalProperties: withRules({ type: "integer" }, more.item) },
            },
          },
          rules,
        ),
      },
    },
    more.root,
  );
}

test("a broken rule is named by its message, else by itself", () => {
  const object = { spec: { min: 3, max: 2 } };
  const rule = "self.min <= self.max";
  assert.deepEqual(texts(validateRules(object, ruled([{ rule }]))), [`spec: Invalid value: failed rule: ${rule}`]);
  assert.deepEqual(texts(validateRules(object, ruled([{ rule, message: " min is above max " }]))), [
    "spec: Invalid value: min is above max",
  ]);
  assert.deepEqual(texts(validateRules({ spec: { min: 1, max: 2 } }, ruled([{ rule }]))), []);
});

test("scalars are shown, objects are not", () => {
  const schema = ruled([], { min: [{ rule: "self > 1", message: "too small" }] });
  assert.deepEqual(texts(validateRules({ spec: { min: 1 } }, schema)), ["spec.min: Invalid value: 1: too small"]);
});

test("messageExpression gives the text, and the message stands in when it fails", () => {
  const rule = "self.min <= self.max";
  const object = { spec: { min: 3, max: 2 } };
  const made = {
    rule,
    message: "plain",
    messageExpression: "'min ' + string(self.min) + ' > max ' + string(self.max)",
  };
  assert.deepEqual(texts(validateRules(object, ruled([made]))), ["spec: Invalid value: min 3 > max 2"]);
  const broken = { rule, message: "plain", messageExpression: "string(self.list[0].size)" };
  assert.deepEqual(texts(validateRules(object, ruled([broken]))), ["spec: Invalid value: plain"]);
});

test("reason and fieldPath", () => {
  const rule = "self.min <= self.max";
  const object = { spec: { min: 3, max: 2 } };
  const report = (reason: ValidationRule["reason"]) =>
    validateRules(object, ruled([{ rule, reason, message: "m", fieldPath: ".min" }]));
  assert.deepEqual(texts(report("FieldValueForbidden")), ["spec.min: Forbidden: m"]);
  assert.deepEqual(texts(report("FieldValueRequired")), ["spec.min: Required value: m"]);
  assert.deepEqual(report("FieldValueDuplicate")[0]?.type, "FieldValueDuplicate");
});

test("transition rules need an old value", () => {
  const schema = ruled([], { min: [{ rule: "self >= oldSelf", message: "may not shrink" }] });
  assert.deepEqual(texts(validateRules({ spec: { min: 1 } }, schema)), []);
  assert.deepEqual(texts(validateRules({ spec: { min: 1 } }, schema, { old: { spec: {} } })), []);
  assert.deepEqual(texts(validateRules({ spec: { min: 1 } }, schema, { old: { spec: { min: 2 } } })), [
    "spec.min: Invalid value: 1: may not shrink",
  ]);
});

test("with optionalOldSelf a rule runs without an old value too", () => {
  const rule = "oldSelf.hasValue() ? self >= oldSelf.value() : self > 1";
  const schema = ruled([], { min: [{ rule, optionalOldSelf: true, message: "m" }] });
  assert.equal(validateRules({ spec: { min: 1 } }, schema).length, 1);
  assert.equal(validateRules({ spec: { min: 1 } }, schema, { old: { spec: { min: 1 } } }).length, 0);
  assert.equal(validateRules({ spec: { min: 1 } }, schema, { old: { spec: { min: 2 } } }).length, 1);
});

test("items of map lists and values of maps continue those of the same key", () => {
  const list = ruled([], { item: [{ rule: "self.size >= oldSelf.size", message: "shrunk" }] });
  const old = {
    spec: {
      list: [
        { name: "a", size: 5 },
        { name: "b", size: 1 },
      ],
    },
  };
  const object = {
    spec: {
      list: [
        { name: "b", size: 1 },
        { name: "a", size: 4 },
        { name: "c", size: 0 },
      ],
    },
  };
  assert.deepEqual(texts(validateRules(object, list, { old })), ["spec.list[1]: Invalid value: shrunk"]);
  const map = ruled([], { item: [{ rule: "type(self) != int || self >= oldSelf", message: "shrunk" }] });
  assert.deepEqual(texts(validateRules({ spec: { map: { k: 1 } } }, map, { old: { spec: { map: { k: 2 } } } })), [
    "spec.map[k]: Invalid value: 1: shrunk",
  ]);
});

test("an unchanged part only warns", () => {
  const schema = ruled([{ rule: "self.min <= self.max" }], { min: [{ rule: "self > 5", message: "small" }] });
  const warnings: string[] = [];
  const options = { old: { spec: { min: 1, max: 9 } }, warn: (text: string) => warnings.push(text) };
  assert.deepEqual(texts(validateRules({ spec: { min: 1, max: 8 } }, schema, options)), []);
  assert.deepEqual(warnings, ["spec.min: Invalid value: 1: small"]);
  assert.equal(validateRules({ spec: { min: 2, max: 9 } }, schema, options).length, 1);
});

test("the root sees the name", () => {
  const schema = ruled([], { root: [{ rule: "self.metadata.name.startsWith('x')", message: "name" }] });
  assert.deepEqual(texts(validateRules({ metadata: { name: "y" }, spec: {} }, schema)), ["<nil>: Invalid value: name"]);
});

test("errors of evaluation name the rule", () => {
  const schema = ruled([{ rule: "self.list[3].size > 0" }]);
  const [error] = texts(validateRules({ spec: { list: [] } }, schema));
  assert.match(error ?? "", /^spec: Invalid value: "object": .* evaluating rule: self\.list\[3\]\.size > 0$/);
});

test("rules stop when the budget ends", () => {
  const schema = ruled([{ rule: "self.min < 0" }, { rule: "self.max < 0" }]);
  assert.deepEqual(texts(validateRules({ spec: { min: 1, max: 1 } }, schema, { budget: { remaining: 0 } })), [
    'spec: Invalid value: "object": validation failed due to running out of cost budget, no further validation rules will be run',
  ]);
});

test("null is not validated", () => {
  assert.deepEqual(validateRules({ spec: null }, ruled([{ rule: "false" }])), []);
});

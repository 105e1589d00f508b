import assert from "node:assert/strict";
import { describe, it } from "node:test";
import * as field from "./field-error.ts";

describe("field errors", () => {
  const cases: [error: field.FieldError, type: field.FieldErrorType, text: string][] = [
    [
      field.invalid("metadata.name", "A_b", "must be lower case"),
      "FieldValueInvalid",
      'metadata.name: Invalid value: "A_b": must be lower case',
    ],
    [field.invalid("spec.replicas", -1, ""), "FieldValueInvalid", "spec.replicas: Invalid value: -1"],
    [
      field.invalid("spec.on", true, "must be false"),
      "FieldValueInvalid",
      "spec.on: Invalid value: true: must be false",
    ],
    [field.invalid("spec", null, "x"), "FieldValueInvalid", "spec: Invalid value: null: x"],
    [
      field.invalid("spec", { a: ["<x>&"] }, ""),
      "FieldValueInvalid",
      'spec: Invalid value: {"a":["\\u003cx\\u003e\\u0026"]}',
    ],
    [field.invalid("spec", "<x>&\n", ""), "FieldValueInvalid", 'spec: Invalid value: "<x>&\\n"'],
    [field.required("spec.selector"), "FieldValueRequired", "spec.selector: Required value"],
    [field.required("spec.selector", "why"), "FieldValueRequired", "spec.selector: Required value: why"],
    [field.duplicate("spec.ports[1]", "http"), "FieldValueDuplicate", 'spec.ports[1]: Duplicate value: "http"'],
    [
      field.notSupported("spec.type", "X", ["B", "A"]),
      "FieldValueNotSupported",
      'spec.type: Unsupported value: "X": supported values: "A", "B"',
    ],
    [field.notSupported("spec.type", "X", []), "FieldValueNotSupported", 'spec.type: Unsupported value: "X"'],
    [field.forbidden("status", "may not be set"), "FieldValueForbidden", "status: Forbidden: may not be set"],
    [field.notFound("spec.volume", "data"), "FieldValueNotFound", 'spec.volume: Not found: "data"'],
    [field.tooLong("data", 1048576), "FieldValueTooLong", "data: Too long: may not be more than 1048576 bytes"],
    [field.tooMany("items", 5, 3), "FieldValueTooMany", "items: Too many: 5: must have at most 3 items"],
    [
      field.typeInvalid("spec.n", "string", "must be of type integer"),
      "FieldValueTypeInvalid",
      'spec.n: Invalid value: "string": must be of type integer',
    ],
  ];
  for (const [error, type, text] of cases) {
    it(text, () => {
      assert.equal(field.formatFieldError(error), text);
      assert.equal(error.type, type);
    });
  }

  it("writes the path without a name as []", () => {
    assert.equal(field.formatFieldError(field.tooLong("", 9)), "[]: Too long: may not be more than 9 bytes");
  });

  it("builds paths", () => {
    assert.equal(field.childPath("", "spec"), "spec");
    assert.equal(field.childPath(field.childPath("spec", "ports"), 3), "spec.ports[3]");
    assert.equal(field.keyPath("metadata.labels", "a/b"), "metadata.labels[a/b]");
  });
});

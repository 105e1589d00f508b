// The kind ConfigMap.

import { type FieldError, invalid, keyPath, tooLong } from "../../machinery/field-error.ts";
import type { KubeObject } from "../../machinery/object.ts";
import { ageColumn, countColumn } from "../columns.ts";
import { builtin } from "../define.ts";
import { entriesOf } from "../validation/fields.ts";
import { checkDataKeys, checkImmutableData, maxDataSize, sizeOfBytes, sizeOfTexts } from "./config-data.ts";

export const configMapKind = builtin({
  group: "",
  kind: "ConfigMap",
  versions: ["v1"],
  shortNames: ["cm"],
  columns: [countColumn("Data", "Number of keys", countKeys, "string"), ageColumn],
  strategy: {
    generation: "none",
    validate: validateConfigMap,
    validateUpdate(object, old) {
      const errors: FieldError[] = [];
      checkImmutableData(object, old, ["data", "binaryData"], errors);
      return errors;
    },
  },
});

function countKeys(object: KubeObject): number {
  return entriesOf(object.data).length + entriesOf(object.binaryData).length;
}

function validateConfigMap(object: KubeObject): FieldError[] {
  const errors: FieldError[] = [];
  checkDataKeys(object.data, "data", errors);
  for (const [key] of entriesOf(object.data)) {
    if (Object.hasOwn(object.binaryData ?? {}, key)) {
      errors.push(invalid(keyPath("data", key), key, "duplicate of key present in binaryData"));
    }
  }
  checkDataKeys(object.binaryData, "binaryData", errors);
  if (sizeOfTexts(object.data) + sizeOfBytes(object.binaryData) > maxDataSize) errors.push(tooLong("", maxDataSize));
  return errors;
}

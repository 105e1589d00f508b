// The kind VolumeAttributesClass. Source of the rules and words: kubernetes pkg/apis/storage/validation.

import { type FieldError, forbidden, required } from "../../machinery/field-error.ts";
import { ageColumn, textColumn } from "../columns.ts";
import { builtin } from "../define.ts";
import { semanticEqual } from "../validation/equality.ts";
import { isEmpty } from "../validation/fields.ts";
import { nameColumnWithDefault } from "./default-class.ts";
import { checkParameters, checkProvisioner } from "./parameters.ts";

export const volumeAttributesClassKind = builtin({
  group: "storage.k8s.io",
  kind: "VolumeAttributesClass",
  versions: ["v1"],
  shortNames: ["vac"],
  columns: [
    nameColumnWithDefault(["volumeattributesclass.alpha.kubernetes.io/is-default-class"]),
    textColumn("DriverName", "The driver", (object) => object.driverName ?? ""),
    ageColumn,
  ],
  strategy: {
    generation: "none",
    validate(object) {
      const errors: FieldError[] = [];
      checkProvisioner(object.driverName, "driverName", errors);
      if (isEmpty(object.parameters)) {
        errors.push(required("parameters", "must contain at least one key/value pair"));
      } else checkParameters(object.parameters, "parameters", errors);
      return errors;
    },
    validateUpdate(object, old) {
      return ["driverName", "parameters"]
        .filter((field) => !semanticEqual(object[field], old[field]))
        .map((field) => forbidden(field, `updates to ${field} are forbidden.`));
    },
  },
});

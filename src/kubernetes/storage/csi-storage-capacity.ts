// The kind CSIStorageCapacity. Source of the rules and words: kubernetes pkg/apis/storage/validation.

import { type FieldError, invalid } from "../../machinery/field-error.ts";
import { textColumn } from "../columns.ts";
import { compareQuantityTexts } from "../core/resource-names.ts";
import { builtin } from "../define.ts";
import { checkImmutable, isSet, nonNegativeText } from "../validation/fields.ts";
import { checkLabelSelector } from "../validation/label-selectors.ts";
import { checkDnsSubdomain } from "../validation/names.ts";

export const csiStorageCapacityKind = builtin({
  group: "storage.k8s.io",
  kind: "CSIStorageCapacity",
  versions: ["v1"],
  columns: [
    textColumn("StorageClassName", "Storage class of the capacity", (object) => object.storageClassName ?? ""),
    textColumn("Capacity", "Room that is left", (object) => object.capacity ?? "<unset>"),
  ],
  strategy: {
    generation: "none",
    unconditionalUpdate: false,
    validate(object) {
      const errors: FieldError[] = [];
      checkLabelSelector(object.nodeTopology, "nodeTopology", errors);
      checkDnsSubdomain(object.storageClassName, "storageClassName", errors);
      if (isSet(object.capacity) && compareQuantityTexts(object.capacity, "0") < 0) {
        errors.push(invalid("capacity", object.capacity, nonNegativeText));
      }
      return errors;
    },
    validateUpdate(object, old) {
      const errors: FieldError[] = [];
      for (const field of ["nodeTopology", "storageClassName"]) {
        checkImmutable(object[field], old[field], field, errors);
      }
      return errors;
    },
  },
});

// The kind DeviceClass: devices that match selectors, with settings for their driver.

import { type FieldError, invalid } from "../../machinery/field-error.ts";
import type { JsonObject } from "../../machinery/object.ts";
import { ageColumn } from "../columns.ts";
import { isExtendedResource } from "../core/resource-names.ts";
import { builtin } from "../define.ts";
import { isSet } from "../validation/fields.ts";
import { checkConfiguration, checkList, checkSelectors } from "./checks.ts";
import { limits } from "./limits.ts";

export const deviceClassKind = builtin({
  group: "resource.k8s.io",
  kind: "DeviceClass",
  versions: ["v1"],
  columns: [ageColumn],
  strategy: {
    validate(object) {
      const errors: FieldError[] = [];
      const spec: JsonObject = object.spec ?? {};
      checkSelectors(spec.selectors, "spec.selectors", errors);
      checkList<JsonObject>(spec.config, limits.configs, "spec.config", errors, (config, path) =>
        checkConfiguration(config, path, errors),
      );
      if (isSet(spec.extendedResourceName) && !isExtendedResource(spec.extendedResourceName)) {
        const text = "must be a valid extended resource name";
        errors.push(invalid("spec.extendedResourceName", spec.extendedResourceName, text));
      }
      return errors;
    },
  },
});

// The kind ResourceClaimTemplate, from which the claims of pods are made. Its spec is immutable.

import type { FieldError } from "../../machinery/field-error.ts";
import { ageColumn } from "../columns.ts";
import { builtin } from "../define.ts";
import { checkImmutable } from "../validation/fields.ts";
import { checkTemplateMetadata } from "./checks.ts";
import { checkClaimSpec, defaultDeviceClaim } from "./device-claim.ts";

export const resourceClaimTemplateKind = builtin({
  group: "resource.k8s.io",
  kind: "ResourceClaimTemplate",
  versions: ["v1"],
  columns: [ageColumn],
  strategy: {
    generation: "none",
    defaults: (template) => defaultDeviceClaim(template.spec?.spec),
    validate(template) {
      const errors: FieldError[] = [];
      checkTemplateMetadata(template.spec?.metadata, "spec.metadata", errors);
      checkClaimSpec(template.spec?.spec ?? {}, "spec.spec", errors);
      return errors;
    },
    validateUpdate(template, old) {
      const errors: FieldError[] = [];
      checkImmutable(template.spec, old.spec, "spec", errors);
      return errors;
    },
  },
});

// The kind RuntimeClass. Source of the rules and words: kubernetes pkg/apis/node/validation.

import { type FieldError, invalid } from "../../machinery/field-error.ts";
import { dns1123LabelErrors } from "../../machinery/names.ts";
import { ageColumn, textColumn } from "../columns.ts";
import { checkContainerResources } from "../core/validation/resources.ts";
import { checkTolerations } from "../core/validation/scheduling.ts";
import { builtin } from "../define.ts";
import { checkImmutable, isSet } from "../validation/fields.ts";
import { checkLabels } from "../validation/label-selectors.ts";

export const runtimeClassKind = builtin({
  group: "node.k8s.io",
  kind: "RuntimeClass",
  versions: ["v1"],
  columns: [textColumn("Handler", "What the container runtime calls it", (object) => object.handler ?? ""), ageColumn],
  strategy: {
    generation: "none",
    unconditionalUpdate: false,
    validate(object) {
      const errors: FieldError[] = [];
      const handler = String(object.handler ?? "");
      for (const problem of dns1123LabelErrors(handler)) errors.push(invalid("handler", handler, problem));
      // Kubernetes checks the overhead as if it were the limits of a container, and says so.
      checkContainerResources({ limits: object.overhead?.podFixed }, new Set(), "overhead", errors);
      if (isSet(object.scheduling)) {
        checkLabels(object.scheduling.nodeSelector, "scheduling.nodeSelector", errors);
        checkTolerations(object.scheduling.tolerations, "scheduling.tolerations", errors);
      }
      return errors;
    },
    validateUpdate(object, old) {
      const errors: FieldError[] = [];
      checkImmutable(object.handler, old.handler, "handler", errors);
      return errors;
    },
  },
});

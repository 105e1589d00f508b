// ReplicaSets.

import type { Strategy } from "../../apiserver/strategy.ts";
import type { FieldError } from "../../machinery/field-error.ts";
import { selectorColumn, templateColumns } from "../columns.ts";
import { defaultTemplateOf } from "../core/pod-defaults.ts";
import { templateWarnings } from "../core/pod-warnings.ts";
import { checkRunningTemplate } from "../core/validation/pod-template.ts";
import { builtin } from "../define.ts";
import { checkImmutable, checkNonNegativeFields } from "../validation/fields.ts";
import { checkWorkloadSelector } from "../validation/label-selectors.ts";
import { checkReplicaStatus, replicaColumns } from "./replicas.ts";

const replicaSetStrategy: Strategy = {
  defaults(object) {
    object.spec ??= {};
    object.spec.replicas ??= 1;
    defaultTemplateOf(object.spec);
  },

  prepareForCreate(object) {
    object.status = { replicas: 0 };
  },

  validate(object) {
    const errors: FieldError[] = [];
    const spec = object.spec ?? {};
    checkNonNegativeFields(spec, ["replicas", "minReadySeconds"], "spec", errors);
    // The kind in this text is the one that Kubernetes uses here, too.
    checkWorkloadSelector(spec.selector, "deployment", "spec.selector", errors);
    checkRunningTemplate(spec.template, spec.selector, "ReplicaSet", "spec.template", errors);
    return errors;
  },

  validateUpdate(object, old) {
    const errors: FieldError[] = [];
    checkImmutable(object.spec?.selector, old.spec?.selector, "spec.selector", errors);
    return errors;
  },

  validateStatusUpdate: checkReplicaStatus,

  warnings: (object, old) => templateWarnings(object.spec?.template, "spec.template", object, old),
};

export const replicaSets = builtin({
  group: "apps",
  kind: "ReplicaSet",
  versions: ["v1"],
  shortNames: ["rs"],
  categories: ["all"],
  columns: [...replicaColumns, ...templateColumns((object) => object.spec?.template), selectorColumn],
  selectableFields: [{ name: "status.replicas", value: (object) => String(object.status?.replicas ?? 0) }],
  strategy: replicaSetStrategy,
});

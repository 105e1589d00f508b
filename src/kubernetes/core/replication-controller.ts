// ReplicationControllers: the ancestor of ReplicaSets, with a plain map of labels as selector.

import type { Strategy } from "../../apiserver/strategy.ts";
import { type FieldError, invalid, notSupported, required } from "../../machinery/field-error.ts";
import type { JsonObject } from "../../machinery/object.ts";
import { checkReplicaStatus, replicaColumns } from "../apps/replicas.ts";
import { showLabels, templateColumns, textColumn } from "../columns.ts";
import { builtin } from "../define.ts";
import { checkNonNegativeFields, entriesOf, isEmpty, isSet } from "../validation/fields.ts";
import { checkLabels } from "../validation/label-selectors.ts";
import { defaultPodTemplate } from "./pod-defaults.ts";
import { templateWarnings } from "./pod-warnings.ts";
import { checkPodTemplate } from "./validation/pod-template.ts";

const replicationControllerStrategy: Strategy = {
  defaults(object) {
    object.spec ??= {};
    const labels = object.spec.template?.metadata?.labels;
    if (!isEmpty(labels)) {
      if (isEmpty(object.spec.selector)) object.spec.selector = { ...labels };
      if (isEmpty(object.metadata.labels)) object.metadata.labels = { ...labels };
    }
    object.spec.replicas ??= 1;
    if (isSet(object.spec.template)) defaultPodTemplate(object.spec.template);
  },
  prepareForCreate(object) {
    object.status = { replicas: 0 };
  },
  validate: (object) => specErrors(object.spec ?? {}),
  validateStatusUpdate: (object, old) => checkReplicaStatus(object, old),
  warnings: (object, old) => templateWarnings(object.spec?.template, "spec.template", object, old),
  defaultPropagation: "orphan",
};

function specErrors(spec: JsonObject): FieldError[] {
  const errors: FieldError[] = [];
  checkNonNegativeFields(spec, ["minReadySeconds"], "spec", errors);
  checkLabels(spec.selector, "spec.selector", errors);
  if (isEmpty(spec.selector)) errors.push(required("spec.selector"));
  checkNonNegativeFields(spec, ["replicas"], "spec", errors);
  const template = spec.template;
  if (!isSet(template)) {
    errors.push(required("spec.template"));
    return errors;
  }
  const labels = template.metadata?.labels ?? {};
  if (!entriesOf(spec.selector).every(([key, value]) => labels[key] === value)) {
    errors.push(invalid("spec.template.metadata.labels", labels, "`selector` does not match template `labels`"));
  }
  checkPodTemplate(template, "spec.template", errors);
  if (template.spec?.restartPolicy !== "Always") {
    errors.push(notSupported("spec.template.spec.restartPolicy", template.spec?.restartPolicy ?? "", ["Always"]));
  }
  return errors;
}

export const replicationControllers = builtin({
  group: "",
  kind: "ReplicationController",
  versions: ["v1"],
  shortNames: ["rc"],
  categories: ["all"],
  columns: [
    ...replicaColumns,
    ...templateColumns((object) => object.spec?.template),
    textColumn("Selector", "Labels of the pods that belong to the object", (o) => showLabels(o.spec?.selector), 1),
  ],
  selectableFields: [{ name: "status.replicas", value: (object) => String(object.status?.replicas ?? 0) }],
  strategy: replicationControllerStrategy,
});

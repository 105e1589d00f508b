// HorizontalPodAutoscalers, served as autoscaling/v2 and v1 and stored as v2.

import type { Strategy } from "../../apiserver/strategy.ts";
import type { FieldError } from "../../machinery/field-error.ts";
import type { JsonObject, KubeObject } from "../../machinery/object.ts";
import { builtin } from "../define.ts";
import { checkNonNegativeFields, isEmpty, isSet } from "../validation/fields.ts";
import { autoscalerColumns } from "./columns.ts";
import { convertAutoscaler, cpuUtilizationMetric } from "./conversion.ts";
import { checkAutoscalerSpec } from "./validation.ts";

const storedVersion = "autoscaling/v2";
const defaultUtilization = 80;

const autoscalerStrategy: Strategy = {
  generation: "none",

  defaults(object) {
    object.spec ??= {};
    const spec: JsonObject = object.spec;
    spec.minReplicas ??= 1;
    if (object.apiVersion !== storedVersion) defaultUtilizationOfV1(object);
    else if (isEmpty(spec.metrics)) spec.metrics = [cpuUtilizationMetric(defaultUtilization)];
    if (object.apiVersion === storedVersion && isSet(spec.behavior)) defaultBehavior(spec.behavior);
  },

  prepareForCreate(object) {
    object.status = { currentReplicas: 0, desiredReplicas: 0 };
  },

  validate(object) {
    const errors: FieldError[] = [];
    checkAutoscalerSpec(convertAutoscaler(object, storedVersion).spec ?? {}, errors);
    return errors;
  },

  validateStatusUpdate(object) {
    const errors: FieldError[] = [];
    checkNonNegativeFields(object.status, ["currentReplicas", "desiredReplicas"], "status", errors);
    return errors;
  },

  convert: convertAutoscaler,
};

/** In v1 the default applies only when no metric is hidden in the annotations. */
function defaultUtilizationOfV1(object: KubeObject): void {
  if (isEmpty(convertAutoscaler(object, storedVersion).spec?.metrics)) {
    object.spec.targetCPUUtilizationPercentage = defaultUtilization;
  }
}

function defaultBehavior(behavior: JsonObject): void {
  behavior.scaleUp = {
    stabilizationWindowSeconds: 0,
    selectPolicy: "Max",
    policies: [
      { type: "Pods", value: 4, periodSeconds: 15 },
      { type: "Percent", value: 100, periodSeconds: 15 },
    ],
    ...behavior.scaleUp,
  };
  behavior.scaleDown = {
    selectPolicy: "Max",
    policies: [{ type: "Percent", value: 100, periodSeconds: 15 }],
    ...behavior.scaleDown,
  };
}

export const horizontalPodAutoscalers = builtin({
  group: "autoscaling",
  kind: "HorizontalPodAutoscaler",
  versions: ["v2", "v1"],
  storageVersion: "v2",
  shortNames: ["hpa"],
  categories: ["all"],
  columns: autoscalerColumns,
  strategy: autoscalerStrategy,
});

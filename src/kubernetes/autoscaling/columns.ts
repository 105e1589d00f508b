// The columns of `kubectl get hpa`. They read the object in its stored version or in the requested one alike.

import type { Column } from "../../machinery/kind.ts";
import type { JsonObject, KubeObject } from "../../machinery/object.ts";
import { ageColumn, countColumn, none, textColumn } from "../columns.ts";
import { isSet, listOf } from "../validation/fields.ts";
import { convertAutoscaler } from "./conversion.ts";

/** More metrics than these are only counted. */
const shownMetrics = 2;
const unknown = "<unknown>";

function targets(object: KubeObject): string {
  const { spec, status } = convertAutoscaler(object, "autoscaling/v2");
  const metrics = listOf(spec?.metrics);
  if (metrics.length === 0) return none;
  const current = listOf(status?.currentMetrics);
  const texts = metrics.slice(0, shownMetrics).map((metric, index) => showMetric(metric, current[index]));
  const more = metrics.length - texts.length;
  return more > 0 ? `${texts.join(", ")} + ${more} more...` : texts.join(", ");
}

const sourceFields: Readonly<Record<string, string>> = {
  External: "external",
  Pods: "pods",
  Object: "object",
  Resource: "resource",
  ContainerResource: "containerResource",
};

function showMetric(metric: JsonObject, status: JsonObject | undefined): string {
  const field = sourceFields[metric.type ?? ""];
  if (field === undefined) return "<unknown type>";
  const target: JsonObject = metric[field]?.target ?? {};
  const current: JsonObject = status?.[field]?.current ?? {};
  if (field === "resource" || field === "containerResource") {
    return `${metric[field]?.name}: ${showAverage(target, current)}`;
  }
  if (field === "pods") return `${current.averageValue ?? unknown}/${target.averageValue}`;
  if (isSet(target.averageValue)) return `${current.averageValue ?? unknown}/${target.averageValue} (avg)`;
  return `${current.value ?? unknown}/${target.value}`;
}

function showAverage(target: JsonObject, current: JsonObject): string {
  if (isSet(target.averageValue)) return `${current.averageValue ?? unknown}/${target.averageValue}`;
  const used = isSet(current.averageUtilization) ? `${current.averageUtilization}%` : unknown;
  const wanted = isSet(target.averageUtilization) ? `${target.averageUtilization}%` : "<auto>";
  return `${used}/${wanted}`;
}

export const autoscalerColumns: Column[] = [
  textColumn("Reference", "What is scaled", (object) => {
    const { kind, name } = object.spec?.scaleTargetRef ?? {};
    return `${kind}/${name}`;
  }),
  textColumn("Targets", "Present and wanted values of the metrics", targets),
  textColumn("MinPods", "The least number of pods", (object) => String(object.spec?.minReplicas ?? "<unset>")),
  countColumn("MaxPods", "The greatest number of pods", (object) => object.spec?.maxReplicas, "string"),
  countColumn("Replicas", "How many pods there are", (object) => object.status?.currentReplicas, "string"),
  ageColumn,
];

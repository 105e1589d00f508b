// HorizontalPodAutoscalers between autoscaling/v1 and v2. v1 has a field for the utilisation of cpu only; everything else of v2
// travels in annotations, written with the older shapes of metrics, so that a v1 client that reads and writes loses nothing.

import { isObject, type JsonObject, type KubeObject } from "../../machinery/object.ts";
import { isEmpty, isSet, listOf } from "../validation/fields.ts";

const v1 = "autoscaling/v1";
const v2 = "autoscaling/v2";
const prefix = "autoscaling.alpha.kubernetes.io";
const metricsKey = `${prefix}/metrics`;
const currentMetricsKey = `${prefix}/current-metrics`;
const conditionsKey = `${prefix}/conditions`;
const behaviorKey = `${prefix}/behavior`;
const ownKeys: readonly string[] = [metricsKey, currentMetricsKey, conditionsKey, behaviorKey];

/** The autoscaler in another version; the same object when it already is in that version. */
export function convertAutoscaler(object: KubeObject, apiVersion: string): KubeObject {
  if (object.apiVersion === apiVersion) return object;
  return apiVersion === v1 ? toV1(object) : toV2(object);
}

function toV1(object: KubeObject): KubeObject {
  const { metrics, behavior, ...spec } = object.spec ?? {};
  const { currentMetrics, conditions, ...status } = object.status ?? {};
  const annotations = withoutOwnKeys(object.metadata.annotations);
  const cpu = listOf(metrics).find(isCpuUtilization);
  if (cpu !== undefined) spec.targetCPUUtilizationPercentage = cpu.resource.target.averageUtilization;
  const others = listOf(metrics).filter((metric) => metric !== cpu);
  if (others.length > 0) annotations[metricsKey] = JSON.stringify(others.map(metricToV1));
  if (isSet(behavior)) annotations[behaviorKey] = JSON.stringify(behavior);
  if (!isEmpty(currentMetrics)) {
    annotations[currentMetricsKey] = JSON.stringify(listOf(currentMetrics).map(currentToV1));
    const current = listOf(currentMetrics).find(
      (metric) => metric.type === "Resource" && metric.resource?.name === "cpu",
    );
    const utilization = current?.resource.current?.averageUtilization;
    if (isSet(utilization)) status.currentCPUUtilizationPercentage = utilization;
  }
  if (!isEmpty(conditions)) annotations[conditionsKey] = JSON.stringify(conditions);
  return assemble(object, v1, annotations, spec, status);
}

function toV2(object: KubeObject): KubeObject {
  const { targetCPUUtilizationPercentage, ...spec } = object.spec ?? {};
  const { currentCPUUtilizationPercentage, ...status } = object.status ?? {};
  const annotations = object.metadata.annotations ?? {};
  const metrics: JsonObject[] = isSet(targetCPUUtilizationPercentage)
    ? [cpuUtilizationMetric(targetCPUUtilizationPercentage)]
    : [];
  metrics.push(...parseList(annotations[metricsKey]).map(metricToV2));
  if (metrics.length > 0) spec.metrics = metrics;
  const behavior = parse(annotations[behaviorKey]);
  if (isObject(behavior)) spec.behavior = behavior;
  const currentMetrics = parseList(annotations[currentMetricsKey]).map(currentToV2);
  if (currentMetrics.length > 0) status.currentMetrics = currentMetrics;
  else if (isSet(currentCPUUtilizationPercentage)) {
    const current = { averageUtilization: currentCPUUtilizationPercentage };
    status.currentMetrics = [{ type: "Resource", resource: { name: "cpu", current } }];
  }
  const conditions = parseList(annotations[conditionsKey]);
  if (conditions.length > 0) status.conditions = conditions;
  return assemble(object, v2, withoutOwnKeys(annotations), spec, status);
}

/** The metric that v1 has a field for, and that both versions default to. */
export function cpuUtilizationMetric(averageUtilization: number): JsonObject {
  return { type: "Resource", resource: { name: "cpu", target: { type: "Utilization", averageUtilization } } };
}

function isCpuUtilization(metric: JsonObject): boolean {
  const { type, resource } = metric;
  return type === "Resource" && resource?.name === "cpu" && isSet(resource.target?.averageUtilization);
}

function assemble(
  object: KubeObject,
  apiVersion: string,
  annotations: Record<string, string>,
  spec: JsonObject,
  status: JsonObject,
): KubeObject {
  const { annotations: _, ...metadata } = object.metadata;
  const converted: KubeObject = {
    ...object,
    apiVersion,
    metadata: isEmpty(annotations) ? metadata : { ...metadata, annotations },
    spec,
  };
  if (isSet(object.status)) converted.status = status;
  return converted;
}

function withoutOwnKeys(annotations: Record<string, string> | undefined): Record<string, string> {
  return Object.fromEntries(Object.entries(annotations ?? {}).filter(([key]) => !ownKeys.includes(key)));
}

/** What an annotation holds. Users can write anything there: what is no JSON is no metric. */
function parse(text: string | undefined): unknown {
  if (text === undefined) return undefined;
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function parseList(text: string | undefined): JsonObject[] {
  return listOf(parse(text)).filter(isObject);
}

/** Copies the fields that are set, under their new names. */
function pick(source: JsonObject | undefined, names: Record<string, string>): JsonObject {
  const picked: JsonObject = {};
  for (const [from, to] of Object.entries(names)) {
    if (isSet(source?.[from])) picked[to] = source?.[from];
  }
  return picked;
}

function metricToV1({ type, object, pods, resource, containerResource, external }: JsonObject): JsonObject {
  const metric: JsonObject = { type };
  if (isSet(object)) {
    metric.object = {
      target: object.describedObject,
      ...pick(object.metric, { name: "metricName", selector: "selector" }),
      targetValue: object.target?.value ?? "0",
      ...pick(object.target, { averageValue: "averageValue" }),
    };
  }
  if (isSet(pods)) {
    metric.pods = {
      ...pick(pods.metric, { name: "metricName", selector: "selector" }),
      ...pick(pods.target, { averageValue: "targetAverageValue" }),
    };
  }
  const averages = { averageUtilization: "targetAverageUtilization", averageValue: "targetAverageValue" };
  if (isSet(resource)) metric.resource = { name: resource.name, ...pick(resource.target, averages) };
  if (isSet(containerResource)) {
    const { name, container, target } = containerResource;
    metric.containerResource = { name, ...pick(target, averages), container };
  }
  if (isSet(external)) {
    metric.external = {
      ...pick(external.metric, { name: "metricName", selector: "metricSelector" }),
      ...pick(external.target, { value: "targetValue", averageValue: "targetAverageValue" }),
    };
  }
  return metric;
}

function metricToV2({ type, object, pods, resource, containerResource, external }: JsonObject): JsonObject {
  const metric: JsonObject = { type };
  if (isSet(object)) {
    const perPod = isSet(object.averageValue);
    metric.object = {
      describedObject: object.target,
      metric: pick(object, { metricName: "name", selector: "selector" }),
      target: perPod
        ? { type: "AverageValue", averageValue: object.averageValue }
        : { type: "Value", value: object.targetValue },
    };
  }
  if (isSet(pods)) {
    metric.pods = {
      metric: pick(pods, { metricName: "name", selector: "selector" }),
      target: { type: "AverageValue", ...pick(pods, { targetAverageValue: "averageValue" }) },
    };
  }
  if (isSet(resource)) metric.resource = { name: resource.name, target: averageTarget(resource) };
  if (isSet(containerResource)) {
    const { name, container } = containerResource;
    metric.containerResource = { name, container, target: averageTarget(containerResource) };
  }
  if (isSet(external)) {
    const names = { targetValue: "value", targetAverageValue: "averageValue" };
    metric.external = {
      metric: pick(external, { metricName: "name", metricSelector: "selector" }),
      target: { type: isSet(external.targetValue) ? "Value" : "AverageValue", ...pick(external, names) },
    };
  }
  return metric;
}

function averageTarget(source: JsonObject): JsonObject {
  const names = { targetAverageUtilization: "averageUtilization", targetAverageValue: "averageValue" };
  return { type: isSet(source.targetAverageUtilization) ? "Utilization" : "AverageValue", ...pick(source, names) };
}

function currentToV1({ type, object, pods, resource, containerResource, external }: JsonObject): JsonObject {
  const metric: JsonObject = { type };
  if (isSet(object)) {
    metric.object = {
      target: object.describedObject,
      ...pick(object.metric, { name: "metricName", selector: "selector" }),
      ...pick(object.current, { value: "currentValue", averageValue: "averageValue" }),
    };
  }
  if (isSet(pods)) {
    metric.pods = {
      ...pick(pods.metric, { name: "metricName", selector: "selector" }),
      ...pick(pods.current, { averageValue: "currentAverageValue" }),
    };
  }
  const averages = { averageUtilization: "currentAverageUtilization", averageValue: "currentAverageValue" };
  if (isSet(resource)) metric.resource = { name: resource.name, ...pick(resource.current, averages) };
  if (isSet(containerResource)) {
    const { name, container, current } = containerResource;
    metric.containerResource = { name, ...pick(current, averages), container };
  }
  if (isSet(external)) {
    metric.external = {
      ...pick(external.metric, { name: "metricName", selector: "metricSelector" }),
      ...pick(external.current, { value: "currentValue", averageValue: "currentAverageValue" }),
    };
  }
  return metric;
}

function currentToV2({ type, object, pods, resource, containerResource, external }: JsonObject): JsonObject {
  const metric: JsonObject = { type };
  if (isSet(object)) {
    metric.object = {
      describedObject: object.target,
      metric: pick(object, { metricName: "name", selector: "selector" }),
      current: pick(object, { currentValue: "value", averageValue: "averageValue" }),
    };
  }
  if (isSet(pods)) {
    metric.pods = {
      metric: pick(pods, { metricName: "name", selector: "selector" }),
      current: pick(pods, { currentAverageValue: "averageValue" }),
    };
  }
  const averages = { currentAverageUtilization: "averageUtilization", currentAverageValue: "averageValue" };
  if (isSet(resource)) metric.resource = { name: resource.name, current: pick(resource, averages) };
  if (isSet(containerResource)) {
    const { name, container } = containerResource;
    metric.containerResource = { name, container, current: pick(containerResource, averages) };
  }
  if (isSet(external)) {
    metric.external = {
      metric: pick(external, { metricName: "name", metricSelector: "selector" }),
      current: pick(external, { currentValue: "value", currentAverageValue: "averageValue" }),
    };
  }
  return metric;
}

// PodSecurity: a namespace says by its labels which Pod Security Standard its pods have to meet, which is warned of, and which is audited.
// A namespace without labels lets everything pass. Source of words: k8s.io/pod-security-admission/admission.

import type { AdmissionPlugin, AdmissionRequest } from "../../../apiserver/admission.ts";
import { refusal } from "../../../apiserver/refusal.ts";
import { type FieldError, invalid, keyPath } from "../../../machinery/field-error.ts";
import { isObject, type JsonObject } from "../../../machinery/object.ts";
import { invalidObject } from "../../../machinery/status-error.ts";
import { semanticEqual } from "../../validation/equality.ts";
import { isWriteOf, resources } from "../requests.ts";
import { checks, type PodLike } from "./checks.ts";

const prefix = "pod-security.kubernetes.io/";
const levels = ["privileged", "baseline", "restricted"] as const;
type Level = (typeof levels)[number];

/** Where kinds that make pods keep the template. */
const templates: ReadonlyMap<string, readonly string[]> = new Map([
  ["/replicationcontrollers", ["spec", "template"]],
  ["/podtemplates", ["template"]],
  ["apps/replicasets", ["spec", "template"]],
  ["apps/deployments", ["spec", "template"]],
  ["apps/statefulsets", ["spec", "template"]],
  ["apps/daemonsets", ["spec", "template"]],
  ["batch/jobs", ["spec", "template"]],
  ["batch/cronjobs", ["spec", "jobTemplate", "spec", "template"]],
]);

export class PodSecurity implements AdmissionPlugin {
  readonly name = "PodSecurity";

  handles(request: AdmissionRequest): boolean {
    const { operation, resource, subresource } = request;
    if (operation !== "CREATE" && operation !== "UPDATE") return false;
    if (resource.group === "" && resource.resource === "pods") {
      return subresource === "" || subresource === "ephemeralcontainers";
    }
    return subresource === "" && (isNamespaceWrite(request) || templates.has(`${resource.group}/${resource.resource}`));
  }

  validate(request: AdmissionRequest): void {
    if (isNamespaceWrite(request)) {
      checkLabels(request);
      return;
    }
    const labels = request.state.get(resources.namespaces, "", request.namespace)?.metadata.labels;
    if (labels === undefined) return;
    const isPod = request.resource.resource === "pods" && request.resource.group === "";
    const pod = isPod ? request.object : templateOf(request);
    if (pod === undefined || !isPodLike(pod)) return;
    if (isPod && request.oldObject !== undefined && semanticEqual(pod.spec, request.oldObject.spec)) return;
    const enforced = isPod ? violationsOf(labels, "enforce", pod) : undefined;
    if (enforced !== undefined) throw refusal(request, `violates PodSecurity ${enforced}`);
    const audited = violationsOf(labels, "audit", pod);
    if (audited !== undefined) {
      request.annotate(`${prefix}audit-violations`, `would violate PodSecurity ${audited}`);
    }
    const warned = violationsOf(labels, "warn", pod);
    if (warned !== undefined) request.warn(`would violate PodSecurity ${warned}`);
  }
}

function isNamespaceWrite(request: AdmissionRequest): boolean {
  return isWriteOf(request, resources.namespaces, "CREATE", "UPDATE");
}

function templateOf({ resource, object }: AdmissionRequest): JsonObject | undefined {
  let found: JsonObject | undefined = object;
  for (const step of templates.get(`${resource.group}/${resource.resource}`)!) found = found?.[step];
  return found && { metadata: {}, ...found };
}

function isPodLike(value: JsonObject): value is PodLike {
  return isObject(value.spec) && isObject(value.metadata);
}

/** `"baseline:latest": privileged (…), host namespaces (…)`; undefined when the pod meets what is asked. */
function violationsOf(
  labels: Record<string, string>,
  mode: "enforce" | "audit" | "warn",
  pod: PodLike,
): string | undefined {
  const level = labels[`${prefix}${mode}`] as Level | undefined;
  if (level !== "baseline" && level !== "restricted") return undefined;
  const found = checks[level].map((check) => check(pod)).filter((violation) => violation !== undefined);
  if (found.length === 0) return undefined;
  const version = labels[`${prefix}${mode}-version`] ?? "latest";
  return `"${level}:${version}": ${found.map(({ reason, detail }) => `${reason} (${detail})`).join(", ")}`;
}

function checkLabels({ object, oldObject, name }: AdmissionRequest): void {
  const errors: FieldError[] = [];
  const before = oldObject?.metadata.labels ?? {};
  for (const [key, value] of Object.entries(object!.metadata.labels ?? {})) {
    if (!key.startsWith(prefix) || before[key] === value) continue;
    const mode = key.slice(prefix.length);
    const path = keyPath("metadata.labels", key);
    if (["enforce", "audit", "warn"].includes(mode)) {
      if (!levels.includes(value as Level)) errors.push(invalid(path, value, `must be one of ${levels.join(", ")}`));
    } else if (/^(?:enforce|audit|warn)-version$/.test(mode) && !/^(?:latest|v1\.(?:0|[1-9]\d*))$/.test(value)) {
      errors.push(invalid(path, value, 'must be "latest" or "v1.x"'));
    }
  }
  if (errors.length > 0) throw invalidObject({ group: "", kind: "Namespace" }, name || object!.metadata.name!, errors);
}

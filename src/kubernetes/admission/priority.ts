// Pods get the number and the preemption policy of their priority class; only one class may be the default.
// Source of rules and words: kubernetes plugin/pkg/admission/priority.

import type { AdmissionPlugin, AdmissionRequest } from "../../apiserver/admission.ts";
import { refusal } from "../../apiserver/refusal.ts";
import type { StateReader } from "../../apiserver/strategy.ts";
import type { JsonObject, KubeObject } from "../../machinery/object.ts";
import { isSet } from "../validation/fields.ts";
import { isWriteOf, resources } from "./requests.ts";

interface Chosen {
  className: string;
  priority: number;
  preemptionPolicy: string | undefined;
}

const none: Chosen = { className: "", priority: 0, preemptionPolicy: "PreemptLowerPriority" };

export class Priority implements AdmissionPlugin {
  readonly name = "Priority";

  handles(request: AdmissionRequest): boolean {
    return (
      isWriteOf(request, resources.pods, "CREATE", "UPDATE") ||
      isWriteOf(request, resources.priorityClasses, "CREATE", "UPDATE")
    );
  }

  mutate(request: AdmissionRequest): void {
    if (request.resource.resource !== "pods") return;
    const { spec } = request.object!;
    if (request.operation === "CREATE") choose(request, spec);
    else keep(spec, request.oldObject?.spec ?? {});
  }

  validate(request: AdmissionRequest): void {
    const { resource, object, operation, state } = request;
    if (resource.resource === "pods" || object!.globalDefault !== true) return;
    const name = defaultClass(state)?.metadata.name;
    if (name === undefined || (operation === "UPDATE" && name === object!.metadata.name)) return;
    throw refusal(request, `PriorityClass ${name} is already marked as globalDefault. Only one default can exist`);
  }
}

/** An update that leaves them out keeps what was set on create. */
function keep(spec: JsonObject, old: JsonObject): void {
  for (const field of ["priority", "preemptionPolicy"]) {
    if (!isSet(spec[field]) && isSet(old[field])) spec[field] = old[field];
  }
}

function choose(request: AdmissionRequest, spec: JsonObject): void {
  const { className, priority, preemptionPolicy } = chosenFor(request, spec.priorityClassName ?? "");
  if (isSet(spec.priority) && spec.priority !== priority) {
    throw refusal(
      request,
      `the integer value of priority (${spec.priority}) must not be provided in pod spec; priority admission controller computed ${priority} from the given PriorityClass name`,
    );
  }
  if (className !== "") spec.priorityClassName = className;
  spec.priority = priority;
  if (preemptionPolicy === undefined) return;
  if (isSet(spec.preemptionPolicy) && spec.preemptionPolicy !== preemptionPolicy) {
    throw refusal(
      request,
      `the string value of PreemptionPolicy (${spec.preemptionPolicy}) must not be provided in pod spec; priority admission controller computed ${preemptionPolicy} from the given PriorityClass name`,
    );
  }
  spec.preemptionPolicy = preemptionPolicy;
}

function chosenFor(request: AdmissionRequest, className: string): Chosen {
  const { state } = request;
  const found = className === "" ? defaultClass(state) : state.get(resources.priorityClasses, "", className);
  if (found !== undefined) {
    return { className: found.metadata.name!, priority: found.value, preemptionPolicy: found.preemptionPolicy };
  }
  if (className === "") return none;
  throw refusal(request, `no PriorityClass with name ${className} was found`);
}

/** The default class; of several the one of least value. */
function defaultClass(state: StateReader): KubeObject | undefined {
  let chosen: KubeObject | undefined;
  for (const candidate of state.list(resources.priorityClasses)) {
    if (candidate.globalDefault !== true) continue;
    if (chosen === undefined || candidate.value < chosen.value) chosen = candidate;
  }
  return chosen;
}

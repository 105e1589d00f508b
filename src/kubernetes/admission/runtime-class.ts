// Pods take the overhead and the scheduling rules of their runtime class.
// Source of rules and words: kubernetes plugin/pkg/admission/runtimeclass.

import type { AdmissionPlugin, AdmissionRequest } from "../../apiserver/admission.ts";
import { refusal } from "../../apiserver/refusal.ts";
import { deepCopy, type JsonObject, type KubeObject } from "../../machinery/object.ts";
import { semanticEqual } from "../validation/equality.ts";
import { entriesOf, isEmpty, isSet, listOf } from "../validation/fields.ts";
import { isWriteOf, resources } from "./requests.ts";

const mismatch = "pod rejected: Pod's Overhead doesn't match RuntimeClass's defined Overhead";

export class RuntimeClassAdmission implements AdmissionPlugin {
  readonly name = "RuntimeClass";

  handles(request: AdmissionRequest): boolean {
    if (!isWriteOf(request, resources.pods, "CREATE")) return false;
    const spec: JsonObject = request.object?.spec ?? {};
    return !isEmpty(spec.runtimeClassName) || isSet(spec.overhead);
  }

  mutate(request: AdmissionRequest): void {
    const { spec } = request.object!;
    const runtimeClass = classOf(request);
    if (runtimeClass === undefined) return;
    const overhead = runtimeClass.overhead?.podFixed;
    if (isSet(overhead)) {
      if (!isEmpty(spec.overhead) && !sameOverhead(spec.overhead, overhead)) throw refusal(request, mismatch);
      spec.overhead = deepCopy(overhead);
    }
    if (isSet(runtimeClass.scheduling)) schedule(request, spec, runtimeClass.scheduling);
  }

  validate(request: AdmissionRequest): void {
    const { overhead } = request.object!.spec;
    const wanted = classOf(request)?.overhead?.podFixed;
    if (isSet(wanted)) {
      if (!sameOverhead(overhead, wanted)) throw refusal(request, mismatch);
    } else if (isSet(overhead)) {
      throw refusal(request, "pod rejected: Pod Overhead set without corresponding RuntimeClass defined Overhead");
    }
  }
}

function sameOverhead(overhead: unknown, wanted: unknown): boolean {
  return semanticEqual({ overhead }, { overhead: wanted });
}

function classOf(request: AdmissionRequest): KubeObject | undefined {
  const name: string = request.object!.spec.runtimeClassName ?? "";
  if (name === "") return undefined;
  const found = request.state.get(resources.runtimeClasses, "", name);
  if (found === undefined) throw refusal(request, `pod rejected: RuntimeClass ${JSON.stringify(name)} not found`);
  return found;
}

function schedule(request: AdmissionRequest, spec: JsonObject, { nodeSelector, tolerations }: JsonObject): void {
  for (const [key, value] of entriesOf(nodeSelector)) {
    const own = spec.nodeSelector?.[key];
    if (own === undefined || own === value) continue;
    throw refusal(
      request,
      `conflict: runtimeClass.scheduling.nodeSelector[${key}] = ${value}; pod.spec.nodeSelector[${key}] = ${own}`,
    );
  }
  if (!isEmpty(nodeSelector)) spec.nodeSelector = { ...spec.nodeSelector, ...nodeSelector };
  const own: JsonObject[] = listOf(spec.tolerations);
  const more = listOf(tolerations).filter((wanted) => !own.some((known) => semanticEqual(known, wanted)));
  if (more.length > 0) spec.tolerations = [...own, ...deepCopy(more)];
}

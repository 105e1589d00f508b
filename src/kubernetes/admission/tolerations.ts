// DefaultTolerationSeconds: pods bear a node that is not ready or out of reach for five minutes. TaintNodesByCondition: new nodes begin
// as not ready. Sources: kubernetes plugin/pkg/admission/{defaulttolerationseconds,nodetaint}.

import type { AdmissionPlugin, AdmissionRequest } from "../../apiserver/admission.ts";
import type { JsonObject } from "../../machinery/object.ts";
import { listOf } from "../validation/fields.ts";
import { isWriteOf, resources } from "./requests.ts";

const notReady = "node.kubernetes.io/not-ready";
const unreachable = "node.kubernetes.io/unreachable";
const seconds = 300;

export class DefaultTolerationSeconds implements AdmissionPlugin {
  readonly name = "DefaultTolerationSeconds";

  handles(request: AdmissionRequest): boolean {
    return isWriteOf(request, resources.pods, "CREATE", "UPDATE");
  }

  mutate({ object }: AdmissionRequest): void {
    const { spec } = object!;
    const tolerations: JsonObject[] = listOf(spec.tolerations);
    const missing = [notReady, unreachable].filter((key) => !tolerations.some((known) => bears(known, key)));
    if (missing.length === 0) return;
    spec.tolerations = [
      ...tolerations,
      ...missing.map((key) => ({ key, operator: "Exists", effect: "NoExecute", tolerationSeconds: seconds })),
    ];
  }
}

function bears({ key = "", effect = "" }: JsonObject, taint: string): boolean {
  return (key === "" || key === taint) && (effect === "" || effect === "NoExecute");
}

export class TaintNodesByCondition implements AdmissionPlugin {
  readonly name = "TaintNodesByCondition";

  handles(request: AdmissionRequest): boolean {
    return isWriteOf(request, resources.nodes, "CREATE");
  }

  mutate({ object }: AdmissionRequest): void {
    const node = object!;
    node.spec ??= {};
    const taints: JsonObject[] = listOf(node.spec.taints);
    if (taints.some(({ key, effect }) => key === notReady && effect === "NoSchedule")) return;
    node.spec.taints = [...taints, { key: notReady, effect: "NoSchedule" }];
  }
}

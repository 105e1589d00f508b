// Binding a pod to a node: `pods/<name>/binding`, and the older `bindings` resource that does the same.
// A pod is bound once; whoever comes second gets a conflict that names the node.

import type { ActionRequest, ActionSubresource, Strategy } from "../../apiserver/strategy.ts";
import { type FieldError, notSupported, required } from "../../machinery/field-error.ts";
import type { GroupResource, JsonObject, KubeObject } from "../../machinery/object.ts";
import { badRequest, conflict, invalidObject } from "../../machinery/status-error.ts";
import { builtin } from "../define.ts";
import { builtinSchema } from "../definitions.ts";
import { isEmpty, isSet } from "../validation/fields.ts";
import { withPodCondition } from "./pod-status.ts";
import { contextFor, success } from "./subresource-answers.ts";

const pods: GroupResource = { group: "", resource: "pods" };

export const bindingSubresource: ActionSubresource = {
  type: "action",
  body: { group: "", version: "v1", kind: "Binding" },
  get schema() {
    return builtinSchema("io.k8s.api.core.v1.Binding");
  },
  verbs: ["create"],
  perform: (_pod, body, request) => bind(request.name, body, request),
};

const bindingStrategy: Strategy = {
  answer: (body, request) => bind(body.metadata.name ?? "", body, request),
};

export const bindings = builtin({ group: "", kind: "Binding", versions: ["v1"], strategy: bindingStrategy });

async function bind(podName: string, binding: KubeObject, request: ActionRequest): Promise<KubeObject> {
  const name = binding.metadata?.name ?? "";
  if (name !== "" && name !== podName) throw badRequest("name in URL does not match name in Binding object");
  const errors = bindingErrors(binding.target ?? {});
  if (errors.length > 0) throw invalidObject({ group: "", kind: "Binding" }, podName, errors);
  const context = contextFor(request, "binding");
  const update = (pod: KubeObject): KubeObject => bindPod(pod, binding, request.now);
  await request.services.update(pods, request.namespace, podName, update, context);
  return success();
}

function bindingErrors(target: JsonObject): FieldError[] {
  const errors: FieldError[] = [];
  if (!isEmpty(target.kind) && target.kind !== "Node") {
    errors.push(notSupported("target.kind", target.kind, ["Node", "<empty>"], "given"));
  }
  if (isEmpty(target.name)) errors.push(required("target.name"));
  return errors;
}

/** The pod on its node. Throws a conflict when it cannot go there. */
export function bindPod(pod: KubeObject, binding: KubeObject, now: Date): KubeObject {
  const name = pod.metadata.name ?? "";
  const refuse = (why: string): never => {
    throw conflict({ group: "", resource: "pods/binding" }, name, why);
  };
  const uid = binding.metadata?.uid;
  if (!isEmpty(uid) && uid !== pod.metadata.uid) {
    refuse(`Precondition failed: UID in precondition: ${uid}, UID in object meta: ${pod.metadata.uid}`);
  }
  if (isSet(pod.metadata.deletionTimestamp)) {
    refuse(`pod ${name} is being deleted, cannot be assigned to a host`);
  }
  if (!isEmpty(pod.spec?.nodeName)) {
    refuse(`pod ${name} is already assigned to node ${JSON.stringify(pod.spec.nodeName)}`);
  }
  if (!isEmpty(pod.spec?.schedulingGates)) refuse(`pod ${name} has non-empty .spec.schedulingGates`);
  const { nominatedNodeName: _, ...status } = pod.status ?? {};
  const metadata = { ...pod.metadata };
  if (!isEmpty(binding.metadata?.annotations)) {
    metadata.annotations = { ...metadata.annotations, ...binding.metadata.annotations };
  }
  return {
    ...pod,
    metadata,
    spec: { ...pod.spec, nodeName: binding.target.name },
    status: {
      ...status,
      conditions: withPodCondition(status.conditions, { type: "PodScheduled", status: "True" }, now),
    },
  };
}

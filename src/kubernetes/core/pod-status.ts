// Parts of a pod's status that the API server itself writes and checks.

import { childPath, duplicate, type FieldError, forbidden, invalid } from "../../machinery/field-error.ts";
import { parseIp } from "../../machinery/ip.ts";
import type { JsonObject, KubeObject } from "../../machinery/object.ts";
import { formatTime } from "../../machinery/time.ts";
import { checkIP } from "../ip-address.ts";
import { checkImmutable, isEmpty, isSet, listOf } from "../validation/fields.ts";
import { checkDnsSubdomain, checkQualifiedName } from "../validation/names.ts";
import { qosClassOf } from "./pod-qos.ts";

/** The status of a new pod. */
export function initialPodStatus(spec: JsonObject): JsonObject {
  const status: JsonObject = { phase: "Pending", qosClass: qosClassOf(spec) };
  if (!isEmpty(spec.schedulingGates)) {
    status.conditions = [
      {
        type: "PodScheduled",
        status: "False",
        reason: "SchedulingGated",
        message: "Scheduling is blocked due to non-empty scheduling gates",
        lastProbeTime: null,
        lastTransitionTime: null,
      },
    ];
  }
  return status;
}

/** The conditions with this one set; its transition time moves only when its status does. */
export function withPodCondition(conditions: unknown, condition: JsonObject, now: Date): JsonObject[] {
  const others = listOf(conditions).filter((other) => other.type !== condition.type);
  const before = listOf(conditions).find((other) => other.type === condition.type);
  const lastTransitionTime =
    before !== undefined && before.status === condition.status ? before.lastTransitionTime : formatTime(now);
  return [...others, { lastProbeTime: null, ...condition, lastTransitionTime }];
}

/** Fills what a status update left out: the class never changes, and `podIP` and `podIPs` say the same. */
export function completePodStatus(pod: KubeObject, old: KubeObject): void {
  const status: JsonObject = { ...pod.status };
  if (isEmpty(status.qosClass) && !isEmpty(old.status?.qosClass)) status.qosClass = old.status.qosClass;
  const first = status.podIPs?.[0]?.ip;
  if (isEmpty(status.podIP) && !isEmpty(first)) status.podIP = first;
  else if (!isEmpty(status.podIP) && first !== status.podIP) status.podIPs = [{ ip: status.podIP }];
  pod.status = status;
}

const systemConditions: ReadonlySet<string> = new Set(["PodScheduled", "Ready", "Initialized"]);

/** Errors of an update of `/status`. */
export function checkPodStatusUpdate(pod: KubeObject, old: KubeObject): FieldError[] {
  const errors: FieldError[] = [];
  const status: JsonObject = pod.status ?? {};
  const before: JsonObject = old.status ?? {};
  listOf(status.conditions).forEach((condition, index) => {
    if (systemConditions.has(condition.type)) return;
    checkQualifiedName(condition.type, `metadata.conditions[${index}].Type`, errors);
  });
  const nominated = status.nominatedNodeName;
  if (!isEmpty(nominated) && nominated !== before.nominatedNodeName) {
    checkDnsSubdomain(nominated, "status.nominatedNodeName", errors);
  }
  checkImmutable(status.qosClass, before.qosClass, "status.qosClass", errors);
  const policy: string = old.spec?.restartPolicy ?? "Always";
  const sidecars = listOf(old.spec?.initContainers)
    .filter((container) => container.restartPolicy === "Always")
    .map((container) => container.name);
  checkTransitions(status, before, "containerStatuses", policy, [], errors);
  checkTransitions(status, before, "initContainerStatuses", policy, sidecars, errors);
  checkTransitions(status, before, "ephemeralContainerStatuses", "Never", [], errors);
  checkAddresses(status.podIPs, "status.podIPs", errors);
  checkAddresses(status.hostIPs, "status.hostIPs", errors);
  const firstHost = status.hostIPs?.[0]?.ip;
  if (!isEmpty(status.hostIPs) && status.hostIP !== firstHost) {
    errors.push(invalid("status.hostIPs[0].ip", firstHost, "must be equal to `hostIP`"));
  }
  return errors;
}

/** A container that ended, and is not to be restarted, does not come back. */
function checkTransitions(
  status: JsonObject,
  before: JsonObject,
  field: string,
  restartPolicy: string,
  restartable: readonly string[],
  errors: FieldError[],
): void {
  if (restartPolicy === "Always") return;
  listOf(before[field]).forEach((old, index) => {
    const ended = old.state?.terminated;
    if (!isSet(ended) || restartable.includes(old.name)) return;
    if ((ended.exitCode ?? 0) !== 0 && restartPolicy === "OnFailure") return;
    const revived = listOf(status[field]).some((now) => now.name === old.name && !isSet(now.state?.terminated));
    if (!revived) return;
    const at = childPath(childPath(childPath("status", field), index), "state");
    errors.push(forbidden(at, "may not be transitioned to non-terminated state"));
  });
}

function checkAddresses(addresses: unknown, path: string, errors: FieldError[]): void {
  const list = listOf(addresses);
  list.forEach((address, index) => {
    checkIP(address.ip ?? "", childPath(path, index), errors);
  });
  if (list.length < 2) return;
  const families = new Set(list.map((address) => parseIp(address.ip ?? "")?.family));
  if (list.length > 2 || families.size < 2) {
    errors.push(invalid(path, list, "may specify no more than one IP for each IP family"));
  }
  const seen = new Set<string>();
  list.forEach((address, index) => {
    if (seen.has(address.ip)) errors.push(duplicate(childPath(path, index), address));
    seen.add(address.ip);
  });
}

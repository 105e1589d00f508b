// The columns of `kubectl get pods`. STATUS sums up phase, conditions and container states in one word; the order of the rules is
// that of kube-apiserver, because people and scripts read it.

import type { Column } from "../../machinery/kind.ts";
import type { JsonObject, KubeObject } from "../../machinery/object.ts";
import { since } from "../../machinery/time.ts";
import { ageColumn, none, textColumn } from "../columns.ts";
import { isEmpty, isSet, listOf } from "../validation/fields.ts";

interface PodSummary {
  ready: number;
  total: number;
  status: string;
  restarts: number;
  /** The last restart, RFC 3339; "" when there was none. */
  lastRestart: string;
}

export const podColumns: Column[] = [
  textColumn("Ready", "How many of the pod's containers are ready", (pod) => {
    const { ready, total } = summarizePod(pod);
    return `${ready}/${total}`;
  }),
  textColumn("Status", "The state of the pod and its containers in one word", (pod) => summarizePod(pod).status),
  textColumn("Restarts", "How often containers restarted, and when the last one did", (pod, now) => {
    const { restarts, lastRestart } = summarizePod(pod);
    return restarts === 0 || lastRestart === "" ? String(restarts) : `${restarts} (${since(lastRestart, now)} ago)`;
  }),
  ageColumn,
  textColumn("IP", "The pod's first address", (pod) => pod.status?.podIPs?.[0]?.ip || pod.status?.podIP || none, 1),
  textColumn("Node", "The node that runs the pod", (pod) => pod.spec?.nodeName || none, 1),
  textColumn(
    "Nominated Node",
    "The node that the pod waits for after preemption",
    (pod) => pod.status?.nominatedNodeName || none,
    1,
  ),
  textColumn("Readiness Gates", "How many of the pod's readiness gates are open", readinessGates, 1),
];

function readinessGates(pod: KubeObject): string {
  const gates = listOf(pod.spec?.readinessGates);
  if (gates.length === 0) return none;
  const open = gates.filter((gate) => hasCondition(pod, gate.conditionType, "True"));
  return `${open.length}/${gates.length}`;
}

/** What the columns Ready, Status and Restarts say. */
export function summarizePod(pod: KubeObject): PodSummary {
  const initContainers = listOf(pod.spec?.initContainers);
  const sidecars = new Set<string>(initContainers.filter((c) => c.restartPolicy === "Always").map((c) => c.name));
  const summary: PodSummary = {
    ready: 0,
    total: listOf(pod.spec?.containers).length + sidecars.size,
    status: pod.status?.reason || pod.status?.phase || "",
    restarts: 0,
    lastRestart: "",
  };
  if (listOf(pod.status?.conditions).some((c) => c.type === "PodScheduled" && c.reason === "SchedulingGated")) {
    summary.status = "SchedulingGated";
  }
  const initializing = summarizeInitContainers(pod, sidecars, initContainers.length, summary);
  if (!initializing || hasCondition(pod, "Initialized", "True")) summarizeContainers(pod, sidecars, summary);
  if (isSet(pod.metadata.deletionTimestamp)) {
    if (pod.status?.reason === "NodeLost") summary.status = "Unknown";
    else if (!isFinished(pod)) summary.status = "Terminating";
  }
  return summary;
}

/** Whether the pod ended for good. */
export function isFinished(pod: KubeObject): boolean {
  return pod.status?.phase === "Succeeded" || pod.status?.phase === "Failed";
}

export function hasCondition(object: KubeObject, type: string, status: string): boolean {
  return listOf(object.status?.conditions).some((c) => c.type === type && c.status === status);
}

/** Adds what the init containers say; returns whether one of them still holds the pod up. */
function summarizeInitContainers(
  pod: KubeObject,
  sidecars: ReadonlySet<string>,
  count: number,
  summary: PodSummary,
): boolean {
  for (const [index, status] of listOf(pod.status?.initContainerStatuses).entries()) {
    countRestarts(status, summary);
    const { terminated, waiting } = status.state ?? {};
    if (isSet(terminated) && (terminated.exitCode ?? 0) === 0) continue;
    if (sidecars.has(status.name) && status.started === true) {
      if (status.ready === true) summary.ready++;
      continue;
    }
    if (isSet(terminated)) {
      summary.status = `Init:${terminated.reason || exitText(terminated)}`;
    } else if (!isEmpty(waiting?.reason) && waiting.reason !== "PodInitializing") {
      summary.status = `Init:${waiting.reason}`;
    } else {
      summary.status = `Init:${index}/${count}`;
    }
    return true;
  }
  return false;
}

/** Adds what the regular containers say. Of init containers only the restarts of sidecars still count then. */
function summarizeContainers(pod: KubeObject, sidecars: ReadonlySet<string>, summary: PodSummary): void {
  summary.restarts = 0;
  summary.lastRestart = "";
  for (const status of listOf(pod.status?.initContainerStatuses)) {
    if (sidecars.has(status.name)) countRestarts(status, summary);
  }
  let running = false;
  for (const status of listOf(pod.status?.containerStatuses).toReversed()) {
    countRestarts(status, summary);
    const { terminated, waiting, running: runs } = status.state ?? {};
    if (!isEmpty(waiting?.reason)) {
      summary.status = waiting.reason;
    } else if (isSet(terminated)) {
      summary.status = terminated.reason || exitText(terminated);
    } else if (status.ready === true && isSet(runs)) {
      running = true;
      summary.ready++;
    }
  }
  if (summary.status === "Completed" && running) {
    summary.status = hasCondition(pod, "Ready", "True") ? "Running" : "NotReady";
  }
}

function countRestarts(status: JsonObject, summary: PodSummary): void {
  summary.restarts += status.restartCount ?? 0;
  const finished: string = status.lastState?.terminated?.finishedAt ?? "";
  if (finished !== "" && (summary.lastRestart === "" || Date.parse(finished) > Date.parse(summary.lastRestart))) {
    summary.lastRestart = finished;
  }
}

function exitText(terminated: JsonObject): string {
  return terminated.signal ? `Signal:${terminated.signal}` : `ExitCode:${terminated.exitCode ?? 0}`;
}

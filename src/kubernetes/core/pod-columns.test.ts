import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { JsonObject, KubeObject } from "../../machinery/object.ts";
import { row, testNow } from "../validation/testing.ts";
import { pods } from "./pod.ts";

function pod(spec: JsonObject = {}, more: JsonObject = {}): KubeObject {
  const containers = [{ name: "app", image: "nginx:1.29" }];
  return {
    apiVersion: "v1",
    kind: "Pod",
    spec: { containers, ...spec },
    ...more,
    metadata: { name: "web", namespace: "default", ...more.metadata },
  };
}

describe("kubectl get pods", () => {
  const created = { creationTimestamp: "2026-01-01T23:55:00Z" };
  const running = { name: "app", ready: true, restartCount: 0, state: { running: {} } };
  const cases: [name: string, spec: JsonObject, more: JsonObject, expected: Record<string, unknown>][] = [
    ["pending", {}, { status: { phase: "Pending" } }, { Ready: "0/1", Status: "Pending", Restarts: "0" }],
    [
      "running",
      { nodeName: "n1" },
      { status: { phase: "Running", podIPs: [{ ip: "10.0.0.7" }], containerStatuses: [running] } },
      {
        Ready: "1/1",
        Status: "Running",
        Restarts: "0",
        Age: "5m",
        IP: "10.0.0.7",
        Node: "n1",
        "Nominated Node": "<none>",
        "Readiness Gates": "<none>",
      },
    ],
    [
      "crashing",
      {},
      {
        status: {
          phase: "Running",
          containerStatuses: [
            {
              name: "app",
              restartCount: 4,
              state: { waiting: { reason: "CrashLoopBackOff" } },
              lastState: { terminated: { exitCode: 1, finishedAt: "2026-01-01T23:59:00Z" } },
            },
          ],
        },
      },
      { Ready: "0/1", Status: "CrashLoopBackOff", Restarts: "4 (60s ago)" },
    ],
    [
      "initializing",
      { initContainers: [{ name: "a" }, { name: "b" }] },
      {
        status: {
          phase: "Pending",
          initContainerStatuses: [
            { name: "a", state: { terminated: { exitCode: 0 } } },
            { name: "b", state: { running: {} } },
          ],
          containerStatuses: [{ name: "app", state: { waiting: { reason: "PodInitializing" } } }],
        },
      },
      { Ready: "0/1", Status: "Init:1/2" },
    ],
    [
      "failed in init",
      { initContainers: [{ name: "a" }] },
      { status: { phase: "Pending", initContainerStatuses: [{ name: "a", state: { terminated: { exitCode: 3 } } }] } },
      { Status: "Init:ExitCode:3" },
    ],
    [
      "with a running sidecar",
      { initContainers: [{ name: "proxy", restartPolicy: "Always" }] },
      {
        status: {
          phase: "Running",
          initContainerStatuses: [
            { name: "proxy", started: true, ready: true, restartCount: 2, state: { running: {} } },
          ],
          containerStatuses: [running],
        },
      },
      { Ready: "2/2", Status: "Running", Restarts: "2" },
    ],
    [
      "completed",
      {},
      {
        status: {
          phase: "Succeeded",
          containerStatuses: [{ name: "app", state: { terminated: { exitCode: 0, reason: "Completed" } } }],
        },
      },
      { Ready: "0/1", Status: "Completed" },
    ],
    [
      "killed by a signal",
      {},
      {
        status: {
          phase: "Failed",
          containerStatuses: [{ name: "app", state: { terminated: { exitCode: 137, signal: 9 } } }],
        },
      },
      { Status: "Signal:9" },
    ],
    [
      "terminating",
      {},
      { metadata: { deletionTimestamp: "2026-01-02T00:00:00Z" }, status: { phase: "Running" } },
      { Status: "Terminating" },
    ],
    ["evicted", {}, { status: { phase: "Failed", reason: "Evicted" } }, { Status: "Evicted" }],
    [
      "behind a readiness gate",
      { readinessGates: [{ conditionType: "example.com/a" }, { conditionType: "example.com/b" }] },
      { status: { conditions: [{ type: "example.com/a", status: "True" }] } },
      { "Readiness Gates": "1/2" },
    ],
  ];
  for (const [name, spec, more, expected] of cases) {
    test(name, () => {
      const cells = row(pods, pod(spec, { ...more, metadata: { ...created, ...more.metadata } }));
      for (const [column, cell] of Object.entries(expected)) assert.equal(cells[column], cell, column);
    });
  }
});

test("ages are told from the time of the request", () => {
  assert.equal(row(pods, pod({}, { metadata: { creationTimestamp: testNow.toISOString() } })).Age, "0s");
});

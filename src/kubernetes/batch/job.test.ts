import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { JsonObject, KubeObject } from "../../machinery/object.ts";
import { createErrors, defaulted, row, testContext, updateErrors } from "../validation/testing.ts";
import { jobs } from "./job.ts";

const podSpec = { containers: [{ name: "work", image: "busybox:1" }], restartPolicy: "Never" };

/** A job as it is after its selector was generated. */
function job(spec: JsonObject = {}, fields: JsonObject = {}): KubeObject {
  const object: KubeObject = {
    apiVersion: "batch/v1",
    kind: "Job",
    metadata: { name: "work", uid: "u1" },
    spec: { template: { spec: podSpec }, ...structuredClone(spec) },
    ...fields,
  };
  jobs.strategy?.prepareForCreate?.(object, testContext());
  return object;
}

test("job defaults", () => {
  const { template: _, selector: __, ...spec } = defaulted(jobs, job()).spec;
  assert.deepEqual(spec, {
    completions: 1,
    parallelism: 1,
    backoffLimit: 6,
    completionMode: "NonIndexed",
    suspend: false,
    manualSelector: false,
    podReplacementPolicy: "TerminatingOrFailed",
  });
  assert.equal(defaulted(jobs, job({ parallelism: 3 })).spec.completions, undefined);
});

test("a job selects its pods by its uid", () => {
  const { spec } = job();
  assert.deepEqual(spec.selector, { matchLabels: { "batch.kubernetes.io/controller-uid": "u1" } });
  assert.deepEqual(spec.template.metadata.labels, {
    "batch.kubernetes.io/controller-uid": "u1",
    "controller-uid": "u1",
    "batch.kubernetes.io/job-name": "work",
    "job-name": "work",
  });
});

test("a user may manage the selector", () => {
  const labels = { app: "work" };
  const manual = { manualSelector: true, selector: { matchLabels: labels } };
  const object = job({ ...manual, template: { metadata: { labels }, spec: podSpec } });
  assert.deepEqual(object.spec.template.metadata.labels, labels);
  assert.deepEqual(createErrors(jobs, object), []);
});

describe("job validation", () => {
  const policy = (rule: JsonObject): JsonObject => ({ podFailurePolicy: { rules: [rule] } });
  const cases: [name: string, spec: JsonObject, expected: string[]][] = [
    ["a plain job", {}, []],
    [
      "pods that never end",
      { template: { spec: { ...podSpec, restartPolicy: undefined } } },
      ['spec.template.spec.restartPolicy: Required value: valid values: "OnFailure", "Never"'],
    ],
    [
      "indexes without number",
      { completionMode: "Indexed", parallelism: 2 },
      ["spec.completions: Required value: when completion mode is Indexed"],
    ],
    [
      "a limit per index without indexes",
      { backoffLimitPerIndex: 1 },
      ["spec.backoffLimitPerIndex: Invalid value: 1: requires indexed completion mode"],
    ],
    [
      "labels of another job",
      { template: { metadata: { labels: { "job-name": "other" } }, spec: podSpec } },
      [
        "spec.template.metadata.labels[job-name]: Invalid value: " +
          '{"controller-uid":"u1","job-name":"other","batch.kubernetes.io/controller-uid":"u1","batch.kubernetes.io/job-name":"work"}' +
          ": must be 'work'",
      ],
    ],
    [
      "a failure rule without action",
      policy({ onExitCodes: { operator: "In", values: [1] } }),
      ['spec.podFailurePolicy.rules[0].action: Required value: valid values: ["Count" "FailIndex" "FailJob" "Ignore"]'],
    ],
    [
      "a manager without domain",
      { managedBy: "kueue" },
      ['spec.managedBy: Invalid value: "kueue": must be a domain-prefixed path (such as "acme.io/foo")'],
    ],
    [
      "an unknown completion mode",
      { completionMode: "Sorted" },
      ['spec.completionMode: Unsupported value: "Sorted": supported values: "NonIndexed", "Indexed"'],
    ],
    [
      "very many indexes with a limit for each",
      { completionMode: "Indexed", completions: 100_001, parallelism: 10_001, backoffLimitPerIndex: 1 },
      [
        "spec.maxFailedIndexes: Required value: must be specified when completions is above 100000",
        "spec.parallelism: Invalid value: 10001: must be less than or equal to 10000 when completions are above 100000 and used with backoff limit per index",
      ],
    ],
    [
      "a failure rule for success",
      policy({ action: "Ignore", onExitCodes: { operator: "In", values: [0] } }),
      ["spec.podFailurePolicy.rules[0].onExitCodes.values[0]: Invalid value: 0: must not be 0 for the In operator"],
    ],
    [
      "a failure rule without condition",
      policy({ action: "FailJob" }),
      ["spec.podFailurePolicy.rules[0]: Invalid value: specifying one of OnExitCodes and OnPodConditions is required"],
    ],
    [
      "negative parallelism",
      { parallelism: -1 },
      ["spec.parallelism: Invalid value: -1: must be greater than or equal to 0"],
    ],
    [
      "success of indexes that do not exist",
      { completionMode: "Indexed", completions: 3, successPolicy: { rules: [{ succeededIndexes: "0,2-4" }] } },
      [
        'spec.successPolicy.rules[0].succeededIndexes: Invalid value: "0,2-4": error parsing succeededIndexes: invalid interval "2-4"',
      ],
    ],
  ];
  for (const [name, spec, expected] of cases) {
    test(name, () => assert.deepEqual(createErrors(jobs, job(spec)), expected));
  }
});

test("the hosts of an indexed job can be named", () => {
  const name = "a".repeat(62);
  const object = job({ completionMode: "Indexed", completions: 11 }, { metadata: { name, uid: "u1" } });
  assert.deepEqual(createErrors(jobs, object), [
    `metadata.name: Invalid value: "${name}": will not able to create pod with invalid DNS label: ${name}-10`,
  ]);
});

describe("job updates", () => {
  test("may change parallelism, not completions", () => {
    assert.deepEqual(updateErrors(jobs, job({ completions: 1, parallelism: 5 }), job()), []);
    assert.deepEqual(updateErrors(jobs, job({ completions: 2 }), job()), [
      "spec.completions: Invalid value: 2: field is immutable",
    ]);
  });

  test("resize indexed jobs in tandem", () => {
    const indexed = { completionMode: "Indexed", completions: 2, parallelism: 2 };
    assert.deepEqual(updateErrors(jobs, job({ ...indexed, completions: 3, parallelism: 3 }), job(indexed)), []);
    assert.deepEqual(updateErrors(jobs, job({ ...indexed, completions: 3 }), job(indexed)), [
      "spec.completions: Invalid value: 3: can only be modified in tandem with spec.parallelism",
    ]);
  });

  test("steer the pods of suspended jobs only", () => {
    const steered = { template: { spec: { ...podSpec, nodeSelector: { disk: "ssd" } } } };
    assert.deepEqual(updateErrors(jobs, job(steered), job({ suspend: true })), []);
    assert.match(
      updateErrors(jobs, job(steered), job())[0] ?? "",
      /^spec\.template: Invalid value: .*: field is immutable$/,
    );
  });
});

test("kubectl get jobs", () => {
  const metadata = { name: "work", creationTimestamp: "2026-01-01T23:00:00Z" };
  const status = { succeeded: 1, startTime: "2026-01-01T23:59:00Z" };
  const { Status, Completions, Duration, Age, Images } = row(jobs, job({ completions: 3 }, { status, metadata }));
  assert.deepEqual(
    { Status, Completions, Duration, Age, Images },
    {
      Status: "Running",
      Completions: "1/3",
      Duration: "60s",
      Age: "60m",
      Images: "busybox:1",
    },
  );
  const complete = {
    ...status,
    completionTime: "2026-01-01T23:59:05Z",
    conditions: [{ type: "Complete", status: "True" }],
  };
  const done = row(jobs, job({ parallelism: 2 }, { status: complete }));
  assert.equal(done.Status, "Complete");
  assert.equal(done.Completions, "1/1 of 2");
  assert.equal(done.Duration, "5s");
});

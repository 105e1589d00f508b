import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { requestInfo } from "../../apiserver/http/request-info.ts";
import { RequestContext } from "../../apiserver/registry/context.ts";
import { create } from "../../apiserver/registry/create.ts";
import type { KubeObject } from "../../machinery/object.ts";
import { openTestPlane, type TestPlane } from "../../testing.ts";

/** A context whose random suffixes are the letters of a text, one after the other. */
class TurningContext extends RequestContext {
  readonly #letters: string[];

  constructor(plane: TestPlane["plane"], letters: string) {
    const info = requestInfo("POST", "/apis/batch/v1/namespaces/default/jobs", false);
    const user = { name: "tester", groups: ["system:masters"] };
    const { state } = plane.registry;
    super({ user, info, query: new URLSearchParams(), userAgent: "test", now: plane.now(), state, plane });
    this.#letters = [...letters];
  }

  override randomSuffix(length: number): string {
    return (this.#letters.shift() ?? "x").repeat(length);
  }
}

let hub: TestPlane;
before(async () => {
  hub = await openTestPlane({ controllers: false });
});
after(() => hub.stop());

async function createJob(letters: string): Promise<KubeObject> {
  const { plane } = hub;
  const served = plane.kinds.resource("batch", "v1", "jobs");
  assert.ok(served);
  const spec = { template: { spec: { containers: [{ name: "work", image: "busybox" }], restartPolicy: "Never" } } };
  const job = { apiVersion: "batch/v1", kind: "Job", metadata: { generateName: "work-" }, spec };
  await create(plane.registry, new TurningContext(plane, letters), served, "default", structuredClone(job));
  const name = `work-${(letters.at(-1) ?? "").repeat(5)}`;
  const stored = plane.registry.state.get({ group: "batch", resource: "jobs" }, "default", name);
  assert.ok(stored);
  return stored;
}

test("the labels of a job carry the name that was free in the end", async () => {
  await createJob("b");
  const { metadata, spec } = await createJob("bbc");
  assert.deepEqual(spec.template.metadata.labels, {
    "controller-uid": metadata.uid,
    "job-name": "work-ccccc",
    "batch.kubernetes.io/controller-uid": metadata.uid,
    "batch.kubernetes.io/job-name": "work-ccccc",
  });
  assert.deepEqual(spec.selector.matchLabels, { "batch.kubernetes.io/controller-uid": metadata.uid });
});

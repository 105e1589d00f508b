import assert from "node:assert/strict";
import { afterEach, beforeEach, describe, it } from "node:test";
import type { KubeObject } from "../machinery/object.ts";
import { openTestPlane, type TestPlane } from "../testing.ts";
import { ManualClock } from "./clock.ts";
import { EventRecorder } from "./events.ts";
import { silentLogger } from "./log.ts";

const events = { group: "", version: "v1", kind: "Event", plural: "events", namespaced: true };
const regarding = { apiVersion: "v1", kind: "Node", name: "n1", uid: "u1" };

describe("an event recorder", () => {
  let clock: ManualClock;
  let server: TestPlane;
  let recorder: EventRecorder;

  beforeEach(async () => {
    clock = new ManualClock();
    server = await openTestPlane({ controllers: false, clock });
    recorder = new EventRecorder({ client: server.client, clock, log: silentLogger, component: "keeper" });
  });
  afterEach(() => server.stop());

  async function recorded(): Promise<KubeObject[]> {
    await recorder.flush();
    return (await server.client.resource(events).list()).items;
  }

  it("writes an event about an object", async () => {
    recorder.record({ regarding, type: "Warning", reason: "Lost", action: "Probing", note: "it does not answer" });
    const [event] = await recorded();
    assert.equal(event?.metadata.namespace, "default");
    assert.match(event?.metadata.name ?? "", /^n1\.[0-9a-f]+$/);
    assert.deepEqual(event?.involvedObject, regarding);
    assert.deepEqual(
      [event.type, event.reason, event.action, event.message, event.count],
      ["Warning", "Lost", "Probing", "it does not answer", 1],
    );
    assert.deepEqual(event.source, { component: "keeper" });
    assert.equal(event.firstTimestamp, "2024-01-01T00:00:00Z");
  });

  it("counts the same event instead of writing it again", async () => {
    for (let time = 0; time < 3; time++) {
      recorder.record({ regarding, type: "Normal", reason: "Seen", note: "it is there" });
      await recorder.flush();
      clock.advance(60_000);
    }
    const all = await recorded();
    assert.equal(all.length, 1);
    assert.deepEqual([all[0]?.count, all[0]?.lastTimestamp], [3, "2024-01-01T00:02:00Z"]);
  });

  it("begins a new event when the first one has expired", async () => {
    recorder.record({ regarding, type: "Normal", reason: "Seen", note: "it is there" });
    const [first] = await recorded();
    await server.client.resource(events).delete(first!.metadata.name!, "default");
    recorder.record({ regarding, type: "Normal", reason: "Seen", note: "it is there" });
    const [second] = await recorded();
    assert.notEqual(second?.metadata.name, first?.metadata.name);
    assert.equal(second?.count, 2);
  });

  it("combines many different notes of one reason", async () => {
    for (let note = 0; note < 15; note++) {
      recorder.record({ regarding, type: "Normal", reason: "Seen", note: `note ${note}` });
    }
    const all = await recorded();
    assert.equal(all.length, 11);
    const combined = all.find(({ message }) => message.startsWith("(combined from similar events): "));
    assert.deepEqual([combined?.message, combined?.count], ["(combined from similar events): note 14", 5]);
  });

  it("bounds how much one object says, and lets it speak again later", async () => {
    const record = (reason: string) => recorder.record({ regarding, type: "Normal", reason, note: "x" });
    for (let reason = 0; reason < 100; reason++) record(`Reason${reason}`);
    assert.equal((await recorded()).length, 25);
    clock.advance(300_000);
    for (let reason = 0; reason < 100; reason++) record(`Later${reason}`);
    assert.equal((await recorded()).length, 26);
  });

  it("records about objects whose names cannot name an event", async () => {
    const role = { ...regarding, kind: "ClusterRole", name: "system:node" };
    recorder.record({ regarding: role, type: "Normal", reason: "Seen", note: "x" });
    const [event] = await recorded();
    assert.match(event?.metadata.name ?? "", /^clusterrole\.[0-9a-f]+$/);
  });

  it("gives up what the server refuses", async () => {
    const absent = { ...regarding, kind: "Pod", namespace: "No_Such" };
    recorder.record({ regarding: absent, type: "Normal", reason: "Seen", note: "x" });
    recorder.record({ regarding, type: "Normal", reason: "Seen", note: "y" });
    assert.deepEqual(
      (await recorded()).map(({ message }) => message),
      ["y"],
    );
  });
});

import assert from "node:assert/strict";
import { afterEach, beforeEach, describe, it } from "node:test";
import { openTestPlane, type TestPlane } from "../testing.ts";
import { ManualClock } from "./clock.ts";
import { LeaderElector } from "./leader-election.ts";
import { silentLogger } from "./log.ts";
import { rest, until } from "./testing.ts";

const leases = { group: "coordination.k8s.io", version: "v1", kind: "Lease", plural: "leases", namespaced: true };

describe("leader election", () => {
  const clock = new ManualClock();
  let server: TestPlane;
  const stops: (() => Promise<void>)[] = [];

  beforeEach(async () => {
    server = await openTestPlane({ controllers: false, clock });
  });
  afterEach(async () => {
    for (const stop of stops.splice(0)) await stop();
    await server.stop();
  });

  function candidate(identity: string, client = server.client) {
    const abort = new AbortController();
    const seen: string[] = [];
    const events: string[] = [];
    const elector = new LeaderElector({
      client,
      namespace: "default",
      name: "hub",
      identity,
      clock,
      random: () => 0,
      log: silentLogger,
      onNewLeader: (leader) => seen.push(leader),
      async lead(signal) {
        events.push("begun");
        await new Promise((resolve) => signal.addEventListener("abort", resolve));
        events.push("ended");
      },
    });
    const run = elector.run(abort.signal);
    const stop = async () => {
      abort.abort();
      await run;
    };
    stops.push(stop);
    return { elector, seen, events, run, stop };
  }

  /** Turns the clock in small steps, so that what is asked for on the way is answered in time. */
  async function turn(milliseconds: number): Promise<void> {
    for (let passed = 0; passed < milliseconds; passed += 500) {
      clock.advance(500);
      await rest();
    }
  }

  it("gives the lease to one, which keeps it", async () => {
    const first = candidate("a");
    await until(() => first.elector.leading);
    const second = candidate("b");
    await turn(60_000);
    assert.equal(first.elector.leading, true);
    assert.equal(second.elector.leading, false);
    assert.deepEqual(second.seen, ["a"]);
    const { spec } = await server.client.resource(leases).get("hub", "default");
    assert.equal(spec.holderIdentity, "a");
    assert.equal(spec.leaseDurationSeconds, 15);
    assert.equal(spec.leaseTransitions, 0);
  });

  it("passes the lease on at once when the leader stops", async () => {
    const first = candidate("a");
    await until(() => first.elector.leading);
    const second = candidate("b");
    await rest();
    await first.stop();
    assert.deepEqual(first.events, ["begun", "ended"]);
    await turn(2500);
    assert.equal(second.elector.leading, true);
    assert.equal((await server.client.resource(leases).get("hub", "default")).spec.leaseTransitions, 1);
  });

  it("takes a lease over that was not renewed for its duration, on its own clock", async () => {
    // The times in the lease are years ahead: another machine's clock.
    await server.client.resource(leases).create({
      apiVersion: "coordination.k8s.io/v1",
      kind: "Lease",
      metadata: { name: "hub", namespace: "default" },
      spec: { holderIdentity: "gone", leaseDurationSeconds: 15, renewTime: "2099-01-01T00:00:00.000000Z" },
    });
    const { elector } = candidate("a");
    await turn(14_000);
    assert.equal(elector.leading, false);
    await turn(4_000);
    assert.equal(elector.leading, true);
  });

  it("stops leading when the lease cannot be renewed, before another may begin", async () => {
    let broken = false;
    const client = {
      ...server.client,
      resource: (kind: never) => {
        if (broken) throw new Error("no way to the server");
        return server.client.resource(kind);
      },
    };
    const first = candidate("a", client as typeof server.client);
    await until(() => first.elector.leading);
    const second = candidate("b");
    await rest();
    broken = true;
    await turn(13_000);
    assert.equal(first.elector.leading, false);
    assert.equal(second.elector.leading, false);
    await first.run;
    await turn(6_000);
    assert.equal(second.elector.leading, true);
  });

  it("stops leading when another has taken the lease", async () => {
    const first = candidate("a");
    await until(() => first.elector.leading);
    const lease = await server.client.resource(leases).get("hub", "default");
    await server.client.resource(leases).update({ ...lease, spec: { ...lease.spec, holderIdentity: "thief" } });
    await turn(2500);
    assert.equal(first.elector.leading, false);
    assert.deepEqual(first.seen, ["a", "thief"]);
  });
});

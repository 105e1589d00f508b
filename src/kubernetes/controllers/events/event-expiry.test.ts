import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { events } from "../../kinds.ts";
import { openPlane, settled, type TestPlane, until } from "../testing.ts";
import { expiryTime } from "./event-expiry.ts";

const minute = 60_000;

describe("events", () => {
  let test: TestPlane;
  before(async () => {
    test = await openPlane();
    await settled(test.plane);
  });
  after(() => test.close());

  const find = (name: string) => test.client.resource(events).find(name, "default");
  const isGone = (name: string) => until(async () => (await find(name)) === undefined);
  const make = (name: string) =>
    test.client.resource(events).create({
      apiVersion: "v1",
      kind: "Event",
      metadata: { name, namespace: "default" },
      involvedObject: { kind: "Pod", namespace: "default", name: "p" },
    });

  it("go an hour after they were made or happened again", async () => {
    const { client, clock, plane } = test;
    await make("first");
    await make("again");
    await settled(plane);
    clock.advance(30 * minute);
    await make("second");
    const body = { lastTimestamp: clock.now().toISOString(), count: 2 };
    await client.resource(events).patch("again", "default", { type: "merge", body });
    await settled(plane);
    clock.advance(31 * minute);
    await isGone("first");
    await settled(plane);
    assert.ok(await find("second"));
    assert.ok(await find("again"));
    clock.advance(30 * minute);
    await isGone("second");
    await isGone("again");
  });

  it("expire by whatever time they carry", () => {
    const event = (fields: object) => ({
      apiVersion: "v1",
      kind: "Event",
      metadata: {},
      involvedObject: {},
      ...fields,
    });
    const one = Date.parse("2026-01-01T01:00:00Z");
    assert.equal(expiryTime(event({ eventTime: "2026-01-01T00:00:00.000000Z" })), one);
    assert.equal(expiryTime(event({ series: { lastObservedTime: "2026-01-01T00:00:00.000000Z" } })), one);
    assert.equal(expiryTime(event({ lastTimestamp: null, eventTime: null })), 60 * minute);
  });
});

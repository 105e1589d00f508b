import assert from "node:assert/strict";
import { test } from "node:test";
import type { KubeObject } from "../../../machinery/object.ts";
import { createErrors, row, testContext, texts, updateErrors } from "../../validation/testing.ts";
import { convertEvent } from "./conversion.ts";
import { eventKind, newEventKind } from "./event.ts";

const core: KubeObject = {
  apiVersion: "v1",
  kind: "Event",
  metadata: { name: "e", namespace: "default" },
  involvedObject: { kind: "Pod", namespace: "default", name: "web", fieldPath: "spec.containers{a}" },
  reason: "Started",
  message: "started \n",
  type: "Normal",
  source: { component: "kubelet", host: "n1" },
  firstTimestamp: "2026-01-01T23:00:00Z",
  lastTimestamp: "2026-01-01T23:59:00Z",
  count: 3,
};
const modern: KubeObject = {
  apiVersion: "events.k8s.io/v1",
  kind: "Event",
  metadata: { name: "e", namespace: "default" },
  eventTime: "2026-01-01T23:59:00.000000Z",
  regarding: { kind: "Pod", namespace: "default", name: "web" },
  reason: "Started",
  action: "Start",
  note: "started",
  type: "Normal",
  reportingController: "example.com/c",
  reportingInstance: "c-1",
};

test("the two shapes convert into one another without loss", () => {
  const converted = convertEvent(core, "events.k8s.io/v1");
  assert.deepEqual(converted.regarding, core.involvedObject);
  assert.equal(converted.note, core.message);
  assert.equal(converted.deprecatedCount, 3);
  assert.equal(converted.involvedObject, undefined);
  assert.deepEqual(convertEvent(converted, "v1"), core);
  assert.deepEqual(convertEvent(convertEvent(modern, "v1"), "events.k8s.io/v1"), modern);
  assert.equal(convertEvent(core, "v1"), core);
});

test("what is wrong with a core event", () => {
  assert.deepEqual(createErrors(eventKind, core), []);
  const elsewhere = { ...core, involvedObject: { kind: "Pod", namespace: "other", name: "web" } };
  assert.deepEqual(createErrors(eventKind, elsewhere), [
    'involvedObject.namespace: Invalid value: "other": does not match event.namespace',
  ]);
});

test("events.k8s.io is stricter on create", () => {
  assert.deepEqual(createErrors(newEventKind, modern), []);
  assert.deepEqual(createErrors(newEventKind, { ...modern, type: "Odd", deprecatedCount: 1 }), [
    'type: Invalid value: "": has invalid value: Odd',
    'count: Invalid value: "": needs to be unset',
  ]);
  const { action: _, ...without } = modern;
  assert.deepEqual(createErrors(newEventKind, without), ["action: Required value"]);
  // An older event may be updated through the newer version.
  const old = convertEvent(core, "events.k8s.io/v1");
  const context = testContext({ events: [core] });
  assert.deepEqual(texts(newEventKind.strategy?.validate?.(old, context)), []);
});

test("through events.k8s.io only the series changes", () => {
  const series = { count: 2, lastObservedTime: "2026-01-02T00:00:00.000000Z" };
  assert.deepEqual(updateErrors(newEventKind, { ...modern, series }, modern), []);
  assert.deepEqual(updateErrors(newEventKind, { ...modern, series: { ...series, count: 1 } }, modern), [
    'series.count: Invalid value: "": should be at least 2',
  ]);
  assert.deepEqual(updateErrors(newEventKind, { ...modern, reason: "Other" }, modern), [
    'reason: Invalid value: "Other": field is immutable',
  ]);
});

test("columns", () => {
  assert.deepEqual(row(eventKind, core), {
    "Last Seen": "60s",
    Type: "Normal",
    Reason: "Started",
    Object: "pod/web",
    Subobject: "spec.containers{a}",
    Source: "kubelet, n1",
    Message: "started",
    "First Seen": "60m",
    Count: 3,
    Name: "e",
  });
  const cells = row(newEventKind, modern);
  assert.deepEqual([cells["Last Seen"], cells.Source, cells.Count], ["60s", "example.com/c, c-1", 1]);
});

test("selectable fields are read in both shapes", () => {
  const read = (kind: typeof eventKind, event: KubeObject, name: string) =>
    kind.kind.versions[0]?.selectableFields?.find((field) => field.name === name)?.value(event);
  assert.equal(read(eventKind, core, "involvedObject.name"), "web");
  assert.equal(read(eventKind, core, "source"), "kubelet");
  assert.equal(read(newEventKind, modern, "regarding.name"), "web");
  assert.equal(read(newEventKind, core, "regarding.name"), "web");
  assert.equal(read(newEventKind, modern, "reportingController"), "example.com/c");
});

// The kind Event in its two groups. Both are stored as core events; the strategies convert either way.

import type { Strategy, StrategyContext } from "../../../apiserver/strategy.ts";
import type { FieldError } from "../../../machinery/field-error.ts";
import type { Column, SelectableField } from "../../../machinery/kind.ts";
import type { KubeObject } from "../../../machinery/object.ts";
import { since } from "../../../machinery/time.ts";
import { countColumn, textColumn } from "../../columns.ts";
import { builtin, selectableField } from "../../define.ts";
import { isSet } from "../../validation/fields.ts";
import { asCoreEvent, convertEvent } from "./conversion.ts";
import { checkEvent, checkStrictEvent, checkStrictEventUpdate } from "./validate.ts";

const events = { group: "", resource: "events" };
const objectFields = ["kind", "namespace", "name", "uid", "apiVersion", "resourceVersion", "fieldPath"];

export const eventKind = builtin({
  group: "",
  kind: "Event",
  versions: ["v1"],
  shortNames: ["ev"],
  columns: eventColumns(),
  selectableFields: [
    ...objectFields.map((field) => `involvedObject.${field}`),
    "reason",
    "type",
    renamedField("reportingComponent", (event) => event.reportingComponent ?? ""),
    renamedField("source", (event) => event.source?.component || event.reportingComponent || ""),
  ],
  strategy: {
    ...sharedStrategy(),
    validate(event) {
      const errors: FieldError[] = [];
      checkEvent(event, errors);
      return errors;
    },
  },
});

export const newEventKind = builtin({
  group: "events.k8s.io",
  kind: "Event",
  versions: ["v1"],
  shortNames: ["ev"],
  storedAs: events,
  columns: eventColumns(),
  selectableFields: [
    ...objectFields.map((field) =>
      renamedField(`regarding.${field}`, selectableField(`involvedObject.${field}`).value),
    ),
    "reason",
    "type",
    renamedField("reportingController", (event) => event.reportingComponent ?? ""),
  ],
  strategy: {
    ...sharedStrategy(),
    validate(object, context) {
      const event = asCoreEvent(object);
      const errors: FieldError[] = [];
      checkEvent(event, errors);
      if (isNew(event, context)) checkStrictEvent(event, errors);
      return errors;
    },
    validateUpdate(object, old) {
      const errors: FieldError[] = [];
      checkStrictEventUpdate(asCoreEvent(object), asCoreEvent(old), errors);
      return errors;
    },
  },
});

function sharedStrategy(): Strategy {
  return { generation: "none", createOnUpdate: true, convert: convertEvent };
}

function isNew(event: KubeObject, context: StrategyContext): boolean {
  const { namespace = "", name = "" } = event.metadata;
  return context.state.get(events, namespace, name) === undefined;
}

/** A field that is read from the core shape, whichever shape the object has. */
function renamedField(name: string, read: (event: KubeObject) => string): SelectableField {
  return { name, value: (event) => read(asCoreEvent(event)) };
}

function eventColumns(): Column[] {
  const core = (cell: (event: KubeObject, now: Date) => string) => (event: KubeObject, now: Date) =>
    cell(asCoreEvent(event), now);
  return [
    textColumn("Last Seen", "When it happened last", core(lastSeen)),
    textColumn(
      "Type",
      "Normal or Warning",
      core((event) => event.type ?? ""),
    ),
    textColumn(
      "Reason",
      "Why it happened, in one word",
      core((event) => event.reason ?? ""),
    ),
    textColumn("Object", "The object that the event is about", core(objectCell)),
    textColumn(
      "Subobject",
      "The part of the object",
      core((event) => event.involvedObject?.fieldPath ?? ""),
      1,
    ),
    textColumn("Source", "Who reported it", core(sourceCell), 1),
    textColumn(
      "Message",
      "What happened",
      core((event) => String(event.message ?? "").trim()),
    ),
    textColumn("First Seen", "When it happened first", core(firstSeen), 1),
    {
      ...countColumn("Count", "How often it happened", (event) => countCell(asCoreEvent(event)), "string"),
      priority: 1,
    },
    { ...textColumn("Name", "Name of the event", (event) => event.metadata.name ?? "", 1), format: "name" },
  ];
}

function firstSeen(event: KubeObject, now: Date): string {
  return since(isSet(event.firstTimestamp) ? event.firstTimestamp : event.eventTime, now);
}

function lastSeen(event: KubeObject, now: Date): string {
  if (isSet(event.series)) return since(event.series.lastObservedTime, now);
  return isSet(event.lastTimestamp) ? since(event.lastTimestamp, now) : firstSeen(event, now);
}

function countCell(event: KubeObject): number {
  return isSet(event.series) ? (event.series.count ?? 0) : event.count || 1;
}

function objectCell(event: KubeObject): string {
  const { kind = "", name = "" } = event.involvedObject ?? {};
  return name === "" ? kind.toLowerCase() : `${kind.toLowerCase()}/${name}`;
}

function sourceCell(event: KubeObject): string {
  const component = event.source?.component || event.reportingComponent || "";
  const instance = event.source?.host || event.reportingInstance || "";
  return instance === "" ? component : `${component}, ${instance}`;
}

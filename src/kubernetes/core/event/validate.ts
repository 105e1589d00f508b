// Validation of events, in the names of core/v1. What came through events.k8s.io/v1 is held to stricter rules.
// Source of the rules and words: kubernetes pkg/apis/core/validation/events.go.

import { type FieldError, invalid, required } from "../../../machinery/field-error.ts";
import type { KubeObject } from "../../../machinery/object.ts";
import { semanticEqual } from "../../validation/equality.ts";
import { checkImmutable, isSet, numberOf } from "../../validation/fields.ts";
import { checkDnsSubdomain, checkQualifiedName } from "../../validation/names.ts";

const maxLengths = { reportingInstance: 128, action: 128, reason: 128, message: 1024 };
const frozenFields = [
  "involvedObject",
  "reason",
  "message",
  "source",
  "firstTimestamp",
  "lastTimestamp",
  "count",
  "type",
  "eventTime",
  "action",
  "related",
];

export function checkEvent(event: KubeObject, errors: FieldError[]): void {
  const namespace = event.metadata.namespace ?? "";
  const involved = event.involvedObject?.namespace ?? "";
  const mismatch = invalid("involvedObject.namespace", involved, "does not match event.namespace");
  if (!isSet(event.eventTime)) {
    const matches = involved === "" ? namespace === "" || namespace === "default" : namespace === involved;
    if (!matches) errors.push(mismatch);
  } else {
    if (involved === "" && namespace !== "default" && namespace !== "kube-system") errors.push(mismatch);
    checkNewFields(event, errors);
  }
  checkDnsSubdomain(namespace, "namespace", errors);
}

function checkNewFields(event: KubeObject, errors: FieldError[]): void {
  const controller: string = event.reportingComponent ?? "";
  if (controller === "") errors.push(required("reportingController"));
  checkQualifiedName(controller, "reportingController", errors);
  for (const [field, length] of Object.entries(maxLengths)) {
    const text: string = event[field] ?? "";
    if (text === "" && field !== "message") errors.push(required(field));
    if (Buffer.byteLength(text) > length) errors.push(invalid(field, "", `can have at most ${length} characters`));
  }
}

/** Rules of events that are created through events.k8s.io/v1. */
export function checkStrictEvent(event: KubeObject, errors: FieldError[]): void {
  checkSeries(event, errors);
  if (!isSet(event.eventTime)) errors.push(required("eventTime"));
  if (event.type !== "Normal" && event.type !== "Warning") {
    errors.push(invalid("type", "", `has invalid value: ${event.type ?? ""}`));
  }
  const unset = (field: string) => errors.push(invalid(field, "", "needs to be unset"));
  if (isSet(event.firstTimestamp)) unset("firstTimestamp");
  if (isSet(event.lastTimestamp)) unset("lastTimestamp");
  if (event.count) unset("count");
  if (event.source?.component || event.source?.host) unset("source");
}

/** Through events.k8s.io/v1 only the series of an event may change. */
export function checkStrictEventUpdate(event: KubeObject, old: KubeObject, errors: FieldError[]): void {
  if (!semanticEqual(event.series, old.series)) checkSeries(event, errors);
  for (const field of frozenFields) checkImmutable(event[field], old[field], field, errors);
  checkImmutable(event.reportingComponent, old.reportingComponent, "reportingController", errors);
  checkImmutable(event.reportingInstance, old.reportingInstance, "reportingInstance", errors);
}

function checkSeries(event: KubeObject, errors: FieldError[]): void {
  if (!isSet(event.series)) return;
  if ((numberOf(event.series.count) ?? 0) < 2) errors.push(invalid("series.count", "", "should be at least 2"));
  if (!isSet(event.series.lastObservedTime)) errors.push(required("series.lastObservedTime"));
}

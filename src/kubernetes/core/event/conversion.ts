// Events are kept once and served in two shapes: core/v1 and events.k8s.io/v1, which calls some fields otherwise.
// Source of the names: kubernetes pkg/apis/events/v1/conversion.go.

import type { KubeObject } from "../../../machinery/object.ts";

/** Field of core/v1 → field of events.k8s.io/v1, where they differ. */
const renamed = [
  ["involvedObject", "regarding"],
  ["message", "note"],
  ["reportingComponent", "reportingController"],
  ["source", "deprecatedSource"],
  ["firstTimestamp", "deprecatedFirstTimestamp"],
  ["lastTimestamp", "deprecatedLastTimestamp"],
  ["count", "deprecatedCount"],
] as const;
const toEvents: ReadonlyMap<string, string> = new Map(renamed);
const toCore: ReadonlyMap<string, string> = new Map(renamed.map(([core, events]) => [events, core]));

/** The event in the shape of `apiVersion`: `v1` or `events.k8s.io/v1`. Fields that the other shape already has are kept. */
export function convertEvent(event: KubeObject, apiVersion: string): KubeObject {
  if (event.apiVersion === apiVersion) return event;
  const names = apiVersion === "v1" ? toCore : toEvents;
  const fields = Object.entries(event).map(([field, value]): [string, unknown] => [names.get(field) ?? field, value]);
  return { ...(Object.fromEntries(fields) as KubeObject), apiVersion };
}

/** The event as core/v1 tells it; validation knows only that shape. */
export function asCoreEvent(event: KubeObject): KubeObject {
  return convertEvent(event, "v1");
}

// Pieces of `kubectl get` columns that many kinds share: ages, selectors, container lists, counters. Cells are what kube-apiserver
// puts into a Table: ages are texts, counters are numbers, and what is absent reads `<none>`, `<unset>` or `<unknown>`.

import type { Column } from "../machinery/kind.ts";
import type { JsonObject, KubeObject } from "../machinery/object.ts";
import { formatLabelSelector } from "../machinery/selectors.ts";
import { since } from "../machinery/time.ts";

export const none = "<none>";

/** The object's age, as `5m` or `2d3h`. */
export const ageColumn: Column = {
  name: "Age",
  type: "string",
  description: "Time since the object was created",
  cell: (object, now) => since(object.metadata.creationTimestamp, now),
};

/** A column of texts. */
export function textColumn(
  name: string,
  description: string,
  cell: (object: KubeObject, now: Date) => string,
  priority = 0,
): Column {
  return { name, type: "string", description, priority, cell };
}

/** A column of numbers; what is absent reads 0. */
export function countColumn(
  name: string,
  description: string,
  cell: (object: KubeObject) => number | undefined,
  type: "integer" | "string" = "integer",
): Column {
  return { name, type, description, cell: (object) => cell(object) ?? 0 };
}

/** The wide columns Containers and Images of the pod template that `template` finds. */
export function templateColumns(template: (object: KubeObject) => JsonObject | undefined): Column[] {
  return [
    textColumn("Containers", "Names of the containers in the template", (o) => containerNames(template(o)), 1),
    textColumn("Images", "Images of the containers in the template", (o) => containerImages(template(o)), 1),
  ];
}

/** The wide column Selector of kinds whose `spec.selector` is a LabelSelector. */
export const selectorColumn: Column = textColumn(
  "Selector",
  "Selector of the pods that belong to the object",
  (object) => showLabelSelector(object.spec?.selector),
  1,
);

/** `a=1,b=2` in the order of the keys, or `<none>`. */
export function showLabels(labels: Record<string, string> | undefined): string {
  const entries = Object.entries(labels ?? {});
  if (entries.length === 0) return none;
  return entries
    .sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0))
    .map(([key, value]) => `${key}=${value}`)
    .join(",");
}

/** A LabelSelector in the form of `kubectl -l`, or `<none>` when it is absent or selects everything. */
export function showLabelSelector(selector: JsonObject | undefined): string {
  if (selector === undefined) return none;
  const text = formatLabelSelector(selector);
  return text === "" ? none : text;
}

export function containerNames(template: JsonObject | undefined): string {
  return joinContainers(template, "name");
}

export function containerImages(template: JsonObject | undefined): string {
  return joinContainers(template, "image");
}

function joinContainers(template: JsonObject | undefined, field: "name" | "image"): string {
  const containers: JsonObject[] = template?.spec?.containers ?? [];
  return containers.map((container) => container[field] ?? "").join(",");
}

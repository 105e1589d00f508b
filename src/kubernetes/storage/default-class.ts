// How tables show the default class of a kind: its name with a note.

import type { Column } from "../../machinery/kind.ts";
import { textColumn } from "../columns.ts";

/** A Name column that marks objects on which one of the annotations is "true". */
export function nameColumnWithDefault(annotations: readonly string[]): Column {
  const column = textColumn("Name", "Name of the class", (object) => {
    const isDefault = annotations.some((annotation) => object.metadata.annotations?.[annotation] === "true");
    return `${object.metadata.name ?? ""}${isDefault ? " (default)" : ""}`;
  });
  return { ...column, format: "name" };
}

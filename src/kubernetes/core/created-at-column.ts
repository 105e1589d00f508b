// The column of kinds that have no columns of their own.

import type { Column } from "../../machinery/kind.ts";

/** When the object was created, as a timestamp; kubectl prints it as it is. */
export const createdAtColumn: Column = {
  name: "Created At",
  type: "date",
  description: "When the object was created",
  cell: (object) => object.metadata.creationTimestamp ?? null,
};

// The kind ComponentStatus, deprecated and never written: its list is empty.

import type { KubeObject } from "../../machinery/object.ts";
import { textColumn } from "../columns.ts";
import { builtin } from "../define.ts";
import { listOf } from "../validation/fields.ts";

export const componentStatusKind = builtin({
  group: "",
  kind: "ComponentStatus",
  versions: ["v1"],
  shortNames: ["cs"],
  columns: [
    textColumn("Status", "Whether the component is healthy", (object) => {
      const health = healthOf(object).status;
      return health === "True" ? "Healthy" : health === "False" ? "Unhealthy" : "Unknown";
    }),
    textColumn("Message", "What the component says", (object) => healthOf(object).message ?? ""),
    textColumn("Error", "Why the component is not healthy", (object) => healthOf(object).error ?? ""),
  ],
  deprecations: { v1: "v1 ComponentStatus is deprecated in v1.19+" },
});

function healthOf(object: KubeObject): { status?: string; message?: string; error?: string } {
  return listOf(object.conditions).find((condition) => condition.type === "Healthy") ?? {};
}

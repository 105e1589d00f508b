// The conditions of flow schemas and priority levels.

import { duplicate, type FieldError, required } from "../../machinery/field-error.ts";
import type { JsonObject, KubeObject } from "../../machinery/object.ts";
import { isEmpty, listOf } from "../validation/fields.ts";

export function checkConditions(object: KubeObject, errors: FieldError[]): void {
  const seen = new Set<string>();
  (listOf(object.status?.conditions) as JsonObject[]).forEach(({ type = "" }, index) => {
    const path = `status.conditions[${index}].type`;
    if (seen.has(type)) errors.push(duplicate(path, type));
    seen.add(type);
    if (isEmpty(type)) errors.push(required(path, "must not be empty"));
  });
}

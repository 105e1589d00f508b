// Names what a refused update changed, for the messages of specs that are immutable after creation.

import { childPath } from "../../machinery/field-error.ts";
import { isObject } from "../../machinery/object.ts";
import { semanticEqual } from "../validation/equality.ts";

const maxLines = 10;

/** One line for each field that differs: `  spec.volumeName: "a" -> "b"`. */
export function describeChanges(old: unknown, value: unknown, path: string): string {
  const lines: string[] = [];
  collect(old, value, path, lines);
  const more = lines.length > maxLines ? [`  and ${lines.length - maxLines} more`] : [];
  return [...lines.slice(0, maxLines), ...more].join("\n");
}

function collect(old: unknown, value: unknown, path: string, lines: string[]): void {
  if (semanticEqual(old, value)) return;
  if (isObject(old) && isObject(value)) {
    for (const key of new Set([...Object.keys(old), ...Object.keys(value)])) {
      collect(
        Object.hasOwn(old, key) ? old[key] : undefined,
        Object.hasOwn(value, key) ? value[key] : undefined,
        childPath(path, key),
        lines,
      );
    }
    return;
  }
  lines.push(`  ${path}: ${show(old)} -> ${show(value)}`);
}

function show(value: unknown): string {
  return value === undefined ? "unset" : JSON.stringify(value);
}

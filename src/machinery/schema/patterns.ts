// The regular expressions of schemas, compiled once per schema by RE2, so that no pattern can run away.

import { RE2JS } from "re2js";
import type { Schema } from "./schema.ts";

const compiled = new WeakMap<Schema, RE2JS | undefined>();

/** Whether a text matches the schema's pattern somewhere. A pattern that is no regular expression matches nothing. */
export function matchesPattern(text: string, schema: Schema): boolean {
  if (schema.pattern === undefined) return true;
  let pattern = compiled.get(schema);
  if (pattern === undefined && !compiled.has(schema)) {
    const result = compilePattern(schema.pattern);
    pattern = result.ok ? result.pattern : undefined;
    compiled.set(schema, pattern);
  }
  return pattern?.test(text) === true;
}

/** Compiles a pattern, or says what is wrong with it in the words of Go's regexp package. */
export function compilePattern(text: string): { ok: true; pattern: RE2JS } | { ok: false; error: string } {
  try {
    return { ok: true, pattern: RE2JS.compile(text) };
  } catch (error) {
    return { ok: false, error: error instanceof Error ? error.message : String(error) };
  }
}

// What several libraries need of text: characters as CEL counts them, and user's regular expressions in linear time.

import { RE2JS } from "re2js";
import { fail } from "../values.ts";

/** Longest text that an expression may build. */
export const maxTextLength = 1 << 24;
/** Longest pattern; compiling takes time that no cost covers. */
const maxPatternLength = 10_000;

const surrogates = /[\ud800-\udfff]/;

export function hasSurrogates(text: string): boolean {
  return surrogates.test(text);
}

export function codePointCount(text: string): number {
  if (!hasSurrogates(text)) return text.length;
  let count = 0;
  for (const _ of text) count++;
  return count;
}

/** Compiles a pattern of RE2; fails with its complaint. */
export function compilePattern(pattern: string): RE2JS {
  if (pattern.length > maxPatternLength) return fail("regular expression too long");
  try {
    return RE2JS.compile(pattern);
  } catch (error) {
    return fail(error instanceof Error ? error.message : String(error));
  }
}

/** Whether a pattern matches somewhere in a text. */
export function matches(text: string, pattern: RE2JS): boolean {
  return pattern.test(text);
}

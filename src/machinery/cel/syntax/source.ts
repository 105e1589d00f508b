// The text of an expression, and errors that point into it as cel-go's do.

/** Limits of cel-go's parser; the library below recurses, so a source is measured before it is parsed. */
export const sourceLimits = { length: 100_000, depth: 120 } as const;

/** The expression cannot be compiled. */
export class CompileError extends Error {
  readonly errors: string[];
  constructor(errors: string[]) {
    super(errors.join("\n"));
    this.errors = errors;
  }
}

/** `ERROR: <input>:1:5: message`, the line, and a caret under the place. Columns count code points. */
export function errorAt(source: string, offset: number, message: string): string {
  const before = source.slice(0, offset);
  const start = before.lastIndexOf("\n") + 1;
  const line = before.split("\n").length;
  const column = [...source.slice(start, offset)].length;
  const end = source.indexOf("\n", start);
  const snippet = source.slice(start, end < 0 ? undefined : end).replaceAll("\t", " ");
  const marker = `${".".repeat(column)}^`;
  return `ERROR: <input>:${line}:${column + 1}: ${message}\n | ${snippet}\n | ${marker}`;
}

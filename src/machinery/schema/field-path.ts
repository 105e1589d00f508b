// Simple JSON paths into a schema, `.spec.list['a key']`: fields of objects and keys of maps, no list items. They name the field of a
// CEL rule's error and the selectable fields of a CRD. Source: ValidFieldPath in apiextensions-apiserver pkg/apiserver/schema/cel.

import { childPath, keyPath } from "../field-error.ts";
import type { Schema } from "./schema.ts";

export type SchemaPath =
  | {
      ok: true;
      /** The path as errors write it: `spec.list[a key]`. */
      path: string;
      /** The steps, for reading the field. */
      steps: string[];
      schema: Schema | undefined;
    }
  | { ok: false; error: string };

const escapes: Record<string, string> = {
  a: "\x07",
  b: "\b",
  f: "\f",
  n: "\n",
  r: "\r",
  t: "\t",
  v: "\v",
  "'": "'",
  "\\": "\\",
};

/** Follows a path through a schema; fails where it leaves it. `brackets` allows `['key']`. */
export function schemaPath(text: string, schema: Schema, options: { brackets: boolean }): SchemaPath {
  const tokens = tokenize(text);
  const steps: string[] = [];
  let path = "";
  let current: Schema | undefined = schema;
  for (let index = 0; index < tokens.length; ) {
    const token = tokens[index++];
    let step: string;
    if (token === ".") {
      const name = tokens[index++];
      if (name === undefined) return wrong("unexpected end of JSON path");
      step = name;
    } else if (token === "[") {
      if (!options.brackets) return wrong("array notation is not allowed");
      const quoted = tokens[index++];
      if (quoted === undefined) return wrong("unexpected end of JSON path");
      if (quoted.length < 2 || !quoted.startsWith("'") || !quoted.endsWith("'")) {
        return wrong(`expected single quoted string but got ${quoted}`);
      }
      const unescaped = unescapeText(quoted.slice(1, -1));
      if (unescaped === undefined) return wrong("invalid string literal: invalid escape char");
      step = unescaped;
      const close = tokens[index++];
      if (close === undefined) return wrong("unexpected end of JSON path");
      if (close !== "]") return wrong(`expected ] but got ${close}`);
    } else {
      return wrong(`expected [ or . but got: ${token}`);
    }
    const properties: Schema["properties"] = current?.properties;
    const values: Schema["additionalProperties"] = current?.additionalProperties;
    if (properties !== undefined) {
      if (!Object.hasOwn(properties, step)) return wrong("does not refer to a valid field");
      path = childPath(path, step);
      current = properties[step];
    } else if (values !== undefined && values !== false) {
      path = keyPath(path, step);
      current = values === true ? undefined : values;
    } else {
      return wrong("does not refer to a valid field");
    }
    steps.push(step);
  }
  return { ok: true, path, steps, schema: current };
}

function wrong(error: string): SchemaPath {
  return { ok: false, error };
}

/** `.`, `[`, `]`, quoted strings, and the text between them. */
function tokenize(text: string): string[] {
  return text.match(/[.[\]]|'(?:\\.|[^'\\])*'|[^.[\]']+|'/gs) ?? [];
}

function unescapeText(text: string): string | undefined {
  let valid = true;
  const result = text.replace(/\\(.)/gs, (_, character: string) => {
    const replacement = escapes[character];
    if (replacement === undefined) valid = false;
    return replacement ?? "";
  });
  return valid ? result : undefined;
}

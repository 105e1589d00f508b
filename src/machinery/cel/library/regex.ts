// Kubernetes' `find` and `findAll`.

import type { RE2JS } from "re2js";
import * as t from "../types.ts";
import { ArrayList, type List } from "../values.ts";
import { costs, type Library, method } from "./overload.ts";

function find(text: string, pattern: RE2JS): string {
  const matcher = pattern.matcher(text);
  return matcher.find() ? (matcher.group() ?? "") : "";
}

function findAll(text: string, pattern: RE2JS, limit = -1n): List {
  const found: string[] = [];
  const matcher = pattern.matcher(text);
  while ((limit < 0n || found.length < limit) && matcher.find()) found.push(matcher.group() ?? "");
  return new ArrayList(found);
}

const options = { cost: costs.regex, pattern: true };

export const regexFunctions: Library = {
  find: [method([t.string, t.string], t.string, find, options)],
  findAll: [
    method([t.string, t.string], t.list(t.string), (text: string, pattern: RE2JS) => findAll(text, pattern), options),
    method([t.string, t.string, t.int], t.list(t.string), findAll, options),
  ],
};

// The messages that mutating admission policies build: `Object{spec: Object.spec{replicas: 3}}`, whose names follow the path to a field
// and whose fields are checked when the configuration is applied, and `JSONPatch{op: "add", path: "/a", value: 1}`.
// Source: apiserver/pkg/cel/mutation.

import { unescapeProperty } from "./escape.ts";
import { costs, func, type Overload } from "./library/overload.ts";
import * as t from "./types.ts";
import { EntryMap, fail, itemsOf, List, MapValue, type Value } from "./values.ts";

const rootName = "Object";

const patchFields: Readonly<Record<string, t.Type>> = { op: t.string, path: t.string, from: t.string, value: t.dyn };

/** The type of one operation of a JSON patch. */
export const patchType: t.Type = messageType("JSONPatch", (name) =>
  Object.hasOwn(patchFields, name) ? patchFields[name] : undefined,
);

/** The type of a message by its name; undefined when there is none. */
export function mutationType(name: string): (t.Type & { kind: "object" }) | undefined {
  if (name === "JSONPatch") return patchType as t.Type & { kind: "object" };
  if (name === rootName || name.startsWith(`${rootName}.`)) return messageType(name, () => t.dyn);
  return undefined;
}

function messageType(name: string, field: (name: string) => t.Type | undefined): t.Type & { kind: "object" } {
  return { kind: "object", name, field };
}

/** A message that was built. */
export class MessageValue extends EntryMap {
  readonly #name: string;
  constructor(name: string) {
    super();
    this.#name = name;
  }
  override get typeName(): string {
    return this.#name;
  }
  set(field: string, value: Value): void {
    this.insert(unescapeProperty(field), value);
  }
}

/** Fails unless every `Object.a.b` stands at the path that its name says. */
export function checkObjectNames(value: Value, path: string = rootName): void {
  if (value instanceof List) {
    for (const item of itemsOf(value)) checkObjectNames(item, path);
    return;
  }
  if (!(value instanceof MapValue)) return;
  if (!(value instanceof MessageValue)) {
    for (const key of value.keys()) checkObjectNames(value.get(key) ?? null, path);
    return;
  }
  if (value.typeName !== path) {
    const [found, wanted] = [JSON.stringify(value.typeName), JSON.stringify(path)];
    fail(`unexpected type name ${found}, expected ${wanted}, which matches field name path from root Object type`);
  }
  for (const key of value.keys()) checkObjectNames(value.get(key) ?? null, `${path}.${String(key)}`);
}

/** Functions that only mutations have. */
export const mutationFunctions: ReadonlyMap<string, readonly Overload[]> = new Map([
  [
    "jsonpatch.escapeKey",
    [
      func([t.string], t.string, (key: string) => key.replaceAll("~", "~0").replaceAll("/", "~1"), {
        cost: costs.traverse,
        resultSize: (size) => size * 2,
      }),
    ],
  ],
]);

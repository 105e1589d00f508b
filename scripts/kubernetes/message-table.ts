// Chooses what of the protobuf messages Muster reads and writes: those of the served kinds, their lists, and the meta kinds.
// The facts of the release do not hold the messages of apiextensions and apiregistration (`extension-messages.json`), nor which
// scalars Go declares as pointers or without `omitempty`, so that their zero is kept in JSON (`nullable-scalars.json`).

import { readFileSync } from "node:fs";
import type { SchemaTable } from "../../src/kubernetes/definitions.ts";
import type { FieldRow, MessageTable, ScalarType } from "../../src/machinery/protobuf/messages.ts";
import { type Facts, type MessageField, messageName } from "./facts.ts";

const meta = "k8s.io.apimachinery.pkg.apis.meta.v1.";

/** Kinds of meta/v1 that clients may send, or ask for, under any group. */
const metaKinds = [
  "ApplyOptions",
  "CreateOptions",
  "DeleteOptions",
  "GetOptions",
  "ListOptions",
  "PartialObjectMetadata",
  "PartialObjectMetadataList",
  "PatchOptions",
  "Status",
  "TableOptions",
  "UpdateOptions",
  "WatchEvent",
];

function readJson<T>(name: string): T {
  return JSON.parse(readFileSync(new URL(name, import.meta.url), "utf8"));
}

/** The messages of everything in the schema table. */
export function messageTable(facts: Facts, schema: SchemaTable): MessageTable {
  const messages = { ...facts.messages, ...readJson<Facts["messages"]>("extension-messages.json") };
  const nullable = readJson<Record<string, string[]>>("nullable-scalars.json");

  const kinds: Record<string, string> = {};
  for (const [definition, { "x-kubernetes-group-version-kind": gvks = [] }] of Object.entries(schema.definitions)) {
    const name = messageName(definition);
    const [gvk] = gvks;
    // Kinds that every group has are meta kinds.
    if (gvk === undefined || gvks.length > 1 || name.startsWith(meta) || messages[name] === undefined) continue;
    kinds[`${gvk.group === "" ? "" : `${gvk.group}/`}${gvk.version}/${gvk.kind}`] = name;
  }
  const names = reachable(messages, [...Object.values(kinds), ...metaKinds.map((kind) => meta + kind)]);
  const indexOf = new Map(names.map((name, index) => [name, index]));

  const row = (message: string, field: MessageField): FieldRow => {
    const name = field.json ?? field.name;
    const type = field.map?.[1] ?? field.t!;
    const mode = field.map ? "map" : field.rep ? "list" : field.inline ? "inline" : "one";
    const required = schema.definitions[message.replace(/^k8s\.io\./, "io.k8s.")]?.required ?? [];
    const keepsZero =
      mode === "one" && !type.includes(".") && (required.includes(name) || nullable[message]?.includes(name));
    const columns: [number, string, ScalarType | number] = [field.n, name, indexOf.get(type) ?? (type as ScalarType)];
    if (keepsZero) return [...columns, mode, 1];
    return mode === "one" ? columns : [...columns, mode];
  };
  return {
    messages: names.map((name) => [name, messages[name]!.map((field) => row(name, field))]),
    kinds: Object.fromEntries(Object.entries(kinds).map(([kind, name]) => [kind, indexOf.get(name)!])),
    metaKinds: Object.fromEntries(metaKinds.map((kind) => [kind, indexOf.get(meta + kind)!])),
  };
}

/** The message names reachable from the roots, sorted. */
function reachable(messages: Facts["messages"], roots: string[]): string[] {
  const seen = new Set<string>();
  const queue = [...roots];
  for (let name = queue.pop(); name !== undefined; name = queue.pop()) {
    if (seen.has(name)) continue;
    const fields = messages[name];
    if (fields === undefined) throw new Error(`the facts lack the message ${name}`);
    seen.add(name);
    queue.push(...fields.map((field) => field.map?.[1] ?? field.t!).filter((type) => type.includes(".")));
  }
  return [...seen].sort();
}

// The facts of a Kubernetes release that the committed tables are made from: its OpenAPI definitions, its resources and its
// protobuf messages.

import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { BuiltinResource } from "../../src/kubernetes/definitions.ts";
import type { Definition, Definitions } from "../../src/machinery/schema/link.ts";

/** One field of a protobuf message. */
export interface MessageField {
  /** Field number. */
  n: number;
  /** Name in the .proto file. */
  name: string;
  /** Name in JSON, where it differs. */
  json?: string;
  /** Scalar type or message name; absent for maps. */
  t?: string;
  rep?: 1;
  map?: [key: string, value: string];
  /** The message's fields stand beside their siblings in JSON. */
  inline?: 1;
}

export interface Facts {
  kubernetes: string;
  definitions: Definitions;
  resources: BuiltinResource[];
  messages: Record<string, MessageField[]>;
}

/** Reads `kubernetes-schema.json` and `kubernetes-protobuf.json` of a directory. */
export function readFacts(directory: string): Facts {
  const read = (name: string) => JSON.parse(readFileSync(join(directory, name), "utf8"));
  const schema = read("kubernetes-schema.json");
  const protobuf = read("kubernetes-protobuf.json");
  return { ...schema, messages: protobuf.messages };
}

/** Whether a version is generally available: `v1`, `v2`, not `v1beta1`. */
export function isGeneral(version: string): boolean {
  return /^v\d+$/.test(version);
}

/** `io.k8s.api.core.v1.Pod` ↔ `k8s.io.api.core.v1.Pod`: OpenAPI reverses the host of the Go package, protobuf does not. */
export function messageName(definition: string): string {
  return definition.replace(/^io\.k8s\./, "k8s.io.");
}

/** The names that a definition refers to directly. */
export function referencesOf(definition: Definition): string[] {
  const found: string[] = [];
  const visit = (node: Definition): void => {
    if (typeof node.$ref === "string") found.push(node.$ref.slice("#/definitions/".length));
    for (const property of Object.values(node.properties ?? {})) visit(property);
    if (node.items) visit(node.items);
    if (typeof node.additionalProperties === "object") visit(node.additionalProperties);
  };
  visit(definition);
  return found;
}

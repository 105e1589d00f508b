// Makes the committed tables of Kubernetes from the facts of a release:
//   sh scripts/node.sh scripts/generate-kubernetes.ts FACTS_DIR
// The output is a pure function of the facts; `generate-kubernetes.test.ts` compares it with what is committed.

import { writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { readFacts } from "./kubernetes/facts.ts";
import { messageTable } from "./kubernetes/message-table.ts";
import { schemaTable } from "./kubernetes/schema-table.ts";
import { typeDeclarations } from "./kubernetes/types.ts";

const root = new URL("..", import.meta.url);

/** The generated files: path in the checkout → text. */
export function generate(factsDirectory: string): Map<string, string> {
  const facts = readFacts(factsDirectory);
  const table = schemaTable(facts);
  const json = (value: unknown) => `${JSON.stringify(value)}\n`;
  return new Map([
    ["src/kubernetes/schema.generated.json", json(table)],
    ["src/machinery/protobuf/messages.generated.json", json(messageTable(facts, table))],
    ["src/kubernetes/types.generated.ts", typeDeclarations(table)],
  ]);
}

if (import.meta.main) {
  const directory = process.argv[2];
  if (directory === undefined) {
    console.error("usage: generate-kubernetes.ts FACTS_DIR");
    process.exit(2);
  }
  for (const [path, text] of generate(directory)) {
    writeFileSync(fileURLToPath(new URL(path, root)), text);
    console.log(`${path}: ${text.length} characters`);
  }
}

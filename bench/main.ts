// `npm run bench`: measures the server as users run it, prints tables and writes bench/results/DATE.json.
//
//   npm run bench -- [--only NAME]… [--quick] [--directory DIR]
//
// Servers, load drivers and watchers are processes of their own. Data lies under DIR (default: the temporary directory), so choose one
// on the disk to measure. Figures mean something on a machine that does nothing else; docs/performance.md tells how to read them.

import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { memory } from "./scenarios/memory.ts";
import { reads } from "./scenarios/reads.ts";
import { startUp } from "./scenarios/start-up.ts";
import { watch } from "./scenarios/watch.ts";
import { writes } from "./scenarios/writes.ts";
import { machineFacts, printTable, type Row, type Scenario, writeResults } from "./support/report.ts";

const scenarios: readonly Scenario[] = [startUp, writes, reads, watch, memory];

const { values } = parseArgs({
  options: {
    only: { type: "string", multiple: true },
    quick: { type: "boolean", default: false },
    directory: { type: "string", default: tmpdir() },
  },
});
const chosen = scenarios.filter(({ name }) => values.only === undefined || values.only.includes(name));
if (chosen.length === 0) throw new Error(`--only knows ${scenarios.map(({ name }) => name).join(", ")}`);

// Whatever ends the run ends what it started.
for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => process.exit(1));
// One listener for each process that was started.
process.setMaxListeners(0);

const machine = machineFacts();
printTable("Machine", [machine]);
const results: Record<string, Row[]> = {};
for (const scenario of chosen) {
  const directory = await mkdtemp(join(values.directory, "muster-bench-"));
  try {
    results[scenario.name] = await scenario.run({ quick: values.quick, directory });
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
  printTable(`${scenario.name}: ${scenario.title}`, results[scenario.name]!);
}
process.stdout.write(`\nwritten to ${writeResults(machine, results)}\n`);

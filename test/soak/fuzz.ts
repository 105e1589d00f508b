// Fuzzes a server until the time is over: `sh scripts/node.sh test/soak/fuzz.ts --minutes 10 --seed 1 [--family json]`.
// Prints the seed of each round; a failure prints the smallest failing request and ends with 1, unless --keep-going is given.

import { randomInt } from "node:crypto";
import { parseArgs } from "node:util";
import { families } from "../fuzz/support/families.ts";
import { fuzz } from "../fuzz/support/property.ts";
import { ServerProcess } from "../fuzz/support/server.ts";

const { values } = parseArgs({
  options: {
    minutes: { type: "string", default: "5" },
    seed: { type: "string" },
    runs: { type: "string", default: "500" },
    family: { type: "string" },
    "keep-going": { type: "boolean", default: false },
  },
});

const until = Date.now() + Number(values.minutes) * 60_000;
let seed = values.seed === undefined ? randomInt(2 ** 31) : Number(values.seed);
let server = await ServerProcess.start();
let failures = 0;
while (Date.now() < until) {
  for (const [name, requests] of Object.entries(families)) {
    if (values.family !== undefined && values.family !== name) continue;
    const started = performance.now();
    try {
      await fuzz(server, requests, { runs: Number(values.runs), seed });
    } catch (error) {
      failures++;
      console.error(`\n${name}: ${(error as Error).message}\n`);
      if (!values["keep-going"]) process.exit(1);
      await server.stop();
      server = await ServerProcess.start();
      continue;
    }
    const { heap, memory } = await server.report();
    const seconds = ((performance.now() - started) / 1000).toFixed(1);
    console.log(`seed ${seed} ${name}: ${seconds} s, heap ${megabytes(heap)}, resident ${megabytes(memory)}`);
  }
  seed++;
}
await server.stop();
process.exit(failures === 0 ? 0 : 1);

function megabytes(bytes: number): string {
  return `${(bytes / 2 ** 20).toFixed(0)} MiB`;
}

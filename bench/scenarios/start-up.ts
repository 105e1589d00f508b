// From the start of the process to its first answer over HTTPS: on an empty data directory, and on one that has data.

import { join } from "node:path";
import { MusterProcess } from "../support/muster-process.ts";
import { residentMemory } from "../support/process-figures.ts";
import { percentile, type Row, type Scenario } from "../support/report.ts";

export const startUp: Scenario = {
  name: "start-up",
  title: "Start-up: process start to first answered request (compiled code cached by an earlier run)",
  async run({ directory, quick }) {
    const runs = quick ? 2 : 7;
    const fresh: MusterProcess[] = [];
    const existing: MusterProcess[] = [];
    const memory: number[] = [];
    await (await MusterProcess.start(join(directory, "start-up-first"))).stop();
    for (let run = 0; run < runs; run++) {
      const dataDir = join(directory, `start-up-${run}`);
      for (const list of [fresh, existing]) {
        const muster = await MusterProcess.start(dataDir);
        list.push(muster);
        memory.push(residentMemory(muster.pid).now);
        await muster.stop();
      }
    }
    return [row("empty", fresh), row("existing", existing)].map((one, index) => ({
      ...one,
      "RSS MiB": percentile(
        memory.filter((_, at) => at % 2 === index),
        0.5,
      ),
    }));
  },
};

function row(name: string, runs: readonly MusterProcess[]): Row {
  const times = runs.map(({ startMilliseconds }) => startMilliseconds);
  return {
    "data directory": name,
    runs: runs.length,
    "median ms": percentile(times, 0.5),
    "slowest ms": percentile(times, 1),
  };
}

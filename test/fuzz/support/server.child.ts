// The server under test, in a process of its own: what the tests do to it they measure from outside, and what blocks its event loop
// is counted in its own processor time, so that a busy machine does not look like a fault.
//
// Spoken over the process channel: `ready` first; `report` is answered with a Report and begins the next period.

import { systemClock } from "../../../src/runtime/clock.ts";
import type { Logger } from "../../../src/runtime/log.ts";
import { startMuster } from "../../../src/start.ts";
import { createMemoryEngine } from "../../../src/storage/memory/engine.ts";
import type { ChildMessage, Report } from "./server.ts";

const faults: string[] = [];
process.on("uncaughtException", (error) => faults.push(`uncaught exception: ${error.stack}`));
process.on("unhandledRejection", (error) => {
  faults.push(`unhandled rejection: ${error instanceof Error ? error.stack : String(error)}`);
});

const log: Logger = {
  debug() {},
  info() {},
  warn() {},
  error: (message, fields) => faults.push(`${message} ${JSON.stringify(fields)}`),
  with: () => log,
};

const sampleInterval = 10;
let longest = 0;
let lastWall = performance.now();
let lastCpu = processorTime();
setInterval(() => {
  const wall = performance.now();
  const cpu = processorTime();
  // Between two turns of the timer the loop was held for no longer than the processor worked.
  longest = Math.max(longest, Math.min(wall - lastWall, cpu - lastCpu));
  lastWall = wall;
  lastCpu = cpu;
}, sampleInterval).unref();

function processorTime(): number {
  const { user, system } = process.threadCpuUsage();
  return (user + system) / 1000;
}

const [tokens = ""] = process.argv.slice(2);
const muster = await startMuster({
  engine: createMemoryEngine(),
  host: "127.0.0.1",
  port: 0,
  settings: { staticTokens: { text: tokens, fileName: "tokens" } },
  clock: systemClock,
  log,
});

function send(message: ChildMessage): void {
  process.send!(message);
}

process.on("message", (message: "report" | "stop") => {
  if (message === "report") {
    global.gc?.();
    const { rss, heapUsed, external } = process.memoryUsage();
    const report: Report = {
      faults: faults.splice(0),
      longestBlock: longest,
      memory: rss,
      heap: heapUsed + external,
      handles: process.getActiveResourcesInfo().length,
      watchers: muster.hub.fanOut.watchers,
      underWay: [...muster.hub.limits.underWay().values()].reduce((sum, count) => sum + count, 0),
    };
    longest = 0;
    send({ type: "report", report });
  } else {
    void muster.close().then(() => process.exit(0));
  }
});
process.on("disconnect", () => process.exit(0));
send({ type: "ready", port: muster.port, kubeconfig: await muster.adminKubeconfig(), keys: muster.hub.keys });

// Durable commits of one 1 KiB record per second and their p99, per engine and number of callers that each wait for their last commit.
// Run: sh scripts/node.sh bench/storage.ts [seconds per row] [directory on the disk to measure]

import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Engine, PlaneHandle } from "../src/storage/engine.ts";
import { createMemoryEngine } from "../src/storage/memory/engine.ts";
import { openSqliteEngine } from "../src/storage/sqlite/engine.ts";

const seconds = Number(process.argv[2] ?? 2);
const parent = process.argv[3] ?? tmpdir();
const value = new Uint8Array(1024).fill(120);

interface Row {
  engine: string;
  callers: number;
  planes: number;
  "commits/s": number;
  "p50 ms": number;
  "p99 ms": number;
}

async function measure(engine: Engine, callers: number, planes: number): Promise<Row> {
  const handles: { handle: PlaneHandle; revision: number }[] = [];
  for (let index = 0; index < planes; index++) {
    const name = `${callers}-${planes}-${index}`;
    await engine.create(name, "{}");
    handles.push({ handle: await engine.open(name), revision: 0 });
  }
  const latencies: number[] = [];
  const start = performance.now();
  const end = start + seconds * 1000;
  async function call(caller: number): Promise<void> {
    const plane = handles[caller % planes]!;
    for (let now = performance.now(); now < end; ) {
      const revision = ++plane.revision;
      await plane.handle.commit([{ revision, key: `registry/pods/default/pod-${revision}`, previous: 0, value }]);
      const then = now;
      now = performance.now();
      latencies.push(now - then);
    }
  }
  await Promise.all(Array.from({ length: callers }, (_, caller) => call(caller)));
  const elapsed = (performance.now() - start) / 1000;
  latencies.sort((left, right) => left - right);
  const at = (part: number) => Number(latencies[Math.floor(latencies.length * part)]!.toFixed(3));
  return {
    engine: engine.name,
    callers,
    planes,
    "commits/s": Math.round(latencies.length / elapsed),
    "p50 ms": at(0.5),
    "p99 ms": at(0.99),
  };
}

async function run(open: () => Promise<Engine>): Promise<Row[]> {
  const engine = await open();
  try {
    await measure(engine, 64, 2); // warms the code and the write-ahead log
    const rows = [];
    for (const callers of [1, 8, 64]) rows.push(await measure(engine, callers, 1));
    rows.push(await measure(engine, 64, 16));
    return rows;
  } finally {
    await engine.close();
  }
}

const directory = await mkdtemp(join(parent, "muster-bench-"));
try {
  const rows = [
    ...(await run(async () => createMemoryEngine())),
    ...(await run(() => openSqliteEngine({ directory }))),
  ];
  console.table(rows);
} finally {
  await rm(directory, { recursive: true, force: true });
}

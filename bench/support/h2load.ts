// Drives a server with h2load of nghttp2: a load driver in C that leaves the two cores of a small machine to the servers.

import { spawn } from "node:child_process";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { percentile } from "./report.ts";

export interface Load {
  url: string;
  directory: string;
  /** Connections. */
  clients: number;
  /** Requests under way on each connection; default 1. */
  streams?: number;
  requests: number;
  headers: Record<string, string>;
  /** POSTed; without it, requests are GETs. */
  body?: Uint8Array | string;
}

export interface LoadResult {
  seconds: number;
  perSecond: number;
  /** Milliseconds from request to last byte. */
  p50: number;
  p99: number;
  max: number;
}

/** Runs a load to its end; throws unless every request was answered with 2xx. */
export async function runLoad(load: Load): Promise<LoadResult> {
  const directory = await mkdtemp(join(load.directory, "h2load-"));
  try {
    const log = join(directory, "log");
    const options = [`-n${load.requests}`, `-c${load.clients}`, `-m${load.streams ?? 1}`, `--log-file=${log}`];
    for (const [name, value] of Object.entries(load.headers)) options.push("-H", `${name}: ${value}`);
    if (load.body !== undefined) {
      await writeFile(join(directory, "body"), load.body);
      options.push("-d", join(directory, "body"));
    }
    const output = await outputOf("h2load", [...options, load.url]);
    const succeeded = Number(/status codes: (\d+) 2xx/.exec(output)?.[1]);
    if (succeeded !== load.requests) throw new Error(`${succeeded} of ${load.requests} requests succeeded:\n${output}`);
    return summarise(await readFile(log, "utf8"));
  } finally {
    await rm(directory, { recursive: true });
  }
}

/** The log has a line for each request: start (µs since the epoch), status, duration (µs). */
function summarise(log: string): LoadResult {
  const durations: number[] = [];
  let first = Infinity;
  let last = 0;
  for (const line of log.trim().split("\n")) {
    const [start = 0, , duration = 0] = line.split("\t").map(Number);
    durations.push(duration / 1000);
    first = Math.min(first, start);
    last = Math.max(last, start + duration);
  }
  const seconds = (last - first) / 1e6;
  return {
    seconds,
    perSecond: Math.round(durations.length / seconds),
    p50: percentile(durations, 0.5),
    p99: percentile(durations, 0.99),
    max: percentile(durations, 1),
  };
}

function outputOf(program: string, options: string[]): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = spawn(program, options, { stdio: ["ignore", "pipe", "inherit"] });
    let output = "";
    child.stdout.on("data", (chunk) => {
      output += chunk;
    });
    child.on("error", reject);
    child.on("close", (code) => {
      if (code === 0) resolve(output);
      else reject(new Error(`${program} ended with ${code}:\n${output}`));
    });
  });
}

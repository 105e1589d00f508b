// What Linux knows of a running process, and of the disk.

import { readFileSync, writeFileSync } from "node:fs";

/** Ticks of /proc/PID/stat per second: a constant of the Linux interface. */
const ticksPerSecond = 100;

/** Processor time of all threads of a process, in seconds. */
export function processorSeconds(pid: number): number {
  const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  return (Number(fields[11]) + Number(fields[12])) / ticksPerSecond;
}

/** Resident memory in MiB: now, and at its highest since the start or since `forgetPeak`. */
export function residentMemory(pid: number): { now: number; peak: number } {
  const status = readFileSync(`/proc/${pid}/status`, "utf8");
  const field = (name: string) => Number(new RegExp(`${name}:\\s+(\\d+) kB`).exec(status)?.[1]) / 1024;
  return { now: field("VmRSS"), peak: field("VmHWM") };
}

export function forgetPeak(pid: number): void {
  writeFileSync(`/proc/${pid}/clear_refs`, "5");
}

/** Cache flushes that all disks have completed: each makes what was written before it durable. */
export function diskFlushes(): number {
  return readFileSync("/proc/diskstats", "utf8")
    .trim()
    .split("\n")
    .reduce((sum, line) => sum + Number(line.trim().split(/\s+/)[18] ?? 0), 0);
}

// What a scenario reports, and how it is printed and kept.

import { execFileSync } from "node:child_process";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { cpus, release, totalmem } from "node:os";
import { join } from "node:path";

/** One line of a table: names of columns to values. */
export type Row = Record<string, string | number>;

export interface Scenario {
  readonly name: string;
  /** What is measured, in a sentence. */
  readonly title: string;
  run(options: BenchOptions): Promise<Row[]>;
}

export interface BenchOptions {
  /** Fewer requests and objects: to see whether all works, not for figures. */
  quick: boolean;
  /** A directory on the disk to measure, emptied afterwards. */
  directory: string;
}

export function printTable(title: string, rows: readonly Row[]): void {
  process.stdout.write(`\n${title}\n\n`);
  const columns = [...new Set(rows.flatMap((row) => Object.keys(row)))];
  const lines = [columns, ...rows.map((row) => columns.map((column) => formatCell(row[column])))];
  const widths = columns.map((_, index) => Math.max(...lines.map((line) => line[index]!.length)));
  lines.forEach((line, index) => {
    process.stdout.write(`| ${line.map((cell, column) => cell.padEnd(widths[column]!)).join(" | ")} |\n`);
    if (index === 0) process.stdout.write(`| ${widths.map((width) => "-".repeat(width)).join(" | ")} |\n`);
  });
}

function formatCell(value: string | number | undefined): string {
  if (typeof value !== "number") return value ?? "";
  if (Number.isInteger(value)) return value.toLocaleString("en-US");
  return value >= 100 ? Math.round(value).toLocaleString("en-US") : value.toFixed(value >= 10 ? 1 : 2);
}

/** What the figures were taken on. */
export function machineFacts(): Row {
  const processors = cpus();
  return {
    date: new Date().toISOString(),
    commit: execFileSync("git", ["rev-parse", "--short", "HEAD"], {
      encoding: "utf8",
      cwd: import.meta.dirname,
    }).trim(),
    node: process.version,
    processor: processors[0]?.model.trim() ?? "unknown",
    cores: processors.length,
    "memory GiB": Math.round(totalmem() / 2 ** 30),
    kernel: release(),
    "load before": readFileSync("/proc/loadavg", "utf8").split(" ")[0]!,
  };
}

/** Writes all that was measured; returns the file. */
export function writeResults(machine: Row, scenarios: Record<string, Row[]>): string {
  const directory = join(import.meta.dirname, "..", "results");
  mkdirSync(directory, { recursive: true });
  const file = join(directory, `${String(machine.date).replaceAll(":", "-")}.json`);
  writeFileSync(file, `${JSON.stringify({ machine, scenarios }, null, 2)}\n`);
  return file;
}

/** The value below which `part` of the values lie. */
export function percentile(values: readonly number[], part: number): number {
  const sorted = [...values].sort((left, right) => left - right);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))] ?? Number.NaN;
}

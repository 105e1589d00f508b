// The server as a user starts it: `bin/muster up` in a process of its own, known by what it prints and the kubeconfig it writes.

import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type KubeconfigAccess, parseKubeconfig } from "../../../src/machinery/kubeconfig.ts";

/** The launcher of this checkout. */
export const launcher: string = new URL("../../../bin/muster", import.meta.url).pathname;
/** How long (milliseconds) a start or a stop may take before the test fails: far more than it does take. */
const patience = 60_000;

export interface Finished {
  code: number | null;
  signal: NodeJS.Signals | null;
  stdout: string;
  stderr: string;
}

/** A directory that the caller removes; it has to outlive the servers in it. */
export function temporaryDirectory(): string {
  return mkdtempSync(join(tmpdir(), "muster-e2e-"));
}

export function remove(directory: string): void {
  rmSync(directory, { recursive: true, force: true });
}

class Running {
  readonly child: ChildProcess;
  stdout = "";
  stderr = "";
  /** Resolves when the process has ended and all of its output was read. */
  readonly finished: Promise<Finished>;

  constructor(args: readonly string[], cwd?: string) {
    this.child = spawn(launcher, args, { stdio: ["ignore", "pipe", "pipe"], cwd });
    this.child.stdout!.setEncoding("utf8").on("data", (text: string) => {
      this.stdout += text;
    });
    this.child.stderr!.setEncoding("utf8").on("data", (text: string) => {
      this.stderr += text;
    });
    this.finished = once(this.child, "close").then(([code, signal]) => ({
      code,
      signal,
      stdout: this.stdout,
      stderr: this.stderr,
    }));
  }
}

/** Runs a `muster` command to its end. */
export async function runMuster(args: readonly string[], cwd?: string): Promise<Finished> {
  const running = new Running(args, cwd);
  const timer = setTimeout(() => running.child.kill("SIGKILL"), patience);
  const finished = await running.finished;
  clearTimeout(timer);
  return finished;
}

export interface MusterOptions {
  dataDir: string;
  storage?: "sqlite" | "memory";
  listen?: string;
  args?: readonly string[];
}

/** A server that has said it is ready. */
export class MusterServer {
  readonly #running: Running;
  readonly dataDir: string;
  /** As printed in the ready line. */
  readonly url: string;
  readonly kubeconfig: string;
  /** Milliseconds from the start of the process to the ready line. */
  readonly startTime: number;

  private constructor(running: Running, dataDir: string, url: string, kubeconfig: string, startTime: number) {
    this.#running = running;
    this.dataDir = dataDir;
    this.url = url;
    this.kubeconfig = kubeconfig;
    this.startTime = startTime;
  }

  /** Starts a server; rejects with what the process said when it ends before it is ready. */
  static async start(options: MusterOptions): Promise<MusterServer> {
    const { dataDir, storage = "sqlite", listen = "127.0.0.1:0", args = [] } = options;
    const started = performance.now();
    const running = new Running(["up", "--data-dir", dataDir, "--listen", listen, "--storage", storage, ...args]);
    const ready = new Promise<RegExpExecArray>((resolve) => {
      running.child.stdout!.on("data", () => {
        const match = /^muster is ready at (\S+); try: kubectl --kubeconfig (\S+) get namespaces$/m.exec(
          running.stdout,
        );
        if (match !== null) resolve(match);
      });
    });
    const ended = running.finished.then(({ code, signal, stdout, stderr }) => {
      throw new Error(`muster ended before it was ready (${code ?? signal}):\n${stdout}${stderr}`);
    });
    ended.catch(() => undefined);
    const timer = setTimeout(() => running.child.kill("SIGKILL"), patience);
    try {
      const [, url, kubeconfig] = await Promise.race([ready, ended]);
      return new MusterServer(running, dataDir, url!, kubeconfig!, performance.now() - started);
    } finally {
      clearTimeout(timer);
    }
  }

  get pid(): number {
    return this.#running.child.pid!;
  }

  /** What the server has logged. */
  get log(): string {
    return this.#running.stderr;
  }

  get stdout(): string {
    return this.#running.stdout;
  }

  get finished(): Promise<Finished> {
    return this.#running.finished;
  }

  /** The administrator's access, read from the file that the server wrote. */
  access(): KubeconfigAccess {
    return parseKubeconfig(readFileSync(this.kubeconfig, "utf8"), { readFile: (path) => readFileSync(path, "utf8") });
  }

  /** Ends the process in the orderly way. */
  async stop(signal: NodeJS.Signals = "SIGTERM"): Promise<Finished> {
    this.#running.child.kill(signal);
    const timer = setTimeout(() => this.#running.child.kill("SIGKILL"), patience);
    const finished = await this.finished;
    clearTimeout(timer);
    return finished;
  }

  /** Ends the process as a crash would. */
  async kill(): Promise<void> {
    this.#running.child.kill("SIGKILL");
    await this.finished;
  }
}

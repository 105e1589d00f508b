// A server in a child process, and what it reports about itself.

import assert from "node:assert/strict";
import { type ChildProcess, fork } from "node:child_process";
import { fileURLToPath } from "node:url";
import type { PlaneKeys } from "../../../src/apiserver/pki/plane-keys.ts";
import { type KubeconfigAccess, parseKubeconfig } from "../../../src/machinery/kubeconfig.ts";

/** What happened since the last report. */
export interface Report {
  /** Errors that nobody foresaw, with their stacks; must be empty. */
  faults: string[];
  /** Milliseconds for which the event loop was held at most. */
  longestBlock: number;
  /** Resident bytes. */
  memory: number;
  /** Bytes of JavaScript and buffers after collection. */
  heap: number;
  /** Sockets, timers and the like. */
  handles: number;
  watchers: number;
  underWay: number;
}

export type ChildMessage =
  | { type: "ready"; port: number; kubeconfig: string; keys: PlaneKeys }
  | { type: "report"; report: Report };

/** Milliseconds for which one request may hold the event loop. */
export const blockLimit = 400;

/** Users with static tokens: one who may do nothing. */
export const powerlessToken = "powerless-token";
const tokenFile = `${powerlessToken},nobody,1\n`;

export class ServerProcess {
  readonly port: number;
  readonly access: KubeconfigAccess;
  readonly keys: PlaneKeys;
  readonly #child: ChildProcess;

  private constructor(child: ChildProcess, ready: Extract<ChildMessage, { type: "ready" }>) {
    this.#child = child;
    this.port = ready.port;
    this.keys = ready.keys;
    this.access = parseKubeconfig(ready.kubeconfig, {
      readFile: (path) => {
        throw new Error(`the kubeconfig names the file ${path}`);
      },
    });
  }

  static async start(): Promise<ServerProcess> {
    const program = fileURLToPath(new URL("server.child.ts", import.meta.url));
    const execArgv = [...process.execArgv.filter((option) => !option.startsWith("--test")), "--expose-gc"];
    const child = fork(program, [tokenFile], { execArgv, stdio: ["ignore", "inherit", "inherit", "ipc"] });
    const ready = await messageOf(child);
    assert.equal(ready.type, "ready");
    return new ServerProcess(child, ready as Extract<ChildMessage, { type: "ready" }>);
  }

  get running(): boolean {
    return this.#child.exitCode === null && this.#child.signalCode === null;
  }

  async report(): Promise<Report> {
    assert.ok(this.running, `the server ended: code ${this.#child.exitCode}, signal ${this.#child.signalCode}`);
    const answer = messageOf(this.#child);
    this.#child.send("report");
    const message = await answer;
    assert.equal(message.type, "report");
    return (message as Extract<ChildMessage, { type: "report" }>).report;
  }

  /** Asserts that the server is as it should be: nothing unforeseen, nothing held the loop for long. */
  async assertWell(): Promise<Report> {
    const report = await this.report();
    assert.deepEqual(report.faults, []);
    assert.ok(report.longestBlock < blockLimit, `the event loop was held for ${report.longestBlock.toFixed(0)} ms`);
    return report;
  }

  async stop(): Promise<void> {
    if (!this.running) return;
    const ended = new Promise((resolve) => this.#child.once("exit", resolve));
    this.#child.send("stop");
    await ended;
  }
}

function messageOf(child: ChildProcess): Promise<ChildMessage> {
  return new Promise((resolve, reject) => {
    const ended = (code: number | null, signal: string | null) => {
      child.off("message", arrived);
      reject(new Error(`the server ended: code ${code}, signal ${signal}`));
    };
    const arrived = (message: unknown) => {
      child.off("exit", ended);
      resolve(message as ChildMessage);
    };
    child.once("message", arrived);
    child.once("exit", ended);
  });
}

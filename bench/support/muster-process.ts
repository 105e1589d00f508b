// `bin/muster up` as users start it: a process of its own, on a data directory of its own, with one administrator's token.

import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdir, writeFile } from "node:fs/promises";
import { request } from "node:https";
import { createServer } from "node:net";
import { join } from "node:path";

const token = "bench-token";
const launcher = join(import.meta.dirname, "..", "..", "bin", "muster");

export class MusterProcess {
  readonly url: string;
  readonly headers = { authorization: `Bearer ${token}`, "content-type": "application/json" };
  /** Milliseconds from the start of the process to its first answer. */
  readonly startMilliseconds: number;
  readonly #child: ChildProcess;

  private constructor(child: ChildProcess, url: string, startMilliseconds: number) {
    this.#child = child;
    process.once("exit", () => child.kill("SIGKILL"));
    this.url = url;
    this.startMilliseconds = startMilliseconds;
  }

  /** Starts on `dataDir`, which may hold data already, and waits for the first answer. */
  static async start(dataDir: string): Promise<MusterProcess> {
    await mkdir(dataDir, { recursive: true });
    const tokens = `${dataDir}.tokens.csv`;
    await writeFile(tokens, `${token},bench,bench,"system:masters"\n`);
    const port = await freePort();
    const url = `https://127.0.0.1:${port}`;
    const began = performance.now();
    const child = spawn(
      launcher,
      [
        "up",
        "--data-dir",
        dataDir,
        "--listen",
        `127.0.0.1:${port}`,
        "--token-auth-file",
        tokens,
        "--log-level",
        "error",
      ],
      { stdio: ["ignore", "ignore", "inherit"] },
    );
    while (!(await answers(`${url}/readyz`))) {
      if (child.exitCode !== null) throw new Error(`muster ended with ${child.exitCode}`);
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
    return new MusterProcess(child, url, performance.now() - began);
  }

  get pid(): number {
    return this.#child.pid!;
  }

  /** The JSON of a GET. */
  async get(path: string): Promise<unknown> {
    return JSON.parse(await fetchText(`${this.url}${path}`));
  }

  /** A series of /metrics without labels. */
  async metric(name: string): Promise<number> {
    const text = await fetchText(`${this.url}/metrics`);
    return Number(new RegExp(`^${name} (.*)$`, "m").exec(text)?.[1]);
  }

  async stop(signal: "SIGTERM" | "SIGKILL" = "SIGTERM"): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    const exited = once(this.#child, "exit");
    this.#child.kill(signal);
    await exited;
  }
}

async function answers(url: string): Promise<boolean> {
  try {
    await fetchText(url);
    return true;
  } catch {
    return false;
  }
}

function fetchText(url: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const headers = { authorization: `Bearer ${token}` };
    const sent = request(url, { rejectUnauthorized: false, headers, agent: false }, (response) => {
      let text = "";
      response.setEncoding("utf8");
      response.on("data", (chunk) => {
        text += chunk;
      });
      response.on("end", () => {
        if (response.statusCode === 200) resolve(text);
        else reject(new Error(`${url}: ${response.statusCode} ${text}`));
      });
    });
    sent.on("error", reject);
    sent.end();
  });
}

export async function freePort(): Promise<number> {
  const server = createServer();
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as { port: number };
  server.close();
  await once(server, "close");
  return port;
}

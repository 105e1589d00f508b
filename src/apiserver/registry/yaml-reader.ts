// Reads large YAML documents in a thread of its own: a body may hold what takes seconds to parse, and the event loop has other
// clients. One document at a time; the thread begins with the first one and ends when none has come for a while.
//
// Invariants: a document that takes longer than `timeLimit` is refused and its thread ended; no more than `queueLimit` wait.

import { Worker } from "node:worker_threads";
import { parseJson } from "../../machinery/json.ts";
import { tooManyRequests } from "../../machinery/status-error.ts";
import type { YamlResult } from "../../machinery/yaml.ts";

/** What the thread answers. */
export type YamlMessage = { ok: true; json: string; duplicates: string[] } | { ok: false; error: string };

/** Texts of this length (bytes) and more are worth the way to another thread. */
export const largeYaml = 16 * 1024;

const timeLimit = 20_000;
const queueLimit = 32;
const idleTime = 5_000;

interface Job {
  text: string;
  done: (result: YamlResult) => void;
}

export class YamlReader {
  readonly #queue: Job[] = [];
  #current: Job | undefined;
  #worker: Worker | undefined;
  /** Of the current document, or of idleness. */
  #timer: NodeJS.Timeout | undefined;

  /** Parses a text as parseYaml does. Throws 429 when too many are waiting. */
  parse(text: string): Promise<YamlResult> {
    if (this.#queue.length >= queueLimit) throw tooManyRequests("Too many requests, please try again later.", 1);
    return new Promise((done) => {
      this.#queue.push({ text, done });
      if (this.#current === undefined) this.#next();
    });
  }

  /** Ends the thread; what it was to read is refused. */
  close(): void {
    for (const job of this.#queue.splice(0)) job.done(refusal("the server is shutting down"));
    if (this.#current === undefined) this.#end();
    else this.#fail("the server is shutting down");
  }

  #next(): void {
    clearTimeout(this.#timer);
    this.#current = this.#queue.shift();
    if (this.#current === undefined) {
      this.#worker?.unref();
      this.#timer = setTimeout(() => this.#end(), idleTime);
      this.#timer.unref();
      return;
    }
    this.#worker ??= this.#start();
    this.#worker.ref();
    this.#worker.postMessage(this.#current.text);
    this.#timer = setTimeout(() => this.#fail("the document takes too long to read; send it as JSON"), timeLimit);
  }

  #start(): Worker {
    const worker = new Worker(new URL("./yaml-worker.ts", import.meta.url), { name: "muster-yaml", execArgv: [] });
    worker.on("message", (message: YamlMessage) => this.#settle(resultOf(message)));
    worker.on("error", (error: Error) => {
      if (worker === this.#worker) this.#fail(error.message);
    });
    return worker;
  }

  #fail(why: string): void {
    this.#end();
    this.#settle(refusal(why));
  }

  #settle(result: YamlResult): void {
    const job = this.#current;
    this.#next();
    job?.done(result);
  }

  #end(): void {
    clearTimeout(this.#timer);
    const worker = this.#worker;
    this.#worker = undefined;
    void worker?.terminate();
  }
}

function refusal(why: string): YamlResult {
  return { ok: false, error: `yaml: ${why}` };
}

function resultOf(message: YamlMessage): YamlResult {
  if (!message.ok) return message;
  const parsed = parseJson(message.json);
  return parsed.ok ? { ...parsed, duplicates: message.duplicates } : parsed;
}

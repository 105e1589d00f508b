// The engine's side of the worker thread: sends requests, settles their promises. Requests of one turn travel as one message.

import { once } from "node:events";
import { Worker } from "node:worker_threads";
import { EngineError, type LogRecord } from "../engine.ts";
import { engineClosed } from "../refusals.ts";
import {
  fromFailure,
  type OperationName,
  type Operations,
  type PlaneOwner,
  packRecords,
  packValues,
  type ReplyMessage,
  type Request,
  type RequestMessage,
  type RequestOf,
} from "./messages.ts";
import type { OpeningMessage, WorkerSettings } from "./worker.ts";

interface Waiting {
  resolve(output: unknown): void;
  reject(error: EngineError): void;
}

export class WorkerClient {
  readonly #worker: Worker;
  readonly #onFault: (error: EngineError) => void;
  readonly #waiting = new Map<number, Waiting>();
  #nextId = 1;
  #requests: Request[] = [];
  #values: (Uint8Array | null)[] = [];
  /** Why no request is taken any more. */
  #end: EngineError | undefined;
  #closing: Promise<void> | undefined;

  private constructor(worker: Worker, onFault: (error: EngineError) => void) {
    this.#worker = worker;
    this.#onFault = onFault;
    worker.on("message", (message: ReplyMessage) => this.#receive(message));
    worker.on("error", (error) => this.#fail(error));
    worker.on("exit", () => this.#fail(new Error("its thread ended")));
  }

  /** Starts the worker; rejects with the EngineError of an open that failed. */
  static async start(settings: WorkerSettings, onFault: (error: EngineError) => void): Promise<WorkerClient> {
    const worker = new Worker(new URL("./worker.ts", import.meta.url), {
      workerData: settings,
      name: "muster-sqlite",
      execArgv: [],
    });
    try {
      const [{ faults }] = (await once(worker, "message")) as [OpeningMessage];
      if (faults[0] === undefined) return new WorkerClient(worker, onFault);
      throw fromFailure(faults[0]);
    } catch (error) {
      await worker.terminate();
      throw error instanceof EngineError ? error : workerEnded(error as Error);
    }
  }

  request<Name extends Exclude<OperationName, "commit" | "close">>(
    operation: Name,
    input: Operations[Name]["input"],
  ): Promise<Operations[Name]["output"]> {
    return this.#send((id) => ({ id, operation, ...input }) as RequestOf<Name>);
  }

  /** Resolves when the records are durable. They are copied at the end of this turn. */
  commit(owner: PlaneOwner, batch: readonly LogRecord[]): Promise<undefined> {
    return this.#send((id) => {
      for (const { value } of batch) this.#values.push(value);
      return { id, operation: "commit", owner, records: packRecords(batch) };
    });
  }

  /** Lets the worker finish what it was sent, then ends it. */
  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    if (this.#end !== undefined) return;
    const closed = this.#send<undefined>((id) => ({ id, operation: "close" }));
    this.#end = engineClosed();
    try {
      await closed;
    } finally {
      await this.#worker.terminate();
    }
  }

  #send<Output>(build: (id: number) => Request): Promise<Output> {
    if (this.#end !== undefined) return Promise.reject(this.#end);
    const id = this.#nextId++;
    if (this.#requests.length === 0) queueMicrotask(() => this.#flush());
    this.#requests.push(build(id));
    return new Promise((resolve, reject) => this.#waiting.set(id, { resolve: resolve as Waiting["resolve"], reject }));
  }

  #flush(): void {
    const message: RequestMessage = { requests: this.#requests, bytes: packValues(this.#values) };
    this.#requests = [];
    this.#values = [];
    this.#worker.postMessage(message, [message.bytes.buffer]);
  }

  #receive({ replies, faults }: ReplyMessage): void {
    for (const reply of replies) {
      const waiting = this.#waiting.get(reply.id);
      this.#waiting.delete(reply.id);
      if ("failure" in reply) waiting?.reject(fromFailure(reply.failure));
      else waiting?.resolve(reply.output);
    }
    for (const fault of faults) this.#onFault(fromFailure(fault));
  }

  /** The worker is gone. What it was asked may or may not have happened. */
  #fail(cause: Error): void {
    const error = workerEnded(cause);
    this.#end ??= error;
    for (const { reject } of this.#waiting.values()) reject(error);
    this.#waiting.clear();
  }
}

function workerEnded(cause: Error): EngineError {
  return new EngineError("unavailable", `the SQLite store stopped: ${cause.message}; start again`, { cause });
}

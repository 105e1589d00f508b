// The worker thread that owns the database: opens it, then hands every message that has arrived to the scheduler and its answers back.

import { parentPort, receiveMessageOnPort, workerData } from "node:worker_threads";
import { type DatabaseLimits, openDatabase } from "./database.ts";
import { toEngineError } from "./errors.ts";
import { type Reply, type ReplyMessage, type RequestMessage, toFailure } from "./messages.ts";
import { Scheduler } from "./scheduler.ts";
import { Store } from "./store.ts";

export interface WorkerSettings {
  directory: string;
  limits: DatabaseLimits;
}

/** The first message of the worker: whether the database is open. Later ones are ReplyMessages. */
export type OpeningMessage = Pick<ReplyMessage, "faults">;

const port = parentPort!;
const { directory, limits } = workerData as WorkerSettings;

let message: ReplyMessage = { replies: [], faults: [] };
let transfer: ArrayBuffer[] = [];

function flush(): void {
  if (message.replies.length === 0 && message.faults.length === 0) return;
  port.postMessage(message, transfer);
  message = { replies: [], faults: [] };
  transfer = [];
}

function reply(one: Reply): void {
  message.replies.push(one);
}

function start(): void {
  const store = new Store(openDatabase(directory, limits), directory);
  const scheduler = new Scheduler(
    store,
    {
      succeed(id, output) {
        if (output !== undefined && "records" in output) transfer.push(output.bytes.buffer);
        reply({ id, output });
      },
      fail: (id, error) => reply({ id, failure: toFailure(error) }),
      fault: (error) => message.faults.push(toFailure(error)),
      flush,
    },
    limits.walBytes,
  );
  port.on("message", (first: RequestMessage) => scheduler.receive(arrived(first)));
}

function* arrived(first: RequestMessage): Generator<RequestMessage> {
  yield first;
  for (let next = receiveMessageOnPort(port); next !== undefined; next = receiveMessageOnPort(port)) yield next.message;
}

try {
  start();
  port.postMessage({ faults: [] } satisfies OpeningMessage);
} catch (error) {
  port.postMessage({ faults: [toFailure(toEngineError(error, `the store in ${directory}`))] } satisfies OpeningMessage);
}

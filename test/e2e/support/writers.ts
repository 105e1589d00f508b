// Clients that write without pause and remember what they were told: the load under which a server is killed or its disk runs full.

import type { KubeconfigAccess } from "../../../src/machinery/kubeconfig.ts";
import type { JsonObject } from "../../../src/machinery/object.ts";
import { Connection } from "../../conformance/support/http.ts";

/** What is known of one object after the answers that came. */
export interface Known {
  /** The last acknowledged state; undefined when the object is known to be gone. */
  acknowledged: { value: string; revision: bigint } | undefined;
  /** A write that got no answer: it may or may not have happened. `undefined` as value is a deletion. */
  unanswered?: { value: string | undefined };
}

/** One client with objects of its own, which it creates, changes and deletes in turn. */
export class Writer {
  readonly #path: string;
  readonly #prefix: string;
  readonly known = new Map<string, Known>();
  /** Answers with success, over all rounds. */
  acknowledgements = 0;
  #turn = 0;

  constructor(path: string, prefix: string) {
    this.#path = path;
    this.#prefix = prefix;
  }

  /** Writes until the connection breaks or `stop` aborts. Rejects when the server answers what it may not. */
  async run(access: KubeconfigAccess, stop: AbortSignal): Promise<void> {
    const connection = new Connection(access);
    try {
      while (!stop.aborted) {
        if (!(await this.#write(connection, this.#turn++))) return;
      }
    } finally {
      connection.close();
    }
  }

  /** False when no answer came. */
  async #write(connection: Connection, turn: number): Promise<boolean> {
    const name = `${this.#prefix}-${turn % 7}`;
    const known = this.known.get(name) ?? { acknowledged: undefined };
    this.known.set(name, known);
    const deletes = known.acknowledged !== undefined && turn % 5 === 0;
    const value = deletes ? undefined : `${turn}`.padEnd((turn * 53) % 2000, "x");
    known.unanswered = { value };
    const path = known.acknowledged === undefined ? this.#path : `${this.#path}/${name}`;
    const method = known.acknowledged === undefined ? "POST" : deletes ? "DELETE" : "PUT";
    const body = deletes ? undefined : { apiVersion: "v1", kind: "ConfigMap", metadata: { name }, data: { value } };
    let answer: Awaited<ReturnType<Connection["send"]>>;
    try {
      answer = await connection.send(method, path, { body });
    } catch {
      return false;
    }
    if (answer.code === 0) return false;
    if (answer.code >= 300) throw new Error(`${method} ${path}: ${answer.text}`);
    this.acknowledgements++;
    known.acknowledged =
      value === undefined
        ? undefined
        : { value, revision: BigInt((answer.json as JsonObject).metadata.resourceVersion) };
    delete known.unanswered;
    return true;
  }

  /**
   * Compares with the objects that the server has now, and takes them for the truth from here on. Returns what is wrong: a write that
   * was acknowledged and is not there, or one that nobody made.
   */
  settle(stored: ReadonlyMap<string, JsonObject>): string[] {
    const wrong: string[] = [];
    for (const [name, known] of this.known) {
      const object = stored.get(name);
      const value: string | undefined = object?.data.value;
      const allowed = [known.acknowledged?.value, ...(known.unanswered ? [known.unanswered.value] : [])];
      if (!allowed.includes(value))
        wrong.push(`${name} is ${short(value)}, expected ${allowed.map(short).join(" or ")}`);
      known.acknowledged =
        object === undefined ? undefined : { value: value!, revision: BigInt(object.metadata.resourceVersion) };
      delete known.unanswered;
    }
    return wrong;
  }
}

function short(value: string | undefined): string {
  return value === undefined ? "absent" : `${value.replace(/x+$/, "")}…`;
}

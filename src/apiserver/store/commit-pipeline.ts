// The way of decided writes to the engine: what one turn of the event loop decided is a batch, several batches may be under way at a
// time, and they are settled in order. So the process decides and answers while the disk syncs, and a slow engine gets larger batches.
//
// Invariants:
//   C1 writes reach the engine, and `settle`, in the order in which they were added;
//   C2 after a batch failed, nothing more is sent until every batch under way has settled; then all writes that were added fail
//      together, once (the engine refuses what follows a refused batch: storage/engine.ts).

/**
 * Batches under way at a time: one that the engine works on, and one that waits for it. More only makes them smaller, and each costs
 * messages between threads: four cost up to a quarter of the creates per second (docs/performance.md).
 */
const maximumUnderWay = 2;

export interface CommitSteps<Write> {
  /** Makes a batch durable, or rejects. Calls overlap. */
  commit(batch: readonly Write[]): Promise<void>;
  /** The batch is durable. Must not throw. */
  settle(batch: readonly Write[]): void;
  /** The engine refused the first of these writes, and with it all of them. */
  refuse(writes: readonly Write[], cause: unknown): Promise<void>;
}

interface Batch<Write> {
  readonly writes: readonly Write[];
  /** Resolves in any case. */
  readonly ended: Promise<void>;
  outcome: "underWay" | "durable" | { cause: unknown };
}

export class CommitPipeline<Write> {
  readonly #steps: CommitSteps<Write>;
  #queue: Write[] = [];
  readonly #underWay: Batch<Write>[] = [];
  #refusing: Promise<void> | undefined;
  #flushScheduled = false;

  constructor(steps: CommitSteps<Write>) {
    this.#steps = steps;
  }

  add(write: Write): void {
    this.#queue.push(write);
    if (this.#flushScheduled) return;
    this.#flushScheduled = true;
    // After the sockets of this turn were read: their writes join the batch.
    setImmediate(() => {
      this.#flushScheduled = false;
      this.#flush();
    });
  }

  /** Resolves when every write that was added is durable or refused. */
  async drain(): Promise<void> {
    for (;;) {
      this.#flush();
      const waitFor = this.#refusing ?? this.#underWay[0]?.ended;
      if (waitFor === undefined) return;
      await waitFor;
    }
  }

  #flush(): void {
    if (this.#queue.length === 0 || this.#refusing !== undefined || this.#underWay.length >= maximumUnderWay) return;
    const writes = this.#queue;
    this.#queue = [];
    const batch: Batch<Write> = {
      writes,
      outcome: "underWay",
      ended: this.#steps.commit(writes).then(
        () => this.#end(batch, "durable"),
        (cause: unknown) => this.#end(batch, { cause }),
      ),
    };
    this.#underWay.push(batch);
  }

  #end(batch: Batch<Write>, outcome: Batch<Write>["outcome"]): void {
    batch.outcome = outcome;
    if (this.#refusing !== undefined) return;
    for (let first = this.#underWay[0]; first !== undefined; first = this.#underWay[0]) {
      if (first.outcome === "underWay") break;
      if (first.outcome !== "durable") {
        this.#refusing = this.#refuse(first.outcome.cause).finally(() => {
          this.#refusing = undefined;
          this.#flush();
        });
        return;
      }
      this.#underWay.shift();
      this.#steps.settle(first.writes);
    }
    this.#flush();
  }

  async #refuse(cause: unknown): Promise<void> {
    await Promise.all(this.#underWay.map(({ ended }) => ended));
    const writes = [...this.#underWay.flatMap((batch) => batch.writes), ...this.#queue];
    this.#underWay.length = 0;
    this.#queue = [];
    await this.#steps.refuse(writes, cause);
  }
}

// A queue that holds each item at most once.

export class Fifo<T> {
  readonly #items = new Set<T>();
  /** Stands before the first item: what it has passed was taken. One cursor is kept, since a new one would walk over all gaps. */
  #cursor = this.#items.values();

  get size(): number {
    return this.#items.size;
  }

  /** Puts an item at the end, unless it is in the queue. */
  add(item: T): void {
    this.#items.add(item);
  }

  delete(item: T): boolean {
    return this.#items.delete(item);
  }

  take(): T | undefined {
    if (this.#items.size === 0) return undefined;
    let next = this.#cursor.next();
    if (next.done) {
      // A cursor that has reached the end stays there.
      this.#cursor = this.#items.values();
      next = this.#cursor.next();
    }
    if (next.done) return undefined;
    this.#items.delete(next.value);
    return next.value;
  }
}

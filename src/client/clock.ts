// Time, passed in so that tests can turn it (runtime/clock.ts has one for them).

export interface Timer {
  cancel(): void;
}

export interface Clock {
  now(): Date;
  /** Calls back once after `milliseconds`. */
  after(milliseconds: number, callback: () => void): Timer;
}

/** The time of the machine. Its timers do not keep the process alive. */
export const systemClock: Clock = {
  now: () => new Date(),
  after(milliseconds, callback) {
    // A longer delay would overflow Node's timers and fire at once.
    const timer = setTimeout(callback, Math.min(milliseconds, 0x7fffffff));
    timer.unref();
    return { cancel: () => clearTimeout(timer) };
  },
};

/** Resolves after a time, or at once when `signal` aborts. */
export function sleep(clock: Clock, milliseconds: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const end = () => {
      timer.cancel();
      signal?.removeEventListener("abort", end);
      resolve();
    };
    const timer = clock.after(milliseconds, end);
    if (signal?.aborted) end();
    else signal?.addEventListener("abort", end);
  });
}

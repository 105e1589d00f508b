// Lets one of several processes lead, by a Lease that it renews. Semantics of k8s.io/client-go tools/leaderelection.
//
// Invariants:
//   L1 clocks of different machines are never compared: a lease has run out when this process has not seen it change for its duration;
//   L2 whoever leads stops before others may begin: the renew deadline is shorter than the lease;
//   L3 the lease is given up only after the leader's work has ended.

import type { Client, KindReference } from "../client/client.ts";
import type { KubeObject } from "../machinery/object.ts";
import { hasReason } from "../machinery/status-error.ts";
import { formatMicroTime } from "../machinery/time.ts";
import { type Clock, sleep } from "./clock.ts";
import type { Logger } from "./log.ts";

interface LeaseSpec {
  holderIdentity?: string;
  leaseDurationSeconds?: number;
  acquireTime?: string;
  renewTime?: string;
  leaseTransitions?: number;
}

interface Lease extends KubeObject {
  spec?: LeaseSpec;
}

const leaseKind: KindReference<Lease> = {
  group: "coordination.k8s.io",
  version: "v1",
  kind: "Lease",
  plural: "leases",
  namespaced: true,
};

export interface LeaderElectionOptions {
  client: Client;
  /** Of the Lease. */
  namespace: string;
  name: string;
  /** Names this process among the candidates. */
  identity: string;
  /** The leader's work. It has to return soon after `signal` aborts; when it returns before, the lease is given up. */
  lead(signal: AbortSignal): Promise<void>;
  /** Called when another identity is seen to lead, and once for this one. */
  onNewLeader?(identity: string): void;
  /** Milliseconds that a lease lasts without being renewed. Default 15,000. */
  leaseDuration?: number;
  /** Milliseconds after which a leader that could not renew stops. Default 10,000. */
  renewDeadline?: number;
  /** Milliseconds between attempts. Default 2,000. */
  retryPeriod?: number;
  clock: Clock;
  /** Spreads attempts; gives numbers from 0 up to 1. */
  random?: () => number;
  log: Logger;
}

/** Attempts to acquire are spread over this many periods more. */
const jitter = 1.2;

export class LeaderElector {
  readonly #options: LeaderElectionOptions;
  readonly #leaseDuration: number;
  readonly #renewDeadline: number;
  readonly #retryPeriod: number;
  /** The lease as it was seen last, and when it was first seen like that. */
  #observed: { lease: Lease; at: number } | undefined;
  #reported: string | undefined;
  #leading = false;

  constructor(options: LeaderElectionOptions) {
    const { leaseDuration = 15_000, renewDeadline = 10_000, retryPeriod = 2_000 } = options;
    if (leaseDuration <= renewDeadline) throw new RangeError("leaseDuration must be greater than renewDeadline");
    if (renewDeadline <= retryPeriod * jitter)
      throw new RangeError("renewDeadline must be greater than retryPeriod * 1.2");
    if (options.identity === "") throw new RangeError("the identity must not be empty");
    this.#options = options;
    this.#leaseDuration = leaseDuration;
    this.#renewDeadline = renewDeadline;
    this.#retryPeriod = retryPeriod;
  }

  get leading(): boolean {
    return this.#leading;
  }

  /** Who was last seen to lead. */
  get leader(): string | undefined {
    return this.#observed?.lease.spec?.holderIdentity || undefined;
  }

  /** Waits for the lease, leads, and resolves when the lease is lost or `signal` aborts. To go on, run again. */
  async run(signal: AbortSignal): Promise<void> {
    const { clock, random = Math.random, lead, log, name } = this.#options;
    while (!signal.aborted && !(await this.#attempt())) {
      await sleep(clock, this.#retryPeriod * (1 + jitter * random()), signal);
    }
    if (signal.aborted && !this.#holds()) return;
    const work = new AbortController();
    const stop = () => work.abort();
    signal.addEventListener("abort", stop);
    if (signal.aborted) stop();
    this.#leading = true;
    log.info("leading", { lease: name });
    const done = lead(work.signal);
    try {
      const ended = done.then(stop, stop);
      await Promise.race([ended, this.#renew(work.signal)]);
    } finally {
      stop();
      signal.removeEventListener("abort", stop);
      this.#leading = false;
      await done.catch(() => undefined);
      log.info("no longer leading", { lease: name });
      await this.#release();
    }
    await done;
  }

  /** Renews until that fails for too long, or `signal` aborts. */
  async #renew(signal: AbortSignal): Promise<void> {
    const { clock, log, name } = this.#options;
    let renewed = clock.now().getTime();
    while (!signal.aborted) {
      await sleep(clock, this.#retryPeriod, signal);
      if (signal.aborted) return;
      const left = renewed + this.#renewDeadline - clock.now().getTime();
      // A request that hangs must not let the deadline pass.
      const enough = new AbortController();
      const success = await Promise.race([this.#attempt(), sleep(clock, Math.max(0, left), enough.signal)]);
      enough.abort();
      if (success === true) renewed = clock.now().getTime();
      else if (clock.now().getTime() - renewed >= this.#renewDeadline || !this.#holds()) {
        log.warn("the lease was lost", { lease: name, leader: this.leader });
        return;
      }
    }
  }

  #holds(): boolean {
    return this.leader === this.#options.identity;
  }

  /** Takes or renews the lease; false when another has it or the server cannot be reached. */
  async #attempt(): Promise<boolean> {
    const { client, namespace, name, identity, clock, log } = this.#options;
    try {
      const leases = client.resource(leaseKind);
      const lease = await leases.find(name, namespace);
      const now = clock.now();
      if (lease === undefined) {
        const metadata = { name, namespace };
        const spec = { ...this.#term(now), acquireTime: formatMicroTime(now), leaseTransitions: 0 };
        this.#observe(await leases.create({ apiVersion: "coordination.k8s.io/v1", kind: "Lease", metadata, spec }));
        return true;
      }
      this.#observe(lease);
      const { holderIdentity = "", acquireTime, leaseTransitions = 0 } = lease.spec ?? {};
      const mine = holderIdentity === identity;
      if (holderIdentity !== "" && !mine && !this.#hasRunOut(now.getTime())) return false;
      const spec: LeaseSpec = {
        ...lease.spec,
        ...this.#term(now),
        acquireTime: mine ? acquireTime : formatMicroTime(now),
        leaseTransitions: mine ? leaseTransitions : leaseTransitions + 1,
      };
      this.#observe(await leases.update({ ...lease, spec }));
      return true;
    } catch (error) {
      const race = hasReason(error, "Conflict") || hasReason(error, "AlreadyExists");
      log[race ? "debug" : "warn"]("the lease was not acquired", { lease: name, error: String(error) });
      return false;
    }
  }

  #term(now: Date): LeaseSpec {
    return {
      holderIdentity: this.#options.identity,
      leaseDurationSeconds: Math.ceil(this.#leaseDuration / 1000),
      renewTime: formatMicroTime(now),
    };
  }

  #observe(lease: Lease): void {
    if (this.#observed?.lease.metadata.resourceVersion !== lease.metadata.resourceVersion) {
      this.#observed = { lease, at: this.#options.clock.now().getTime() };
    }
    const { leader } = this;
    if (leader !== undefined && leader !== this.#reported) {
      this.#reported = leader;
      this.#options.onNewLeader?.(leader);
    }
  }

  #hasRunOut(now: number): boolean {
    if (this.#observed === undefined) return false;
    const { lease, at } = this.#observed;
    return at + (lease.spec?.leaseDurationSeconds ?? 0) * 1000 <= now;
  }

  /** Lets others have the lease at once. */
  async #release(): Promise<void> {
    const { client, clock, log, name } = this.#options;
    if (this.#observed === undefined || !this.#holds()) return;
    const { lease } = this.#observed;
    const now = formatMicroTime(clock.now());
    const spec: LeaseSpec = {
      ...lease.spec,
      holderIdentity: "",
      leaseDurationSeconds: 1,
      acquireTime: now,
      renewTime: now,
    };
    try {
      this.#observe(await client.resource(leaseKind).update({ ...lease, spec }));
    } catch (error) {
      log.debug("the lease was not given up", { lease: name, error: String(error) });
    }
  }
}

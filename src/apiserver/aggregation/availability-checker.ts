// Keeps the Available condition of aggregated servers: asks each when its APIService, service or endpoints change, when a request
// could not reach it, and from time to time. Each is asked on its own, so a slow one delays no other.
//
// Invariant: without aggregated servers there is no timer and no subscription.

import type { ControlPlane } from "../plane/control-plane.ts";
import type { StoreEvent, Subscriber } from "../store/plane-store.ts";
import type { ResourceState } from "../store/resource-state.ts";
import { apiServiceResource } from "./api-service.ts";
import {
  type Availability,
  endpointSlices,
  endpoints,
  probeResult,
  serviceProblem,
  services,
  withAvailability,
} from "./availability.ts";
import type { ForeignServer } from "./foreign-server.ts";

/** Milliseconds between two checks of a server that answers. */
const interval = 30_000;
/** Milliseconds to the next check after the first failure; twice as long after each further one, up to `interval`. */
const firstRetry = 500;

interface Watched {
  server: ForeignServer;
  /** When to check next, on the clock of `performance`. */
  at: number;
  failures: number;
  running: boolean;
}

export class AvailabilityChecker implements Subscriber {
  readonly #plane: ControlPlane;
  readonly #watched = new Map<ForeignServer, Watched>();
  readonly #followed: readonly ResourceState[];
  #timer: NodeJS.Timeout | undefined;
  #closed = false;

  constructor(plane: ControlPlane) {
    this.#plane = plane;
    this.#followed = [services, endpoints, endpointSlices].map(({ group, resource }) =>
      plane.store.resource(group, resource),
    );
  }

  /** Checks the server soon, and from now on. */
  check(server: ForeignServer): void {
    if (this.#closed) return;
    if (this.#watched.size === 0) for (const state of this.#followed) this.#plane.store.follow(state, this);
    const watched = this.#watched.get(server);
    if (watched === undefined) this.#watched.set(server, { server, at: 0, failures: 0, running: false });
    else watched.at = 0;
    this.#schedule();
  }

  forget(server: ForeignServer): void {
    if (!this.#watched.delete(server) || this.#watched.size > 0) return;
    for (const state of this.#followed) this.#plane.store.unsubscribe(state, this);
    this.#schedule();
  }

  close(): void {
    this.#closed = true;
    clearTimeout(this.#timer);
  }

  deliver({ resource, entry }: StoreEvent): void {
    const label = entry.labels["kubernetes.io/service-name"];
    const name = resource.resource === endpointSlices.resource ? label : entry.name;
    for (const { server } of this.#watched.values()) {
      const { service } = server.remote;
      if (service.name === name && service.namespace === entry.namespace) this.#placeChanged(server);
    }
  }

  reset(reason: "closed" | "expired"): void {
    if (reason === "closed") {
      this.close();
      return;
    }
    for (const state of this.#followed) this.#plane.store.follow(state, this);
    for (const { server } of this.#watched.values()) this.#placeChanged(server);
  }

  #placeChanged(server: ForeignServer): void {
    server.connection.forgetAddresses();
    this.check(server);
  }

  #schedule(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    const idle = [...this.#watched.values()].filter(({ running }) => !running);
    if (this.#closed || idle.length === 0) return;
    const next = Math.min(...idle.map(({ at }) => at));
    this.#timer = setTimeout(() => this.#checkDue(), Math.max(0, next - performance.now()));
    this.#timer.unref();
  }

  #checkDue(): void {
    const now = performance.now();
    for (const watched of this.#watched.values()) {
      if (watched.running || watched.at > now) continue;
      void this.#run(watched);
    }
    this.#schedule();
  }

  async #run(watched: Watched): Promise<void> {
    watched.running = true;
    watched.at = Number.POSITIVE_INFINITY;
    const passed = await this.#checkNow(watched).catch((error: unknown) => {
      if (!this.#closed) this.#plane.onUnexpectedError(error);
      return false;
    });
    watched.failures = passed ? 0 : watched.failures + 1;
    const pause = passed ? interval : Math.min(interval, firstRetry * 2 ** (watched.failures - 1));
    watched.running = false;
    // A check that was asked for meanwhile stays due at once.
    watched.at = Math.min(watched.at, performance.now() + pause);
    this.#schedule();
  }

  async #checkNow({ server }: Watched): Promise<boolean> {
    const problem = serviceProblem(this.#plane.committed, server.remote);
    const availability = problem ?? probeResult(await server.probe());
    const passed = availability.status === "True";
    // Discovery comes first: who finds the server available finds what it serves.
    if (passed) await server.refreshDiscovery();
    else server.markStale();
    if (this.#watched.has(server) && !this.#closed) await this.#write(server, availability);
    if (passed) await server.openApi.refresh();
    return passed;
  }

  async #write(server: ForeignServer, availability: Availability): Promise<void> {
    const { name } = server.remote;
    const now = this.#plane.now();
    const known = this.#plane.committed.get(apiServiceResource, "", name);
    if (known === undefined || withAvailability(known, availability, now) === known) return;
    await this.#plane.services.update(
      apiServiceResource,
      "",
      name,
      (current) => withAvailability(current, availability, now),
      this.#plane.systemContext(),
    );
  }
}

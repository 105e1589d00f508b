// Runs controllers for many control planes: each controller is one runner with one queue, and a plane is attached to all of them
// while it is awake. Nothing of an idle plane stays here.

import type { ControlPlane } from "../apiserver/plane/control-plane.ts";
import type { Client } from "../client/client.ts";
import type { Clock } from "./clock.ts";
import type { Controller } from "./controller.ts";
import { ControllerRunner, type RunnerOptions } from "./controller-runner.ts";
import { LocalPlane } from "./local-plane.ts";
import type { Logger } from "./log.ts";
import type { PlaneConnection } from "./plane-connection.ts";
import { RemotePlane } from "./remote-plane.ts";

export interface ControllerManagerOptions extends Pick<RunnerOptions, "backoff"> {
  controllers: readonly Controller[];
  clock: Clock;
  log: Logger;
}

export class ControllerManager {
  readonly #clock: Clock;
  readonly #log: Logger;
  readonly #runners = new Map<string, ControllerRunner>();
  readonly #connections = new Map<string, PlaneConnection>();

  constructor({ controllers, clock, log, backoff }: ControllerManagerOptions) {
    this.#clock = clock;
    this.#log = log;
    for (const controller of controllers) {
      if (this.#runners.has(controller.name)) throw new Error(`there are two controllers named ${controller.name}`);
      this.#runners.set(controller.name, new ControllerRunner({ controller, clock, log, backoff }));
    }
  }

  /** Begins to reconcile a plane of this process. */
  activate(plane: ControlPlane): void {
    this.#attach(plane.name, () => new LocalPlane(plane));
  }

  /** Begins to reconcile a server that is reached over a client; the caller closes the client, after `deactivate`. */
  activateRemote({ name, client }: { name: string; client: Client }): void {
    const options = { name, client, clock: this.#clock, log: this.#log.with({ plane: name }) };
    this.#attach(name, () => new RemotePlane(options));
  }

  #attach(name: string, connect: () => PlaneConnection): void {
    if (this.#connections.has(name)) throw new Error(`plane ${name} is already active`);
    const connection = connect();
    this.#connections.set(name, connection);
    for (const runner of this.#runners.values()) runner.attach(connection);
  }

  /** Forgets a plane; resolves when nothing of it runs any more. */
  async deactivate(name: string): Promise<void> {
    const connection = this.#connections.get(name);
    if (connection === undefined) return;
    const detached = [...this.#runners.values()].map((runner) => runner.detach(name));
    this.#connections.delete(name);
    await Promise.all([...detached, connection.close()]);
  }

  /** Puts a key into a controller's queue, if the plane is active. */
  wake(plane: string, controller: string, key: string): void {
    const runner = this.#runners.get(controller);
    if (runner === undefined) throw new Error(`there is no controller named ${controller}`);
    runner.wake(plane, key);
  }

  /** Ends all work; resolves when every reconcile has returned. */
  async stop(): Promise<void> {
    await Promise.all([...this.#connections.keys()].map((name) => this.deactivate(name)));
  }
}

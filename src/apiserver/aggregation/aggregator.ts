// Groups that other servers answer for (APIService). The plane asks here for every path that it does not serve itself.

import type { ForeignGroupVersion } from "../endpoints/discovery.ts";
import type { Exchange } from "../http/exchange.ts";
import type { ControlPlane } from "../plane/control-plane.ts";
import type { RequestBody } from "../registry/body.ts";
import type { RequestContext } from "../registry/context.ts";

/** Another API server. */
export interface Backend {
  /** Passes the request on and its answer back, upgrades included; answers the exchange in every case. */
  proxy(exchange: Exchange, context: RequestContext, body: RequestBody): Promise<void>;
}

export class Aggregator {
  readonly #plane: ControlPlane;

  constructor(plane: ControlPlane) {
    this.#plane = plane;
  }

  /** The server that answers for a path; undefined when no APIService claims it. */
  backendFor(path: string): Backend | undefined {
    return undefined;
  }

  /** What the others serve, for discovery. */
  groupVersions(): readonly ForeignGroupVersion[] {
    return [];
  }

  close(): void {}
}

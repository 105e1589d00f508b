// The client's transport within this process: calls the control plane without sockets. Objects are the cache's own, frozen.
// Imports only types of the API server, so that programs without one can load the client.

import type { UserInfo } from "../apiserver/identity.ts";
import type { Call } from "../apiserver/plane/call.ts";
import type { ControlPlane } from "../apiserver/plane/control-plane.ts";
import type { KubeObject } from "../machinery/object.ts";
import type { Client, WatchEvent } from "./client.ts";
import { createClient } from "./resource-client.ts";
import type { Transport, TransportRequest } from "./transport.ts";

/** Who the server's own controllers are. */
export const systemUser: UserInfo = {
  name: "system:kube-controller-manager",
  groups: ["system:masters", "system:authenticated"],
};

export interface InProcessOptions {
  user?: UserInfo;
  userAgent?: string;
}

/** A client of a plane that runs in this process. */
export function inProcessClient(plane: ControlPlane, options: InProcessOptions = {}): Client {
  return createClient(new InProcessTransport(plane, options));
}

class InProcessTransport implements Transport {
  readonly #plane: ControlPlane;
  readonly #user: UserInfo;
  readonly #userAgent: string;

  constructor(plane: ControlPlane, { user = systemUser, userAgent = "muster" }: InProcessOptions) {
    this.#plane = plane;
    this.#user = user;
    this.#userAgent = userAgent;
  }

  #call(request: TransportRequest): Call {
    return {
      user: this.#user,
      userAgent: this.#userAgent,
      method: request.method,
      path: request.path,
      query: new URLSearchParams(request.query),
      body: request.body,
      contentType: request.contentType,
    };
  }

  send(request: TransportRequest): Promise<unknown> {
    return this.#plane.callObject(this.#call(request));
  }

  watch(request: Omit<TransportRequest, "body" | "method">): AsyncIterable<WatchEvent<KubeObject>> {
    return this.#plane.watchObjects(this.#call({ ...request, method: "GET" }), request.signal);
  }

  async close(): Promise<void> {}
}

// Which part of the plane answers an authorized request: a resource of its own, another server's, or one of the other paths.

import { methodNotServed, pathNotFound } from "../../machinery/status-error.ts";
import type { Exchange } from "../http/exchange.ts";
import type { Answer } from "../registry/answer.ts";
import type { RequestBody } from "../registry/body.ts";
import type { RequestContext } from "../registry/context.ts";
import { operate } from "../registry/operate.ts";
import type { ControlPlane } from "./control-plane.ts";

/** `exchange` is absent for calls in this process; over HTTP, other servers' paths never come here. */
export async function dispatch(
  plane: ControlPlane,
  exchange: Exchange | undefined,
  context: RequestContext,
  body: RequestBody,
): Promise<Answer> {
  const backend = plane.aggregator.backendFor(context.info.path);
  if (backend !== undefined) return backend.call(context, body);
  const path = context.info.resource;
  if (path !== undefined) {
    const served = plane.kinds.resource(path.group, path.version, path.resource);
    if (served !== undefined) {
      if (served.version.deprecated) {
        context.warn(served.version.deprecationWarning ?? `${served.apiVersion} ${served.kind.kind} is deprecated`);
      }
      return operate({ registry: plane.registry, services: plane.services, context, served, path, body });
    }
  }
  const endpoint = plane.endpoints.find(context.info.path);
  if (endpoint === undefined) throw pathNotFound();
  if (context.info.verb !== "get" && context.info.verb !== "head") throw methodNotServed();
  return endpoint(exchange, context);
}

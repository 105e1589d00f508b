// Calls a control plane in this process: the same rules as over HTTP, without sockets, JSON texts and copies. Objects that come back
// are frozen: they are the cache's own.

import { requestInfo } from "../http/request-info.ts";
import type { UserInfo } from "../identity.ts";
import type { Answer } from "../registry/answer.ts";
import { ValueBody } from "../registry/body.ts";
import { RequestContext } from "../registry/context.ts";
import type { ControlPlane } from "./control-plane.ts";
import { dispatch } from "./dispatch.ts";
import { attributesOf, authorize } from "./serve.ts";

export interface Call {
  user: UserInfo;
  method: "GET" | "POST" | "PUT" | "PATCH" | "DELETE";
  path: string;
  query?: URLSearchParams;
  /** A JSON value; it is copied, not kept. */
  body?: unknown;
  contentType?: string;
  userAgent?: string;
}

/** Serves one call; throws a StatusError for what would be an error answer. */
export async function call(plane: ControlPlane, request: Call): Promise<Answer> {
  const query = request.query ?? new URLSearchParams();
  const info = requestInfo(request.method, request.path, query.get("watch") === "true" || query.get("watch") === "1");
  const context = new RequestContext({
    user: request.user,
    info,
    query,
    userAgent: request.userAgent ?? "muster",
    now: plane.now(),
    state: plane.registry.state,
    plane,
  });
  await authorize(plane, attributesOf(context));
  const answer = await dispatch(plane, undefined, context, new ValueBody(request.body, request.contentType));
  if (answer === "handled") throw new Error("a call in process has no exchange to answer");
  return answer;
}

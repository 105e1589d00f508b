// The values that expressions of admission see.

import type { KubeObject } from "../../machinery/object.ts";
import type { Authorizer } from "../identity.ts";
import { celAuthorizer, requestResourceCheck } from "./cel-authorizer.ts";
import { namespaceObjectOf } from "./match-rules.ts";
import { type RequestView, requestFields } from "./request-view.ts";

/** `object`, `oldObject`, `request`, `namespaceObject` and `authorizer` of a request. */
export function expressionValues(view: RequestView, authorizer: Authorizer): Record<string, unknown> {
  const { request, object, oldObject } = view;
  const authorizes = celAuthorizer(authorizer, request.user);
  return {
    object: object ?? null,
    oldObject: oldObject ?? null,
    request: requestFields(view),
    namespaceObject: shownNamespace(namespaceObjectOf(request)),
    authorizer: authorizes,
    "authorizer.requestResource": requestResourceCheck(authorizes, request),
  };
}

/** A namespace without what expressions may not see of it. */
function shownNamespace(namespace: KubeObject | undefined): unknown {
  if (namespace === undefined) return null;
  const { ownerReferences: _owners, managedFields: _fields, uid, ...metadata } = namespace.metadata;
  return {
    metadata: { ...metadata, UID: uid },
    spec: namespace.spec ?? {},
    status: { phase: namespace.status?.phase ?? "" },
  };
}

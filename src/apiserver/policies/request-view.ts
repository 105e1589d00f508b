// A request as a webhook or policy wants to see it: in the version that its rule named. Versions are converted once per request.

import {
  deepCopy,
  type GroupVersionKind,
  type GroupVersionResource,
  type JsonObject,
  type KubeObject,
} from "../../machinery/object.ts";
import { internalError } from "../../machinery/status-error.ts";
import type { AdmissionRequest } from "../admission.ts";
import type { ServedResource } from "../registry/kind-registry.ts";
import { type Matched, namespaceOf } from "./match-rules.ts";

export interface RequestView {
  readonly request: AdmissionRequest;
  readonly kind: GroupVersionKind;
  readonly resource: GroupVersionResource;
  readonly object: KubeObject | undefined;
  readonly oldObject: KubeObject | undefined;
}

/** The request in the version that was matched. */
export async function viewRequest(request: AdmissionRequest, matched: Matched): Promise<RequestView> {
  const { object, oldObject } = request;
  if (matched.as === "request") {
    return { request, kind: request.kind, resource: request.resource, object, oldObject };
  }
  const { served } = matched;
  return {
    request,
    kind: served.groupVersionKind,
    resource: { ...served.groupResource, version: served.groupVersionKind.version },
    object: object && (await converted(served, object)),
    oldObject: oldObject && (await converted(served, oldObject)),
  };
}

/** The object in the version of `served`. */
export async function converted(served: ServedResource, object: KubeObject): Promise<KubeObject> {
  const { strategy, apiVersion } = served;
  if (object.apiVersion === apiVersion) return object;
  if (strategy.convert !== undefined) return strategy.convert(deepCopy(object), apiVersion);
  if (strategy.convertMany !== undefined) return (await strategy.convertMany([object], apiVersion))[0]!;
  throw internalError(`${object.kind} cannot be converted to ${apiVersion}`);
}

/** The fields of an AdmissionRequest that do not hold the objects. */
export function requestFields({ request, kind, resource }: RequestView): JsonObject {
  const { subresource, name, operation, user, dryRun, options } = request;
  const namespace = namespaceOf(request);
  return {
    kind: gvk(kind),
    resource: gvr(resource),
    ...(subresource !== "" && { subResource: subresource }),
    requestKind: gvk(request.kind),
    requestResource: gvr(request.resource),
    ...(subresource !== "" && { requestSubResource: subresource }),
    ...(name !== "" && { name }),
    ...(namespace !== "" && { namespace }),
    operation,
    userInfo: {
      username: user.name,
      ...(user.uid ? { uid: user.uid } : {}),
      ...(user.groups.length > 0 && { groups: user.groups }),
      ...(user.extra !== undefined && { extra: user.extra }),
    },
    dryRun,
    options,
  };
}

function gvk({ group, version, kind }: GroupVersionKind): JsonObject {
  return { group, version, kind };
}

function gvr({ group, version, resource }: GroupVersionResource): JsonObject {
  return { group, version, resource };
}

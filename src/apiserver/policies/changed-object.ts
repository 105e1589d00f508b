// An object that a webhook or policy changed is taken over only after the checks that a client's object passes: types, unknown fields,
// defaults; and it stays the object that the request is about.

import { equalJson } from "../../machinery/equal.ts";
import { deepCopy, isObject, type JsonObject, type KubeObject } from "../../machinery/object.ts";
import { checkTypes } from "../../machinery/schema/decode-check.ts";
import { prune } from "../../machinery/schema/prune.ts";
import { badRequest, internalError } from "../../machinery/status-error.ts";
import type { AdmissionRequest } from "../admission.ts";
import type { KindRegistry, ServedResource } from "../registry/kind-registry.ts";
import { converted, type RequestView } from "./request-view.ts";

/** Takes `changed`, in the version of the view, for the object of the request; returns whether anything is new. */
export async function takeChanged(view: RequestView, changed: JsonObject, kinds: KindRegistry): Promise<boolean> {
  const { request } = view;
  if (equalJson(changed, view.object)) return false;
  const next = deepCopy(changed) as KubeObject;
  const seen = kinds.forKind(view.kind);
  if (seen !== undefined) checkShape(next, seen);
  checkIdentity(request, next);
  const served = kinds.forKind(request.kind);
  const object = served === undefined || next.apiVersion === served.apiVersion ? next : await converted(served, next);
  if (request.subresource !== "status") served?.strategy.defaults?.(object, request.oldObject);
  request.object = object;
  return true;
}

function checkShape(object: KubeObject, { version, groupVersionKind, apiVersion }: ServedResource): void {
  if (object.apiVersion !== apiVersion || object.kind !== groupVersionKind.kind) {
    throw internalError(
      `the patched object is a ${object.apiVersion}, Kind=${object.kind}, not a ${apiVersion}, Kind=${groupVersionKind.kind}`,
    );
  }
  if (!isObject(object.metadata)) throw internalError("the patched object has no metadata");
  const mismatch = checkTypes(object, version.schema, groupVersionKind.kind);
  if (mismatch !== undefined) throw internalError(mismatch);
  prune(object, version.schema);
}

function checkIdentity({ operation, name, namespace, object }: AdmissionRequest, next: KubeObject): void {
  const { metadata } = next;
  if (namespace !== "" && metadata.namespace !== object?.metadata.namespace) {
    throw badRequest("the namespace of the provided object does not match the namespace sent on the request");
  }
  if (operation === "UPDATE" && metadata.name !== name) {
    throw badRequest(`the name of the object (${metadata.name ?? ""}) does not match the name on the URL (${name})`);
  }
}

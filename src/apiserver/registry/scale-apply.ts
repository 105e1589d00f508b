// Server-side apply of a Scale. Managers own `spec.replicas` of the Scale as they own the replicas of the object behind it, and a field
// that is taken over here is taken over there. Source: k8s.io/apimachinery pkg/util/managedfields ScaleHandler.

import {
  applyServerSide,
  conflictStatus,
  parentManagedFields,
  type ReplicasPath,
  scaleManagedFields,
} from "../../machinery/apply/index.ts";
import { versionOf } from "../../machinery/kind.ts";
import { isObject, type KubeObject, type ManagedFieldsEntry, parseApiVersion } from "../../machinery/object.ts";
import type { Schema } from "../../machinery/schema/schema.ts";
import { badRequest, StatusError } from "../../machinery/status-error.ts";
import { formatTime } from "../../machinery/time.ts";
import type { RequestContext } from "./context.ts";
import type { ServedResource } from "./kind-registry.ts";

const integer: Schema = { type: "integer", format: "int32" };

const scaleSchema: Schema = {
  type: "object",
  properties: {
    spec: { type: "object", properties: { replicas: integer } },
    status: { type: "object", properties: { replicas: integer, selector: { type: "string" } } },
  },
};

export interface AppliedScale {
  scale: KubeObject;
  /** Of the object behind the scale. */
  managedFields: ManagedFieldsEntry[] | undefined;
}

/** Applies a configuration of `scale`, which is that of `object`. 409 when another manager owns the replicas and `force` is not set. */
export function applyScale(
  context: RequestContext,
  served: ServedResource,
  object: KubeObject,
  scale: KubeObject,
  applied: unknown,
): AppliedScale {
  const replicasPath = replicasPathOf(served);
  const owners = object.metadata.managedFields;
  const managedFields = scaleManagedFields(owners, replicasPath);
  const result = applyServerSide({
    schema: scaleSchema,
    live: { ...scale, metadata: { ...scale.metadata, ...(managedFields && { managedFields }) } },
    applied: named(applied, scale),
    apiVersion: "autoscaling/v1",
    kind: "Scale",
    manager: context.query.get("fieldManager") ?? "",
    force: context.optionalFlag("force") ?? false,
    subresource: "scale",
    now: formatTime(context.now),
  });
  if (!result.ok) {
    throw result.reason === "conflict"
      ? StatusError.from(conflictStatus(result.conflicts))
      : badRequest(result.message);
  }
  return {
    scale: result.object,
    managedFields: parentManagedFields(owners, result.object.metadata.managedFields, served.apiVersion, replicasPath),
  };
}

/** Where each version of a kind has its replicas. */
function replicasPathOf({ kind }: ServedResource): ReplicasPath {
  return (apiVersion) => {
    const { group, version } = parseApiVersion(apiVersion);
    const path = group === kind.group ? versionOf(kind, version)?.scale?.specReplicasPath : undefined;
    return path
      ?.split(".")
      .filter(Boolean)
      .map((name) => `f:${name}`);
  };
}

/** The configuration with the name and namespace of its path, where it has none. */
function named(applied: unknown, { metadata: { name, namespace } }: KubeObject): unknown {
  if (!isObject(applied) || (applied.metadata !== undefined && !isObject(applied.metadata))) return applied;
  return { ...applied, metadata: { name, ...(namespace && { namespace }), ...applied.metadata } };
}

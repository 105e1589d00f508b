// The scale subresource of every kind that declares where its replicas are.

import * as field from "../../machinery/field-error.ts";
import { getSimplePath, setSimplePath } from "../../machinery/jsonpath.ts";
import type { ScalePaths } from "../../machinery/kind.ts";
import { deepCopy, isObject, type JsonObject, type KubeObject } from "../../machinery/object.ts";
import { applyJsonPatch } from "../../machinery/patch/json-patch.ts";
import { applyMergePatch } from "../../machinery/patch/merge-patch.ts";
import { formatRequirements, labelSelectorToRequirements } from "../../machinery/selectors.ts";
import { badRequest, invalidObject, notFoundError, StatusError } from "../../machinery/status-error.ts";
import type { RequestBody } from "./body.ts";
import { stateOf } from "./change.ts";
import type { RequestContext } from "./context.ts";
import type { ServedResource } from "./kind-registry.ts";
import { type PatchType, patchTypeOf } from "./patch.ts";
import { presentObject } from "./present.ts";
import { applyScale } from "./scale-apply.ts";
import type { RegistryServices } from "./services.ts";
import type { Update } from "./update.ts";

const scaleKind = { group: "autoscaling", kind: "Scale" };

/** The Scale of an object. */
export function scaleOf(paths: ScalePaths, object: KubeObject): KubeObject {
  const { name, namespace, uid, resourceVersion, creationTimestamp } = object.metadata;
  const replicas = getSimplePath(object, paths.specReplicasPath);
  const status: JsonObject = { replicas: getSimplePath(object, paths.statusReplicasPath) ?? 0 };
  const selector = paths.labelSelectorPath && getSimplePath(object, paths.labelSelectorPath);
  if (selector !== undefined && selector !== "") status.selector = selectorText(selector);
  return {
    kind: "Scale",
    apiVersion: "autoscaling/v1",
    metadata: { name, namespace, uid, resourceVersion, creationTimestamp },
    spec: replicas === undefined || replicas === 0 ? {} : { replicas },
    status,
  };
}

/** Custom resources keep a selector's text; built-in kinds a LabelSelector or a plain map. */
function selectorText(selector: unknown): string {
  if (typeof selector === "string") return selector;
  if (!isObject(selector)) return "";
  const isLabelSelector = "matchLabels" in selector || "matchExpressions" in selector;
  const requirements = labelSelectorToRequirements(isLabelSelector ? selector : { matchLabels: selector });
  return requirements === undefined ? "" : formatRequirements(requirements);
}

export async function getScale(
  services: RegistryServices,
  served: ServedResource,
  namespace: string,
  name: string,
): Promise<KubeObject> {
  const entry = stateOf(services, served).get(namespace, name);
  if (entry === undefined) throw notFoundError(served.groupResource, name);
  return scaleOf(served.version.scale!, await presentObject(served, entry));
}

/** The update of the scaled object that a PUT or PATCH of its scale asks for. */
export function scaleUpdate(
  context: RequestContext,
  served: ServedResource,
  target: { namespace: string; name: string; options: JsonObject },
  body: RequestBody,
): Update {
  const paths = served.version.scale!;
  const patch = context.info.verb === "patch" ? patchTypeOf(body.contentType, false) : undefined;
  const raw = body.parse({
    findDuplicates: false,
    protobuf: patch === undefined,
    ...(patch !== undefined && { mediaType: patch === "apply" ? "application/yaml" : "application/json" }),
  });
  return {
    ...target,
    mayCreate: false,
    retry: patch !== undefined,
    managed: patch === "apply",
    next: (current) => {
      const now = scaleOf(paths, current!);
      const applied = patch === "apply" ? applyScale(context, served, current!, now, raw.value) : undefined;
      const scale = applied?.scale ?? (patch === undefined ? raw.value : patched(patch, now, raw.value));
      const { replicas, resourceVersion, uid } = readScale(scale, target.name);
      const next = deepCopy(current!);
      if (applied !== undefined) next.metadata.managedFields = applied.managedFields;
      if (!setSimplePath(next, paths.specReplicasPath, replicas)) {
        throw badRequest(
          `the path ${paths.specReplicasPath} cannot be set on ${served.kind.plural} ${JSON.stringify(target.name)}`,
        );
      }
      if (uid) next.metadata.uid = uid;
      if (resourceVersion) next.metadata.resourceVersion = resourceVersion;
      else if (patch === undefined) delete next.metadata.resourceVersion;
      return next;
    },
  };
}

function patched(type: PatchType, scale: KubeObject, patch: unknown): unknown {
  const result = type === "json" ? applyJsonPatch(scale, patch) : applyMergePatch(scale, patch);
  if (!result.ok) throw new StatusError(result.code, result.code === 422 ? "Invalid" : "BadRequest", result.message);
  return result.object;
}

function readScale(scale: unknown, name: string): { replicas: number; resourceVersion?: string; uid?: string } {
  if (!isObject(scale) || (scale.kind !== undefined && scale.kind !== "Scale")) {
    throw badRequest("the body of the request must be a Scale of autoscaling/v1");
  }
  const metadata = isObject(scale.metadata) ? scale.metadata : {};
  if (metadata.name !== undefined && metadata.name !== "" && metadata.name !== name) {
    throw badRequest(`the name of the object (${metadata.name}) does not match the name on the URL (${name})`);
  }
  const replicas: unknown = (isObject(scale.spec) ? scale.spec.replicas : undefined) ?? 0;
  if (typeof replicas !== "number" || !Number.isInteger(replicas)) {
    throw badRequest(
      `Scale in version "v1" cannot be handled as a Scale: json: cannot unmarshal ${typeof replicas} into Go struct field ScaleSpec.spec.replicas of type int32`,
    );
  }
  if (replicas < 0) {
    throw invalidObject(scaleKind, name, [
      field.invalid("spec.replicas", replicas, "must be greater than or equal to 0"),
    ]);
  }
  return { replicas, resourceVersion: metadata.resourceVersion, uid: metadata.uid };
}

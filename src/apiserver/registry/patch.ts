// PATCH: how the next object follows from the current one and the patch of the body.
// Source of the texts: apiserver/pkg/endpoints/handlers/patch.go.

import { conflictStatus } from "../../machinery/apply/index.ts";
import * as field from "../../machinery/field-error.ts";
import { deepCopy, isObject, type JsonObject, type KubeObject } from "../../machinery/object.ts";
import { applyJsonPatch } from "../../machinery/patch/json-patch.ts";
import { applyMergePatch } from "../../machinery/patch/merge-patch.ts";
import type { PatchResult } from "../../machinery/patch/result.ts";
import { applyStrategicMergePatch } from "../../machinery/patch/strategic-merge.ts";
import { badRequest, invalidObject, StatusError, unsupportedMediaType } from "../../machinery/status-error.ts";
import type { RawBody, RequestBody } from "./body.ts";
import { readWriteOptions } from "./change.ts";
import type { RequestContext } from "./context.ts";
import { type FieldValidation, fieldValidationOf, finishDecoding } from "./decode.ts";
import type { ServedResource } from "./kind-registry.ts";
import { applyConfiguration } from "./ownership.ts";
import type { Update } from "./update.ts";

export const patchTypes = {
  json: "application/json-patch+json",
  merge: "application/merge-patch+json",
  strategic: "application/strategic-merge-patch+json",
  apply: "application/apply-patch+yaml",
} as const;

export type PatchType = keyof typeof patchTypes;

/** The patch type of a content type; 415 names the ones that the resource takes. */
export function patchTypeOf(contentType: string | undefined, custom: boolean): PatchType {
  const mediaType = (contentType ?? "").split(";")[0]!.trim().toLowerCase();
  const taken = (Object.keys(patchTypes) as PatchType[]).filter((type) => !(custom && type === "strategic"));
  const found = taken.find((type) => patchTypes[type] === mediaType);
  if (found === undefined) throw unsupportedMediaType(taken.map((type) => patchTypes[type]));
  return found;
}

export interface PatchTarget {
  namespace: string;
  name: string;
}

/** The update that a patch asks for. */
export function patchUpdate(
  context: RequestContext,
  served: ServedResource,
  target: PatchTarget,
  body: RequestBody,
): Update {
  const type = patchTypeOf(body.contentType, served.kind.custom === true);
  const options = readPatchOptions(context, type);
  const validation = fieldValidationOf(context.query, "PatchOptions");
  const raw = body.parse({
    findDuplicates: validation !== "Ignore",
    protobuf: false,
    mediaType: type === "apply" ? "application/yaml" : "application/json",
  });
  const common = { ...target, options, retry: true };
  if (type === "apply") {
    const applied = appliedConfiguration(served, target, raw);
    return {
      ...common,
      mayCreate: context.subresource === "",
      managed: true,
      next: (current) => applyPatch(context, served, current, applied, validation, raw.duplicates),
    };
  }
  return {
    ...common,
    mayCreate: false,
    next: (current) => {
      const result = runPatch(type, current!, raw.value, served);
      if (!result.ok) throw patchFailure(served, target.name, result);
      const object = deepCopy(result.object) as KubeObject;
      if (object.apiVersion !== served.apiVersion || object.kind !== served.groupVersionKind.kind) {
        throw badRequest(
          `a patch may not change apiVersion or kind of ${served.kind.plural} ${JSON.stringify(target.name)}`,
        );
      }
      finishDecoding(context, served, object, raw.duplicates, validation);
      return object;
    },
  };
}

/** The options of a patch of this type: an apply says who applies, and only an apply is forced. */
export function readPatchOptions(context: RequestContext, type: PatchType): JsonObject {
  const options = readWriteOptions(context, "PatchOptions");
  const force = context.optionalFlag("force");
  const errors: field.FieldError[] = [];
  if (type === "apply") {
    if (!options.fieldManager) errors.push(field.required("fieldManager", "is required for apply patch"));
  } else if (force !== undefined) {
    errors.push(field.forbidden("force", "may not be specified for non-apply patch"));
  }
  if (force !== undefined) options.force = force;
  if (errors.length > 0) throw invalidObject({ group: "meta.k8s.io", kind: "PatchOptions" }, "", errors);
  return options;
}

function runPatch(
  type: "json" | "merge" | "strategic",
  current: KubeObject,
  patch: unknown,
  served: ServedResource,
): PatchResult {
  if (type === "json") return applyJsonPatch(current, patch);
  if (type === "merge") return applyMergePatch(current, patch);
  return applyStrategicMergePatch(current, patch, served.version.schema);
}

function patchFailure(served: ServedResource, name: string, failure: Extract<PatchResult, { ok: false }>): StatusError {
  if (failure.code === 413) return new StatusError(413, "RequestEntityTooLarge", failure.message);
  if (failure.code === 400) return badRequest(failure.message);
  const causes = failure.detail === undefined ? undefined : [{ field: "patch", message: failure.detail }];
  const { group } = served.groupVersionKind;
  return new StatusError(422, "Invalid", failure.message, {
    name,
    ...(group !== "" && { group }),
    kind: served.groupVersionKind.kind,
    ...(causes && { causes }),
  });
}

/** Completes the name and namespace of an applied configuration from the path; everything else is the apply's to judge. */
function appliedConfiguration(served: ServedResource, { namespace, name }: PatchTarget, raw: RawBody): unknown {
  const applied = raw.value;
  if (!isObject(applied) || (applied.metadata !== undefined && !isObject(applied.metadata))) return applied;
  const metadata = { ...applied.metadata };
  if (metadata.name === undefined || metadata.name === "") metadata.name = name;
  if (served.kind.namespaced && !metadata.namespace) metadata.namespace = namespace;
  return { ...applied, metadata };
}

async function applyPatch(
  context: RequestContext,
  served: ServedResource,
  current: KubeObject | undefined,
  applied: unknown,
  validation: FieldValidation,
  duplicates: string[],
): Promise<KubeObject> {
  const result = await applyConfiguration(context, served, current, applied);
  if (!result.ok) {
    throw result.reason === "conflict"
      ? StatusError.from(conflictStatus(result.conflicts))
      : badRequest(result.message);
  }
  const object = deepCopy(result.object);
  finishDecoding(context, served, object, duplicates, validation);
  return object;
}
